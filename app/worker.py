"""Background work as a process of its own, until it is told to stop."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from app.allocation import calm_memory, give_back
from app.current import Current
from app.ending import until_told
from app.logging import Line, canonical
from config.settings import Settings
from model.jobs import OF_A_CONNECTION, Job, kind_and_subject
from service.durable import work as work_off
from service.jobs import Ended
from service.memory import Memory
from service.office import Office
from service.workspace import Workspace

PARENT_LOOK_S = 1.0
BESIDE_THE_WEB = 5
"""How far the worker of `serve` stands back for its web server, whose deliveries and readers wait: a step of `nice`."""
HANDED_ON_EVERY_S = 0.0005
"""How often a thread that computes lets the others on. One that writes stops at every statement, and would begin each anew
five milliseconds later while another scores: on SQLite everybody who has to write waits for it."""

log = structlog.get_logger()


def work(path: Path, process: Settings, *, parent: int | None = None, public_url: str | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until the parent process (if one is named) is gone.

    ``public_url``: see ``office_of``.
    """
    sys.setswitchinterval(HANDED_ON_EVERY_S)
    calm_memory()  # before any thread is there to be given memory of its own
    stop = until_told()
    if parent is not None:
        os.nice(BESIDE_THE_WEB)
        threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    threading.Thread(target=give_back, args=(stop,), daemon=True).start()
    current, memory = Current(path, process), Memory()

    def office() -> Office:
        return office_of(current.last_good(), public_url, memory)

    if work_off(office, observed, stop):
        current.close()


def office_of(workspace: Workspace, public_url: str | None, memory: Memory) -> Office:
    """The office of a process that was told a public URL (None: of none; empty: that tools are to send nothing).

    The tools are asked to send their webhooks there, else to the address of the configuration; what is written links to
    the address of the configuration, else there.
    """
    hooks_url = workspace.public_url if public_url is None else public_url
    shown = replace(workspace, public_url=workspace.public_url or public_url or None)
    return Office(shown, hooks_url=hooks_url or None, memory=memory)


def _watch(parent: int, stop: threading.Event) -> None:
    """Stop when the parent is gone: a server that was killed leaves no worker behind."""
    while not stop.wait(PARENT_LOOK_S):
        if os.getppid() != parent:
            stop.set()


@contextmanager
def observed(job: Job) -> Iterator[Callable[[Ended], None]]:
    """One canonical line and one span a run, however it ends."""
    kind, subject = kind_and_subject(job.name)
    connection = subject if kind in OF_A_CONNECTION else None
    with canonical("job", job=job.name, connection=connection, run=job.run) as line:
        yield partial(_tell, line)


def _tell(line: Line, ended: Ended) -> None:
    """What a run came to; a failure that goes on is warned of once, and once more when it is over."""
    error = ended.error
    line.add(waited_s=round(ended.waited_s, 3))
    line.add(**{name: value for name, value in ended.told.items() if isinstance(value, int | float | str)})
    if error is not None:
        line.outcome, line.reason = "put_off", error.reason
        line.add(due_at=ended.due_at.isoformat() if ended.due_at else None)
    if error is not None and not ended.was_failing and error.reason != "busy":
        log.warning("job_fails", job=ended.name, reason=error.reason, where=error.where)
    if error is None and ended.was_failing:
        log.warning("job_works_again", job=ended.name)
