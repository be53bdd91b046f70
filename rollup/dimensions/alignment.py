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

from dataclasses import dataclass

from model.health import Finding, Value
from rollup.curves import Curves, Help, Part, count, from_parts, not_enough, percent
from rollup.facts import Leaf
from rollup.goals import Ties
from rollup.outline import FIRST, Effort, Outline
from rollup.world import View

NAME = "alignment"
VERSION = 3
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
    effort = _effort(view, curves)
    if effort is None:
        return not_enough(_ID, "no work is open", "alignment_nothing_open")
    values: dict[str, Value] = {}
    said = (_tied(view, ties, effort, curves, values), _served(ties, curves, values))
    helps = [help_ for _, help_ in said if help_ is not None]
    return from_parts(_ID, [part for part, _ in said], values=values, helps=helps)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How large open work is. ``usual``: the hours of an item that has none; None: work is counted in items."""

    usual: float | None

    @property
    def unit(self) -> str:
        return "items" if self.usual is None else "hours"

    def of(self, hours: float | None) -> float:
        if self.usual is None:
            return 1.0
        return self.usual if hours is None else hours

    def together(self, effort: Effort) -> float:
        return float(effort.items) if self.usual is None else effort.hours + self.usual * effort.untimed

    def largest(self, effort: Effort) -> list[tuple[float, str]]:
        """(−size, id) of the largest."""
        if self.usual is None:
            return [(-1.0, key) for key in effort.first]
        return [(-hours, key) for key, hours in effort.largest] + [(-self.usual, key) for key in effort.first_untimed]


@dataclass
class _Orphans:
    """Open work of one project that serves no goal: how much, and (−size, id) of the largest of it."""

    size: float
    largest: list[tuple[float, str]]


def _single(project: Outline) -> list[Leaf]:
    """The open leaves that are not put together: another project may hold them too, or a goal names them."""
    return [leaf for leaf in (*project.named, *project.common) if leaf.open]


def _effort(view: View, curves: Curves) -> _Sizes | None:
    """What open work is counted in, each item once; None where nothing is open."""
    singles = {leaf.id: leaf.hours for project in view.outlines for leaf in _single(project)}
    together = [project.effort for project in view.outlines]
    known = [hours for hours in singles.values() if hours is not None]
    timed = len(known) + sum(one.timed for one in together)
    items = len(singles) + sum(one.items for one in together)
    hours = sum(known) + sum(one.hours for one in together)
    if not items:
        return None
    in_hours = timed and hours > 0 and timed >= curves("alignment.hours_share") * items
    return _Sizes(hours / timed if in_hours else None)


def _tied(
    view: View, ties: Ties, sizes: _Sizes, curves: Curves, values: dict[str, Value]
) -> tuple[Part, Help | None]:
    singles = {leaf.id: sizes.of(leaf.hours) for project in view.outlines for leaf in _single(project)}
    total = sum(singles[key] for key in sorted(singles)) + sum(sizes.together(one.effort) for one in view.outlines)
    by_project = _orphans(view, ties, sizes)
    lost = sum(one.size for one in by_project.values())
    orphans = sorted(entry for one in by_project.values() for entry in one.largest)[:FIRST]
    share = min(1.0, max(0.0, 1 - lost / total)) if total else 0.0
    without = sum(1 for project in view.outlines if not ties.of_project(project))
    values["tied_effort"] = Value(value=round(share, 4), unit=f"share of open {sizes.unit}")
    values["orphan_effort"] = Value(value=round(lost, 2), unit=sizes.unit)
    values["orphan_projects"] = Value(value=without, unit="projects")
    words = f"{percent(share)} of the open work serves a goal"
    if without:
        words += f"; {without} of {count(len(view.outlines), 'project')} {'has' if without == 1 else 'have'} none"
    part = Part(
        "tied",
        curves("alignment.tied.weight"),
        curves.ramp(share, "alignment.tied"),
        words,
        "alignment_orphan_effort",
        tuple(key for _, key in orphans),
    )
    if not orphans:
        return part, None
    largest = min(by_project, key=lambda key: (-by_project[key].size, key))
    values["largest_orphan"] = Value(value=view.world.nodes[largest].name, unit="project")
    after = curves.ramp(min(1.0, share + by_project[largest].size / total), "alignment.tied") if total else 0.0
    text = "tie the project with the most work outside all goals to one"
    first = tuple(key for _, key in sorted(by_project[largest].largest)[:5])
    return part, Help("tied", after, text, "alignment_orphan_effort", first)


def _orphans(view: View, ties: Ties, sizes: _Sizes) -> dict[str, _Orphans]:
    """Per project its open work that serves no goal, in any project it is in; an item of two projects stands once."""
    seen = {
        leaf.id for project in view.outlines for leaf in _single(project) if ties.of_item(project, leaf.id)
    }
    found: dict[str, _Orphans] = {}
    for project in view.outlines:
        mine = [(-sizes.of(leaf.hours), leaf.id) for leaf in _single(project) if leaf.id not in seen]
        seen.update(key for _, key in mine)
        entry = _Orphans(sum(-size for size, _ in mine), mine)
        if not ties.of_project(project):
            entry = _Orphans(entry.size + sizes.together(project.effort), mine + sizes.largest(project.effort))
        if entry.largest:
            found[project.node.id] = entry
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
