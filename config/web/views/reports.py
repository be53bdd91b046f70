"""A node's report and its registers as pages: every one of them is an address that can be shared and printed.

A file with every line of hundreds of projects is prepared first, for whoever asks for it.
"""

from typing import Any, get_args

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from config.web.attachments import attachment, separator_of
from config.web.node_pages import at, lens_of
from config.web.prepared import as_taken, readable
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import may_see_names, visitor
from model.errors import UsageError
from model.tree import Language
from service import preparing
from service.prepared_kinds import FileOf, causes_take_long, files_take_long, wanted
from service.reports.formats import FORMATS
from service.workspace import Workspace

PLACES = ()
MOST_DAYS = 366
_YES = "yes"
# The report brings its own look along and no script: so that it is the same page when somebody saves or mails it.
_ALONE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of reports."""
    _reports(pages, site)
    _prepared_files(pages, site)


def _reports(pages: Blueprint, site: Site) -> None:
    @pages.get("/nodes/<node_id>/report")
    @needs(Role.VIEWER)
    def one_report(node_id: str) -> Answer:
        space = site.workspace()
        asked = _asked(site, space, node_id, request.args)
        if asked.takes_long(space, node_id):
            return _exports_of(node_id, asked)
        try:
            made = asked.make(space, node_id)
        except UsageError as error:
            abort(404, f"{error.what} {error.fix}")
        answer = Response(made.content, content_type=f"{made.media_type}; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _ALONE
        if asked.format != "html":
            answer.headers["Content-Disposition"] = attachment(f"{node_id}.{asked.format}")
        return answer

    @pages.get("/nodes/<node_id>/exports")
    @needs(Role.VIEWER)
    def exports(node_id: str) -> str:
        """What a project office sends around: a report in a format, a language, looking back so many days."""
        here = at(site, node_id)
        asked = _asked(site, here.space, node_id, request.args)
        document = None
        if asked.takes_long(here.space, node_id):
            document = preparing.newest(here.space, node_id, asked, by=visitor().name)
        fresh = document is None or preparing.is_fresh(here.space, document)
        return render_template(
            "exports.html", formats=list(FORMATS), languages=get_args(Language), most_days=MOST_DAYS, asked=asked,
            prepares=files_take_long(here.space, node_id, here.lens), document=document, fresh=fresh,
            splits=causes_take_long(here.space, node_id, here.lens),
            zone=here.space.timezone, address=url_for("pages.exports", node_id=node_id, **_typed(asked)), **here.place(),
        )  # fmt: skip


def _prepared_files(pages: Blueprint, site: Site) -> None:
    @pages.post("/nodes/<node_id>/exports")
    @needs(Role.VIEWER)
    def have_it_made(node_id: str) -> Answer:
        """Have a file made that takes longer than an answer may; any other is answered at once."""
        node = at(site, node_id).head.node.id
        space = site.workspace()
        asked = _asked(site, space, node, request.values)
        if not asked.takes_long(space, node):
            return redirect(url_for("pages.one_report", node_id=node, **_typed(asked)), 303)
        try:
            preparing.ask(space, node, asked, by=visitor().name)
        except UsageError as error:
            abort(409, f"{error.what} {error.fix}")
        return _exports_of(node, asked)

    @pages.get("/nodes/<node_id>/documents/<int:number>")
    @needs(Role.VIEWER)
    def prepared_file(node_id: str, number: int) -> Response:
        """A file that was prepared, for whoever asked for it."""
        space = site.workspace()
        document = readable(site.configuration(), space, number)
        asked = wanted(document) if document is not None else None
        if document is None or document.node != node_id or document.media_type is None or not isinstance(asked, FileOf):
            abort(404, f"There is no document {number} on this node any more.")
        body, headers = as_taken(preparing.packed(space, document))
        headers["Content-Disposition"] = attachment(f"{node_id}.{asked.format}")
        return Response(body, headers=headers, content_type=f"{document.media_type}; charset=utf-8")


def _asked(site: Site, space: Workspace, node_id: str, typed: MultiDict[str, str]) -> FileOf:
    """The report that is asked for, with people's names only for roles that may see them. Answers 400 or 404 for another."""
    kind, language = typed.get("format", "html"), typed.get("language", "en")
    days = typed.get("days", default=7, type=int)
    if kind not in FORMATS:
        abort(404, f"There is no format {kind!r}.")
    if language not in get_args(Language) or not 1 <= days <= MOST_DAYS:
        abort(400, f"A report is in one of {', '.join(get_args(Language))}, and looks back 1 to {MOST_DAYS} days.")
    known: Language = next(one for one in get_args(Language) if one == language)
    names = may_see_names(site.configuration(), space, node_id)
    return FileOf(
        format=kind, language=known, days=days, separator=separator_of(typed), lens=lens_of(space), names=names,
        causes=typed.get("causes") == _YES,
    )  # fmt: skip


def _typed(asked: FileOf) -> dict[str, Any]:
    """A report as an address asks for it."""
    typed = asked.model_dump(mode="json", exclude={"names", "causes"}, exclude_none=True)
    return {**typed, "causes": _YES} if asked.causes else typed


def _exports_of(node_id: str, asked: FileOf) -> Answer:
    return redirect(url_for("pages.exports", node_id=node_id, **_typed(asked)), 303)
