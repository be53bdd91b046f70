"""Alignment: is effort where the strategy is?

Measured by the share of open work items, each once, in projects tied to a goal; the rest is orphan effort. Needs at
least one project with a goal. To improve: tie the projects without a goal to one, or ask why they run.
"""

from model.health import Finding, Value
from rollup.curves import Curves, Part, from_parts, not_enough, percent
from rollup.world import View

NAME = "alignment"
VERSION = 1
LEVEL = "portfolio"
CURVES = {"alignment.tied.worst": 0.0, "alignment.tied.best": 0.9}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where no project has a goal or nothing is open."""
    curves = Curves(CURVES, view.policy)
    if not any(facts.node.goals for facts in view.projects):
        return not_enough(_ID, "no project is tied to a goal", "alignment_no_goals")
    tied: set[str] = set()
    everything: set[str] = set()
    for facts in view.projects:
        ids = {leaf.id for leaf in facts.leaves if leaf.open}
        everything |= ids
        if facts.node.goals:
            tied |= ids
    if not everything:
        return not_enough(_ID, "no work is open", "alignment_nothing_open")
    share = len(tied) / len(everything)
    without = sum(1 for facts in view.projects if not facts.node.goals)
    values = {
        "tied_effort": Value(value=round(share, 4), unit="share of open items"),
        "orphan_projects": Value(value=without, unit="projects"),
    }
    words = f"{percent(share)} of the open work serves a goal; {without} of {len(view.projects)} projects have none"
    orphans = tuple(sorted(everything - tied))
    part = Part("tied", 1.0, curves.ramp(share, "alignment.tied"), words, "alignment_orphan_effort", orphans)
    return from_parts(_ID, (part,), values=values, improvement="tie the projects without a goal to one")
