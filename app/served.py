"""The web application of one configuration file, made after the fork and kept in step with the file."""

import socket
import threading
from pathlib import Path
from uuid import uuid4

from flask import Flask

from app import bootstrap
from app.wsgi import create_app
from config.configuration import Configuration
from config.settings import Settings
from service.reception import Reception
from service.workspace import Workspace
from store.database import Database
from webhooks.presence import Presence


class Served:
    """Opens the workspace on first use and joins it anew when the file was edited by the web page or by hand."""

    def __init__(self, path: Path, process: Settings) -> None:
        self._path = path
        self._process = process
        self._lock = threading.Lock()
        self._stamp: int | None = None
        self._database: Database | None = None
        self._configuration: Configuration | None = None
        self._workspace: Workspace | None = None

    def app(self) -> Flask:
        """The application; from now on this process says that deliveries can be taken."""
        reception = Reception()
        Presence(self.workspace, reception, process=f"{socket.gethostname()}:{uuid4().hex}").start()
        return create_app(self.workspace, self.configuration, reception)

    def workspace(self) -> Workspace:
        """The present workspace. Raises UsageError when the edited file is wrong; the old one is tried again next time."""
        return self._present()[0]

    def configuration(self) -> Configuration:
        return self._present()[1]

    def _present(self) -> tuple[Workspace, Configuration]:
        stamp = self._path.stat().st_mtime_ns
        with self._lock:
            if self._workspace is None or self._configuration is None or stamp != self._stamp:
                self._configuration = bootstrap.read_configuration(self._path)
                if self._database is None:
                    self._database = bootstrap.open_database(self._configuration, self._process)
                connectors = bootstrap.Connectors(self._configuration, self._database)
                self._workspace = bootstrap.join(self._configuration, self._database, connectors)
                bootstrap.agree_hooks(self._workspace, self._configuration)
                self._stamp = stamp
            return self._workspace, self._configuration
