"""What every use case works on: the configuration in our words, the database, and the connectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connector.notify.base import Outlet
from connector.sdk.base import Connector
from model.derived import Derivation
from model.errors import UsageError
from model.landscape import Teammate
from model.lens import Lens
from model.mapping import Mapping as FieldMapping
from model.money import Money
from model.policy import Policy
from model.retention import Retention
from model.sync import RawPayload
from model.tree import Courtesy, Node, ProjectState, Source, Tree
from rollup.lens import fixed_nodes
from service.patience import Patience
from service.remembered import Fed, Remembered, containers
from store.database import Database
from store.unit_of_work import UnitOfWork

Clock = Callable[[], datetime]


@dataclass(eq=False)
class Workspace:
    """One deployment. ``connector`` gives the connector of a connection, made on first use.

    ``connector_with`` reads with another mapping than the configured one: for previews, it makes no call.
    ``mapping_digest`` names the content of a connection's mapping: when it differs from what the store was built
    with, records are rebuilt from the kept payloads. ``public_url``: where people open our pages, if anywhere.
    ``apart``: makes a prepared document in a process of its own, and says whether that ended well; None: it is made here.
    ``reminders``: how the owners of due benefits are reminded at these; None: they are not.
    Nothing changes here but ``tree``, by ``grow``: it holds the derived nodes as they were last known.
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
    lenses: tuple[Lens, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    retention: Retention = field(default_factory=Retention)
    reminders: Courtesy | None = None
    patience: Patience = field(default_factory=Patience)
    grown_from: Tree | None = None
    pulled: tuple[Source, ...] = ()
    apart: Callable[[int], bool] | None = None
    remembered: Remembered = field(default_factory=Remembered)

    @property
    def configured(self) -> Tree:
        """The tree as the configuration has it, without derived nodes."""
        return self.grown_from or self.tree

    def grow(self, tree: Tree, pulled: tuple[Source, ...]) -> None:
        """See another tree from now on; ``pulled``: the sources that its derived nodes need."""
        self.tree, self.grown_from, self.pulled = tree, self.configured, pulled

    def sources(self, connection: str) -> tuple[Source, ...]:
        """Everything that is taken from a connection, each once: in the tree's order, then for what is derived."""
        own = [source for node in self.configured.nodes for source in node.sources]
        found = [source for source in (*own, *self._origins(connection), *self.pulled) if source.connection == connection]
        return tuple(dict.fromkeys(found))

    def _origins(self, connection: str) -> list[Source]:
        """What has to be read so that the origins of derived nodes can be looked into."""
        mine = [one.origin for one in self.derivations if one.origin.connection == connection]
        found = [self.connector(connection).source_of(origin) for origin in mine]
        return [source for source in found if source is not None]

    def node(self, name_or_id: str) -> Node:
        """The node with this id, or the only one with this name. Raises UsageError naming what is near."""
        return node_in(self.tree, name_or_id)

    def published_nodes(self) -> tuple[Node, ...]:
        """Every node whose health is shown in a tool: of the tree, then of the lenses."""
        of_lenses = (node for lens in self.lenses for node in fixed_nodes(lens))
        return tuple(node for node in (*self.tree.nodes, *of_lenses) if node.publish)

    def reminding_nodes(self) -> tuple[Node, ...]:
        """Every project whose benefits may be due, closed ones too: candidates promise nothing yet."""
        if self.reminders is None:
            return ()
        return tuple(node for node in self.tree.projects() if node.state is not ProjectState.CANDIDATE)

    def writing_nodes(self) -> frozenset[str]:
        """The ids of all nodes for which something may be written into a tool."""
        return frozenset(node.id for node in (*self.published_nodes(), *self.reminding_nodes()))

    def lens(self, name: str) -> Lens:
        """The lens with this name. Raises UsageError naming those there are."""
        found = next((lens for lens in self.lenses if lens.name == name), None)
        if found is None:
            known = ", ".join(lens.name for lens in self.lenses)
            fix = f"Lenses are: {known}." if known else "Add one under lenses: in the configuration."
            raise UsageError(f"There is no lens {name!r}.", where="--lens", fix=fix)
        return found

    def known_connection(self, name: str) -> str:
        """The name itself. Raises UsageError when no connection is called so."""
        if name not in self.connections:
            known = ", ".join(self.connections)
            raise UsageError(f"There is no connection {name!r}.", where="CONNECTION", fix=f"Connections are: {known}.")
        return name


def node_in(tree: Tree, name_or_id: str) -> Node:
    """The node of a tree with this id, or the only one with this name. Raises UsageError naming what is near."""
    nodes = tree.by_id()
    if name_or_id in nodes:
        return nodes[name_or_id]
    named = [node for node in tree.nodes if node.name.casefold() == name_or_id.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(node.id for node in named)
        raise UsageError(f"{name_or_id!r} names {len(named)} nodes.", where="NODE", fix=f"Use one of the ids: {ids}.")
    some = ", ".join(list(nodes)[:12])
    raise UsageError(f"There is no node {name_or_id!r}.", where="NODE", fix=f"Nodes are: {some} …")


def local_day(workspace: Workspace) -> date:
    """Today, in the deployment's zone."""
    return workspace.clock().astimezone(ZoneInfo(workspace.timezone)).date()


def reference(workspace: Workspace, uow: UnitOfWork, connector: Connector) -> tuple[RawPayload, ...]:
    """The kept payloads a connector needs to read any other payload."""
    return workspace.remembered.words(uow, connector)


def containers_by_node(workspace: Workspace, uow: UnitOfWork, tree: Tree | None = None) -> Fed:
    """For each project node the ids of the containers (``item:<id>``: everything below it) that feed it.

    ``tree``: one of the past; what it takes from a connection that is configured no more is left out.
    """
    if tree is None or tree is workspace.tree:
        return workspace.remembered.fed(uow, workspace.tree, workspace.connector)
    named = {source.connection for node in tree.projects() for source in node.sources}
    words = {name: reference(workspace, uow, workspace.connector(name)) for name in workspace.connections if name in named}
    return containers(tree, workspace.connector, words)


def containers_of(workspace: Workspace, uow: UnitOfWork, sources: Sequence[Source]) -> tuple[str, ...]:
    """The containers that some sources stand for, as far as what was read tells."""
    found: dict[str, None] = {}
    for source in sources:
        if source.connection in workspace.connections:
            connector = workspace.connector(source.connection)
            found.update(dict.fromkeys(connector.container_ids(source, reference(workspace, uow, connector))))
    return tuple(found)
