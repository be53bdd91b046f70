"""Errands: a plan, a push, an undoing that somebody asked for on a page or through the API.

They take longer than an answer may, so a worker does them, where there is one; else they are done before the answer. What
is pushed is exactly a plan that was looked through, or nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue, TypeAdapter

from model.base import Instant
from model.errors import AppError, RefusedError, UsageError
from model.jobs import ERRANDS
from model.push import Write
from service import plan_file, push_back
from service import undo as undoing
from service.plan_file import PlanFile
from service.presence import is_worked
from service.push_back import Wish
from service.undo import Extent
from service.workspace import Workspace
from store.audit_log import AuditFilter
from store.errands import Errand, ErrandKind, ErrandState
from store.unit_of_work import UnitOfWork

KEPT = 50
_MOMENT = TypeAdapter(Instant)


def ask_plan(workspace: Workspace, *, only: Sequence[str] = (), by: str) -> int:
    """Have every write planned that a push would make, of these nodes (none: of all). Returns the errand's number.

    Raises UsageError for a node that is not there, and where nothing was read or scored yet.
    """
    nodes: list[JsonValue] = [workspace.node(node).id for node in only]
    refuse_unready(workspace)
    return _ask(workspace, ErrandKind.PLAN, {"only": nodes}, by=by)


def ask_push(workspace: Workspace, plan: int, *, by: str) -> int:
    """Have exactly a plan's writes made. Raises RefusedError in read-only mode, UsageError for what is no plan, or an
    unfinished one, or one that was pushed before."""
    push_back.refuse_read_only(workspace, "the plan shows what it would write.")
    found = one(workspace, plan)
    if found.kind is not ErrandKind.PLAN or found.state is not ErrandState.DONE:
        raise UsageError(f"Number {plan} is no plan that could be carried out.", where="plan", fix="Plan anew.")
    return _ask(workspace, ErrandKind.PUSH, {"plan": plan}, by=by)


def ask_undo(workspace: Workspace, extent: Extent, *, by: str, preview: bool) -> int:
    """Have the writes of an extent put back, or shown what that would do. Raises RefusedError in read-only mode."""
    if not (extent.since or extent.run or extent.node):
        raise UsageError("Undo what?", where="undo", fix="Name a run, a node or a moment.")
    if not preview:
        push_back.refuse_read_only(workspace, "nothing has to be undone then.")
    if extent.node is not None:
        workspace.node(extent.node)
    if extent.run is not None:
        _refuse_empty(workspace, extent.run)
    asked: dict[str, JsonValue] = {"run": extent.run, "node": extent.node}
    asked["since"] = None if extent.since is None else extent.since.isoformat()
    return _ask(workspace, ErrandKind.UNDO_PLAN if preview else ErrandKind.UNDO, asked, by=by)


def one(workspace: Workspace, number: int) -> Errand:
    """An errand. Raises UsageError where there is none of that number."""
    with workspace.db.read() as uow:
        found = uow.errands.one(number) if number < 2**31 else None
    if found is None:
        what = f"There is nothing under number {number} any more."
        raise UsageError(what, where="errand", fix=f"The newest {KEPT} are kept.", reason="not_found")
    return found


def push_of(workspace: Workspace, plan: int) -> Errand | None:
    """The push that carried a plan out, or tried to."""
    with workspace.db.read() as uow:
        return _pushed(uow, plan)


def run_of(workspace: Workspace, errand: Errand) -> str | None:
    """The run that an errand wrote as, once it has written anything: by it all of that can be undone."""
    if errand.started_at is None:
        return None
    kind = "push-" if errand.kind is ErrandKind.PUSH else "undo-"
    with workspace.db.read() as uow:
        lines = uow.audit_log.page(AuditFilter(since=errand.started_at, until=errand.ended_at), limit=KEPT)
    runs = [entry.run for _, entry in lines if entry.run.startswith(kind) and entry.by == errand.by]
    return runs[-1] if runs else None


def extent_of(errand: Errand) -> Extent:
    """What an undoing is to undo."""
    since, run, node = (errand.asked.get(name) for name in ("since", "run", "node"))
    return Extent(since=_moment(since), run=_text(run), node=_text(node))


def refuse_unready(workspace: Workspace) -> Workspace:
    """The workspace. Raises UsageError where nothing was read yet: what stands in the tools would be overwritten by
    "No data"."""
    with workspace.db.read() as uow:
        read = any(uow.sync.state(name).last_finished_at for name in workspace.connections)
        scored = uow.scores.newest_as_of() is not None
    if not (read and scored):
        what = "Nothing is scored yet." if read else "Nothing was read from the tools yet."
        fix = "Run `bellwether sync` and `bellwether rollup`, or `bellwether run`."
        raise UsageError(what, where="push", fix=fix, reason="nothing_scored")
    return workspace


def work_off(workspace: Workspace) -> int:
    """Do every errand that waits, or that a process which died had begun; how many were done."""
    with workspace.db.read() as uow:
        waiting = uow.errands.open()
    return sum(_do(workspace, errand.id) for errand in waiting)


def _ask(workspace: Workspace, kind: ErrandKind, asked: dict[str, JsonValue], *, by: str) -> int:
    now = workspace.clock()
    worked = is_worked(workspace.db)
    with workspace.db.begin() as uow:
        uow.errands.alone()
        if kind is ErrandKind.PUSH and _pushed(uow, asked["plan"]) is not None:
            raise UsageError("This plan was carried out already.", where="plan", fix="Plan anew.", reason="pushed_before")
        uow.errands.forget_all_but(KEPT)
        number = uow.errands.ask(kind, asked, by=by, at=now)
        if worked:
            uow.jobs.want(ERRANDS, at=now)
    if not worked:
        _do(workspace, number)
    return number


def _pushed(uow: UnitOfWork, plan: JsonValue) -> Errand | None:
    pushes = uow.errands.newest([ErrandKind.PUSH], limit=KEPT)
    return next((push for push in pushes if push.asked.get("plan") == plan), None)


def _do(workspace: Workspace, number: int) -> int:
    """Do one errand, if nobody else does; what goes wrong is told in it."""
    with workspace.db.alone(f"errand:{number}") as got:
        if not got:
            return 0
        with workspace.db.read() as uow:
            errand = uow.errands.one(number)
        if errand is None or not errand.is_open:
            return 0
        with workspace.db.begin() as uow:
            uow.errands.begin(number, at=workspace.clock())
        writes: Sequence[Write] = ()
        state, error = ErrandState.DONE, None
        try:
            writes = _DEEDS[errand.kind](workspace, errand)
        except AppError as refusal:
            state = ErrandState.REFUSED if isinstance(refusal, RefusedError | UsageError) else ErrandState.FAILED
            error = f"{refusal.what} {refusal.fix}".strip()
        except Exception:
            _end(workspace, number, ErrandState.FAILED, (), "An error of our own; the log has it.")
            raise
        _end(workspace, number, state, writes, error)
        return 1


def _end(
    workspace: Workspace, number: int, state: ErrandState, writes: Sequence[Write], error: str | None
) -> None:
    with workspace.db.begin() as uow:
        uow.errands.keep_writes(number, writes)
        uow.errands.end(number, state, at=workspace.clock(), error=error)


def _plan(workspace: Workspace, errand: Errand) -> Sequence[Write]:
    return push_back.plan(workspace, Wish(only=_only(errand)))


def _push(workspace: Workspace, errand: Errand) -> Sequence[Write]:
    made = one(workspace, int(str(errand.asked["plan"])))
    with workspace.db.read() as uow:
        planned = tuple(write for _, write in uow.errands.writes(made.id))
    kept = PlanFile(made_at=made.at, only=_only(made), writes=planned)
    return plan_file.carry_out(workspace, kept, where=f"plan {made.id}", again="Plan anew", by=errand.by)


def _undo_plan(workspace: Workspace, errand: Errand) -> Sequence[Write]:
    return undoing.plan_undo(workspace, extent_of(errand))


def _undo(workspace: Workspace, errand: Errand) -> Sequence[Write]:
    return undoing.undo(workspace, extent_of(errand), by=errand.by)


_DEEDS = {
    ErrandKind.PLAN: _plan,
    ErrandKind.PUSH: _push,
    ErrandKind.UNDO_PLAN: _undo_plan,
    ErrandKind.UNDO: _undo,
}


def _only(errand: Errand) -> tuple[str, ...] | None:
    only = errand.asked.get("only")
    return tuple(str(node) for node in only) if isinstance(only, list) and only else None


def _refuse_empty(workspace: Workspace, run: str) -> None:
    with workspace.db.read() as uow:
        if not uow.pushes.audit(run=run):
            what, fix = f"The run {run!r} wrote nothing.", "The log of writes names every run."
            raise UsageError(what, where="run", fix=fix, reason="not_found")


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)


def _moment(value: JsonValue) -> datetime | None:
    return None if value is None else _MOMENT.validate_python(value)
