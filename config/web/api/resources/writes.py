"""What is written into the tools: plans and their push, the log of every write, undoing."""

from collections.abc import Sequence
from typing import Any

from config.web.api import forms, shapes
from config.web.api.endpoint import Ask, Endpoint, Told
from config.web.api.problems import ProblemError
from config.web.rights import Role
from config.web.visitor import visitor
from service import audit, errands
from service.documents import instant
from service.undo import Extent
from store.audit_log import AuditFilter
from store.errands import Errand, ErrandKind

_ERRANDS = "/api/v1/errands"


def _errand(ask: Ask, errand: Errand, query: forms.WritePage) -> dict[str, Any]:
    """An errand with a page of its writes."""
    results = () if query.result is None else (query.result,)
    with ask.space.db.read() as uow:
        counts = uow.errands.counts(errand.id)
        found = uow.errands.writes(errand.id, results=results, after=query.cursor or 0, limit=query.limit + 1)
    shown = found[: query.limit]
    moments = {name: getattr(errand, name) for name in ("at", "started_at", "ended_at")}
    return {
        "id": errand.id, "kind": errand.kind, "state": errand.state, "by": errand.by, "asked": errand.asked,
        **{name: at and instant(at) for name, at in moments.items()}, "error": errand.error, "counts": counts,
        "writes": [write for _, write in shown], "next": shown[-1][0] if len(found) > query.limit else None,
    }  # fmt: skip


def _one(ask: Ask) -> Told:
    return Told(_errand(ask, errands.one(ask.space, ask.place["errand"]), ask.query))


def _alone(ask: Ask) -> Told:
    """As a change sees the errand that it is about: what `GET` answers without a query."""
    return Told(_errand(ask, errands.one(ask.space, ask.place["errand"]), forms.WritePage()))


def _newest(ask: Ask) -> Told:
    with ask.space.db.read() as uow:
        newest = uow.errands.newest([ErrandKind.PLAN])
    if not newest:
        raise ProblemError(404, "There is no plan yet.", reason="no_plan", fix="POST /plans makes one.")
    return Told(_errand(ask, newest[0], ask.query))


def _asked(ask: Ask, number: int) -> Told:
    """An errand that was just asked for; where no worker is, it is done by now."""
    told = _errand(ask, errands.one(ask.space, number), forms.WritePage())
    return Told(told, location=f"{_ERRANDS}/{number}")


def _plan(ask: Ask) -> Told:
    wanted: forms.NewPlan = ask.body
    gone = [node for node in wanted.only if node not in ask.space.tree.by_id()]
    if gone:
        raise ProblemError(404, f"There is no node {gone[0]!r}.", reason="no_node")
    return _asked(ask, errands.ask_plan(ask.space, only=wanted.only, by=visitor().name))


def _push(ask: Ask) -> Told:
    return _asked(ask, errands.ask_push(ask.space, ask.place["errand"], by=visitor().name))


def _preview(ask: Ask) -> Told:
    wanted: forms.NewUndo = ask.body
    if wanted.node is not None and wanted.node not in ask.space.tree.by_id():
        raise ProblemError(404, f"There is no node {wanted.node!r}.", reason="no_node")
    extent = Extent(since=wanted.since, run=wanted.run, node=wanted.node)
    return _asked(ask, errands.ask_undo(ask.space, extent, by=visitor().name, preview=True))


def _undo(ask: Ask) -> Told:
    preview = errands.one(ask.space, ask.place["errand"])
    if preview.kind is not ErrandKind.UNDO_PLAN:
        raise ProblemError(409, "This is no preview of an undoing.", reason="no_preview", fix="POST /undos makes one.")
    return _asked(ask, errands.ask_undo(ask.space, errands.extent_of(preview), by=visitor().name, preview=False))


def _log(ask: Ask) -> Told:
    query: forms.AuditPage = ask.query
    wanted = AuditFilter(**query.model_dump(exclude={"limit", "cursor"}))
    found = audit.page(ask.space, wanted, limit=query.limit, before=query.cursor)
    return Told({"writes": [audit.document(entry) for _, entry in found.lines], "next": found.next})


def _read(path: str, name: str, does: str, handle: Any, **more: Any) -> Endpoint:
    return Endpoint("GET", path, name, does, Role.EDITOR, handle, **{"answer": shapes.ErrandShape, **more})


def _change(path: str, name: str, does: str, handle: Any, **more: Any) -> Endpoint:
    told = {"answer": shapes.ErrandShape, "status": 202, "problems": (404, 409)}
    return Endpoint("POST", path, name, does, Role.ADMIN, handle, **{**told, **more})


ENDPOINTS: Sequence[Endpoint] = (
    _read("/plan", "read_plan", "The newest plan of what would be written.", _newest, query=forms.WritePage,
          problems=(404,)),
    _read("/errands/{errand}", "read_errand", "A plan, a push, an undoing or its preview, by its number.", _one,
          query=forms.WritePage, places=forms.OfErrand),
    _change("/plans", "make_plan", "Have every write planned that a push would make.", _plan, body=forms.NewPlan),
    _change("/plans/{errand}/push", "push_plan", "Make exactly the writes of a plan.", _push, places=forms.OfErrand,
            guard=_alone),
    _change("/undos", "preview_undo", "Have it shown what undoing would put back.", _preview, body=forms.NewUndo),
    _change("/undos/{errand}/apply", "undo", "Put back what a preview showed, where nobody changed it since.", _undo,
            places=forms.OfErrand, guard=_alone),
    _read("/audit", "list_writes", "Every write ever made into a tool, the newest first.", _log, query=forms.AuditPage,
          answer=shapes.WriteList),
)  # fmt: skip
