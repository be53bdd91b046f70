"""The workspace of one configuration file, kept in step with the file."""

import threading
from functools import partial
from pathlib import Path

import structlog

from app import apart, bootstrap
from config.configuration import Configuration
from config.loader import load_text
from config.settings import Settings
from model.errors import AppError
from service.workspace import Workspace
from store.database import Database

log = structlog.get_logger()


class Current:
    """Opens the workspace on first use and joins it anew when the file was edited by the web page or by hand.

    What began with the old one ends with it: its connectors stay open for as long as this process lives.
    """

    def __init__(self, path: Path, process: Settings) -> None:
        self._path = path
        self._process = process
        self._lock = threading.Lock()
        self._stamp: int | None = None
        self._refused: int | None = None
        self._database: Database | None = None
        self._connectors: list[bootstrap.Connectors] = []
        self._configuration: Configuration | None = None
        self._workspace: Workspace | None = None
        self._checked: tuple[str, Configuration] | None = None

    def workspace(self) -> Workspace:
        """The present workspace. Raises UsageError when the edited file is wrong; the old one is tried again next time."""
        return self._present()[0]

    def configuration(self) -> Configuration:
        return self._present()[1]

    def check(self, text: str) -> Configuration:
        """The configuration that a text would be in place of the present one. Raises ConfigurationError with all faults.

        The last one is remembered: a page checks what it keeps more than once, and once that stands in the file, the next
        page waits for it.
        """
        if self._checked is not None and self._checked[0] == text:
            return self._checked[1]
        found = load_text(text, self._path, environment=bootstrap.environment())
        self._checked = text, found
        return found

    def last_good(self) -> Workspace:
        """As ``workspace``, but where the edited file is wrong the last one that was right, and a warning in the log."""
        try:
            return self.workspace()
        except AppError as error:
            if self._workspace is None:
                raise
            stamp = self._stamp_now()
            if stamp != self._refused:
                log.warning("configuration_refused", where=error.where, what=error.what)
                self._refused = stamp
            return self._workspace

    def _stamp_now(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _present(self) -> tuple[Workspace, Configuration]:
        stamp = self._stamp_now()
        with self._lock:
            if self._workspace is None or self._configuration is None or stamp != self._stamp:
                configuration = self._read()
                if self._database is None:
                    self._database = bootstrap.open_database(configuration, self._process)
                connectors = bootstrap.Connectors(configuration, self._database, self._process)
                self._connectors.append(connectors)
                workspace = bootstrap.join(configuration, self._database, connectors)
                workspace.apart = partial(apart.make, self._path)
                bootstrap.agree_hooks(workspace, configuration)
                self._configuration, self._workspace, self._stamp = configuration, workspace, stamp
            return self._workspace, self._configuration

    def _read(self) -> Configuration:
        """The file; before there was ever one, what holds without. One that vanished later is a mistake."""
        if self._checked is not None and self._path.exists():
            text, checked = self._checked
            if self._path.read_bytes().decode("utf-8-sig", errors="replace") == text:
                return checked
        begun = self._configuration is not None and bool(self._configuration.connections)
        return bootstrap.read_configuration(self._path) if begun else bootstrap.begun_configuration(self._path)

    def close(self) -> None:
        """Close the connectors of every configuration that there was, and the database."""
        while self._connectors:
            self._connectors.pop().close()
        if self._database is not None:
            self._database.close()
