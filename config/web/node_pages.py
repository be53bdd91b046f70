"""What every page of a node begins with: which node, through which lens, and the way to the others."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask import abort, request

from config.web.site import Site
from config.web.visitor import reader
from model.tree import Node, NodeKind, ProjectState
from service import browse
from service.lens_at_hand import is_kept, lens_standing
from service.workspace import Workspace


def lens_of(space: Workspace) -> str | None:
    """The lens that a page is asked for. Answers 404 for one that is not there."""
    name = request.args.get("lens") or None
    if name is not None and name not in {lens.name for lens in space.lenses}:
        abort(404, f"There is no lens {name!r}.")
    return name


def switch(space: Workspace, lens: str | None) -> dict[str, object]:
    """What the templates need to stay in a lens and to leave it. ``kept``: how its scores stand, where a worker makes them."""
    kept = lens_standing(space, space.lens(lens)) if lens and is_kept(space) else None
    query = f"?lens={quote(lens)}" if lens else ""
    return {"lens": lens, "lenses": [one.name for one in space.lenses], "query": query, "kept": kept}


def missing(space: Workspace, lens: str | None, node_id: str) -> str:
    """Why there is no page of a node: the nodes of a lens that a worker scores are known once it has."""
    if lens and is_kept(space) and lens_standing(space, space.lens(lens)).scored_at is None:
        return f"Lens {lens!r} is not scored yet: its first page has it scored."
    return f"There is no node {node_id!r}."


@dataclass(frozen=True)
class At:
    """A node that somebody looks at. ``head``: what stands at the top of the page."""

    space: Workspace
    lens: str | None
    shown: browse.View
    head: browse.Head

    @property
    def now(self) -> datetime:
        return self.space.clock()

    def place(self) -> dict[str, object]:
        """What the templates need of it."""
        return {"head": self.head, "now": self.now, **switch(self.space, self.lens)}


def at(site: Site, node_id: str, *, own_tree: bool = False) -> At:
    """The node of an address. Answers 404 where there is none.

    ``own_tree``: the page is of the organisation's own tree; a lens of the address is left aside.
    """
    space = site.workspace()
    lens = None if own_tree else lens_of(space)
    shown = browse.view(space, lens, reader(space))
    head = browse.head(space, shown, node_id)
    if head is None:
        abort(404, missing(space, lens, node_id))
    return At(space, lens, shown, head)


def tabs(node: Node, lens: str | None) -> list[tuple[str, str]]:
    """The pages of a node: title and the end of its address. Through a lens there are those that a lens has."""
    if lens is not None:
        return [("Health", ""), ("What moved it", "/moved"), ("Registers", "/registers"), ("Report and exports", "/exports")]
    project = node.kind is NodeKind.PROJECT
    return [
        ("Health", ""), ("What moved it", "/moved"), ("Forecast" if project else "Forecasts", "/outlook"),
        ("What if" if project else "All together", "/forecast"), ("Dependencies", "/dependencies"), ("Load", "/load"),
        ("Registers", "/registers"),
        *([("Closing", "/closure")] if project and node.state is not ProjectState.CANDIDATE else []),
        ("Report and exports", "/exports"),
    ]  # fmt: skip


def signed(points: float) -> str:
    """ "+3.2", "−0.4"."""
    return f"{'+' if points >= 0 else '−'}{abs(points):.1f}"
