"""A worker whose clock is off by as many seconds as a file says: ``python shifted_worker.py CLOCK CONFIG``."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from app import bootstrap
from app.clock import now
from app.current import Current
from app.logging import configure
from app.worker import observed
from service.durable import work
from service.office import Office


def shifted(path: Path) -> Callable[[], datetime]:
    """The present moment, off by what the file says when it is asked."""
    return lambda: now() + timedelta(seconds=float(path.read_text()))


def main() -> None:
    configure("json", verbose=True)
    clock, current = shifted(Path(sys.argv[1])), Current(Path(sys.argv[2]), bootstrap.settings())

    def office() -> Office:
        return Office(replace(current.last_good(), clock=clock))

    work(office, observed, threading.Event())


if __name__ == "__main__":
    main()
