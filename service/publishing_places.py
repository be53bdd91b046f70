"""Where a node's health could be published, for those who choose: what each tool can show it on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.errors import AppError
from model.tree import Node, NodeKind, Target
from service import first_run
from service.workspace import Workspace

CONTAINERS = ("project", "portfolio")
ITEMS = ("issue", "task")


@dataclass(frozen=True)
class Choice:
    """A place that can be chosen by itself, by its label; ``comment`` and ``status``: what it can carry beside fields."""

    label: str
    title: str
    comment: bool
    status: bool


@dataclass(frozen=True)
class Possible:
    """What a node can be shown on. ``item_at``: the connection and kind of an item that may be typed in, if any."""

    node: Node
    depth: int
    choices: tuple[Choice, ...]
    item_at: tuple[str, str] | None
    comment: bool
    status: bool


@dataclass(frozen=True)
class _Tool:
    kinds: frozenset[str]
    comment: frozenset[str]
    status: frozenset[str]
    portfolios: tuple[tuple[str, str], ...]
    projects: Mapping[str, str]


def possible(workspace: Workspace) -> tuple[Possible, ...]:
    """Every node of the tree with its choices, in the tree's order."""
    tools = {name: _tool(workspace, name) for name in workspace.connections}
    return tuple(_possible(node, depth, tools) for node, depth, _parent in workspace.tree.walk())


def item_of(workspace: Workspace, connection: str, typed: str) -> str | None:
    """The item that somebody typed, or pasted the address of, as targets name it; None for another address."""
    return workspace.connector(connection).item_of(typed)


def missing(workspace: Workspace, targets: Sequence[Target]) -> dict[str, str]:
    """Why places can't be written to, by their labels; those that can are left out. Asks the tools."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(target.connection for target in targets):
        mine = [target for target in targets if target.connection == name]
        try:
            states = workspace.connector(name).present(mine, fields=None)
        except AppError as error:
            found |= {target.label: f"{error.what} {error.fix}".strip() for target in mine}
            continue
        found |= {label: state.missing for label, state in states.items() if state.missing}
    return found


def _tool(workspace: Workspace, name: str) -> _Tool:
    connector, offered = workspace.connector(name), first_run.found(workspace, name)
    sources = offered.sources if offered is not None else ()
    kinds = connector.property_kinds | connector.comment_kinds | connector.status_kinds
    return _Tool(
        frozenset(kinds), frozenset(connector.comment_kinds), frozenset(connector.status_kinds),
        tuple((one.label, one.name) for one in sources if one.kind == "portfolio"),
        {one.label: one.name for one in sources if one.kind == "project"},
    )  # fmt: skip


def _possible(node: Node, depth: int, tools: Mapping[str, _Tool]) -> Possible:
    choices = []
    for source in node.sources:
        tool = tools[source.connection]
        if source.kind in CONTAINERS and source.kind in tool.kinds:
            title = f"{source.connection}: {source.kind} {tool.projects.get(source.value, source.value)}"
            choices.append(_choice(tool, source.connection, source.kind, source.value, title))
    for connection, tool in tools.items() if node.kind is not NodeKind.PROJECT else ():
        if "portfolio" in tool.kinds:
            choices += [
                _choice(tool, connection, "portfolio", gid, f"{connection}: portfolio {name}") for gid, name in tool.portfolios
            ]
    mine = [source.connection for source in node.sources] or list(tools)
    item_at = next(((name, kind) for name in mine for kind in ITEMS if kind in tools[name].kinds and not choices), None)
    asked = tools[item_at[0]] if item_at else None
    comment = any(one.comment for one in choices) or (asked is not None and item_at is not None and item_at[1] in asked.comment)
    return Possible(node, depth, tuple(choices), item_at, comment, any(one.status for one in choices))


def _choice(tool: _Tool, connection: str, kind: str, value: str, title: str) -> Choice:
    return Choice(f"{connection}:{kind}:{value}", title, kind in tool.comment, kind in tool.status)
