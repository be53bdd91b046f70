"""A worker for which a connection breaks by an error of our own: ``python breaking_worker.py JOB CONFIG``.

It ends once that job of the connection has.
"""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from app import bootstrap
from app.current import Current
from app.ending import leave_at_once
from app.logging import configure
from app.tracing import configure_tracing
from app.worker import observed
from model.jobs import kind_and_subject
from service.durable import work
from service.office import Office
from service.workspace import Workspace

PERSON = " ".join(("Ada", "Berg"))
"""Put together, because a log may quote the program."""


def breaking(workspace: Workspace, connection: str) -> Workspace:
    """The same, but one connection that breaks, and quotes a person in doing so."""

    def connector(name: str) -> object:
        return _break() if name == connection else workspace.connector(name)

    return replace(workspace, connector=connector)  # type: ignore[arg-type]


def _break() -> NoReturn:
    try:
        raise KeyError(PERSON)
    except KeyError as error:
        raise ValueError(f"{PERSON} is not there.") from error


def main() -> None:
    configure("json", verbose=True)
    configure_tracing(bootstrap.environment())
    name, current, stop = sys.argv[1], Current(Path(sys.argv[2]), bootstrap.settings()), threading.Event()
    _, connection = kind_and_subject(name)

    def end() -> None:
        job = None
        while job is None or job.reason is None:
            time.sleep(0.1)
            with current.last_good().db.read() as uow:
                job = uow.jobs.one(name)
        stop.set()

    threading.Thread(target=end, daemon=True).start()
    work(lambda: Office(breaking(current.last_good(), connection)), observed, stop)
    leave_at_once(0)


if __name__ == "__main__":
    main()
