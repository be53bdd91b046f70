"""What is written into the tools: the plan and its push, the log of every write, and undoing."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.web.attachments import attachment, separator_of
from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from config.web.writes_shown import SIGNS, Spot, spots
from model.errors import AppError, UsageError
from model.push import Channel, Write, WriteResult
from service import audit, errands
from service.csv_table import Separator
from service.places import places_of
from service.undo import Extent
from service.workspace import Workspace
from store.audit_log import AuditFilter
from store.errands import Errand, ErrandKind
from store.pushes import AuditEntry

PLACES = (
    Place("Write plan", "/running/plan", "running", 30, Role.EDITOR),
    Place("Every write", "/running/audit", "running", 40, Role.EDITOR),
)
ON_A_PAGE = 50
SHOWN: dict[str, tuple[WriteResult, ...]] = {
    "changes": tuple(result for result in WriteResult if result is not WriteResult.UNCHANGED),
    "everything": (),
    "troubles": (WriteResult.FAILED, WriteResult.REFUSED, WriteResult.SKIPPED),
}
Answer = str | Response | tuple[str, int]


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of writes."""

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"signs_of": SIGNS}

    _plans(pages, site)
    _log(pages, site)
    _undoing(pages, site)


def _plans(pages: Blueprint, site: Site) -> None:
    @pages.get("/running/plan")
    @needs(Role.EDITOR)
    def plan() -> str:
        """The newest plan: making one asks the tools, so it is not made by looking."""
        with site.workspace().db.read() as uow:
            newest = uow.errands.newest([ErrandKind.PLAN])
        return _errand_page(site.workspace(), newest[0] if newest else None, "plan.html")

    @pages.post("/running/plan")
    @needs(Role.ADMIN)
    def plan_anew() -> Answer:
        space, only = site.workspace(), request.form.get("only", "").split()
        try:
            number = errands.ask_plan(space, only=only, by=visitor().name)
        except AppError as error:
            return _errand_page(space, None, "plan.html", problem=error), 422
        return redirect(url_for("pages.one_plan", number=number), 303)

    @pages.get("/running/plans/<int:number>")
    @needs(Role.EDITOR)
    def one_plan(number: int) -> str:
        space = site.workspace()
        return _errand_page(space, _errand(space, number, ErrandKind.PLAN), "plan.html")

    @pages.post("/running/plans/<int:number>")
    @needs(Role.ADMIN)
    def push_plan(number: int) -> Answer:
        space = site.workspace()
        made = _errand(space, number, ErrandKind.PLAN)
        try:
            push = errands.ask_push(space, number, by=visitor().name)
        except AppError as error:
            return _errand_page(space, made, "plan.html", problem=error), 422
        return redirect(url_for("pages.written", number=push), 303)

    @pages.get("/running/written/<int:number>")
    @needs(Role.EDITOR)
    def written(number: int) -> str:
        space = site.workspace()
        found = _errand(space, number, ErrandKind.PUSH, ErrandKind.UNDO)
        return _errand_page(space, found, "written.html", run=errands.run_of(space, found))


def _log(pages: Blueprint, site: Site) -> None:
    @pages.get("/running/audit")
    @needs(Role.EDITOR)
    def audit_log() -> Answer:
        space = site.workspace()
        wanted, faults = _filter(space, request.args)
        before = request.args.get("before", type=_line_number)
        found = audit.page(space, wanted, limit=ON_A_PAGE, before=before)
        choices = {"connections": audit.connections(space), "channels": list(Channel), "results": list(WriteResult)}
        page = render_template("audit.html", found=found, typed=request.args, faults=faults, before=before,
                               zone=space.timezone, shown=_line_of(found), **choices, **_links(found.next))  # fmt: skip
        return (page, 422) if faults else page

    @pages.get("/running/audit.csv")
    @needs(Role.EDITOR)
    def audit_csv() -> Response:
        space = site.workspace()
        wanted, faults = _filter(space, request.args)
        if faults:
            abort(422, " ".join(faults.values()))
        lines = audit.csv_lines(audit.every(space, wanted), separator_of(request.args))
        headers = {"Content-Disposition": attachment("bellwether-writes.csv")}
        return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _undoing(pages: Blueprint, site: Site) -> None:
    @pages.get("/running/undo")
    @needs(Role.ADMIN)
    def undo() -> str:
        space = site.workspace()
        return render_template("undo.html", typed=request.args, faults={}, problem=None, zone=space.timezone)

    @pages.post("/running/undo")
    @needs(Role.ADMIN)
    def undo_preview() -> Answer:
        """Make a preview of what an undoing would do."""
        space, form = site.workspace(), request.form
        since, fault = _local_moment(space, form.get("since", ""))
        problem: AppError | None = None
        if fault is None:
            extent = Extent(since=since, run=form.get("run", "").strip() or None, node=form.get("node", "").strip() or None)
            try:
                number = errands.ask_undo(space, extent, by=visitor().name, preview=True)
                return redirect(url_for("pages.undo_previewed", number=number), 303)
            except AppError as error:
                problem = error
        faults = {"since": fault} if fault else {}
        return render_template("undo.html", typed=form, faults=faults, problem=problem, zone=space.timezone), 422

    @pages.get("/running/undo/<int:number>")
    @needs(Role.ADMIN)
    def undo_previewed(number: int) -> str:
        space = site.workspace()
        return _preview_page(space, _errand(space, number, ErrandKind.UNDO_PLAN))

    @pages.post("/running/undo/<int:number>")
    @needs(Role.ADMIN)
    def undo_now(number: int) -> Answer:
        space = site.workspace()
        preview = _errand(space, number, ErrandKind.UNDO_PLAN)
        try:
            done = errands.ask_undo(space, errands.extent_of(preview), by=visitor().name, preview=False)
        except AppError as error:
            return _preview_page(space, preview, problem=error), 422
        return redirect(url_for("pages.written", number=done), 303)


