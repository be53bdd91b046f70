"""Resources: can these people do it?

Measured by three parts. Load: for everyone with open work here, or with time reserved for it, what they have promised in
all projects and tools until each date, against what they can do until then; the fullest date counts, and people weigh by
the open work they hold here. In hours where at least 80 % of their dated work has hours: their hours a week on working
days (Monday to Friday, without the public holidays of their country and their absences), less the fifth that goes into
other work (`other_work` of a person says otherwise). Else in items against their own pace of the last twelve weeks. An
allocation counts like work: of the time reserved in a project and the work there the larger; allocations of one week are
also held against that week alone. Somebody in no calendar (outside the people map, or without a country) has 40 hours a
week, or their own, and no holidays; how many is shown. Somebody who cannot work at all until a date with work due is
loaded tenfold. Concentration: the share of assigned open work that one person holds. Unassigned: the share of near-due
open work (due within two weeks or overdue) that nobody has.
With `people: off` only unassigned work is judged. Otherwise numbers are of everybody together: no reason, value or list of
items points at a person, and what is of one person alone, the worst load and the largest share of the work, is told only
of three people or more; how many are over-booked is told of any number. With `people: named` the register of
loads has the names, for those who may see them; the finding stays as it is.
Needs assignees or allocations; load also needs due dates and hours or a pace.
To improve: assign what is due next, or move work of over-booked people to others or later.
"""

from datetime import date, timedelta

from model.health import Finding, Value
from rollup.curves import Curves, Help, Part, count, from_parts, not_applicable, not_enough, percent
from rollup.facts import Leaf, ProjectFacts
from rollup.load import Load, Rules, load_of
from rollup.world import View

NAME = "resources"
VERSION = 4
LEVEL = "project"
ACROSS = "people"
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
    "resources.other_work": 0.2,
}
LEAST_GROUP = 3
"""Of fewer people no extreme is told: whose it is would be plain."""
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where no open item has an assignee, NOT_APPLICABLE where nothing is open."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if facts.leaves and not facts.open_leaves:
        return not_applicable(_ID, "no work is open", "resources_nothing_open")
    held = [leaf for leaf in facts.open_leaves if leaf.assignee_id]
    if not held and not view.world.planned_for.get(facts.node.id):
        return not_enough(_ID, "no open item has an assignee", "resources_no_assignees")
    values: dict[str, Value] = {"assigned": Value(value=len(held), unit="open items")}
    shown = view.policy.people != "off"
    hidden = (Part("load", curves("resources.load.weight"), None), Part("concentration", 0.0, None))
    people = (_load(view, curves, values), _concentration(view, curves, values)) if shown else hidden
    unassigned, help_ = _unassigned(facts, curves, values)
    parts = (*people, unassigned)
    if all(part.score is None for part in parts):
        return not_enough(_ID, "no due date, pace or near-due work to judge by", "resources_nothing_to_read", **values)
    helps = [] if help_ is None else [help_]
    load = people[0]
    if load.score is not None and load.score < 100:
        text = "move work of over-booked people to others, or to a later date"
        helps.append(Help("load", 100.0, text, "resources_overbooked"))
    together = "share the work out, and assign what is due next"
    return from_parts(_ID, parts, values=values, improvement=together, helps=helps)


def rules_of(curves: Curves) -> Rules:
    """The numbers that a load depends on."""
    names = ("resources.horizon_weeks", "resources.hours_share", "resources.other_work")
    horizon, share, other = (curves(name) for name in names)
    return Rules(horizon, share, min(0.99, max(0.0, other)))


def held_by(view: View) -> dict[str, list[Leaf]]:
    """Person → the open work they hold in the projects of a view; people whose time is only reserved hold none."""
    found: dict[str, list[Leaf]] = {}
    for facts in view.projects:
        for leaf in facts.open_leaves:
            if leaf.assignee_id:
                found.setdefault(view.world.person(leaf.assignee_id), []).append(leaf)
        for person in view.world.planned_for.get(facts.node.id, ()):
            found.setdefault(person, [])
    return found


