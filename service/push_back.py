"""Push-back: what the tools should show, against what we wrote last and what stands there: the difference is the writes.

    messages → jobs (what stands there, in bulk) → decide → carry out, least noisy first

``plan`` writes nothing; ``push`` makes the same plan and carries it out. Each single write is whole or absent, and a
push that was killed is made up for by the next one: never twice, never lost.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from model.errors import AppError, RefusedError, RetryableError
from model.push import Channel, Write, WriteResult
from model.tree import Node
from service.pushing import settle as settling
from service.pushing.carry_out import FIRST_REST, Pusher, Run, rest
from service.pushing.decide import decide
from service.pushing.job import Job, Published, jobs, messages, published
from service.workspace import Workspace
from store.agenda import Trouble


@dataclass(frozen=True)
class Wish:
    """What is to be pushed: ``only`` these nodes (None: every one that publishes), by whom.

    ``insist``: a person asked for it, so that places that failed before are tried at once.
    """

    only: Collection[str] | None = None
    by: str = "cli"
    insist: bool = True


def plan(workspace: Workspace, wish: Wish | None = None) -> tuple[Write, ...]:
    """Every write that ``push`` would make, and why. Writes that change nothing stand as UNCHANGED."""
    wish = wish or Wish()
    found = messages(workspace, wish.only)
    now = workspace.clock()
    planned: list[Write] = []
    for name in workspace.connections:
        places = published(workspace, found, name)
        try:
            mine = jobs(workspace, workspace.connector(name), places, insist=wish.insist, now=now) if places else []
            planned += [write for job in mine for write in decide(job)]
        except AppError as error:
            planned += _all_failed(places, error)
    return tuple(planned)


def push(workspace: Workspace, wish: Wish | None = None) -> tuple[Write, ...]:
    """Make the writes. A failing target is named in its writes; the others go on.

    Raises RefusedError in read-only mode.
    """
    wish = wish or Wish()
    refuse_read_only(workspace, "`plan` shows what it would write.")
    began_at = workspace.clock()
    with workspace.db.begin() as uow:
        run = Run(uow.runs.start("push", at=began_at), wish.by)
        for node in wish.only or () if wish.insist else ():
            for target in _node(workspace, node).publish:
                uow.agenda.let_go(target.connection, target.label)
    found = messages(workspace, wish.only)
    done: list[Write] = []
    for name in workspace.connections:
        if places := published(workspace, found, name):
            done += _push_connection(workspace, name, places, run, insist=wish.insist)
    _finish(workspace, run, done, wish, began_at)
    return tuple(done)


def _node(workspace: Workspace, node: str) -> Node:
    """A node of the tree, or one of a lens that publishes."""
    return next((one for one in workspace.published_nodes() if one.id == node), None) or workspace.node(node)


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
    workspace: Workspace, name: str, places: Sequence[Published], run: Run, *, insist: bool
) -> list[Write]:
    """The targets of one connection, unless somebody else is writing to them now."""
    with workspace.db.alone(alone(name)) as got:
        if not got:
            return _all_failed(places, _busy(name))
        try:
            connector = workspace.connector(name)
            settling.settle(workspace, connector)
            found = jobs(workspace, connector, places, insist=insist, now=workspace.clock())
        except AppError as error:
            return _all_failed(places, error)
        planned = [(job, _noted(workspace, job, decide(job))) for job in found]
        return Pusher(workspace, connector, run).carry_out(planned)


def _busy(name: str) -> AppError:
    return RetryableError(
        "Another push is writing to this connection.", where=name, fix="Try again when it is done.", reason="busy"
    )


def _all_failed(places: Sequence[Published], error: AppError) -> list[Write]:
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
        for node, target, _ in places
    ]


def _noted(workspace: Workspace, job: Job, writes: list[Write]) -> list[Write]:
    """A target that can't be written at all is remembered, so that it is told of once and tried again with patience."""
    missing, known = job.present.missing, job.troubles.get("")
    if missing is None:
        if known is not None and writes and writes[0].reason != "trouble":
            with workspace.db.begin() as uow:
                uow.agenda.no_trouble(job.target.connection, job.target.label, "")
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


def _finish(workspace: Workspace, run: Run, done: Sequence[Write], wish: Wish, began_at: datetime) -> None:
    """Note how it ended, and which nodes have to be looked at again and when."""
    now = workspace.clock()
    counts: dict[str, JsonValue] = {result: sum(w.result is result for w in done) for result in WriteResult}
    busy = {write.node for write in done if write.reason == "busy"}
    looked_at = [n.id for n in workspace.published_nodes() if wish.only is None or n.id in wish.only]
    with workspace.db.begin() as uow:
        uow.runs.finish(run.id, at=now, outcome="done", summary=counts)
        uow.agenda.pushed((node for node in looked_at if node not in busy), began_at=began_at)
        for write in done:
            at = write.again_at or (now + FIRST_REST if write.result is WriteResult.FAILED and not write.again_at else None)
            if at is not None and write.node not in busy:
                uow.agenda.note_due([write.node], at=at, now=now)
