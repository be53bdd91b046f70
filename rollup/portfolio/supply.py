"""What people can do beside the projects that run: hours by skills and quarter.

People with the same skills are one pool. An hour of somebody with two skills can be used for either, once. From a pool's
hours the open work of its people in active projects is taken, spread evenly over the working days until it is due (overdue
work at once, work without a date over thirteen weeks). An item without hours takes what one takes at its holder's own pace
of the last twelve weeks. Where an allocation reserves more of a person for a project than its work takes, it counts. An
active project whose case declares its demand counts by that instead, the present quarter's for the days that are left of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from model.case import quarter_days, quarter_of
from model.landscape import Teammate
from model.tree import Node, ProjectState, Tree
from rollup.capacity import Calendar, weekdays
from rollup.load import OUTSIDE, reserved_hours
from rollup.portfolio.candidates import Candidate, Need
from rollup.world import OpenWork, World

UNDATED_WEEKS = 13
PACE_WEEKS, LEAST_DONE = 12, 6
"""A pace is told by so many finished items at least, in so many weeks."""


Place = tuple[str, str]
"""A project and a quarter."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Everybody with exactly these skills: ``hours`` for projects by quarter, and what of them is ``booked``."""

    skills: frozenset[str]
    hours: Mapping[str, float]
    booked: Mapping[str, float] = field(default_factory=dict)

    def free(self, quarter: str) -> float:
        return max(0.0, self.hours.get(quarter, 0.0) - self.booked.get(quarter, 0.0))


@dataclass(frozen=True, slots=True)
class Supply:
    """``promised``: declared demand of active projects. ``unestimated``: open items in them that say no hours and whose
    holders have no pace, so that nothing could be booked for them.
    """

    pools: tuple[Pool, ...] = ()
    promised: Mapping[Need, float] = field(default_factory=dict)
    unestimated: int = 0

    @property
    def known(self) -> bool:
        """Whether anybody's skills are known: else capacity limits nothing."""
        return bool(self.pools)

    @property
    def skills(self) -> frozenset[str]:
        return frozenset(skill for pool in self.pools for skill in pool.skills)

    def hours(self, skill: str, quarter: str) -> float:
        """Hours of everybody who has a skill."""
        return sum(pool.hours.get(quarter, 0.0) for pool in self.pools if skill in pool.skills)

    def free(self, skill: str, quarter: str) -> float:
        """What of these is not booked. People with several skills count under each of them."""
        return sum(pool.free(quarter) for pool in self.pools if skill in pool.skills)


@dataclass(frozen=True, slots=True)
class Shift:
    """More or less of one skill: a ``share`` of what there is (0.2, -0.1), or ``hours`` a quarter."""

    skill: str
    share: float | None = None
    hours: float | None = None


def quarters_of(candidates: Iterable[Candidate], today: date) -> tuple[str, ...]:
    """The quarters from the present one on in which any candidate needs somebody."""
    present = quarter_of(today)
    return tuple(sorted({quarter for one in candidates for _, quarter in one.demand if quarter >= present}))


def supply_of(world: World, quarters: Sequence[str], other_work: float) -> Supply:
    """What the people map can do in some quarters. ``other_work``: the share of time no project gets, where nobody says."""
    skilled = [mate for mate in world.landscape.teammates if mate.skills]
    declared = {node.id for node in world.landscape.tree.projects() if _declares(node)}
    pools: dict[frozenset[str], Pool] = {}
    unestimated = 0
    for mate in skilled if quarters else ():
        share = mate.other_work if mate.other_work is not None else other_work
        work = [one for one in world.open_work_of(mate.key) if one.project not in declared]
        usual = _usual_hours(world, mate, share)
        unestimated += sum(1 for one in work if one.hours is None and usual is None)
        kept = _reserved(world, mate, mate.hours_per_week * (1 - share), quarters, declared)
        booked = _together_by_project(_booked(work, usual or 0.0, world.today, quarters), kept, quarters)
        skills = frozenset(mate.skills)
        mine = Pool(skills, _hours(mate, world.today, quarters, share), booked)
        pools[skills] = _together(pools[skills], mine) if skills in pools else mine
    ordered = tuple(pools[skills] for skills in sorted(pools, key=sorted))
    return Supply(ordered, promised(world.landscape.tree, world.today, quarters), unestimated)


