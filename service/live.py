"""Keeping health live: hear, score what was touched, push it; and catch up by polling, because hints get lost.

What is to be written stands in the store from the moment its score is kept, so a worker that was killed, a quiet hour
or a tool that is away only make it later.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from model.errors import AppError
from model.push import Write, WriteResult
from model.sync import Page
from service import deliveries, lenses, notices, push_back, questions, scoring
from service.census import census_connection
from service.memory import Memory
from service.push_back import Wish
from service.sync import sync_connection
from service.workspace import Workspace

POLL_EVERY = timedelta(minutes=5)
CENSUS_EVERY = timedelta(days=1)  # what leaves a tool without a word is noticed by counting only


@dataclass
class Beat:
    """What one beat did, for the log. ``lost`` and ``back``: connections that failed now and did not before, and the
    other way round; one that goes on failing is in ``failures`` alone."""

    deliveries: int = 0
    changed: int = 0
    scored: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()
    failures: list[tuple[str, AppError]] = field(default_factory=list)
    lost: list[tuple[str, AppError]] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    told: notices.Outcome = field(default_factory=notices.Outcome)

    @property
    def idle(self) -> bool:
        happened = self.deliveries or self.changed or self.scored or self.lost or self.back or self.written
        return not happened and self.told.idle

    @property
    def written(self) -> int:
        return sum(write.result is WriteResult.WRITTEN for write in self.writes)


@dataclass
class Pulse:
    """The state of one worker between beats: when it last polled and counted each connection, the day it last ticked,
    which connections failed last, when it last looked whether somebody is to be told, and what its last scores were made of.
    """

    polled: dict[str, datetime] = field(default_factory=dict)
    counted: dict[str, datetime] = field(default_factory=dict)
    ticked: date | None = None
    down: set[str] = field(default_factory=set)
    watch: notices.Watch = field(default_factory=notices.Watch)
    memory: Memory = field(default_factory=Memory)


def beat(workspace: Workspace, pulse: Pulse) -> Beat:
    """One round: deliveries, due polls, the midnight tick, scores of what was touched, what is to be written, notices."""
    done = Beat()
    heard = deliveries.work_off(workspace)
    touched = bool(heard.deliveries) or pulse.ticked is None  # the first beat looks at everything
    done.deliveries, done.changed = heard.deliveries, len(heard.changed)
    done.failures.extend(heard.failures)
    touched |= _poll(workspace, pulse, done)
    _count(workspace, pulse, done)
    _note_failures(pulse, done)
    _tick(workspace, pulse)
    done.scored = scoring.score_dirty(workspace, pulse.memory)
    if done.scored:
        lenses.keep_published(workspace)
    if not workspace.read_only:
        done.writes = _push_due(workspace) + (questions.answer(workspace) if touched else ())
    done.told = notices.due(workspace, pulse.watch, touched=done.scored)
    return done


def _push_due(workspace: Workspace) -> tuple[Write, ...]:
    """The writes of every node whose time has come: scored just now, or put off until now."""
    now = workspace.clock()
    publishing = {node.id for node in workspace.published_nodes()}
    with workspace.db.read() as uow:
        due = set(uow.agenda.due(now))
    if due - publishing:  # gone from the tree, or published nowhere any more
        with workspace.db.begin() as uow:
            uow.agenda.pushed(due - publishing, began_at=now)
    wanted = due & publishing
    return push_back.push(workspace, Wish(only=wanted, by="worker", insist=False)) if wanted else ()


def _poll(workspace: Workspace, pulse: Pulse, done: Beat) -> bool:
    """An incremental sync of each connection whose time has come; the first beat counts as a poll. Whether any was."""
    now = workspace.clock()
    polled = False
    for name in workspace.connections:
        if now - pulse.polled.setdefault(name, now) < POLL_EVERY:
            continue
        pulse.polled[name] = now
        polled = True
        try:
            report = sync_connection(workspace, workspace.connector(name), full=False, progress=_unwatched)
            done.changed += len(report.changed_ids)
            if name in pulse.down:
                done.back.append(name)
        except AppError as error:
            done.failures.append((name, error))
    return polled


def _count(workspace: Workspace, pulse: Pulse, done: Beat) -> None:
    """A census of each connection, once a day; the first one a day after the start, so that a restart costs nothing."""
    now = workspace.clock()
    for name in workspace.connections:
        if now - pulse.counted.setdefault(name, now) < CENSUS_EVERY:
            continue
        pulse.counted[name] = now
        try:
            report = census_connection(workspace, workspace.connector(name))
            done.changed += sum(len(found) for found in report.found())
        except AppError as error:
            done.failures.append((name, error))


def _note_failures(pulse: Pulse, done: Beat) -> None:
    """A connection that is away is told of once, and once more when it is back."""
    failed = {name: error for name, error in done.failures if error.reason != "busy"}
    done.lost.extend((name, error) for name, error in failed.items() if name not in pulse.down)
    done.back = [name for name in done.back if name not in failed]
    pulse.down = (pulse.down - set(done.back)) | failed.keys()


def _tick(workspace: Workspace, pulse: Pulse) -> None:
    """Midnight in the deployment's zone is an event too: time alone makes work late.

    Then, and when the worker starts, every target is looked at: one may be new, or somebody has changed what stands
    there.
    """
    now = workspace.clock()
    today = now.astimezone(ZoneInfo(workspace.timezone)).date()
    if pulse.ticked == today:
        return
    with workspace.db.begin() as uow:
        if pulse.ticked is not None:
            uow.dirty.mark((node.id for node in workspace.tree.nodes), why=scoring.MIDNIGHT, at=now)
        uow.agenda.note_due((node.id for node in workspace.published_nodes()), at=now, now=now)
    pulse.ticked = today


def _unwatched(_name: str, _page: Page) -> None:
    """A poll has nobody watching."""
