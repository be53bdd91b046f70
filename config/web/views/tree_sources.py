"""What of the tools feeds the tree: projects that nobody reads, items that are read twice, each with one click to mend."""

import json
from functools import partial
from typing import Any

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response as Answer

from config.branches import Branches, added, replaced
from config.web.numbers import whole_number
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.tree_desk import Desk
from config.web.views.tree import MOST_PARENTS, answered
from model.tree import NodeKind, Source
from service import tree_sources
from service.workspace import containers_by_node

PLACES = ()
PAGE = 50
Page = str | tuple[str, int] | Answer


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of sources."""
    desk = Desk(site)

    @pages.get("/tree-sources")
    @needs(Role.ADMIN)
    def tree_of_sources() -> Page:
        return _page(desk)

    @pages.post("/tree-sources/add")
    @needs(Role.ADMIN)
    def tree_source_add() -> Page:
        """A project of a tool becomes a project of the tree."""
        source, into = _source("source"), request.form.get("in", "")
        with desk.space().db.read() as uow:
            seen = tree_sources.known_projects(uow, (source.connection,))
        name = next((one.name for one in seen if one.key == source.value), source.value)
        entry = {"name": name, "sources": [_written(source)]}

        def make(document: dict[str, Any]) -> dict[str, Any]:
            return added(document, Branches(document).spots[into].id, entry)

        if not into:
            return _page(desk, problem="Choose the program that it goes into."), 422
        return answered(desk.keep(make, request.form, why=f"Add {name}"[:200]), desk, back=f"/tree?in={into}&done=added")

    @pages.post("/tree-sources/drop")
    @needs(Role.ADMIN)
    def tree_source_drop() -> Page:
        """What two nodes read is read by one of them."""
        source, node = _source("source"), request.form.get("node", "")
        outcome = desk.keep(
            partial(_without, node=node, source=source), request.form, why=f"Read {source.value} once"[:200], entry=node
        )
        return answered(outcome, desk, back="/tree-sources?done=saved")


def _page(desk: Desk, problem: str = "") -> str:
    held, space, words = desk.held(), desk.space(), request.values.get("find", "").strip()
    page = whole_number(request.args, "page", 1)
    tree = desk.tree(held)
    with space.db.read() as uow:
        feeding = containers_by_node(space, uow)
        free = tree_sources.unread(space, uow, feeding, words)
        rows = tree_sources.with_items(uow, free[(page - 1) * PAGE : page * PAGE])
        twice, left = tree_sources.read_twice(space, uow, feeding)
    return render_template(
        "tree_sources.html", held=held, rows=rows, count=len(free), page=page, pages=max(1, -(-len(free) // PAGE)),
        words=words, twice=[(one, tree_sources.sharing(space, one.nodes)) for one in twice[:PAGE]], more=len(twice) - PAGE,
        left=left, programs=tree.parents(NodeKind.PROJECT)[:MOST_PARENTS], spots=tree.spots, problem=problem,
        names={node.id: node.name for node in space.tree.nodes}, done=request.args.get("done"),
        given=lambda source: json.dumps(_plain(source)), project=lambda one: Source(
            connection=one.connection, kind="project", value=one.key),
        chosen=request.values.get("in", ""),
    )  # fmt: skip


def _plain(source: Source) -> dict[str, str]:
    plain: dict[str, str] = source.model_dump(exclude_none=True)
    return plain


def _source(field: str) -> Source:
    try:
        return Source.model_validate(json.loads(request.form.get(field, "")))
    except ValueError:
        abort(400, "This did not come from a list of this page.")


def _written(source: Source) -> dict[str, str]:
    """A source as the document writes it."""
    project = {"project": source.project} if source.project else {}
    return {"connection": source.connection, **project, source.kind: source.value}


def _without(document: dict[str, Any], node: str, source: Source) -> dict[str, Any]:
    """The document with a node reading a source no more."""
    entry = dict(Branches(document).spots[node].entry)
    wanted = _written(source)
    kept = [one for one in entry.get("sources") or [] if {key: str(value) for key, value in one.items()} != wanted]
    if len(kept) == len(entry.get("sources") or []):
        raise KeyError(source.value)
    entry["sources"] = kept
    return replaced(document, node, entry)
