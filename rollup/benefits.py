"""The register of benefits: what was promised, by whom, and how much of it has come, kept after a project is closed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model.ids import record_id
from model.registers import BenefitEntry, BenefitState
from model.tree import Node, NodeKind, ProjectState
from model.work import Goal
from rollup.conflicts import owner_of
from rollup.facts import BenefitFact
from rollup.world import View, World

FactsOf = Callable[[str], Sequence[BenefitFact]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A benefit with where it comes from: the first project that has it, or the first node that names its goal."""

    fact: BenefitFact
    node: str
    closed: bool
    goal: bool


def promises(view: View, facts_of: FactsOf | None = None) -> tuple[Promise, ...]:
    """The benefits below a node, each once, by id: benefit items of its projects and metrics of the goals that it names.

    Closed projects stay in: benefits outlive projects. Candidates promise nothing yet. ``facts_of``: the benefit items of
    a project; None: as they are counted.
    """
    world = view.world
    below = _promising(world, view.node.id) if facts_of is None else world.landscape.tree.kept_below(view.node.id)
    facts_of = facts_of or (lambda project: world.outline(project).benefits)
    found: dict[str, Promise] = {}
    for node in (view.node, *below):
        closed = node.state is ProjectState.CLOSED
        if node.kind is NodeKind.PROJECT:
            for fact in facts_of(node.id):
                found.setdefault(fact.id, Promise(fact, node.id, closed, goal=False))
        for ref in node.goals:
            goal = world.goals.get(record_id(ref.connection, "goal", ref.goal))
            if goal is not None and _has_metric(goal):
                known = found.get(goal.id)
                found[goal.id] = (
                    Promise(_of_goal(goal), node.id, closed, goal=True)
                    if known is None
                    else replace(known, closed=known.closed and closed)
                )
    return tuple(found[key] for key in sorted(found))


def _promising(world: World, node_id: str) -> tuple[Node, ...]:
    """The distinct nodes below that have benefit items or name goals, in the order of ``kept_below``."""

    def found() -> tuple[Node, ...]:
        kept: dict[str, Node] = {}
        for child, _ in world.landscape.tree.children(node_id):
            if child.state is not ProjectState.CANDIDATE:
                has_items = child.kind is NodeKind.PROJECT and world.outline(child.id).benefits
                own = (child,) if child.goals or has_items else ()
                kept.update((node.id, node) for node in (*own, *_promising(world, child.id)))
        return tuple(kept.values())

    return world.day.part(node_id, "promising", found) if world.nodes[node_id].kind is not NodeKind.PROJECT else ()


def _has_metric(goal: Goal) -> bool:
    return any(number is not None for number in (goal.initial, goal.current, goal.target))


def _of_goal(goal: Goal) -> BenefitFact:
    return BenefitFact(
        id=goal.id,
        owner_id=goal.owner_id,
        due_on=goal.due_on,
        measure=goal.name,
        baseline=goal.initial,
        target=goal.target,
        actual=goal.current,
        known=True,
        unit=goal.unit,
    )


def benefit_register(view: View, facts_of: FactsOf | None = None) -> tuple[BenefitEntry, ...]:
    """Every benefit below the node for a page or a report: missed ones first, then by due date."""
    entries = [_entry(view, promise) for promise in promises(view, facts_of)]
    order = [BenefitState.MISSED, BenefitState.UNKNOWN, BenefitState.PLANNED, BenefitState.REALISED]
    return tuple(sorted(entries, key=lambda e: (order.index(e.state), e.due_on is None, e.due_on or view.today, e.id)))


def _entry(view: View, promise: Promise) -> BenefitEntry:
    fact = promise.fact
    return BenefitEntry(
        id=fact.id,
        node=promise.node,
        closed=promise.closed,
        from_goal=promise.goal,
        state=_state(view, fact),
        owner=owner_of(view, fact.owner_id, promise.node) if fact.owner_id is not None else None,
        measure=fact.measure,
        unit=fact.unit,
        baseline=fact.baseline,
        target=fact.target,
        due_on=fact.due_on,
        actual=fact.actual,
        realised=fact.realised,
        missing=fact.missing,
    )


def _state(view: View, fact: BenefitFact) -> BenefitState:
    if not fact.known:
        return BenefitState.UNKNOWN
    if fact.realised is not None and fact.realised >= 1:
        return BenefitState.REALISED
    passed = fact.due_on is not None and fact.due_on <= view.today
    return BenefitState.MISSED if passed else BenefitState.PLANNED
