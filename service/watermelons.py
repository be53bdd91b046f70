"""Where people report otherwise than we compute: the watermelon list, both ways, and who sees what of it when."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from model.access import Reader
from model.health import Band, Gap, NodeScore, RollupResult
from model.landscape import Landscape
from model.policy import Policy
from model.tree import NodeKind
from model.work import Declared
from rollup.declared import (
    Moment,
    apart,
    apart_since,
    declared_at,
    gap,
    newest_said,
    places_of,
    points_apart,
    shown_above,
)
from rollup.world import FactsAt
from service import derived, scoring
from service.workspace import Workspace, containers_of
from store.brief_scores import BriefScore, Scored
from store.score_numbers import Standing
from store.unit_of_work import UnitOfWork

SaidAt = Callable[[str, datetime], tuple[Declared, datetime] | None]
LOOKED_BACK = timedelta(weeks=52)
MOST_MOMENTS = 100
"""Scores of the past that a page of one node looks back over, before it goes on by the week."""
AT_ONCE = 25
"""Gaps of a list that are looked at in full together."""
S = TypeVar("S", NodeScore, BriefScore)


@dataclass(frozen=True)
class Watermelons:
    """``gaps``: the widest first. ``incomparable``: ids of nodes with a declared status and no computed band."""

    as_of: datetime
    gaps: tuple[Gap, ...] = ()
    incomparable: tuple[str, ...] = ()


def watermelons(workspace: Workspace, *, node: str | None = None, as_of: datetime | None = None) -> Watermelons:
    """The gaps at and below a node (None: everywhere).

    A node's own gap is told at once; those of others once its own people had their policy's ``watermelon_days`` with it.
    """
    result = scoring.score(workspace, as_of=as_of)
    wanted = workspace.tree.below(node) if node else {one.id for one in workspace.tree.nodes}
    with workspace.db.read() as uow:
        landscape, facts = scoring.read(workspace, uow, known_at=None)
        scores = [score for score in result.nodes if score.id in wanted]
        own = {node} if node else ()
        return among(uow, landscape, facts, scores, own=own, as_of=result.as_of, now=result.known_at)


@dataclass(frozen=True)
class Page:
    """Some of the gaps, the widest first. ``more``: the node that the next page goes on after; None: there is none."""

    found: Watermelons
    more: str | None


def page_of(workspace: Workspace, reader: Reader, *, after: str | None, most: int) -> Page | None:
    """The gaps behind that of the node ``after`` (None: from the first on); None where none is told of that node.

    By the scores that are kept, as a reader may see them; only those of the page are looked at in full.
    """
    with workspace.db.read() as uow:
        (land, said_at), now = _as_kept(workspace, uow), workspace.clock()
        nodes = land.tree.by_id()

        def among_these(ids: Sequence[str]) -> tuple[Gap, ...]:
            scores = [one.score for one in uow.brief_scores.whole(ids).values()]
            return _told(uow, land, said_at, scores, own=reader.own, as_of=now, now=now).gaps

        said = [one for one in uow.brief_scores.declared() if one.id in nodes and reader.may_see(one.id)]
        differing = [one.id for one in widest_first(said, land)]
        if after is not None and (after not in differing or not among_these([after])):
            return None
        begin = differing.index(after) + 1 if after is not None else 0
        found: list[Gap] = []
        while begin < len(differing) and len(found) <= most:
            found += among_these(differing[begin : begin + AT_ONCE])
            begin += AT_ONCE
    unknown = tuple(one.id for one in said if one.computed_band is Band.NO_DATA)
    return Page(Watermelons(now, tuple(found[:most]), unknown), found[most - 1].node if len(found) > most else None)


def widest_first(scores: Iterable[Standing], landscape: Landscape) -> list[Standing]:
    """What is declared otherwise than it is computed, in the order in which gaps are told."""
    nodes = landscape.tree.by_id()

    def width(one: Standing) -> tuple[int, float, str]:
        policy = landscape.policy_for(nodes[one.id].project_class, nodes[one.id].policy)
        return -abs(apart(one.declared_band, one.computed_band)), -points_apart(one, policy), one.id

    return sorted((one for one in scores if apart(one.declared_band, one.computed_band)), key=width)


def among_kept(
    workspace: Workspace, uow: UnitOfWork, scores: Collection[NodeScore], *, own: Collection[str], as_of: datetime
) -> Watermelons:
    """The same as ``among``; of the records only what was declared is read."""
    land, said_at = _as_kept(workspace, uow)
    return _told(uow, land, said_at, scores, own=own, as_of=as_of, now=workspace.clock())


def _as_kept(workspace: Workspace, uow: UnitOfWork) -> tuple[Landscape, SaidAt]:
    """The tree with what was declared in it, and what tells what was declared of what feeds a project."""
    tree = derived.tree_at(workspace, uow, None)
    nodes = tree.by_id()

    def said_at(node: str, at: datetime) -> tuple[Declared, datetime] | None:
        return newest_said(uow.records.said_in(containers_of(workspace, uow, nodes[node].sources)), at)

    return Landscape(tree=tree, policies=dict(workspace.policies), declared=uow.records.declared()), said_at


def among(
    uow: UnitOfWork,
    landscape: Landscape,
    facts_at: FactsAt,
    scores: Collection[NodeScore],
    *,
    own: Collection[str],
    as_of: datetime,
    now: datetime,
) -> Watermelons:
    """The gaps of some scores, as they are told to the people of the nodes in ``own``, who hear of them at once."""
    return _told(uow, landscape, lambda node, at: facts_at(node, at).declared, scores, own=own, as_of=as_of, now=now)


def _told(
    uow: UnitOfWork,
    landscape: Landscape,
    said_at: SaidAt,
    scores: Collection[NodeScore],
    *,
    own: Collection[str],
    as_of: datetime,
    now: datetime,
) -> Watermelons:
    """The gaps. ``said_at``: what was declared last of what feeds a project, with when."""
    found: list[Gap] = []
    nodes = landscape.tree.by_id()
    differing = [one for one in scores if apart(one.declared_band, one.computed_band)]
    first = uow.brief_scores.first_of([one.id for one in differing])
    for score in differing:
        node = nodes[score.id]
        policy = landscape.policy_for(node.project_class, node.policy)
        one = gap(score, policy, _past(uow, landscape, said_at, score.id, as_of), as_of)
        shown = shown_above(first.get(score.id, now), policy, now)
        if one and (score.id in own or (shown and shown_above(one.since, policy, as_of))):
            found.append(one)
    found.sort(key=lambda one: (-one.bands, -one.points, one.node))
    unknown = tuple(one.id for one in scores if one.declared_band and one.computed_band is Band.NO_DATA)
    return Watermelons(as_of, tuple(found), unknown)


def own_gap(workspace: Workspace, score: NodeScore, *, as_of: datetime) -> Gap | None:
    """The gap of one node as its own people see it."""
    if not apart(score.declared_band, score.computed_band):
        return None
    with workspace.db.read() as uow:
        gaps = among_kept(workspace, uow, [score], own={score.id}, as_of=as_of).gaps
    return gaps[0] if gaps else None


def gap_on_page(workspace: Workspace, uow: UnitOfWork, score: NodeScore, *, as_of: datetime) -> Gap | None:
    """The same for the node's own page, which waits for it: nothing is read of other nodes, and of the past no more than so
    many scores; a gap that is older began with one of the weekly points."""
    if not apart(score.declared_band, score.computed_band):
        return None
    node = workspace.tree.by_id()[score.id]
    said = uow.records.declared_of(places_of(node))
    land = Landscape(tree=workspace.tree, policies=dict(workspace.policies), declared=said)

    def said_at(_node: str, at: datetime) -> tuple[Declared, datetime] | None:
        return newest_said(uow.records.said_in(containers_of(workspace, uow, node.sources)), at)

    policy = land.policy_for(node.project_class, node.policy)
    return gap(score, policy, _past(uow, land, said_at, score.id, as_of, most=MOST_MOMENTS), as_of)


def from_above(
    workspace: Workspace, uow: UnitOfWork, scores: Mapping[str, S], *, own: Collection[str], as_of: datetime | None = None
) -> Mapping[str, S]:
    """Scores by node, as those are told them who look from above: as if nothing were declared where a gap is young.

    ``own``: nodes whose people ask. Only what is declared otherwise than it is computed is looked at, which is seldom.
    """
    differing = [one for one in scores.values() if one.id not in own and apart(one.declared_band, one.computed_band)]
    if not differing:
        return scores
    policies = Landscape(tree=workspace.tree, policies=dict(workspace.policies))
    nodes, now = workspace.tree.by_id(), workspace.clock()
    first = uow.brief_scores.first_of([one.id for one in differing])
    told = dict(scores)
    for one in differing:
        node = nodes.get(one.id)  # groups of a lens have none, nor a past
        policy = policies.policy_for(node.project_class, node.policy) if node else None
        if policy is None or not (
            shown_above(first.get(one.id, now), policy, now) and _grown(uow, one, policy, as_of or now)
        ):
            told[one.id] = unsaid(one)
    return told


def rollup_from_above(workspace: Workspace, result: RollupResult) -> RollupResult:
    """What a roll-up tells those who look at all of it."""
    with workspace.db.read() as uow:
        told = from_above(workspace, uow, {one.id: one for one in result.nodes}, own=(), as_of=result.as_of)
    return result.model_copy(update={"nodes": tuple(told.values())})


def unsaid(score: S) -> S:
    """A score as if nothing were declared."""
    return score.model_copy(update={"declared_band": None, "declared_at": None})


def _grown(uow: UnitOfWork, score: Scored, policy: Policy, as_of: datetime) -> bool:
    """Whether a gap is old enough for others, by scores of no longer ago than that takes."""
    if score.declared_band is None or score.declared_at is None:
        return False
    better = apart(score.declared_band, score.computed_band) > 0
    until, said = as_of - timedelta(days=policy.watermelon_days), (score.declared_band, score.declared_at)
    since, _ = apart_since(better, said, _observed(uow, score.id, as_of, until=until), as_of)
    return shown_above(since, policy, as_of)


def _observed(uow: UnitOfWork, node: str, as_of: datetime, *, until: datetime) -> Iterator[Moment]:
    """What was declared and computed at scores, the newest first, back to the first one that is as old as ``until``."""
    for stood in uow.brief_scores.bands_before(node, as_of, since=as_of - LOOKED_BACK):
        yield Moment(stood.as_of, stood.declared_band, stood.declared_at, stood.computed_band)
        if stood.as_of <= until:
            return


def _past(
    uow: UnitOfWork, landscape: Landscape, said_at: SaidAt, node_id: str, as_of: datetime, *, most: int | None = None
) -> Iterator[Moment]:
    """What was declared and computed before, the newest first: as observed, and by week from history before that.

    Read only as far back as somebody asks. ``most``: of what was observed no more than the newest so many.
    """
    since, first = as_of - LOOKED_BACK, as_of
    for stood in islice(uow.brief_scores.bands_before(node_id, as_of, since=since), most):
        first = stood.as_of
        yield Moment(stood.as_of, stood.declared_band, stood.declared_at, stood.computed_band)
    node = landscape.tree.by_id()[node_id]
    before = [point for point in uow.scores.trend(node_id, since=since) if point.at < first]
    own = said_at(node_id, as_of) if before and node.kind is NodeKind.PROJECT else None
    for point in reversed(before):
        said = declared_at(landscape, node, own, point.at)
        yield Moment(point.at, said[0] if said else None, said[1] if said else None, point.band)