# -- parts ----------------------------------------------------------------------------------------------------------------


def _errand(space: Workspace, number: int, *kinds: ErrandKind) -> Errand:
    """An errand of one of the kinds. Answers 404 for another one."""
    try:
        found = errands.one(space, number)
    except UsageError as error:
        abort(404, f"{error.what} {error.fix}")
    if found.kind not in kinds:
        abort(404, f"Number {number} is something else.")
    return found


def _preview_page(space: Workspace, preview: Errand, **more: object) -> str:
    return _errand_page(space, preview, "undo_preview.html", extent=errands.extent_of(preview), **more)


def _errand_page(space: Workspace, errand: Errand | None, template: str, **more: object) -> str:
    """An errand with a page of its writes."""
    show = request.args.get("show", "changes")
    after = whole_number(request.args, "after")
    counts: dict[WriteResult, int] = {}
    found: tuple[tuple[int, Write], ...] = ()
    if errand is not None:
        with space.db.read() as uow:
            counts = uow.errands.counts(errand.id)
            found = uow.errands.writes(errand.id, results=SHOWN.get(show, ()), after=after, limit=ON_A_PAGE + 1)
    writes = [write for _, write in found[:ON_A_PAGE]]
    places = places_of(space, {write.target for write in writes if write.node})
    push = errands.push_of(space, errand.id) if errand is not None and errand.kind is ErrandKind.PLAN else None
    told = {
        "errand": errand, "counts": counts, "spots": spots(writes, places), "show": show, "shown": SHOWN, "after": after,
        "next": found[ON_A_PAGE - 1][0] if len(found) > ON_A_PAGE else None, "push": push, "read_only": space.read_only,
        "zone": space.timezone, "now": space.clock(), "problem": None,
    }  # fmt: skip
    return render_template(template, **{**told, **more})


def _line_of(found: audit.Page) -> list[tuple[AuditEntry, Spot]]:
    return [(entry, spots([entry.write], found.places)[0]) for _, entry in found.lines]


def _links(following: int | None) -> dict[str, str | None]:
    """The addresses of the same page with another beginning, and as CSV."""
    kept = {name: value for name, value in request.args.items() if name != "before" and value}
    here = "/running/audit"
    return {
        "next": None if following is None else f"{here}?{urlencode({**kept, 'before': following})}",
        "first": f"{here}?{urlencode(kept)}",
        "csv": f"{here}.csv?{urlencode(kept)}",
        "semicolons": f"{here}.csv?{urlencode({**kept, 'separator': Separator.SEMICOLON})}",
    }


def _line_number(text: str) -> int:
    """A number of a line. Raises ValueError for what can be none."""
    number = int(text)
    if not 0 < number < 2**63:
        raise ValueError(text)
    return number


def _filter(space: Workspace, typed: Mapping[str, str]) -> tuple[AuditFilter, dict[str, str]]:
    """What was typed as a filter, and what is wrong with it, by field. A day is one of the deployment's zone."""
    faults: dict[str, str] = {}
    words = {name: typed.get(name, "").strip() or None for name in ("connection", "node", "run", "channel", "result")}
    for name, known in (("channel", set(Channel)), ("result", set(WriteResult))):
        if words[name] is not None and words[name] not in known:
            faults[name], words[name] = "There is no such choice.", None
    since, faults_of_since = _day(space, typed.get("since", ""), end=False)
    until, faults_of_until = _day(space, typed.get("until", ""), end=True)
    faults |= {name: told for name, told in (("since", faults_of_since), ("until", faults_of_until)) if told}
    return AuditFilter.model_validate({**words, "since": since, "until": until}), faults


def _day(space: Workspace, text: str, *, end: bool) -> tuple[datetime | None, str | None]:
    """A typed day as its begin or its end; None and what is wrong for what is no day."""
    if not text.strip():
        return None, None
    try:
        day = date.fromisoformat(text.strip())
        moment = datetime.combine(day, time.min, tzinfo=ZoneInfo(space.timezone))
        return (moment + timedelta(days=1) - timedelta(microseconds=1) if end else moment), None
    except (ValueError, OverflowError):
        return None, "This is no day. Write it as 2026-11-20."


def _local_moment(space: Workspace, text: str) -> tuple[datetime | None, str | None]:
    """A typed moment of the deployment's zone; None and what is wrong for what is none, or not yet."""
    if not text.strip():
        return None, None
    try:
        found = datetime.fromisoformat(text.strip())
        moment = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(space.timezone))
        early = moment > space.clock()
    except (ValueError, OverflowError):
        return None, "This is no moment. Write it as 2026-11-20T10:00."
    return (None, "This has not come yet.") if early else (moment, None)
