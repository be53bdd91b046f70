"""The whole organisation for those who keep its standards: bands over time, standards kept, data quality, gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.access import EVERYTHING, Reader
from model.health import Band, Gap, Untrusted
from model.tree import Node, NodeKind
from rollup.declared import apart
from service.browse import levels_of
from service.outline_tree import MOST_CHILDREN, Levels
from service.watermelons import among_kept
from service.workspace import Workspace
from store.brief_scores import BriefFinding, BriefScore

MOST_GAPS = 50
BANDS_SINCE = timedelta(weeks=26)


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

    ``candidates``: projects that nobody has begun; they are not among ``projects``, and in no band. ``more``: nodes below
    the portfolios that are not listed.
    """

    projects: int
    candidates: int
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
    every = levels.tree.projects()
    projects = [node.id for node in every if not node.proposed]
    below = [(child, 1) for top in levels.tops for child in levels.below(top.id) if child.kind is not NodeKind.PROJECT]
    shown = _in_order(levels, below[:MOST_CHILDREN])
    with workspace.db.read() as uow:
        bands = uow.brief_scores.bands(projects, since=workspace.clock() - BANDS_SINCE)
        scores = uow.brief_scores.of([node.id for node, _ in shown])
        tops = uow.brief_scores.whole([top.id for top in levels.tops]).values()
    return Overview(
        projects=len(projects),
        candidates=len(every) - len(projects),
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
        whole = uow.brief_scores.whole([one.id for one in differing[:MOST_GAPS]])
        scores = [one.score for one in whole.values()]
        found = among_kept(workspace, uow, scores, own=reader.own, as_of=workspace.clock()).gaps
    unknown = tuple(nodes[one.id] for one in said if one.computed_band is Band.NO_DATA)
    return GapsPage(found, max(0, len(differing) - MOST_GAPS), unknown)


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
