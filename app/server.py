"""The web server: gunicorn with threads, one process, with the background worker beside it."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

WORKER_ENDS_S = 40
SHORTEST_REST_S = 0.25
LONGEST_REST_S = 10.0

log = structlog.get_logger()


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
        app = self._make_app()
        steady_collector()
        return app


def steady_collector() -> None:
    """Many short looks of the garbage collector instead of few long ones, and none at what was loaded at the start.

    A page is answered in tens of milliseconds and leaves some thousand objects in circles behind (its template's);
    a look through all that a hundred pages left took more than a hundred.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)


class Worker:
    """The background worker as a child process: started anew when it died, with patience when it dies at once."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """Have it end its jobs, for as long as they may take."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self._keeper.join(timeout=WORKER_ENDS_S)

    def _keep(self) -> None:
        rest_s = SHORTEST_REST_S
        while not self._stopping.is_set():
            began = time.monotonic()
            self._process = subprocess.Popen(self._command)  # noqa: S603 our own program
            if self._stopping.is_set():
                self._process.terminate()
            self._process.wait()
            if self._stopping.is_set():
                return
            log.warning("worker_ended", took_s=round(time.monotonic() - began, 1))
            rest_s = SHORTEST_REST_S if time.monotonic() - began > LONGEST_REST_S else min(LONGEST_REST_S, 2 * rest_s)
            self._stopping.wait(rest_s)


def serve(
    make_app: Callable[[], Flask], *, host: str, port: int, processes: int, worker_arguments: Sequence[str]
) -> None:
    """Serve until stopped; background work runs as a child process, is kept alive, and ends with us."""
    worker = Worker([sys.executable, "-m", "app", "worker", "--parent", str(os.getpid()), *worker_arguments])
    worker.start()
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
        worker.stop()
