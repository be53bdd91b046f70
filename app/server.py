"""The web server: gunicorn with threads, one process, with the background worker beside it."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from flask import Flask
from gunicorn.app.base import BaseApplication


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn over an app that is made after the fork: no connection is shared between processes."""

    def __init__(self, make_app: Callable[[], Flask], options: dict[str, object]) -> None:
        self._make_app = make_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(
    make_app: Callable[[], Flask], *, host: str, port: int, processes: int, worker_arguments: Sequence[str]
) -> None:
    """Serve until stopped; background work runs as a child process and ends with us."""
    worker = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-m", "app", "worker", "--parent", str(os.getpid()), *worker_arguments]
    )
    options: dict[str, object] = {
        "bind": f"{host}:{port}",
        "workers": processes,
        "worker_class": "gthread",
        "threads": 8,
        "graceful_timeout": 10,
        "loglevel": "warning",
    }
    try:
        Server(make_app, options).run()
    finally:
        worker.terminate()
        worker.wait(timeout=15)
