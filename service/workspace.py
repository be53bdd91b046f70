"""What every use case works on: the configuration in our words, the database, and the connectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.notify.base import Outlet
from connector.sdk.base import Connector
from model.errors import UsageError
from model.landscape import Teammate
from model.mapping import Mapping as FieldMapping
from model.money import Money
from model.policy import Policy
from model.sync import RawPayload
from model.tree import Node, Source, Tree
from store.database import Database
from store.unit_of_work import UnitOfWork

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Workspace:
    """One deployment. ``connector`` gives the connector of a connection, made on first use.

    ``connector_with`` reads with another mapping than the configured one: for previews, it makes no call.
    ``mapping_digest`` names the content of a connection's mapping: when it differs from what the store was built
    with, records are rebuilt from the kept payloads. ``public_url``: where people open our pages, if anywhere.
    """

    db: Database
    tree: Tree
    policies: Mapping[str, Policy]
    teammates: tuple[Teammate, ...]
    timezone: str
    read_only: bool
    public_url: str | None
    connections: tuple[str, ...]
    connector: Callable[[str], Connector]
    connector_with: Callable[[str, FieldMapping], Connector]
    mapping_digest: Callable[[str], str]
    clock: Clock
    money: Money = field(default_factory=Money)
    notifiers: tuple[Outlet, ...] = ()

    def sources(self, connection: str) -> tuple[Source, ...]:
        """Everything the tree takes from a connection, each once, in the tree's order."""
        found = [s for node in self.tree.nodes for s in node.sources if s.connection == connection]
        return tuple(dict.fromkeys(found))

    def node(self, name_or_id: str) -> Node:
        """The node with this id, or the only one with this name. Raises UsageError naming what is near."""
        nodes = self.tree.by_id()
        if name_or_id in nodes:
            return nodes[name_or_id]
        named = [node for node in self.tree.nodes if node.name.casefold() == name_or_id.casefold()]
        if len(named) == 1:
            return named[0]
        if named:
            ids = ", ".join(node.id for node in named)
            raise UsageError(f"{name_or_id!r} names {len(named)} nodes.", where="NODE", fix=f"Use one of the ids: {ids}.")
        some = ", ".join(list(nodes)[:12])
        raise UsageError(f"There is no node {name_or_id!r}.", where="NODE", fix=f"Nodes are: {some} …")

    def known_connection(self, name: str) -> str:
        """The name itself. Raises UsageError when no connection is called so."""
        if name not in self.connections:
            known = ", ".join(self.connections)
            raise UsageError(f"There is no connection {name!r}.", where="CONNECTION", fix=f"Connections are: {known}.")
        return name


def reference(uow: UnitOfWork, connector: Connector) -> tuple[RawPayload, ...]:
    """The kept payloads a connector needs to read any other payload."""
    return uow.raw.of_kinds(connector.name, connector.reference_kinds)


def containers_by_node(workspace: Workspace, uow: UnitOfWork, tree: Tree | None = None) -> dict[str, tuple[str, ...]]:
    """For each project node the ids of the containers (``item:<id>``: everything below it) that feed it.

    ``tree``: one of the past; what it takes from a connection that is configured no more is left out.
    """
    known: dict[str, Sequence[RawPayload]] = {}
    result: dict[str, tuple[str, ...]] = {}
    for node in (tree or workspace.tree).projects():
        ids: list[str] = []
        for source in node.sources:
            if tree is not None and source.connection not in workspace.connections:
                continue
            connector = workspace.connector(source.connection)
            if source.connection not in known:
                known[source.connection] = reference(uow, connector)
            ids.extend(connector.container_ids(source, known[source.connection]))
        result[node.id] = tuple(dict.fromkeys(ids))
    return result
