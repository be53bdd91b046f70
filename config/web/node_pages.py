"""What every page of a node begins with: which node, through which lens, and the way to the others."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask import abort, request

from config.web.site import Site
from config.web.visitor import reader
from model.tree import Node, NodeKind
from service import browse
from service.workspace import Workspace


def lens_of(space: Workspace) -> str | None:
    """The lens that a page is asked for. Answers 404 for one that is not there."""
    name = request.args.get("lens") or None
    if name is not None and name not in {lens.name for lens in space.lenses}:
        abort(404, f"There is no lens {name!r}.")
    return name


def switch(space: Workspace, lens: str | None) -> dict[str, object]:
    """What the templates need to stay in a lens and to leave it."""
    return {"lens": lens, "lenses": [one.name for one in space.lenses], "query": f"?lens={quote(lens)}" if lens else ""}


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
        abort(404, f"There is no node {node_id!r}.")
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
        *([("Closing", "/closure")] if project else []), ("Report and exports", "/exports"),
    ]  # fmt: skip


def signed(points: float) -> str:
    """ "+3.2", "−0.4"."""
    return f"{'+' if points >= 0 else '−'}{abs(points):.1f}"
