"""What moved a node between any two days: an address that can be shared, whose split is read after the page stands."""

from flask import Blueprint, render_template, request

from config.web.node_pages import At, at
from config.web.rights import Role, needs
from config.web.site import Site
from model.errors import UsageError
from service import movement
from service.report import MOST_SPLIT
from service.workspace import local_day

PLACES = ()


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of movements."""

    @pages.get("/nodes/<node_id>/moved")
    @needs(Role.VIEWER)
    def moved(node_id: str) -> str | tuple[str, int]:
        return _page(at(site, node_id, own_tree=True))

    @pages.get("/nodes/<node_id>/moved/split")
    @needs(Role.VIEWER)
    def moved_split(node_id: str) -> str | tuple[str, int]:
        """The split alone, for the page that asks for it."""
        here = at(site, node_id, own_tree=True)
        try:
            asked = _span(here)
        except UsageError as error:
            return f"{error.what} {error.fix}", 422
        if not movement.can_be_split(here.space, here.shown.levels, here.head.node.id):
            return "Too much is read for an exact split of this on a page.", 422
        told = movement.split(here.space, here.head.node.id, asked)
        return render_template("moved_split.html", split=told, names=_names(here), **here.place())


def _page(here: At) -> str | tuple[str, int]:
    typed = {name: request.args.get(name, "") for name in ("since", "until")}
    faults: dict[str, str] = {}
    asked = None
    try:
        asked = _span(here)
        typed = {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
    except UsageError as error:
        faults[error.where or "since"] = f"{error.what} {error.fix}"
    node, levels = here.head.node.id, here.shown.levels
    splits = movement.can_be_split(here.space, levels, node)
    whole = asked is not None and splits and "whole" in request.args
    page = render_template(
        "moved.html",
        typed=typed,
        faults=faults,
        asked=asked,
        today=local_day(here.space),
        splits=splits,
        most=MOST_SPLIT,
        around=movement.MOST_AROUND,
        projects=movement.projects_below(levels, node),
        split=movement.split(here.space, node, asked) if whole and asked else None,
        steps=movement.steps(here.space, levels, node, asked) if asked else (),
        names=_names(here),
        **here.place(),
    )
    return (page, 422) if faults else page


def _span(here: At) -> movement.Span:
    return movement.span(here.space, request.args.get("since", "").strip(), request.args.get("until", "").strip())


def _names(here: At) -> dict[str, str]:
    return {one.id: one.name for one in here.shown.levels.tree.nodes}
