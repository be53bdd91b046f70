"""What moved a node between any two days: an address that can be shared, whose split is read after the page stands.

Where that takes too long for a page, whoever looks has it prepared: the page shows how that stands, and then the split.
"""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.web.node_pages import At, at
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from model.errors import UsageError
from service import movement, preparing
from service.movement import Span
from service.prepared_kinds import SplitOf
from service.workspace import local_day

PLACES = ()
_DAYS = ("since", "until")


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of movements."""

    @pages.get("/nodes/<node_id>/moved")
    @needs(Role.VIEWER)
    def moved(node_id: str) -> str | tuple[str, int]:
        return _page(at(site, node_id))

    @pages.get("/nodes/<node_id>/moved/split")
    @needs(Role.VIEWER)
    def moved_split(node_id: str) -> str | tuple[str, int]:
        """The split alone, for the page that asks for it."""
        here = at(site, node_id)
        try:
            asked = _span(here)
        except UsageError as error:
            return f"{error.what} {error.fix}", 422
        if not _splits(here):
            told = _prepared(here, asked)
            return render_template("moved_prepared.html", asked=asked, projects=_projects(here), **told, **here.place())
        split = movement.split(here.space, here.head.node.id, asked, here.lens)
        return render_template("moved_split.html", split=split, names=_names(here), **here.place())

    @pages.post("/nodes/<node_id>/moved")
    @needs(Role.VIEWER)
    def have_it_split(node_id: str) -> Response:
        """Have a movement split that takes longer than a page may."""
        here = at(site, node_id)
        try:
            asked = _span(here)
            preparing.ask(here.space, here.head.node.id, _question(here, asked), by=visitor().name)
        except UsageError as error:
            abort(409, f"{error.what} {error.fix}")
        since, until = asked.since, asked.until
        return redirect(url_for("pages.moved", node_id=here.head.node.id, since=since, until=until, lens=here.lens), 303)


def _page(here: At) -> str | tuple[str, int]:
    typed = {name: request.args.get(name, "") for name in _DAYS}
    faults: dict[str, str] = {}
    asked = None
    try:
        asked = _span(here)
        typed = {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
    except UsageError as error:
        faults[error.where or "since"] = f"{error.what} {error.fix}"
    node, levels = here.head.node.id, here.shown.levels
    splits = _splits(here)
    told: dict[str, object] = {"split": None}
    if asked is not None and not splits:
        told = _prepared(here, asked)
    elif asked is not None and "whole" in request.args:
        told = {"split": movement.split(here.space, node, asked, here.lens), "names": _names(here)}
    page = render_template(
        "moved.html",
        typed=typed,
        faults=faults,
        asked=asked,
        today=local_day(here.space),
        splits=splits,
        projects=_projects(here),
        steps=movement.steps(here.space, levels, node, asked) if asked and not here.lens else (),
        **told,
        **here.place(),
    )
    return (page, 422) if faults else page


def _prepared(here: At, asked: Span) -> dict[str, object]:
    """How the split stands that the visitor asked for, and the split itself once it is done."""
    space, node = here.space, here.head.node.id
    document = preparing.newest(space, node, _question(here, asked), by=visitor().name)
    kept = preparing.content(space, document) if document is not None else b""
    return {
        "document": document, "split": movement.unpacked(space, kept) if kept else None, "names": _names(here),
        "fresh": document is None or preparing.is_fresh(space, document), "patience": space.patience,
        "zone": space.timezone,
    }  # fmt: skip


def _question(here: At, asked: Span) -> SplitOf:
    return SplitOf(since=asked.since, until=asked.until, lens=here.lens)


def _projects(here: At) -> int:
    return movement.projects_below(here.shown.levels, here.head.node.id)


def _splits(here: At) -> bool:
    return movement.can_be_split(here.space, here.shown.levels, here.head.node.id, here.lens)


def _span(here: At) -> Span:
    since, until = (request.values.get(name, "").strip() for name in _DAYS)
    return movement.span(here.space, since, until)


def _names(here: At) -> dict[str, str]:
    return {one.id: one.name for one in here.shown.levels.tree.nodes}
