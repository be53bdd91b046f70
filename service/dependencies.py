"""How the projects below a node wait for each other, over all tools: the links that do not hold, as they were scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from model.health import Finding, NodeScore, Outcome, Value
from model.tree import Node, NodeKind
from model.work import LinkKind
from service.documents import Labels, readable
from service.landscape import item_behind
from service.outline_tree import Levels
from service.workspace import Workspace, containers_by_node
from store.brief_scores import Scored
from store.unit_of_work import UnitOfWork

NAME = "dependencies"
MOST_LINKS = 30
_DESCRIBED = 5


@dataclass(frozen=True)
class Conflict:
    """A link that does not hold. ``source`` and ``target``: the projects of its ends; None: outside the tree.

    ``kind``: late, order, slip, cycle, undated; None for those beyond the worst five, of which no more is kept.
    """

    predecessor: str
    successor: str
    source: str | None
    target: str | None
    kind: str | None = None
    late_days: int | None = None
    needed_on: date | None = None
    likely_on: date | None = None
    options: str | None = None


@dataclass(frozen=True)
class Dependencies:
    """``of``: the node whose links these are: the node itself, or the nearest above a project. None: no node has any.

    ``finding`` None: not scored. ``more``: how many conflicting links are not listed. ``scores``: of the projects named.
    """

    of: Node | None
    finding: Finding | None
    conflicts: tuple[Conflict, ...]
    more: int
    labels: Labels
    scores: Mapping[str, Scored]


def dependencies(workspace: Workspace, levels: Levels, node: Node) -> Dependencies:
    """What waits for what at a node. Of a project: those conflicts of what is above it in which it takes part."""
    with workspace.db.read() as uow:
        for candidate in (node, *reversed(levels.above(node))):
            kept = uow.scores.latest_of(candidate.id)
            finding = _finding(kept.score) if kept else None
            if finding is not None:
                return _told(workspace, uow, node, candidate, finding)
    return Dependencies(None, None, (), 0, {}, {})


def _finding(score: NodeScore) -> Finding | None:
    """The node's own finding on dependencies; None where it lives at another level."""
    own = next((one for one in score.dimensions if one.finding.dimension == NAME and one.own), None)
    return own.finding if own is not None and own.finding.outcome is not Outcome.NOT_APPLICABLE else None


def _told(workspace: Workspace, uow: UnitOfWork, node: Node, of: Node, finding: Finding) -> Dependencies:
    described = _described(finding.values)
    pairs = [*described, *(pair for pair in _pairs(workspace, uow, finding.evidence) if pair not in described)]
    shown = pairs[:MOST_LINKS]
    items = sorted({item for pair in shown for item in pair})
    places = uow.records.places_of(items, containers_by_node(workspace, uow))
    found = tuple(_conflict(pair, places, finding.values, described.get(pair)) for pair in shown)
    if node.kind is NodeKind.PROJECT:
        found = tuple(one for one in found if node.id in (one.source, one.target))
    projects = {end for one in found for end in (one.source, one.target) if end}
    labels = readable(uow, {item for one in found for item in (one.predecessor, one.successor)})
    scores = uow.brief_scores.of(projects)
    return Dependencies(of, finding, found, max(0, len(pairs) - len(shown)), labels, dict(scores))


Pair = tuple[str, str]


def _described(values: Mapping[str, Value]) -> dict[Pair, str]:
    """The worst links with the name of their values."""
    found: dict[Pair, str] = {}
    for number in range(1, _DESCRIBED + 1):
        value = values.get(f"link_{number}")
        ends = str(value.value).split(" blocks ") if value else []
        if len(ends) == 2:
            found[ends[0], ends[1]] = f"link_{number}"
    return found


def _pairs(workspace: Workspace, uow: UnitOfWork, evidence: Sequence[str]) -> list[Pair]:
    """The open links that join two of the items of a finding, in the order of its items."""
    order = {item: place for place, item in enumerate(evidence)}
    found: dict[Pair, int] = {}
    for link in uow.records.links_at(evidence):
        source = link.source_id or item_behind(workspace, uow, link.source_url)
        target = link.target_id or item_behind(workspace, uow, link.target_url)
        if link.kind is LinkKind.BLOCKS and link.to_at is None and source in order and target in order:
            found[source, target] = min(order[source], order[target])
    return sorted(found, key=lambda pair: (found[pair], pair))


def _conflict(pair: Pair, places: Mapping[str, str], values: Mapping[str, Value], key: str | None) -> Conflict:
    source, target = (places.get(end) for end in pair)
    if key is None:
        return Conflict(*pair, source, target)

    def told(name: str) -> str | int | float | bool | None:
        value = values.get(f"{key}_{name}")
        return value.value if value else None

    late, options = told("late"), told("options")
    return Conflict(
        *pair,
        source,
        target,
        kind=values[key].unit,
        late_days=late if isinstance(late, int) else None,
        needed_on=_date(told("needed")),
        likely_on=_date(told("likely")),
        options=str(options) if options else None,
    )


def _date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None