def _load(view: View, curves: Curves, values: dict[str, Value]) -> Part:
    weight, mine, rules = curves("resources.load.weight"), held_by(view), rules_of(curves)
    loads = [load_of(view.world, person, rules) for person in sorted(mine)]
    judged = [(load, max(1, len(mine[load.person])), load.ratio) for load in loads if load.ratio is not None]
    if not judged:
        return Part("load", weight, None)
    total = sum(share for _, share, _ in judged)
    score = sum(curves.ramp(ratio, "resources.load") * share for _, share, ratio in judged) / total
    over = [load for load, _, _ in judged if load.over]
    elsewhere = [load for load in over if _places(load) > 1]
    values["overbooked"] = Value(value=len(over), unit="people")
    values["overbooked_across_projects"] = Value(value=len(elsewhere), unit="people")
    values["overbooked_across_tools"] = Value(value=sum(len(load.tools) > 1 for load in over), unit="people")
    values["no_calendar"] = Value(value=sum(not load.in_calendar for load, _, _ in judged), unit="people")
    values["people"] = Value(value=len(judged), unit="people")
    if len(judged) >= LEAST_GROUP:
        worst = max(ratio for _, _, ratio in judged)
        values["worst_load"] = Value(value=round(worst, 3), unit="load / capacity")
    words = f"{len(over)} of {len(judged)} people over-booked" if over else ""
    if over and elsewhere:
        words += f", {len(elsewhere)} of them across projects"
    return Part("load", weight, score, words, "resources_overbooked", _due_first(view, rules) if over else ())


def _places(load: Load) -> int:
    return len({*load.items_by_project, *load.by_project})


def _due_first(view: View, rules: Rules) -> tuple[str, ...]:
    """All assigned work that is due, the next first: what a load is made of, whoever holds it."""
    until = view.today + timedelta(weeks=rules.horizon_weeks)
    target = view.facts.node.target_on
    dated = [(leaf.due_on or target, leaf.id) for leaf in view.facts.open_leaves if leaf.assignee_id]
    return tuple(key for day, key in sorted((day, key) for day, key in dated if day is not None and day <= until))


def _concentration(view: View, curves: Curves, values: dict[str, Value]) -> Part:
    """Only from five assigned open items on: below, one person is normal. Its items would point at the person."""
    weight = curves("resources.concentration.weight")
    held = [len(leaves) for leaves in held_by(view).values() if leaves]
    assigned = sum(held)
    if assigned < 5:
        return Part("concentration", weight, None)
    share = max(held) / assigned
    score, words = curves.ramp(share, "resources.concentration"), "the open work is unevenly spread over people"
    if len(held) >= LEAST_GROUP:
        values["concentration"] = Value(value=round(share, 4), unit="share of assigned open items")
        words = f"one person holds {percent(share)} of the assigned open work"
    return Part("concentration", weight, score, words if score < 100 else "", "resources_concentrated")


def _unassigned(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> tuple[Part, Help | None]:
    weight = curves("resources.unassigned.weight")
    until = facts.today + timedelta(days=curves("resources.near_days"))
    near = [leaf for leaf in facts.open_leaves if leaf.due_on is not None and leaf.due_on <= until]
    if not near:
        return Part("unassigned", weight, None), None
    nobody = sorted((leaf for leaf in near if not leaf.assignee_id), key=lambda leaf: (leaf.due_on or date.max, leaf.id))
    values["near_due"] = Value(value=len(near), unit="items")
    values["near_due_unassigned"] = Value(value=len(nobody), unit="items")
    words = f"{len(nobody)} of {count(len(near), 'near-due item')} without an assignee" if nobody else ""
    score = curves.ramp(len(nobody) / len(near), "resources.unassigned")
    ids = tuple(leaf.id for leaf in nobody)
    part = Part("unassigned", weight, score, words, "resources_unassigned", ids)
    return part, Help("unassigned", 100.0, "assign what is due next", "resources_unassigned", ids[:5]) if ids else None
