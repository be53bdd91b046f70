"""Background work as a person sees and mends it: what waits, fails or was given up; trying again, dropping, pausing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.errors import UsageError
from model.ids import item_id, ref
from model.jobs import HEAR, Job, lane_of, name_of
from service.documents import instant
from service.workspace import Workspace
from store.inbox import PendingDelivery

DELIVERY = "delivery:"
"""What a delivery that was given up is called: ``delivery:17``."""


@dataclass(frozen=True)
class Overview:
    """Every job, the lanes that are paused (by whom, since when), and the deliveries that were given up."""

    jobs: tuple[Job, ...]
    paused: dict[str, tuple[str, datetime]]
    given_up: tuple[PendingDelivery, ...]
    waiting_deliveries: int


def overview(workspace: Workspace) -> Overview:
    """How background work stands."""
    with workspace.db.read() as uow:
        return Overview(uow.jobs.all(), dict(uow.jobs.paused()), uow.inbox.given_up(), sum(uow.inbox.waiting().values()))


def document(found: Overview) -> dict[str, Any]:
    """The JSON of ``jobs``."""
    return {
        "jobs": [_job(job) for job in found.jobs],
        "paused": [{"lane": lane, "by": by, "at": instant(at)} for lane, (by, at) in sorted(found.paused.items())],
        "waiting_deliveries": found.waiting_deliveries,
        "given_up": [
            {
                "name": f"{DELIVERY}{one.id}", "connection": one.connection, "received_at": instant(one.received_at),
                "tries": one.tries, "error": one.error,
                "items": [ref(one.connection, event.vendor_id) for event in one.events],
            }
            for one in found.given_up
        ],
    }  # fmt: skip


def _job(job: Job) -> dict[str, Any]:
    moments = {name: getattr(job, name) for name in ("wanted_at", "due_at", "again_at", "started_at", "ended_at")}
    plain = {"name": job.name, "lane": job.lane, "state": job.state, "tries": job.tries, "reason": job.reason}
    told = {name: None if moment is None else instant(moment) for name, moment in moments.items()}
    return {**plain, "error": job.error, **told, "told": job.told}


def item_titles(workspace: Workspace, found: Overview) -> dict[str, str]:
    """What the items of the deliveries that were given up are called, by ``ref``, as far as they were ever read."""
    wanted = {item_id(one.connection, event.vendor_id): ref(one.connection, event.vendor_id)
              for one in found.given_up for event in one.events}  # fmt: skip
    with workspace.db.read() as uow:
        labels = uow.records.labels(sorted(wanted))
    return {wanted[id_]: f"{label.ref} {label.title}" for id_, label in labels.items()}


def ask(workspace: Workspace, name: str) -> None:
    """Ask for a job, whether or not it ever ran."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.jobs.want(name, at=now)


def ask_rollup(workspace: Workspace) -> None:
    """Have every node scored anew."""
    with workspace.db.begin() as uow:
        uow.dirty.mark((node.id for node in workspace.tree.nodes), why="asked", at=workspace.clock())


def retry(workspace: Workspace, name: str) -> None:
    """Have a job, or a delivery that was given up, tried now. Raises UsageError when there is none of that name."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        number = _delivery(name)
        connection = uow.inbox.retry(number) if number is not None else None
        if connection is not None:
            uow.jobs.want(name_of(HEAR, connection), at=now)
        elif number is not None or not uow.jobs.retry(name, at=now):
            raise _unknown(name)


def drop(workspace: Workspace, name: str) -> None:
    """Let a job's present request, or a delivery that was given up, be. Raises UsageError when there is none of it."""
    with workspace.db.begin() as uow:
        number = _delivery(name)
        gone = uow.jobs.drop(name) if number is None else uow.inbox.drop(number, at=workspace.clock())
        if not gone:
            raise _unknown(name)


def pause(workspace: Workspace, lane: str, *, by: str) -> None:
    """Begin nothing more in a lane: a connection, or what else takes turns. Raises UsageError for no lane."""
    _check_lane(workspace, lane)
    with workspace.db.begin() as uow:
        uow.jobs.pause(lane, by=by, at=workspace.clock())


def resume(workspace: Workspace, lane: str) -> None:
    """Go on in a lane. Raises UsageError when it is not paused."""
    with workspace.db.begin() as uow:
        if not uow.jobs.resume(lane):
            raise UsageError(f"{lane!r} is not paused.", where="LANE", fix="`bellwether jobs` lists what is.")


def _check_lane(workspace: Workspace, lane: str) -> None:
    with workspace.db.read() as uow:
        lanes = sorted({lane_of(job.name) for job in uow.jobs.all()} | set(workspace.connections))
    if lane not in lanes:
        known = f"There are: {', '.join(lanes)}."
        raise UsageError(f"Nothing takes turns as {lane!r}.", where="LANE", fix=known, reason="not_found")


def _delivery(name: str) -> int | None:
    number = name.removeprefix(DELIVERY)
    # No more digits than the database's own numbers have.
    return int(number) if name != number and number.isascii() and number.isdigit() and len(number) <= 18 else None


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"There is no job {name!r}.", where="NAME", fix="`bellwether jobs` lists them all.", reason="no_job"
    )
