"""What the tools hold and what of it feeds the tree: what can be picked, what nobody reads, what is read twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from model.derived import Origin
from model.errors import AppError, ConnectionUnusableError, RetryableError
from model.tree import Source, SourceKind, Target
from model.work import ToolProject
from service.connecting import PATIENCE_S, in_time
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

WIDE: frozenset[SourceKind] = frozenset({"project"})
"""Kinds of sources of which no two can hold the same item but where the tool itself puts one into two of them."""
MOST_LOOKED_INTO = 50
UNREACHED = (RetryableError, ConnectionUnusableError)
"""What says nothing of the source that was asked for: the tool did not answer, or answers nobody."""


@dataclass(frozen=True)
class Offer:
    """Something of a tool that a node can read. ``items``: how many of it are known; ``read_by``: nodes that read it."""

    source: Source
    name: str
    items: int
    read_by: tuple[str, ...]


@dataclass(frozen=True)
class Unread:
    """A project of a tool that no node reads as a whole. ``items``: how many of it arrive through other sources."""

    project: ToolProject
    items: int


@dataclass(frozen=True)
class Twice:
    """Two nodes that read the same items: how many, and through which of their sources where one place is the reason."""

    nodes: tuple[str, str]
    items: int
    places: tuple[str, ...]


def known_projects(uow: UnitOfWork, connections: Sequence[str]) -> list[ToolProject]:
    """The live projects of the tools, by connection and name."""
    found = [one for one in uow.records.projects() if one.connection in connections and not one.archived]
    return sorted(found, key=lambda one: (one.connection, one.name.casefold(), one.id))


def unread(
    workspace: Workspace, uow: UnitOfWork, fed: Mapping[str, tuple[str, ...]], words: str = ""
) -> list[ToolProject]:
    """The projects of the tools that no node reads as a whole, whose name or key holds the words."""
    read = {container for mine in fed.values() for container in mine}
    return [one for one in known_projects(uow, workspace.connections) if one.id not in read and _fits(one, words)]


def with_items(uow: UnitOfWork, projects: Sequence[ToolProject]) -> list[Unread]:
    """How many items of each are known through other sources."""
    counts = uow.members.counts([one.id for one in projects])
    return [Unread(one, counts.get(one.id, 0)) for one in projects]


def read_twice(workspace: Workspace, uow: UnitOfWork, fed: Mapping[str, tuple[str, ...]]) -> tuple[list[Twice], int]:
    """Pairs of nodes with items in common, the largest overlap first; and how many nodes were not looked into.

    Nodes that read whole projects of tools alone are compared by these; others item by item, the first of them.
    """
    by_place: dict[str, list[str]] = defaultdict(list)
    for node, mine in fed.items():
        for container in mine:
            by_place[container].append(node)
    overlaps: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    shared = {place: nodes for place, nodes in by_place.items() if len(nodes) > 1}
    sizes = uow.members.counts([place for place in shared if not place.startswith("item:")])
    for place, nodes in shared.items():
        size = sizes.get(place) or len(uow.members.of([place]))
        for pair in combinations(sorted(nodes), 2):
            overlaps[pair] = max(overlaps[pair], size)
            places[pair].add(place)
    narrow = [node for node in workspace.tree.projects() if any(source.kind not in WIDE for source in node.sources)]
    for looked in narrow[:MOST_LOOKED_INTO]:
        for other, count in _in_common(uow, looked.id, fed, by_place).items():
            one, two = sorted((looked.id, other))
            overlaps[one, two] = max(overlaps[one, two], count)
    found = [Twice(pair, count, tuple(sorted(places[pair]))) for pair, count in overlaps.items() if count]
    found.sort(key=lambda one: (-one.items, one.nodes))
    return found, max(0, len(narrow) - MOST_LOOKED_INTO)


def _in_common(
    uow: UnitOfWork, node: str, fed: Mapping[str, tuple[str, ...]], by_place: Mapping[str, list[str]]
) -> Counter[str]:
    """The other nodes that hold items of this one, and how many."""
    counted: Counter[str] = Counter()
    mine = uow.members.of(fed.get(node, ()))
    for places in uow.members.places(mine).values():
        counted.update({other for place in places for other in by_place.get(place, ()) if other != node})
    return counted


def sharing(workspace: Workspace, pair: tuple[str, str]) -> dict[str, tuple[Source, ...]]:
    """Of two nodes the sources of each that the other reads as well, by node id: what a click can take out."""
    nodes = workspace.tree.by_id()
    one, two = (nodes[id_].sources for id_ in pair)
    return {pair[0]: tuple(s for s in one if s in two), pair[1]: tuple(s for s in two if s in one)}


# -- what can be picked ---------------------------------------------------------------------------------------------------


def offers(
    workspace: Workspace, uow: UnitOfWork, fed: Mapping[str, tuple[str, ...]], *, connection: str, words: str, most: int
) -> list[Offer]:
    """What a connection holds, as far as was read, whose name or key has the words in it: projects, then versions."""
    kinds = workspace.connector(connection).source_kinds
    projects = [one for one in known_projects(uow, (connection,)) if _fits(one, words)][:most] if "project" in kinds else []
    found = [(Source(connection=connection, kind="project", value=one.key), one.name, one.id) for one in projects]
    if "version" in kinds and len(found) < most:
        keys = {one.id: one.key for one in known_projects(uow, (connection,))}
        versions = [one for one in uow.records.milestones() if one.connection == connection and not one.archived]
        versions = [one for one in versions if one.project_id in keys and words.casefold() in one.name.casefold()]
        found += [
            (Source(connection=connection, kind="version", value=one.name, project=keys[one.project_id]), one.name, one.id)
            for one in sorted(versions, key=lambda one: (one.released, one.name.casefold(), one.id))
        ][: most - len(found)]
    counts = uow.members.counts([place for _, _, place in found])
    readers = _readers(fed, {place for _, _, place in found})
    return [Offer(source, name, counts.get(place, 0), readers.get(place, ())) for source, name, place in found]


def _readers(fed: Mapping[str, tuple[str, ...]], places: set[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for node, mine in fed.items():
        for place in places.intersection(mine):
            found[place].append(node)
    return {place: tuple(nodes) for place, nodes in found.items()}


def asked(workspace: Workspace, connection: str, words: str, most: int) -> list[Offer]:
    """What the tool itself offers now: it is asked. Raises what the connector raises."""
    found = workspace.connector(connection).discover().sources
    kinds = workspace.connector(connection).source_kinds
    fitting = [one for one in found if words.casefold() in f"{one.name} {one.label}".casefold()]
    return [
        Offer(Source(connection=connection, kind=kind, value=one.label), one.name, 0, ())
        for one in fitting
        for kind in kinds
        if kind == one.kind
    ][:most]


@dataclass(frozen=True)
class Told:
    """What a tool says of a source: how many items it holds (None: it has no such number), or what is in the way.

    ``refused``: it is no source of that tool, or the tool refuses it, whatever for; otherwise the tool could not be asked.
    """

    items: int | None = None
    said: str = ""
    refused: bool = False


def count(workspace: Workspace, source: Source) -> Told:
    """Ask the tool how many items a source holds."""
    wrong = wrong_kind(workspace, source)
    if wrong:
        return Told(said=wrong, refused=True)
    return _told(lambda: workspace.connector(source.connection).matching(source))


def count_origin(workspace: Workspace, origin: Origin) -> Told:
    """Ask the tool how many items an origin has to be looked into for; of what reference data tells it has no number."""

    def asked() -> int | None:
        connector = workspace.connector(origin.connection)
        source = connector.source_of(origin)
        return connector.matching(source) if source else None

    return _told(asked)


def _told(ask: Callable[[], int | None]) -> Told:
    try:
        return Told(in_time(ask))
    except TimeoutError:
        return Told(said=f"No answer within {PATIENCE_S:.0f} seconds.")
    except AppError as error:
        return Told(said=f"{error.what} {error.fix}".strip(), refused=not isinstance(error, UNREACHED))


def wrong_kind(workspace: Workspace, source: Source) -> str | None:
    """Why a tool can't have a source of this kind; None: it can."""
    if source.connection not in workspace.connections:
        return None
    kinds = workspace.connector(source.connection).source_kinds
    return None if source.kind in kinds else f"This tool has no {source.kind} as a source: use {', '.join(sorted(kinds))}."


def mute(workspace: Workspace, target: Target) -> str | None:
    """What a target can't show of what is asked of it; None: it can show all of it."""
    if target.connection not in workspace.connections:
        return None
    connector = workspace.connector(target.connection)
    if target.comment != "never" and target.kind not in connector.comment_kinds:
        return f"A {target.kind} of this tool takes no comment."
    if target.status_update != "never" and target.kind not in connector.status_kinds:
        return f"A {target.kind} of this tool takes no status update."
    return None


def _fits(project: ToolProject, words: str) -> bool:
    return words.casefold() in f"{project.name} {project.key}".casefold()

