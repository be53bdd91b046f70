"""How the places of publication are called, for people: a tool's own ids tell nobody anything."""

from collections.abc import Iterable
from typing import NamedTuple

from service.workspace import Workspace


class Place(NamedTuple):
    """``name``: what the tool calls it, else the node that it shows. ``url``: where it opens, if that is known."""

    name: str
    url: str | None = None


def places_of(workspace: Workspace, labels: Iterable[str]) -> dict[str, Place]:
    """The places by their labels, as far as they were read; places of no node and unknown to us are left out."""
    wanted = dict.fromkeys(labels)
    kinds = {label.split(":", 2)[1] for label in wanted}
    found = {target.label: Place(node.name) for node in workspace.tree.nodes for target in node.publish}
    with workspace.db.read() as uow:
        known: dict[str, Place] = {}
        if kinds - {"issue", "task", "goal"}:
            known |= {one.id: Place(one.name, one.url) for one in uow.records.projects()}
        if "goal" in kinds:
            known |= {goal.id: Place(goal.name) for goal in uow.records.goals()}
        for label in wanted:
            connection, kind, value = label.split(":", 2)
            item = uow.records.item_by_label(connection, value) if kind in ("issue", "task") else None
            if item is not None and not item.restricted:
                known[label] = Place(item.title, item.url)
    return {label: place for label in wanted if (place := known.get(label) or found.get(label))}