def shifted(supply: Supply, shifts: Iterable[Shift], quarters: Sequence[str]) -> Supply:
    """The supply with more or less of some skills.

    Who is added has that skill alone; who is taken away takes their other skills along.
    """
    pools = list(supply.pools)
    for shift in shifts:
        more: dict[str, float] = {}
        less: dict[str, float] = {}
        for quarter in quarters:
            held = sum(pool.hours.get(quarter, 0.0) for pool in pools if shift.skill in pool.skills)
            change = held * shift.share if shift.share is not None else shift.hours or 0.0
            more[quarter] = max(0.0, change)
            less[quarter] = min(1.0, -change / held) if change < 0 and held else 0.0
        pools = [
            replace(pool, hours={key: hours * (1 - less.get(key, 0.0)) for key, hours in pool.hours.items()})
            if shift.skill in pool.skills
            else pool
            for pool in pools
        ]
        if any(more.values()):
            pools.append(Pool(frozenset({shift.skill}), more))
    return replace(supply, pools=tuple(pools))


def _declares(node: Node) -> bool:
    return node.state is ProjectState.ACTIVE and node.case is not None and bool(node.case.demand)


def _usual_hours(world: World, mate: Teammate, other_work: float) -> float | None:
    """What one item takes of somebody's time for projects at their own pace; None where too little was finished to tell."""
    pace = world.pace_of(mate.key)
    return mate.hours_per_week * (1 - other_work) / pace if pace * PACE_WEEKS >= LEAST_DONE else None


def _hours(mate: Teammate, today: date, quarters: Sequence[str], other_work: float) -> dict[str, float]:
    """Hours of one person for projects by quarter, from tomorrow on."""
    days = (quarter_days(quarters[-1])[1] - today).days
    calendar = Calendar(mate, today, ahead_days=max(1, days))
    found = {}
    for quarter in quarters:
        first, last = quarter_days(quarter)
        found[quarter] = calendar.hours(last, other_work, first - timedelta(days=1))
    return found


def _booked(work: Sequence[OpenWork], usual: float, today: date, quarters: Sequence[str]) -> dict[Place, float]:
    """Hours of open work by project and quarter; an item that says none takes the usual. Other quarters are left out."""
    found: dict[Place, float] = {}
    for one in work:
        due = one.due_on or today + timedelta(weeks=UNDATED_WEEKS)
        until = max(due, today + timedelta(days=1))
        whole = weekdays(today, until)
        for quarter in quarters:
            first, last = quarter_days(quarter)
            part = weekdays(max(today, first - timedelta(days=1)), min(until, last))
            share = part / whole if whole else float(quarter_of(until) == quarter)
            place = (one.project, quarter)
            found[place] = found.get(place, 0.0) + (usual if one.hours is None else one.hours) * share
    return found


def _reserved(
    world: World, mate: Teammate, weekly_hours: float, quarters: Sequence[str], declared: Collection[str]
) -> dict[Place, float]:
    """Hours of allocations by project and quarter. Those for candidates are what is being decided on, and left out."""
    found: dict[Place, float] = {}
    for entry in world.planned.get(mate.key, ()):
        project = entry.nodes[0] if entry.nodes else OUTSIDE
        running = project == OUTSIDE or world.nodes[project].state is ProjectState.ACTIVE
        for quarter in quarters if running and project not in declared else ():
            first, last = quarter_days(quarter)
            hours = reserved_hours(entry, max(world.today, first - timedelta(days=1)), last, weekly_hours)
            found[project, quarter] = found.get((project, quarter), 0.0) + hours
    return found


def _together_by_project(
    work: Mapping[Place, float], kept: Mapping[Place, float], quarters: Sequence[str]
) -> dict[str, float]:
    """By quarter the sum over projects of the larger of work and allocation."""
    found = dict.fromkeys(quarters, 0.0)
    for place in sorted({*work, *kept}):
        found[place[1]] += max(work.get(place, 0.0), kept.get(place, 0.0))
    return found


def promised(tree: Tree, today: date, quarters: Sequence[str]) -> dict[Need, float]:
    """Declared demand of active projects, by skill and quarter."""
    found: dict[Need, float] = {}
    for node in tree.projects():
        if not _declares(node) or node.case is None:
            continue
        for one in node.case.demand:
            if one.quarter in quarters:
                key = (one.skill, one.quarter)
                found[key] = found.get(key, 0.0) + one.hours * _share_left(one.quarter, today)
    return found


def _share_left(quarter: str, today: date) -> float:
    """The share of a quarter's working days that is still to come."""
    first, last = quarter_days(quarter)
    return weekdays(max(today, first - timedelta(days=1)), last) / weekdays(first - timedelta(days=1), last)


def _together(one: Pool, other: Pool) -> Pool:
    hours = {key: one.hours[key] + other.hours[key] for key in one.hours}
    booked = {key: one.booked[key] + other.booked[key] for key in one.booked}
    return Pool(one.skills, hours, booked)
