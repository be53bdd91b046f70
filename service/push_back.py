"""Push-back: what the tools should show, against what we wrote last and what stands there: the difference is the writes.

    messages → jobs (what stands there, in bulk) → decide → carry out, least noisy first

``plan`` writes nothing; ``push`` makes the same plan and carries it out. Each single write is whole or absent, and a
push that was killed is made up for by the next one: never twice, never lost.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.errors import AppError, RefusedError, RetryableError
from model.push import Channel, Write, WriteResult
from model.tree import Node, Target
from service.pushing import settle as settling
from service.pushing.carry_out import FIRST_REST, Pusher, Run, rest
from service.pushing.decide import decide
from service.pushing.faults import own_fault
from service.pushing.job import Job, Manner, Published, jobs, published
from service.pushing.reminders import Reminding, reminder_jobs, reminding
from service.workspace import Workspace
from store.agenda import Trouble

NAMED = 5
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Wish:
    """What is to be pushed: ``only`` these nodes (None: every one that publishes), by whom.

    ``insist``: a person asked for it, so that places that failed before are tried at once. ``resume``: write again where
    it was undone.
    """

    only: Collection[str] | None = None
    by: str = "cli"
    insist: bool = True
    resume: bool = False

    @property
    def unheld(self) -> bool:
        """Whether what was undone is written again: a person says so, or names the nodes."""
        return self.resume or (self.insist and self.only is not None)


@dataclass(frozen=True)
class _Places:
    """Where there is something to be said in a connection: of nodes, and to the owners of benefits."""

    published: Sequence[Published]
    reminding: Sequence[Reminding] = ()

    def all(self) -> list[tuple[Node, Target]]:
        return [(node, target) for node, target, _ in (*self.published, *self.reminding)]

    def jobs(self, workspace: Workspace, connector: Connector, manner: Manner, *, now: datetime) -> list[Job]:
        """What stands there is read; where nothing is to be said, the tool is not asked."""
        of_nodes = jobs(workspace, connector, self.published, manner, now=now) if self.published else []
        return [*of_nodes, *reminder_jobs(workspace, connector, self.reminding, manner, now=now)]


def plan(workspace: Workspace, wish: Wish | None = None) -> tuple[Write, ...]:
    """Every write that ``push`` would make, and why. Writes that change nothing stand as UNCHANGED."""
    wish = wish or Wish()
    now = workspace.clock()
    planned: list[Write] = []
    for name in workspace.connections:
        places = _Places(published(workspace, wish.only, name))
        try:
            places = replace(places, reminding=reminding(workspace, wish.only, name))
            manner = Manner(insist=wish.insist, unheld=wish.unheld)
            mine = places.jobs(workspace, workspace.connector(name), manner, now=now)
            planned += [write for job in mine for write in _decided(job)]
        except AppError as error:
            planned += _all_failed(places, error)
        except Exception as error:
            planned += _all_failed(places, own_fault(error, name))
    return tuple(planned)


def push(workspace: Workspace, wish: Wish | None = None, *, expected: Sequence[Write] | None = None) -> tuple[Write, ...]:
    """Make the writes. A failing target is named in its writes; the others go on.

    ``expected``: the plan that somebody has looked through; a connection where another one has come due is left alone.
    Raises RefusedError in read-only mode.
    """
    wish = wish or Wish()
    refuse_read_only(workspace, "`plan` shows what it would write.")
    began_at = workspace.clock()
    with workspace.db.begin() as uow:
        run = Run(uow.runs.start("push", at=began_at), wish.by)
    done: list[Write] = []
    for name in workspace.connections:
        if workspace.reminders or any(t.connection == name for node in workspace.published_nodes() for t in node.publish):
            done += _push_connection(workspace, name, run, wish, expected)
    _finish(workspace, run, done, wish, began_at)
    return tuple(done)


def refuse_read_only(workspace: Workspace, otherwise: str) -> None:
    """Raises RefusedError where this deployment may not write."""
    if workspace.read_only:
        raise RefusedError(
            "Nothing is written: this deployment is read-only.",
            where="read_only",
            fix=f"Set `read_only: false` to let it write; {otherwise}",
        )


def alone(name: str) -> str:
    """The name under which one writer at a time works on a connection's targets."""
    return f"push:{name}"


def _push_connection(
    workspace: Workspace, name: str, run: Run, wish: Wish, expected: Sequence[Write] | None
) -> list[Write]:
    """The targets of one connection, unless somebody else is writing to them now.

    What is to be said is read when nobody else can say anything newer any more.
    """
    with workspace.db.alone(alone(name)) as got:
        places = _Places(published(workspace, wish.only, name))
        try:
            connector = workspace.connector(name)
            places = replace(places, reminding=reminding(workspace, wish.only, name))
            if not got:
                raise _busy(name)
            manner = Manner(insist=wish.insist, unheld=wish.unheld, unsettled=settling.settle(workspace, connector))
            found = places.jobs(workspace, connector, manner, now=workspace.clock())
            planned = [(job, _decided(job)) for job in found]
            if expected is not None:
                _refuse_other(name, [write for _, writes in planned for write in writes], expected)
        except AppError as error:
            return _all_failed(places, error)
        except Exception as error:
            return _all_failed(places, own_fault(error, name))
        if wish.unheld:
            _let_go(workspace, places)
        _forget_needless(workspace, name)
        return Pusher(workspace, connector, run).carry_out([(job, _noted(workspace, job, w)) for job, w in planned])


