"""A web process taking in what it, or one that is gone, has put into the spool."""

import threading
import time
from collections.abc import Callable

import structlog

from model.errors import AppError
from service.intake import take_in
from service.reception import Reception
from service.workspace import Workspace

GATHER_S = 0.05
"""How long deliveries gather to be taken in together."""
OTHERS_S = 1.0
"""How often one looks for what another process has left behind."""
TIDY_EVERY_S = 2.0

log = structlog.get_logger()


class Intake:
    """A background thread of one process. One process at a time takes in, whoever put it there."""

    def __init__(self, workspace: Callable[[], Workspace], reception: Reception) -> None:
        self._workspace = workspace
        self._reception = reception
        self._tidied_at = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take in what there is, and end."""
        self._stop.set()
        self._reception.spooled.set()
        self._thread.join()

    def take_in(self) -> float:
        """Take in all that lies in the spool; after how many seconds to look again.

        While the database can't be written to everything stays where it is.
        """
        try:
            workspace = self._workspace()
            while (taken := take_in(workspace)) and taken.lay:
                for connection, outcome in taken.outcomes:
                    self._reception.note(workspace, connection, outcome)
            if taken is None:
                self._reception.spooled.set()  # the other one may have looked before ours was there
            self._reception.flush_due(workspace)
            self._tidy(workspace)
        except (AppError, OSError) as error:
            log.warning("deliveries_not_taken_in", reason=getattr(error, "reason", type(error).__name__))
            return OTHERS_S
        except Exception:  # a fault of ours: what came stays where it is, and so does this thread
            log.exception("intake_broke")
            return OTHERS_S
        return GATHER_S

    def _tidy(self, workspace: Workspace) -> None:
        if workspace.db.spool is not None and time.monotonic() - self._tidied_at >= TIDY_EVERY_S:
            self._tidied_at = time.monotonic()
            workspace.db.spool.tidy()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._reception.spooled.wait(OTHERS_S)
            self._reception.spooled.clear()
            self._stop.wait(self.take_in())
        self.take_in()
