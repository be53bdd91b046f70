"""Dependencies: do the projects fit together?

Measured over the open "blocks" links that end in a project of this program (or portfolio) and begin in another project,
in either tool. The expected finish of an item is its last known due date, but not before today; without one, its
project's target date. It is carried along the chain of open blockers: nothing finishes before what it waits for. A link
conflicts by the days its blocker finishes after the item that waits is due to start (else to be done); a link in a cycle
conflicts wholly; a link without any date on one side counts as unknown. Score: the mean over the links; an unknown link
counts half. Not applicable where no project of it waits for another.
To improve: bring the blocker forward or move the waiting item's date: the worst link stands first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import networkx as nx

from model.health import Finding, Value
from model.work import Link
from rollup.curves import Curves, Part, count, from_parts, not_applicable
from rollup.world import View, World

NAME = "dependencies"
VERSION = 1
LEVEL = "program"
CURVES = {
    "dependencies.late.worst": 28.0,
    "dependencies.late.best": 0.0,
    "dependencies.unknown": 50.0,
}
_ID = (NAME, VERSION)
STATES = ("fits", "late", "cycle", "unknown")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One open link between projects, as it stands. ``late_days`` 0: it fits; None: no date to tell by."""

    link: Link
    source: str
    target: str
    state: str  # fits, late, cycle, unknown
    late_days: int | None
    options: str


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE where no open link joins its projects to another."""
    curves = Curves(CURVES, view.policy)
    links = conflicts(view.world, {facts.node.id for facts in view.projects})
    if not links:
        return not_applicable(_ID, "no open item of it waits for another project", "dependencies_none")
    scored = [(_points(link, curves), link) for link in links]
    by_state = {state: [link for link in links if link.state == state] for state in STATES}
    worst = max((link.late_days or 0 for link in links), default=0)
    values = {
        "links": Value(value=len(links), unit="open links between projects"),
        "late": Value(value=len(by_state["late"]), unit="links"),
        "in_cycles": Value(value=len(by_state["cycle"]), unit="links"),
        "undated": Value(value=len(by_state["unknown"]), unit="links"),
        "worst_late": Value(value=worst, unit="days"),
    }
    worst_first = [
        link for _, link in sorted(scored, key=lambda pair: (pair[0], -(pair[1].late_days or 0), pair[1].link.id))
    ]
    _describe(view.world, [link for link in worst_first if link.state != "fits"][:5], values)
    ids = tuple(
        dict.fromkeys(
            end
            for link in worst_first
            if link.state != "fits"
            for end in (link.link.target_id, link.link.source_id)
            if end
        )
    )
    part = Part(
        "links",
        1.0,
        sum(score for score, _ in scored) / len(scored),
        _words(links, by_state, worst),
        _code(by_state),
        ids,
    )
    return from_parts(
        _ID, (part,), values=values, improvement="bring the first blocker forward, or move the date that waits for it"
    )


def _points(link: Conflict, curves: Curves) -> float:
    if link.state == "late":
        return curves.ramp(float(link.late_days or 0), "dependencies.late")
    return {"fits": 100.0, "cycle": 0.0, "unknown": curves("dependencies.unknown")}[link.state]


def _words(links: Sequence[Conflict], by_state: Mapping[str, Sequence[Conflict]], worst: int) -> str:
    told = [
        f"{len(by_state['late'])} of {count(len(links), 'link')} between projects late, the worst by {count(worst, 'day')}"
    ]
    if not by_state["late"]:
        told = [f"{count(len(links), 'open link')} between projects"]
    if by_state["cycle"]:
        told.append(f"{len(by_state['cycle'])} in a cycle")
    if by_state["unknown"]:
        told.append(f"{len(by_state['unknown'])} without dates")
    return ", ".join(told)


def _code(by_state: Mapping[str, Sequence[Conflict]]) -> str:
    for state, code in (
        ("cycle", "dependencies_cycle"),
        ("late", "dependencies_late"),
        ("unknown", "dependencies_undated"),
    ):
        if by_state[state]:
            return code
    return "dependencies_good"


def _describe(world: World, links: Sequence[Conflict], values: dict[str, Value]) -> None:
    """Each of the worst links with its state, whether it has an owner, and the options."""
    for number, conflict in enumerate(links, start=1):
        source = conflict.link.source_id or ""
        owned = world.linked[source][1].owned if source in world.linked else False
        values[f"link_{number}"] = Value(value=f"{source} blocks {conflict.link.target_id}", unit=conflict.state)
        values[f"link_{number}_late"] = Value(value=conflict.late_days, unit="days")
        values[f"link_{number}_owned"] = Value(value=owned, unit="blocker has an owner")
        values[f"link_{number}_options"] = Value(value=conflict.options)


def conflicts(world: World, projects: set[str]) -> list[Conflict]:
    """Every open link into ``projects`` from another project, as it stands, in the order of item ids."""
    open_links = [
        link
        for link in world.blocking
        if link.source_id and link.target_id and world.is_open(link.source_id) and world.is_open(link.target_id)
    ]
    between = [link for link in open_links if _ends(world, link)[1] in projects and len(set(_ends(world, link))) == 2]
    if not between:
        return []
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((link.source_id or "", link.target_id or "") for link in open_links)
    rings = {
        node: number
        for number, ring in enumerate(nx.strongly_connected_components(graph))
        if len(ring) > 1
        for node in ring
    }
    finish = _finishes(world, graph, set(rings))
    return [_judge(world, link, rings, finish) for link in between]


def _ends(world: World, link: Link) -> tuple[str, str]:
    return world.linked[link.source_id or ""][0], world.linked[link.target_id or ""][0]


def _finishes(world: World, graph: "nx.DiGraph[str]", in_cycle: set[str]) -> dict[str, date | None]:
    """Expected finish per item, carried along the chain of open blockers; items in cycles carry nothing on."""
    finish: dict[str, date | None] = {}
    straight = graph.subgraph([node for node in graph if node not in in_cycle])
    for node in nx.lexicographical_topological_sort(straight):
        own = _own_finish(world, node)
        before = [day for blocker in straight.predecessors(node) if (day := finish[blocker]) is not None]
        known = [own, *before] if own is not None else before
        finish[node] = max(known) if known else None
    for node in in_cycle:
        finish[node] = _own_finish(world, node)
    return finish


def _own_finish(world: World, item_id: str) -> date | None:
    """The due date, else the project's target date; not before today, as the item is open."""
    project, item = world.linked[item_id]
    due = item.due_on or (world.nodes[project].target_on if project in world.nodes else None)
    return None if due is None else max(due, world.today)


def _judge(world: World, link: Link, rings: Mapping[str, int], finish: Mapping[str, date | None]) -> Conflict:
    source, target = link.source_id or "", link.target_id or ""
    from_project, to_project = _ends(world, link)
    if source in rings and rings[source] == rings.get(target):
        return Conflict(link, from_project, to_project, "cycle", None, "remove one of the links of the cycle")
    waits = world.linked[target][1]
    needed = (
        waits.start_on or waits.due_on or (world.nodes[to_project].target_on if to_project in world.nodes else None)
    )
    done_by = finish[source]
    if needed is None or done_by is None:
        return Conflict(link, from_project, to_project, "unknown", None, "give both ends a due date")
    late = (done_by - needed).days
    if late <= 0:
        return Conflict(link, from_project, to_project, "fits", 0, "nothing to do")
    later = (needed + timedelta(days=late)).isoformat()
    options = f"finish the blocker by {needed.isoformat()}, move the waiting item to {later}, or take the link away"
    return Conflict(link, from_project, to_project, "late", late, options)
