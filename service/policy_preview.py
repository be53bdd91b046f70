"""What other policies would do to every node, before they count: from scores and facts that are kept, without one call.

Weights, thresholds, caps: every node at once, by ``rollup.other_policies``. Curves and rules change what is measured: up to
``AT_ONCE`` projects are then measured again as of the newest roll-up; of a larger tree the projects of one page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from model.health import Band, NodeScore
from model.landscape import Landscape
from model.policy import Policy
from model.tree import Node, NodeKind, Tree
from rollup.bands import HISTORY_DAYS, DailyScore, active_override, local_midnight
from rollup.dimensions import all_dimensions
from rollup.engine import roll_up
from rollup.other_policies import judged, weighed
from rollup.sensitivity import Sensitivity, sensitivity
from service import scoring
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

AT_ONCE = 40
ON_A_PAGE = 50
MOST_HISTORIES = 60
"""Nodes near a threshold whose past days are looked at in one preview; the others are judged by the day itself."""
_ORDER = {Band.NO_DATA: 0, Band.OFF_TRACK: 1, Band.AT_RISK: 2, Band.ON_TRACK: 3}
Policies = Mapping[str, Policy]


@dataclass(frozen=True)
class NodeChange:
    """One node before and after, and how firmly it would stand in its band."""

    node: Node
    before: NodeScore
    after: NodeScore
    firm: Sensitivity

    @property
    def band_changes(self) -> bool:
        return self.before.band is not self.after.band

    @property
    def worse(self) -> bool:
        return _ORDER[self.after.band] < _ORDER[self.before.band]

    @property
    def points(self) -> float:
        """How far the score moves."""
        return (self.after.score or 0.0) - (self.before.score or 0.0)


@dataclass(frozen=True)
class PolicyPreview:
    """``changes``: those of this page, changes of the band first, then the largest. ``nodes``: how many have a score.

    ``measured``: the dimensions whose findings the policy changes, and that were measured anew; ``partly``: only those of
    the projects of this page were; ``across``: dimensions that look beyond a project, which a part can't tell.
    ``by_the_day``: nodes near a threshold that were judged without their past days.
    """

    changes: tuple[NodeChange, ...]
    nodes: int
    changed: int
    bands: int
    page: int
    pages: int
    measured: tuple[str, ...] = ()
    partly: bool = False
    across: tuple[str, ...] = ()
    by_the_day: int = 0


def preview(workspace: Workspace, policies: Policies, *, page: int = 0) -> PolicyPreview:
    """What ``policies`` would change in place of those in force; pages begin at 0."""
    return paged(whole(workspace, policies, page=page), page)


def paged(found: PolicyPreview, page: int) -> PolicyPreview:
    """One page of a preview of everything."""
    if found.partly:
        return found
    return replace(found, changes=found.changes[page * ON_A_PAGE : (page + 1) * ON_A_PAGE], page=page)


def whole(workspace: Workspace, policies: Policies, *, page: int) -> PolicyPreview:
    """All that ``policies`` would change; where only a part of the tree can be measured anew, that of the page."""
    tree, touched = workspace.tree, _remeasured(workspace, policies)
    projects = tree.projects()
    partly = bool(touched) and len(projects) > AT_ONCE
    across = tuple(one.name for one in all_dimensions() if one.name in touched and one.across) if partly else ()
    measured = touched - set(across)
    with workspace.db.read() as uow:
        kept = {one.score.id: one.score for one in uow.scores.latest() if one.score.id in tree.by_id()}
        trying = _Trying(workspace, uow, policies)
        if partly:
            chosen = projects[page * AT_ONCE : (page + 1) * AT_ONCE]
            tree = Tree(nodes=tuple(node.model_copy(update={"parents": ()}) for node in chosen))
        fresh = trying.measured(tree) if measured else {}
        same = trying.judged(tree, kept, before=workspace.policies, after=workspace.policies)
        if fresh and not partly:
            tried = trying.judged(tree, fresh, before=policies, after=policies)
        else:
            mixed = {key: _mixed(one, fresh[key], measured) if key in fresh else one for key, one in kept.items()}
            tried = trying.judged(tree, mixed, before=workspace.policies, after=policies)
    changes = [
        NodeChange(node, kept[node.id], after, sensitivity(after, _of(policies, node)))
        for node in tree.nodes
        if node.id in same and (after := tried[node.id]) and _differs(same[node.id], after, kept[node.id])
    ]
    changes.sort(key=lambda one: (not one.band_changes, not one.worse, -abs(one.points), one.node.name))
    size = AT_ONCE if partly else ON_A_PAGE
    return PolicyPreview(
        changes=tuple(changes), nodes=len(kept), changed=len(changes), bands=sum(one.band_changes for one in changes),
        page=page, pages=-(-(len(projects) if partly else len(changes)) // size), measured=tuple(sorted(measured)),
        partly=partly, across=across, by_the_day=trying.by_the_day,
    )  # fmt: skip


def standing(workspace: Workspace, names: Callable[[Node], bool], *, limit: int) -> tuple[NodeChange, ...]:
    """How firmly the chosen nodes stand in their bands now, those nearest to another one first."""
    nodes = workspace.tree.by_id()
    with workspace.db.read() as uow:
        kept = [one.score for one in uow.scores.latest() if one.score.id in nodes and names(nodes[one.score.id])]
    found = [NodeChange(nodes[one.id], one, one, sensitivity(one, _of(workspace.policies, nodes[one.id]))) for one in kept]
    return tuple(sorted(found, key=lambda one: (_near(one.firm), one.node.name))[:limit])


def used_by(workspace: Workspace, policies: Policies, name: str) -> Callable[[Node], bool]:
    """Whether a node is scored by the policy of a name."""
    policy = policies.get(name)
    same = {key for key, one in workspace.policies.items() if policy is not None and one.digest == policy.digest}
    return lambda node: _name_of(workspace.policies, node) in same


def _near(firm: Sensitivity) -> float:
    distances = [one for one in (firm.to_better, firm.to_worse) if one is not None]
    return min(distances, default=float("inf"))


def _of(policies: Policies, node: Node) -> Policy:
    """The policy of a node: named by it, else of its class, else the default."""
    return policies[_name_of(policies, node)]


def _name_of(policies: Policies, node: Node) -> str:
    return next((name for name in (node.policy, node.project_class) if name and name in policies), "default")


def _differs(same: NodeScore, after: NodeScore, kept: NodeScore) -> bool:
    """Whether a policy changes a node, and not only what we can see of it: ``same`` is it, tried with the one in force.

    Its band may rest on past days of which no score is kept: then it is another one than ``kept`` without any change.
    """
    if (same.score is None) is not (after.score is None):
        return True
    if same.band is not after.band:
        return kept.band is not after.band
    return abs((same.score or 0.0) - (after.score or 0.0)) >= 0.05 or abs(same.coverage - after.coverage) >= 0.005


def _remeasured(workspace: Workspace, policies: Policies) -> frozenset[str]:
    """The dimensions whose findings may differ: by their curves, the rules, or what is shown of people."""
    found: set[str] = set()
    for node in workspace.tree.nodes:
        old, new = _of(workspace.policies, node), _of(policies, node)
        if old is not new:
            names = old.curves.keys() | new.curves.keys()
            found |= {name.split(".", 1)[0] for name in names if old.curves.get(name) != new.curves.get(name)}
            found |= {"governance"} if old.rules != new.rules else set()
            found |= {"resources"} if (old.people == "off") is not (new.people == "off") else set()
    return frozenset(found & {one.name for one in all_dimensions()})


def _mixed(kept: NodeScore, fresh: NodeScore, names: frozenset[str]) -> NodeScore:
    """A kept score with the findings of some dimensions as they were measured anew."""
    new = {entry.finding.dimension: entry for entry in fresh.dimensions}
    parts = tuple(
        replace(one, finding=new[name].finding, measured_share=new[name].measured_share)
        if (name := one.finding.dimension) in names and name in new else one
        for one in kept.dimensions
    )  # fmt: skip
    return kept.model_copy(update={"dimensions": parts})


class _Trying:
    """One preview over one reading of the store."""

    def __init__(self, workspace: Workspace, uow: UnitOfWork, policies: Policies) -> None:
        self._workspace = workspace
        self._uow = uow
        self._policies = policies
        self._as_of = uow.scores.newest_as_of() or workspace.clock()
        self._overrides = uow.overrides.all()
        self._stood: dict[str, Sequence[NodeScore | None]] = {}
        self.by_the_day = 0

    def measured(self, tree: Tree) -> dict[str, NodeScore]:
        """The nodes of a tree scored with the policies from their facts, without past days."""
        steady = {name: one.model_copy(update={"margin": 0.0, "dwell_days": 0}) for name, one in self._policies.items()}
        landscape, facts = scoring.read(self._workspace, self._uow, known_at=None)
        projects = {node.id for node in tree.nodes if node.kind is NodeKind.PROJECT}
        containers = {key: found for key, found in landscape.containers.items() if key in projects}
        under: Landscape = landscape.model_copy(update={"tree": tree, "policies": steady, "containers": containers})
        result = roll_up(under, facts, as_of=self._as_of, known_at=self._workspace.clock())
        return {score.id: score for score in result.nodes}

    def judged(
        self, tree: Tree, scores: Mapping[str, NodeScore], *, before: Policies, after: Policies
    ) -> dict[str, NodeScore]:
        today = self._as_of.astimezone(ZoneInfo(self._workspace.timezone)).date()
        return judged(
            tree, scores, before=lambda node: _of(before, node), after=lambda node: _of(after, node),
            money=self._workspace.money, daily=lambda node: self._daily(node, _of(after, node)),
            override=lambda node: active_override(self._overrides, node.id, self._as_of, today),
        )  # fmt: skip

    def _daily(self, node: Node, policy: Policy) -> DailyScore:
        """The scores of past midnights under a policy, read when first asked for."""
        found: list[float | None] = []

        def daily(ago: int) -> float | None:
            if not found:
                in_force = _of(self._workspace.policies, node)
                stood = self._past(node)
                found.extend(None if one is None else weighed(node, one, in_force, policy).score for one in stood)
            return found[ago - 1] if found else None

        return daily

    def _past(self, node: Node) -> Sequence[NodeScore | None]:
        """The score that stood at each of the past midnights, the latest first; nothing beyond what one preview reads."""
        if node.id not in self._stood:
            self._stood[node.id] = self._read(node) if len(self._stood) < MOST_HISTORIES else ()
            self.by_the_day += not self._stood[node.id]
        return self._stood[node.id]

    def _read(self, node: Node) -> Sequence[NodeScore | None]:
        midnights = [local_midnight(self._as_of, ago, self._workspace.timezone) for ago in range(1, HISTORY_DAYS + 1)]
        stood = self._uow.scores.standing(node.id, since=midnights[-1])
        return [next((one.score for one in reversed(stood) if one.as_of <= midnight), None) for midnight in midnights]
