"""The whole organisation for those who keep its standards: bands over time, standards kept, data quality, gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.access import EVERYTHING, Reader
from model.health import Band, Gap, Untrusted
from model.landscape import Landscape
from model.tree import Node, NodeKind, Tree
from model.work import Declared
from rollup.declared import Moment, apart, declared_at, gap, shown_above
from service.browse import levels_of
from service.outline_tree import MOST_CHILDREN, Levels
from service.workspace import Workspace
from store.brief_scores import BriefFinding, BriefScore
from store.unit_of_work import UnitOfWork

MOST_GAPS = 50
BANDS_SINCE = timedelta(weeks=26)
LOOKED_BACK = timedelta(weeks=52)
_SAID = {Band.ON_TRACK: Declared.ON_TRACK, Band.AT_RISK: Declared.AT_RISK, Band.OFF_TRACK: Declared.OFF_TRACK}


@dataclass(frozen=True)
class Standards:
    """A node with how its standards are kept. ``score`` None: not scored yet; ``governance`` None: no rule is asked."""

    node: Node
    depth: int
    score: BriefScore | None
    governance: BriefFinding | None


@dataclass(frozen=True)
class Overview:
    """``bands``: how many projects were in which band, by week, oldest first. ``untrusted``: what records failed.

    ``more``: nodes below the portfolios that are not listed.
    """

    projects: int
    bands: Mapping[datetime, Mapping[Band, int]]
    standards: tuple[Standards, ...]
    more: int
    untrusted: tuple[Untrusted, ...]
    records: int


@dataclass(frozen=True)
class GapsPage:
    """``gaps``: the widest first. ``more``: nodes where report and score differ that are not looked at in full here.

    ``incomparable``: nodes with a declared status and no computed band.
    """

    gaps: tuple[Gap, ...]
    more: int
    incomparable: tuple[Node, ...]


def overview(workspace: Workspace, reader: Reader = EVERYTHING) -> Overview:
    """What a PMO looks at, from what is kept, as far as the reader may see it."""
    levels = levels_of(reader.part_of(workspace.tree))
    projects = [node.id for node in levels.tree.projects()]
    below = [(child, 1) for top in levels.tops for child in levels.below(top.id) if child.kind is not NodeKind.PROJECT]
    shown = _in_order(levels, below[:MOST_CHILDREN])
    with workspace.db.read() as uow:
        bands = uow.brief_scores.bands(projects, since=workspace.clock() - BANDS_SINCE)
        scores = uow.brief_scores.of([node.id for node, _ in shown])
        tops = uow.brief_scores.whole([top.id for top in levels.tops]).values()
    return Overview(
        projects=len(projects),
        bands=bands,
        standards=tuple(_standards(node, depth, scores.get(node.id)) for node, depth in shown),
        more=max(0, len(below) - MOST_CHILDREN),
        untrusted=_together([one for top in tops for one in top.score.untrusted]),
        records=sum(top.score.records for top in tops),
    )


def gaps(workspace: Workspace, reader: Reader = EVERYTHING) -> GapsPage:
    """Where people report otherwise than is computed, by the scores that are kept, as a reader may see it."""
    nodes = levels_of(reader.part_of(workspace.tree)).nodes
    with workspace.db.read() as uow:
        said = [one for one in uow.brief_scores.declared() if one.id in nodes]
        differing = sorted(
            (one for one in said if apart(one.declared_band, one.computed_band)),
            key=lambda one: (-abs(apart(one.declared_band, one.computed_band)), one.score or 0.0, one.id),
        )
        found = _gaps(workspace, uow, differing[:MOST_GAPS], reader)
    unknown = tuple(nodes[one.id] for one in said if one.computed_band is Band.NO_DATA)
    return GapsPage(found, max(0, len(differing) - MOST_GAPS), unknown)


def _gaps(
    workspace: Workspace, uow: UnitOfWork, wanted: Sequence[BriefScore], reader: Reader
) -> tuple[Gap, ...]:
    """The gaps of some scores; of what is not the reader's own, once they are as old as the policy says."""
    nodes, now = workspace.tree.by_id(), workspace.clock()
    declared = uow.records.declared()
    land = Landscape(tree=Tree(nodes=()), policies=dict(workspace.policies), declared=declared)
    found: list[Gap] = []
    for kept in uow.brief_scores.whole([one.id for one in wanted]).values():
        node = nodes[kept.score.id]
        policy = land.policy_for(node.project_class, node.policy)
        one = gap(kept.score, policy, _past(uow, land, node, now), now)
        if one is not None and (one.node in reader.own or shown_above(one, policy, now)):
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.bands, -one.points, one.node)))


def _past(uow: UnitOfWork, land: Landscape, node: Node, now: datetime) -> list[Moment]:
    """What was declared and computed before: as it was scored, and by weekly points for the time before that.

    A status set on a single item is known from the scores alone, so what lies before them may be told as older.
    """
    since = now - LOOKED_BACK
    seen = [
        Moment(one.as_of, one.score.declared_band, one.score.declared_at, one.score.computed_band)
        for one in uow.scores.history(node.id, since=since)
        if one.as_of < now
    ]
    first = min((one.at for one in seen), default=now)
    last = max(seen, key=lambda one: one.at, default=None)
    own = (_SAID[last.declared], last.declared_at) if last and last.declared and last.declared_at else None
    for point in uow.scores.trend(node.id, since=since):
        if point.at < first:
            said = declared_at(land, node, own, point.at)
            seen.append(Moment(point.at, said[0] if said else None, said[1] if said else None, point.band))
    return seen


def _in_order(levels: Levels, below: Sequence[tuple[Node, int]]) -> list[tuple[Node, int]]:
    """Each top with those of its children that are listed."""
    listed = {node.id for node, _ in below}
    found: list[tuple[Node, int]] = []
    for top in levels.tops:
        found.append((top, 0))
        found += [(child, 1) for child in levels.below(top.id) if child.id in listed]
    return found


def _standards(node: Node, depth: int, score: BriefScore | None) -> Standards:
    dimensions = score.dimensions if score else ()
    kept = next((one.finding for one in dimensions if one.finding.dimension == "governance"), None)
    return Standards(node, depth, score, kept if kept is not None and kept.score is not None else None)


def _together(entries: Sequence[Untrusted]) -> tuple[Untrusted, ...]:
    """The failed checks of several nodes by check, the most records first."""
    totals: dict[str, int] = {}
    for one in entries:
        totals[one.check] = totals.get(one.check, 0) + one.total
    return tuple(Untrusted(check=key, total=totals[key]) for key in sorted(totals, key=lambda key: (-totals[key], key)))