def _let_go(workspace: Workspace, places: _Places) -> None:
    """Whoever names a node wants it written again where it was undone."""
    with workspace.db.begin() as uow:
        for _, target in places.all():
            uow.agenda.let_go(target.connection, target.label)


def _forget_needless(workspace: Workspace, name: str) -> None:
    """Benefits come and go: what failed at places where nothing is to be written any more is no trouble."""
    if workspace.reminders is None:
        return
    with workspace.db.read() as uow:
        troubles = uow.agenda.troubles(name)
    others = {label for label, _ in troubles} - {t.label for node in workspace.published_nodes() for t in node.publish}
    needless = others - {target.label for _, target, _ in reminding(workspace, None, name)} if others else set()
    if needless:
        with workspace.db.begin() as uow:
            for label, what in troubles:
                if label in needless:
                    uow.agenda.no_trouble(name, label, what)


def _refuse_other(name: str, planned: Sequence[Write], expected: Sequence[Write]) -> None:
    differing = differences([write for write in expected if write.connection == name], planned)
    if differing:
        what = f"Something else would be written now than was planned: {'; '.join(differing[:NAMED])}."
        raise RefusedError(what, where=name, fix="Plan anew and look it through.", reason="stale_plan")


def _decided(job: Job) -> list[Write]:
    """The writes of one target. A fault of ours there fails that target alone."""
    try:
        return decide(job)
    except Exception as error:
        fault = own_fault(error, job.target.label)
        write = job.write(Channel.FIELD, None, None, str(fault))
        return [write.model_copy(update={"result": WriteResult.FAILED, "reason": fault.reason})]


def differences(then: Sequence[Write], now: Sequence[Write]) -> list[str]:
    """What would be written otherwise than was planned: the place, and what would replace what, then and now."""
    planned, present = _by_place(then), _by_place(now)
    return [
        f"{':'.join(part for part in place if part)}: planned {_told(planned.get(place))}, now {_told(present.get(place))}"
        for place in sorted(planned.keys() | present.keys())
        if planned.get(place) != present.get(place)
    ]


def _by_place(writes: Sequence[Write]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """What would be replaced by what, at each place that would be written."""
    return {
        (write.target, write.channel.value, write.field or ""): (_canonical(write.old), _canonical(write.new))
        for write in writes
        if write.result is WriteResult.PLANNED
    }


def _told(values: tuple[str, str] | None) -> str:
    """An old and a new value for a line of text; None: nothing is written there."""
    if values is None:
        return "nothing"
    old, new = (value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…" for value in values)
    return f"{'nothing' if old == 'null' else old} → {'nothing' if new == 'null' else new}"


def _canonical(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _busy(name: str) -> AppError:
    return RetryableError(
        "Another push is writing to this connection.", where=name, fix="Try again when it is done.", reason="busy"
    )


def _all_failed(places: _Places, error: AppError) -> list[Write]:
    """One failure a target, for what keeps a whole connection from being asked."""
    return [
        Write(
            connection=target.connection,
            target=target.label,
            node=node.id,
            channel=Channel.FIELD,
            field=None,
            why=str(error),
            result=WriteResult.FAILED,
            reason=error.reason,
        )
        for node, target in places.all()
    ]


def _noted(workspace: Workspace, job: Job, writes: list[Write]) -> list[Write]:
    """A target that can't be written at all is remembered, so that it is told of once and tried again with patience."""
    missing, known = job.present.missing, job.troubles.get("")
    if missing is None:
        over = [what for what in job.troubles if not any(_troubled(write, what) for write in writes)]
        if over:
            with workspace.db.begin() as uow:
                for what in over:
                    uow.agenda.no_trouble(job.target.connection, job.target.label, what)
        return writes
    tries = known.tries + 1 if known else 1
    trouble = Trouble(
        connection=job.target.connection,
        target=job.target.label,
        channel="",
        reason=job.present.missing_reason or "missing",
        what=missing,
        since=known.since if known else job.day.now,
        tries=tries,
        next_try_at=job.day.now + rest(tries, None),
    )
    with workspace.db.begin() as uow:
        uow.agenda.note_trouble(trouble)
    return [write.model_copy(update={"again_at": trouble.next_try_at}) for write in writes]


def _troubled(write: Write, channel: str) -> bool:
    """Whether a write still waits for a trouble to end, or is about to find out."""
    if not channel:
        return write.reason in ("trouble", "held")
    return write.channel.value == channel and (write.result is WriteResult.PLANNED or write.reason == "trouble")


def _finish(workspace: Workspace, run: Run, done: Sequence[Write], wish: Wish, began_at: datetime) -> None:
    """Note how it ended, and which nodes have to be looked at again and when."""
    now = workspace.clock()
    counts: dict[str, JsonValue] = {result: sum(w.result is result for w in done) for result in WriteResult}
    busy = {write.node for write in done if write.reason == "busy"}
    looked_at = workspace.writing_nodes() if wish.only is None else workspace.writing_nodes().intersection(wish.only)
    with workspace.db.begin() as uow:
        uow.runs.finish(run.id, at=now, outcome="done", summary=counts)
        due = (node for node in uow.agenda.due(began_at) if node in looked_at and node not in busy)
        uow.agenda.pushed(due, began_at=began_at)
        for write in done:
            at = write.again_at or (now + FIRST_REST if write.result is WriteResult.FAILED and not write.again_at else None)
            if at is not None and write.node not in busy:
                uow.agenda.note_due([write.node], at=at, now=now)
        uow.freshness.settle(now)
