"""A deployment in an empty folder, as ``serve`` runs it: the pages, and background work beside them in a thread."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.current import Current
from app.wsgi import create_app
from config.settings import Settings
from service import jobs
from service.memory import Memory
from service.office import Office

LOCAL = Settings(allowed_hosts=("127.0.0.1",))
BEAT_S = 0.05
AT_ONCE = 4


@dataclass(frozen=True)
class Begun:
    """A deployment that has just begun."""

    path: Path
    current: Current
    app: Flask


@contextmanager
def begun(folder: Path, *, working: bool = True, process: Settings = LOCAL) -> Iterator[Begun]:
    """A deployment whose configuration is still to be written. ``working``: jobs are done as they come."""
    path = folder / "bellwether.yaml"
    current, background = Current(path, process), Current(path, process)
    app = create_app(
        current.workspace, current.configuration, check=current.check, allowed_hosts=process.allowed_hosts
    )
    for one in (current, background):
        one.workspace()
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(background, stop), daemon=True)
    if working:
        worker.start()
    try:
        yield Begun(path, current, app)
    finally:
        stop.set()
        if working:
            worker.join(timeout=30)
        for one in (current, background):
            one.close()


def _work(current: Current, stop: threading.Event) -> None:
    memory = Memory()
    with ThreadPoolExecutor(AT_ONCE) as hands:
        while not stop.wait(BEAT_S):
            office = Office(current.last_good(), memory=memory)
            with office.workspace.db.begin() as uow:
                uow.jobs.wake(office.now)
                ready = uow.jobs.ready(office.now)
            list(hands.map(lambda one: jobs.run(Office(current.last_good(), memory=memory), *one), ready.items()))
