"""What the pages for decisions share: a node of the address, where a fault belongs, where somebody may look."""

from datetime import date

from flask import abort

from config.web.rights import Role
from config.web.visitor import reader
from model.errors import UsageError
from model.tree import Node
from service.workspace import Workspace, node_in

MOST_CHOICES = 300


def written(text: str | None) -> str:
    """A day of a document as people write it: "12 Dec 2026"; of a forecast, None is beyond its horizon."""
    return date.fromisoformat(text[:10]).strftime("%d %b %Y") if text else "beyond a year"


def node_of(space: Workspace, node_id: str) -> Node:
    """The node with this id. Answers 404 for one that is not there."""
    found = space.tree.by_id().get(node_id)
    if found is None:
        abort(404, f"There is no node {node_id!r}.")
    return found


def seen_node(space: Workspace, name: str) -> Node:
    """A node that somebody names, by id or unique name, among those that they may see. Raises UsageError."""
    return node_in(reader(space).part_of(space.tree), name)


def choices(space: Workspace) -> list[Node]:
    """Nodes that are offered while one is typed."""
    seen = reader(space)
    return [one for one in space.tree.nodes if seen.may_see(one.id)][:MOST_CHOICES]


def at_field(error: UsageError) -> UsageError:
    """The same fault at the field of a page instead of the option of a command."""
    return UsageError(error.what, where=(error.where or "").removeprefix("--").lower(), fix=error.fix)


def may_edit(space: Workspace, node_id: str) -> bool:
    """Whether the visitor may keep something of a node."""
    return reader(space).role_on(node_id) >= Role.EDITOR
