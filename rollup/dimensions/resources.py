"""Resources: can these people do it?

Measured by three parts. Load: for everyone with open work here, the work they hold in all projects and tools until the
date it is due, against what they can do until then; the fullest date counts, and people weigh by the open work they hold
here. In hours where at least 80 % of their dated work has hours (capacity: their weekly hours), else in items against
their own pace of the last twelve weeks. Concentration: the share of open work that one person holds. Unassigned:
the share of near-due open work (due within two weeks or overdue) that nobody has.
Reasons never name a person. Needs assignees; load also needs due dates and hours or a pace.
To improve: move work of over-booked people to others or later; assign what is due next.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from model.health import Finding, Value
from rollup.curves import Curves, Part, count, from_parts, not_applicable, not_enough, percent
from rollup.facts import ProjectFacts
from rollup.world import OpenWork, View, World

NAME = "resources"
VERSION = 1
LEVEL = "project"
CURVES = {
    "resources.load.weight": 55.0,
    "resources.concentration.weight": 15.0,
    "resources.unassigned.weight": 30.0,
    "resources.load.worst": 1.75,
    "resources.load.best": 1.0,
    "resources.concentration.worst": 0.9,
    "resources.concentration.best": 0.5,
    "resources.unassigned.worst": 0.5,
    "resources.unassigned.best": 0.0,
    "resources.horizon_weeks": 12.0,
    "resources.near_days": 14.0,
    "resources.hours_share": 0.8,
    "resources.project_share": 0.8,
}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where no open item has an assignee, NOT_APPLICABLE where nothing is open."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if facts.leaves and not facts.open_leaves:
        return not_applicable(_ID, "no work is open", "resources_nothing_open")
    held = [leaf for leaf in facts.open_leaves if leaf.assignee_id]
    if not held:
        return not_enough(_ID, "no open item has an assignee", "resources_no_assignees")
    values: dict[str, Value] = {"assigned": Value(value=len(held), unit="open items")}
    aggregate = view.policy.people != "off"
    parts = (
        _load(view, curves, values) if aggregate else Part("load", curves("resources.load.weight"), None),
        _concentration(view, curves, values),
        _unassigned(facts, curves, values),
    )
    if all(part.score is None for part in parts):
        return not_enough(_ID, "no due date, pace or near-due work to judge by", "resources_nothing_to_read", **values)
    return from_parts(
        _ID, parts, values=values, improvement="move work of over-booked people to others, or to a later date"
    )


def _load(view: View, curves: Curves, values: dict[str, Value]) -> Part:
    weight, world = curves("resources.load.weight"), view.world
    mine: dict[str, list[str]] = {}
    for leaf in view.facts.open_leaves:
        if leaf.assignee_id:
            mine.setdefault(world.person(leaf.assignee_id), []).append(leaf.id)
    scored: list[tuple[float, float, str]] = []  # score, ratio, person
    for person in sorted(mine):
        ratio = load_ratio(world, person, curves)
        if ratio is not None:
            scored.append((curves.ramp(ratio, "resources.load"), ratio, person))
    total = sum(len(mine[person]) for _, _, person in scored)
    if not total:
        return Part("load", weight, None)
    score = sum(points * len(mine[person]) for points, _, person in scored) / total
    over = sorted((entry for entry in scored if entry[1] > 1), key=lambda entry: (-entry[1], entry[2]))
    worst = max(ratio for _, ratio, _ in scored)
    elsewhere = sum(1 for _, _, person in over if len({work.project for work in world.open_work[person]}) > 1)
    values["overbooked"] = Value(value=len(over), unit="people")
    values["overbooked_across_projects"] = Value(value=elsewhere, unit="people")
    values["worst_load"] = Value(value=round(worst, 3), unit="load / capacity")
    words = f"{len(over)} of {len(scored)} people over-booked" if over else ""
    if over and elsewhere:
        words += f", {elsewhere} of them across projects"
    ids = tuple(item for _, _, person in over for item in mine[person])
    return Part("load", weight, score, words, "resources_overbooked", ids)


def load_ratio(world: World, person: str, curves: Curves) -> float | None:
    """The fullest date of a person: work due by it / what they can do until it. None where it can't be told."""
    horizon = world.today + timedelta(weeks=curves("resources.horizon_weeks"))
    dated = [work for work in world.open_work[person] if work.due_on is not None and work.due_on <= horizon]
    if not dated:
        return None
    with_hours = sum(1 for work in dated if work.hours is not None)
    if with_hours >= curves("resources.hours_share") * len(dated):
        mate = world.teammates.get(person) or next((m for m in world.landscape.teammates if m.key == person), None)
        weekly = (mate.hours_per_week if mate else 40.0) * curves("resources.project_share")
        known = [work.hours for work in dated if work.hours is not None]
        usual = sum(known) / len(known)
        return _fullest(
            world.today, [(work, work.hours if work.hours is not None else usual) for work in dated], weekly
        )
    pace = world.pace.get(person, 0.0)
    if pace * 12 < 6:
        return None
    return _fullest(world.today, [(work, 1.0) for work in dated], pace)


def _fullest(today: date, sized: Sequence[tuple[OpenWork, float]], weekly: float) -> float:
    """The largest ratio over all due dates; overdue work is to be done within a week, as is work due within one."""
    least = today + timedelta(days=7)
    by_day: dict[date, float] = {}
    for work, size in sized:
        day = max(work.due_on or least, least)
        by_day[day] = by_day.get(day, 0.0) + size
    ratio = total = 0.0
    for day in sorted(by_day):
        total += by_day[day]
        ratio = max(ratio, total / (weekly * (day - today).days / 7))
    return ratio


def _concentration(view: View, curves: Curves, values: dict[str, Value]) -> Part:
    """Only from five assigned open items on: below, one person is normal."""
    weight = curves("resources.concentration.weight")
    by_person: dict[str, list[str]] = {}
    for leaf in view.facts.open_leaves:
        if leaf.assignee_id:
            by_person.setdefault(view.world.person(leaf.assignee_id), []).append(leaf.id)
    assigned = sum(len(items) for items in by_person.values())
    if assigned < 5:
        return Part("concentration", weight, None)
    _, most = min((-len(items), items) for items in by_person.values())
    share = len(most) / assigned
    values["concentration"] = Value(value=round(share, 4), unit="share of assigned open items")
    words = f"one person holds {percent(share)} of the assigned open work"
    score = curves.ramp(share, "resources.concentration")
    return Part("concentration", weight, score, words, "resources_concentrated", tuple(most))


def _unassigned(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("resources.unassigned.weight")
    until = facts.today + timedelta(days=curves("resources.near_days"))
    near = [leaf for leaf in facts.open_leaves if leaf.due_on is not None and leaf.due_on <= until]
    if not near:
        return Part("unassigned", weight, None)
    nobody = sorted((leaf for leaf in near if not leaf.assignee_id), key=lambda leaf: (leaf.due_on or until, leaf.id))
    values["near_due"] = Value(value=len(near), unit="items")
    values["near_due_unassigned"] = Value(value=len(nobody), unit="items")
    words = f"{len(nobody)} of {count(len(near), 'near-due item')} without an assignee" if nobody else ""
    score = curves.ramp(len(nobody) / len(near), "resources.unassigned")
    return Part("unassigned", weight, score, words, "resources_unassigned", tuple(leaf.id for leaf in nobody))
