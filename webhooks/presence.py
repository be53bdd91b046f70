"""A web process saying that it lives, so that changes nobody could have told us of are not counted as lost."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from model.errors import AppError
from service import losses
from service.reception import Reception
from service.workspace import Workspace

EVERY_S = 10.0

log = structlog.get_logger()


class Presence:
    """A background thread of one process: says that it lives, and stores what the reception has counted."""

    def __init__(self, workspace: Callable[[], Workspace], reception: Reception, *, process: str) -> None:
        """``process``: a name that no other process has, now or later."""
        self._workspace = workspace
        self._reception = reception
        self._process = process
        self._span: tuple[datetime, datetime] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hook-presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Say it a last time, and end."""
        self._stop.set()
        self._thread.join()

    def beat(self) -> None:
        """Say it once. A database that is away, or a configuration that is wrong for now, is tried again."""
        try:
            workspace = self._workspace()
            self._span = losses.alive(workspace, self._process, self._span)
            self._reception.flush(workspace)
        except (AppError, OSError) as error:
            log.warning("presence_not_kept", reason=getattr(error, "reason", type(error).__name__))

    def _run(self) -> None:
        while not self._stop.is_set():
            self.beat()
            self._stop.wait(EVERY_S)
        self.beat()
