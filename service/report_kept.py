"""What a report reads of large organisations: what was kept at the last roll-up, beside weekly points. Nothing is counted."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from model.health import Band, NodeScore, RollupResult
from model.landscape import Landscape
from model.tree import Language, Node, NodeKind
from rollup.explain import named_losses
from service.kept_registers import kept_of
from service.report_below import Below
from service.reports.content import attention, most_moved
from service.watermelons import widest_first
from service.workspace import Workspace
from store.score_numbers import Load, Standing
from store.scores import StoredScore
from store.unit_of_work import UnitOfWork

Points = Mapping[str, tuple[datetime, float | None, Band]]


@dataclass(frozen=True)
class Extent:
    """How much a report tells, in a language.

    ``risks``: at most so many, and rules put together. ``lines``: so many of the nodes below, the first in the order of
    attention, beside what moved most; ``gaps``: so many of what is declared otherwise than it is computed. None: all.
    """

    language: Language
    risks: int | None
    lines: int | None
    gaps: int | None


@dataclass(frozen=True)
class Reading:
    """Nodes at and below one, now and at a weekly point before.

    ``more``: how many below are only counted; ``unlooked``: how many of them that are declared otherwise than computed.
    """

    landscape: Landscape
    today: RollupResult
    before: RollupResult
    below: Below
    more: int
    unlooked: int


def read_kept(
    workspace: Workspace, uow: UnitOfWork, node: Node, since: datetime, extent: Extent, *, names: bool
) -> Reading | None:
    """How the node and what is below it stood at the last roll-up; None where that does not tell of all.

    ``since``: the earlier point lies before it. ``names``: whoever asks may see people's names.
    """
    kept, head = kept_of(workspace, uow, node, names=names), uow.scores.latest_of(node.id)
    if kept is None or head is None:
        return None
    inside = workspace.tree.below(node.id)
    points, stands = uow.brief_scores.points_at(inside, before=since), uow.brief_scores.standings(inside - {node.id})
    landscape = kept.view.world.landscape
    differing = [one.id for one in widest_first(stands.values(), landscape)]
    proposed = {one.id for one in workspace.tree.projects() if one.proposed}
    listed = stands if extent.lines is None else _told(stands.values(), points, extent.lines, proposed)
    told = {*listed, *differing[: extent.gaps]}
    found = {node.id: head.score} | _read(uow, told)
    if extent.language != "en":  # the English of a finding names what it speaks of, other languages look it up
        behind = {one for score in found.values() for one in _behind(score)}
        found |= _read(uow, behind & stands.keys() - found.keys())
    nodes = tuple(found[one.id] for one in workspace.tree.nodes if one.id in found)
    today = RollupResult(as_of=head.as_of, known_at=head.known_at, policy=head.score.policy, nodes=nodes)
    loads = {one: stands[one].load for one in kept.projects if one in stands}
    if node.kind is NodeKind.PROJECT:
        loads[node.id] = Load.of(head.score)
    return Reading(
        landscape,
        today,
        _before(uow, head, found, points, since),
        Below.kept(workspace, uow, kept, today, loads, most=extent.risks),
        len(stands.keys() - found.keys()),
        len(set(differing) - found.keys()),
    )


def _read(uow: UnitOfWork, nodes: Collection[str]) -> dict[str, NodeScore]:
    return {one: stored.score for one, stored in uow.brief_scores.whole(nodes).items()}


def _told(stands: Iterable[Standing], points: Points, lines: int, proposed: Collection[str]) -> Iterator[str]:
    """The first in the order of attention, candidates (``proposed``) last, and what moved most."""
    below = sorted(stands, key=lambda one: (one.id in proposed, attention(one)))
    yield from (one.id for one in below[:lines])
    yield from most_moved({one.id: _moved(one, points) for one in below})


def _moved(score: Standing, points: Points) -> float | None:
    before = points[score.id][1] if score.id in points else None
    return None if before is None or score.score is None else score.score - before


def _behind(score: NodeScore) -> Iterator[str]:
    """The projects that the sentence on a node speaks of: those that cost it most in its costliest dimensions."""
    for entry in named_losses(score):
        yield from (lost.node for lost in score.lost if lost.dimension == entry.finding.dimension and not entry.own)


def _before(
    uow: UnitOfWork, head: StoredScore, now: Mapping[str, NodeScore], points: Points, since: datetime
) -> RollupResult:
    """The nodes at the last weekly point before a moment: score and band, and of the node itself all that was stored then."""
    node = head.score.id
    at = points[node][0] if node in points else since
    told = {key: _as_it_was(now[key], point) for key, point in points.items() if key in now}
    stood = uow.scores.stood_at(node, at)
    if stood and node in told and stood.score.score == told[node].score:
        told[node] = stood.score
    return RollupResult(as_of=at, known_at=at, policy=head.score.policy, nodes=tuple(told.values()))


def _as_it_was(score: NodeScore, point: tuple[datetime, float | None, Band]) -> NodeScore:
    """A node at a weekly point, of which its score and its band are told and nothing else."""
    same = {name: getattr(score, name) for name in ("id", "kind", "name", "parent", "coverage", "trust", "basis", "policy")}
    return NodeScore.model_construct(**same, score=point[1], band=point[2], computed_band=point[2], totals={})
