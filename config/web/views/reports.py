"""A node's report and its registers as pages: every one of them is an address that can be shared and printed."""

from datetime import timedelta
from typing import get_args

from flask import Blueprint, Response, abort, render_template, request

from config.web.attachments import attachment, separator_of
from config.web.node_pages import at, lens_of
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import may_see_names
from model.errors import UsageError
from model.tree import Language
from service.report import Asked, report
from service.reports.content import Report
from service.reports.formats import FORMATS, made
from service.workspace import Workspace

PLACES = ()
MOST_DAYS = 366
# The report brings its own look along and no script: so that it is the same page when somebody saves or mails it.
_ALONE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_TYPES = {"html": "text/html", "md": "text/markdown", "csv": "text/csv", "json": "application/json",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of reports."""

    @pages.get("/nodes/<node_id>/report")
    @needs(Role.VIEWER)
    def one_report(node_id: str) -> Response:
        kind = request.args.get("format", "html")
        if kind not in FORMATS:
            abort(404, f"There is no format {kind!r}.")
        separator = separator_of(request.args)
        told = _report(site, site.workspace(), node_id, kind)
        answer = Response(made(told, kind, separator), content_type=f"{_TYPES[kind]}; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _ALONE
        if kind != "html":
            answer.headers["Content-Disposition"] = attachment(f"{told.node.id}.{kind}")
        return answer

    @pages.get("/nodes/<node_id>/exports")
    @needs(Role.VIEWER)
    def exports(node_id: str) -> str:
        """What a project office sends around: a report in a format, a language, looking back so many days."""
        here = at(site, node_id)
        return render_template(
            "exports.html", formats=list(FORMATS), languages=get_args(Language), most_days=MOST_DAYS, **here.place()
        )


def _report(site: Site, space: Workspace, node_id: str, kind: str) -> Report:
    """The report that the address asks for, with people's names only for roles that may see them."""
    language = request.args.get("language", "en")
    days = request.args.get("days", default=7, type=int)
    if language not in get_args(Language) or not 1 <= days <= MOST_DAYS:
        abort(400, f"A report is in one of {', '.join(get_args(Language))}, and looks back 1 to {MOST_DAYS} days.")
    since = space.clock() - timedelta(days=days)
    known: Language = next(one for one in get_args(Language) if one == language)
    names = may_see_names(site.configuration(), space, node_id)
    try:
        asked = Asked.while_waited_for(kind, language=known, since=since, lens=lens_of(space), names=names)
        return report(space, node_id, asked)
    except UsageError as error:
        abort(404, f"{error.what} {error.fix}")
