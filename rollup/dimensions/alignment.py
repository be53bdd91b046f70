"""Alignment: is effort where the strategy is?

Measured by two parts. Tied: the share of open effort that serves a goal; the rest is orphan effort. Effort is in hours
where 80 % of the open work has hours (the rest as the average), else in items; each work item counts once. Work serves a
goal where its project or program names one, where a goal names the project, the program (by the portfolio that shows its
health) or what feeds it as supporting work, or where a goal names the item or anything above it. Served: the share of this
portfolio's goals, weighed by the share they contribute to the goals above them, that any open work serves; they are the
goals it or anything below it names, with all goals under them that have none under themselves. Contributions that are all
zero weigh equally. Closed and candidate projects are no effort. Needs one goal named by a node or naming its work.
To improve: tie the project with the most orphan effort to a goal, or ask why it runs; give the unserved goal some work.
"""

from collections.abc import Mapping, Sequence

from model.health import Finding, Value
from rollup.curves import Curves, Help, Part, count, from_parts, not_enough, percent
from rollup.goals import Ties
from rollup.world import View

NAME = "alignment"
VERSION = 2
LEVEL = "portfolio"
CURVES = {
    "alignment.tied.weight": 70.0,
    "alignment.served.weight": 30.0,
    "alignment.tied.worst": 0.0,
    "alignment.tied.best": 0.9,
    "alignment.served.worst": 0.0,
    "alignment.served.best": 1.0,
    "alignment.hours_share": 0.8,
}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where nothing is tied to a goal or nothing is open."""
    curves = Curves(CURVES, view.policy)
    ties = Ties(view)
    if not ties.any:
        return not_enough(_ID, "no project is tied to a goal", "alignment_no_goals")
    effort, unit = _effort(view, curves)
    if not effort:
        return not_enough(_ID, "no work is open", "alignment_nothing_open")
    values: dict[str, Value] = {}
    said = (_tied(view, ties, (effort, unit), curves, values), _served(ties, curves, values))
    helps = [help_ for _, help_ in said if help_ is not None]
    return from_parts(_ID, [part for part, _ in said], values=values, helps=helps)


def _effort(view: View, curves: Curves) -> tuple[dict[str, float], str]:
    """Open effort per work item, each once, and its unit."""
    leaves = {leaf.id: leaf.hours for facts in view.projects for leaf in facts.leaves if leaf.open}
    known = [hours for hours in leaves.values() if hours is not None]
    if known and sum(known) > 0 and len(known) >= curves("alignment.hours_share") * len(leaves):
        usual = sum(known) / len(known)
        return {key: usual if hours is None else hours for key, hours in leaves.items()}, "hours"
    return dict.fromkeys(leaves, 1.0), "items"


def _tied(
    view: View, ties: Ties, effort_in: tuple[Mapping[str, float], str], curves: Curves, values: dict[str, Value]
) -> tuple[Part, Help | None]:
    effort, unit = effort_in
    total = sum(effort[key] for key in sorted(effort))
    by_project = _orphans(view, ties, effort)
    orphans = sorted({key for keys in by_project.values() for key in keys}, key=lambda key: (-effort[key], key))
    lost = sum(effort[key] for key in orphans)
    share = 1 - lost / total if total else 0.0
    without = sum(1 for facts in view.projects if not ties.of_project(facts))
    values["tied_effort"] = Value(value=round(share, 4), unit=f"share of open {unit}")
    values["orphan_effort"] = Value(value=round(lost, 2), unit=unit)
    values["orphan_projects"] = Value(value=without, unit="projects")
    words = f"{percent(share)} of the open work serves a goal; {without} of {len(view.projects)} projects have none"
    part = Part(
        "tied",
        curves("alignment.tied.weight"),
        curves.ramp(share, "alignment.tied"),
        words,
        "alignment_orphan_effort",
        tuple(orphans),
    )
    if not orphans:
        return part, None
    sizes = {key: sum(effort[item] for item in items) for key, items in by_project.items()}
    largest = min(sizes, key=lambda key: (-sizes[key], key))
    values["largest_orphan"] = Value(value=view.world.nodes[largest].name, unit="project")
    after = curves.ramp(min(1.0, share + sizes[largest] / total), "alignment.tied") if total else 0.0
    text = "tie the project with the most work outside all goals to one"
    first = sorted(by_project[largest], key=lambda key: (-effort[key], key))
    return part, Help("tied", after, text, "alignment_orphan_effort", tuple(first[:5]))


def _orphans(view: View, ties: Ties, effort: Mapping[str, float]) -> dict[str, Sequence[str]]:
    """Project → its open items that serve no goal, in any project they are in; an item of two projects stands once."""
    served = {
        leaf.id for facts in view.projects for leaf in facts.leaves if leaf.id in effort and ties.of_item(facts, leaf.id)
    }
    seen = set(served)
    found: dict[str, Sequence[str]] = {}
    for facts in view.projects:
        mine = [leaf.id for leaf in facts.leaves if leaf.id in effort and leaf.id not in seen]
        seen.update(mine)
        if mine:
            found[facts.node.id] = mine
    return found


def _served(ties: Ties, curves: Curves, values: dict[str, Value]) -> tuple[Part, Help | None]:
    """The weighted share of the portfolio's goals that open work serves."""
    weight = curves("alignment.served.weight")
    goals = ties.goals()
    if not goals:
        return Part("served", weight, None), None
    total = sum(share for share in goals.values())
    weights = goals if total > 0 else dict.fromkeys(goals, 1.0)
    total = total if total > 0 else float(len(goals))
    open_ = sorted((key for key in goals if key not in ties.served), key=lambda key: (-weights[key], key))
    share = 1 - sum(weights[key] for key in open_) / total
    values["goals"] = Value(value=len(goals), unit="goals")
    values["goals_unserved"] = Value(value=len(open_), unit="goals")
    values["goals_served"] = Value(value=round(share, 4), unit="share of the goals, weighed")
    words = f"{len(open_)} of {count(len(goals), 'goal')} have no open work" if open_ else ""
    part = Part("served", weight, curves.ramp(share, "alignment.served"), words, "alignment_goals_unserved")
    if not open_:
        return part, None
    values["heaviest_unserved"] = Value(value=ties.name(open_[0]), unit="goal")
    after = curves.ramp(share + weights[open_[0]] / total, "alignment.served")
    return part, Help("served", after, "give the heaviest goal without work some, or drop it", "alignment_goals_unserved")
