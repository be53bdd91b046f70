"""A node's report and its registers as pages: every one of them is an address that can be shared and printed."""

from datetime import timedelta
from typing import get_args
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request

from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import may_see_names
from model.errors import UsageError
from model.tree import Language
from service.report import Asked, report
from service.reports.content import Report
from service.reports.formats import FORMATS, made
from service.reports.page import registers
from service.workspace import Workspace

PLACES = ()
MOST_DAYS = 366
# The report brings its own look along and no script: so that it is the same page when somebody saves or mails it.
_ALONE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_TYPES = {"html": "text/html", "md": "text/markdown", "csv": "text/csv", "json": "application/json",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def lens_of(space: Workspace) -> str | None:
    """The lens that a page is asked for. Answers 404 for one that is not there."""
    name = request.args.get("lens") or None
    if name is not None and name not in {lens.name for lens in space.lenses}:
        abort(404, f"There is no lens {name!r}.")
    return name


def switch(space: Workspace, lens: str | None) -> dict[str, object]:
    """What the templates need to stay in a lens and to leave it."""
    return {"lens": lens, "lenses": [one.name for one in space.lenses], "query": f"?lens={quote(lens)}" if lens else ""}


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of reports."""

    @pages.get("/nodes/<node_id>/report")
    @needs(Role.VIEWER)
    def one_report(node_id: str) -> Response:
        kind = request.args.get("format", "html")
        if kind not in FORMATS:
            abort(404, f"There is no format {kind!r}.")
        told = _report(site, site.workspace(), node_id, causes=True)
        answer = Response(made(told, kind), content_type=f"{_TYPES[kind]}; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _ALONE
        if kind != "html":
            answer.headers["Content-Disposition"] = f'attachment; filename="{told.node.id}.{kind}"'
        return answer

    @pages.get("/nodes/<node_id>/registers")
    @needs(Role.VIEWER)
    def node_registers(node_id: str) -> str:
        space = site.workspace()
        told = _report(site, space, node_id, causes=False)
        return render_template("registers.html", told=told, body=registers(told), **switch(space, lens_of(space)))


def _report(site: Site, space: Workspace, node_id: str, *, causes: bool) -> Report:
    """The report that the address asks for, with people's names only for roles that may see them."""
    language = request.args.get("language", "en")
    days = request.args.get("days", default=7, type=int)
    if language not in get_args(Language) or not 1 <= days <= MOST_DAYS:
        abort(400, f"A report is in one of {', '.join(get_args(Language))}, and looks back 1 to {MOST_DAYS} days.")
    since = space.clock() - timedelta(days=days)
    known: Language = next(one for one in get_args(Language) if one == language)
    names = may_see_names(site.configuration(), space, node_id)
    try:
        return report(space, node_id, Asked(known, since=since, lens=lens_of(space), names=names, causes=causes))
    except UsageError as error:
        abort(404, f"{error.what} {error.fix}")
