"""Operation: what a deployment's state is, as facts of its database, whichever process is asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from model.errors import AppError
from model.jobs import STATES
from model.sync import SyncReport
from service.workspace import Workspace
from store.freshness import Fresh
from store.limits import LimitLeft
from store.spool import Spool
from store.tallies import Tally
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Waiting:
    """What waits to be done. ``deliveries``: by connection; ``pushes``: due now, ``pushes_later``: put off."""

    nodes: int
    deliveries: Mapping[str, int]
    pushes: int
    pushes_later: int
    intents: int
    notices: int


@dataclass(frozen=True)
class State:
    """A deployment at ``now``. ``synced_at``: when each connection's last sync ended; ``losses``: by connection.

    ``jobs``: how many stand how; ``given_up``: deliveries that a person has to look at.
    """

    now: datetime
    fresh: tuple[Fresh, ...]
    waiting: Waiting
    limits: tuple[LimitLeft, ...]
    pauses: Mapping[str, datetime]
    synced_at: Mapping[str, datetime]
    tallies: tuple[Tally, ...]
    losses: Mapping[str, int]
    jobs: Mapping[str, int]
    given_up: int


def state(workspace: Workspace) -> State:
    """Everything that monitoring asks for, read at one moment."""
    now = workspace.clock()
    nodes = {node.id for node in workspace.tree.nodes}
    with workspace.db.read() as uow:
        synced = {name: uow.sync.state(name).last_finished_at for name in workspace.connections}
        fresh = tuple(one for one in uow.freshness.all() if one.node in nodes)
        waiting, tallies, lost = _waiting(uow, workspace.db.spool, now), uow.tallies.all(), losses(uow)
        every, given_up = Counter(job.state for job in uow.jobs.all()), len(uow.inbox.given_up())
    return State(
        now=now,
        fresh=fresh,
        waiting=waiting,
        limits=workspace.db.limits.left(now),
        pauses=workspace.db.limits.pauses(now),
        synced_at={name: at for name, at in synced.items() if at is not None},
        tallies=tallies,
        losses=lost,
        jobs={name: every[name] for name in STATES},
        given_up=given_up,
    )


def losses(uow: UnitOfWork) -> Mapping[str, int]:
    """How many changes a poll found that no webhook had told of, by connection, in the days that are kept."""
    found: Counter[str] = Counter()
    for day in uow.losses.days(since=date.min):
        found[day.connection] += day.lost
    return found


def _waiting(uow: UnitOfWork, spool: Spool | None, now: datetime) -> Waiting:
    counted, deliveries = uow.figures.waiting(now), Counter(uow.figures.deliveries_waiting())
    if spool is not None:
        deliveries.update(spool.waiting())
    return Waiting(
        nodes=counted["nodes"],
        deliveries=deliveries,
        pushes=counted["pushes"],
        pushes_later=counted["pushes_later"],
        intents=counted["intents"],
        notices=counted["notices"],
    )


def note_sync(workspace: Workspace, report: SyncReport) -> None:
    """Count a sync that ended well, and what it did."""
    name = report.name
    amounts: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {
        ("syncs", (("connection", name), ("mode", report.mode), ("outcome", "done"))): 1,
        ("sync_seconds", (("connection", name),)): report.seconds,
        ("requests", (("connection", name),)): report.requests,
        ("received_bytes", (("connection", name),)): report.bytes,
    }
    for result in ("created", "updated", "unchanged", "deleted"):
        amounts["items", (("connection", name), ("result", result))] = getattr(report, result)
    amounts["items", (("connection", name), ("result", "skipped"))] = len(report.skipped)
    with workspace.db.begin() as uow:
        uow.tallies.add_many(amounts)


def note_failure(workspace: Workspace, what: str, error: AppError) -> None:
    """Count that ``what`` (a kind of work: sync, rollup, push …) failed, by the slug of why."""
    with workspace.db.begin() as uow:
        uow.tallies.add("failures", what=what, reason=error.reason)
