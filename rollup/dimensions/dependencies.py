"""Dependencies: do the projects fit together?

Measured over the open "blocks" links that end in a project of this program (or portfolio) and begin in another project,
in either tool; a link to itself and a second link between the same two items say nothing new. When an item likely
finishes is carried along the graph of all open links (the longest path): not before its last known due date (without one,
its project's target date), not before today plus what work of its project usually still takes, and not before what it
waits for is done plus its own planned duration. A link conflicts by the days its predecessor likely finishes after the
successor is due to start (else to be done): "order" where the plan itself has them the wrong way round, "late" where the
predecessor runs late, "slip" where only what comes before it does. A link in a cycle conflicts wholly; links both ways are
one. A link without any date on one side counts as unknown, half. Score: the mean over the links. Slack is the room on the
whole chain behind a link until something is due too early. Each conflict with its owner, options and state (open,
acknowledged, resolved) is listed by the register of conflicts. Not applicable where no project of it waits for another.
To improve: the predecessor whose conflicts cost most is named: bring it forward, move what waits for it, or cut the link.
"""

from collections.abc import Mapping, Sequence

from model.health import Finding, Value
from rollup.chains import LinkState
from rollup.curves import Curves, Help, Part, count, day_words, from_parts, not_applicable
from rollup.world import View, World

NAME = "dependencies"
VERSION = 3
LEVEL = "program"
CURVES = {
    "dependencies.late.worst": 28.0,
    "dependencies.late.best": 0.0,
    "dependencies.unknown": 50.0,
    "dependencies.tight_days": 7.0,
}
_ID = (NAME, VERSION)
KINDS = ("cycle", "late", "order", "slip", "undated", "fits")
LATE = ("late", "order", "slip")
_CODES = {
    "cycle": "dependencies_cycle",
    "late": "dependencies_late",
    "order": "dependencies_order",
    "slip": "dependencies_slip",
    "undated": "dependencies_undated",
}
_HELP = {
    "cycle": "take one link of the cycle away",
    "late": "bring the first blocker forward, or move the date that waits for it",
    "order": "plan the first blocker earlier, or move the date that waits for it",
    "slip": "bring forward what the first blocker waits for, or move the date that waits for it",
    "undated": "give both ends of the first link a date",
}


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE where no open link joins its projects to another."""
    curves = Curves(CURVES, view.policy)
    links = view.world.chains.below(view.node.id)
    if not links:
        return not_applicable(_ID, "no open item of it waits for another project", "dependencies_none")
    points = {link.link.id: _points(link, curves) for link in links}
    worst_first = sorted(links, key=lambda link: (points[link.link.id], -(link.late_days or 0), link.link.id))
    conflicts = [link for link in worst_first if link.kind != "fits"]
    values = _values(links, curves)
    _describe(view.world, conflicts[:5], values)
    ids = dict.fromkeys(end for link in conflicts for end in (link.link.target_id, link.link.source_id) if end)
    code = _CODES[conflicts[0].kind] if conflicts else "dependencies_good"
    score = sum(points.values()) / len(links)
    part = Part("links", 1.0, score, _words(values), code, tuple(ids))
    return from_parts(_ID, (part,), values=values, helps=_helps(conflicts, points, score, len(links)))


def _points(link: LinkState, curves: Curves) -> float:
    if link.kind in LATE:
        return curves.ramp(float(link.late_days or 0), "dependencies.late")
    return {"fits": 100.0, "cycle": 0.0, "undated": curves("dependencies.unknown")}[link.kind]


def _values(links: Sequence[LinkState], curves: Curves) -> dict[str, Value]:
    by_kind = {kind: [link for link in links if link.kind == kind] for kind in KINDS}
    late = [link for kind in LATE for link in by_kind[kind]]
    room = [link.slack_days for link in links if link.slack_days is not None]
    values = {
        "links": Value(value=len(links), unit="open links between projects"),
        "late": Value(value=len(late), unit="links"),
        "late_itself": Value(value=len(by_kind["late"]), unit="links"),
        "wrong_order": Value(value=len(by_kind["order"]), unit="links"),
        "slipping": Value(value=len(by_kind["slip"]), unit="links"),
        "in_cycles": Value(value=len(by_kind["cycle"]), unit="links"),
        "undated": Value(value=len(by_kind["undated"]), unit="links"),
        "worst_late": Value(value=max((link.late_days or 0 for link in links), default=0), unit="days"),
        "carried": Value(value=max((link.carried_days for link in late), default=0), unit="days"),
        "tight": Value(value=sum(0 <= slack <= curves("dependencies.tight_days") for slack in room), unit="links"),
    }
    if room:
        values["least_slack"] = Value(value=min(room), unit="days")
    return values


def _words(values: Mapping[str, Value]) -> str:
    said = {name: int(value.value or 0) for name, value in values.items() if isinstance(value.value, int)}
    links = said["links"]
    told = [f"{count(links, 'open link')} between projects"]
    if said["late"]:
        worst = count(said["worst_late"], "day")
        told = [f"{said['late']} of {count(links, 'link')} between projects late, the worst by {worst}"]
    if said["in_cycles"]:
        told.append(f"{said['in_cycles']} in a cycle")
    if said["undated"]:
        told.append(f"{said['undated']} without dates")
    return ", ".join(told)


def _helps(conflicts: Sequence[LinkState], points: Mapping[str, float], score: float, number: int) -> list[Help]:
    """Per predecessor: what mending all of its conflicts would give, and the items to talk about."""
    by_source: dict[str, list[LinkState]] = {}
    for link in conflicts:
        by_source.setdefault(link.link.source_id or "", []).append(link)
    helps = []
    for source, links in sorted(by_source.items()):
        gain = sum(100 - points[link.link.id] for link in links) / number
        kind = links[0].kind
        items = dict.fromkeys([source, *(link.link.target_id or "" for link in links)])
        helps.append(Help("links", score + gain, _HELP[kind], _CODES[kind], tuple(items)[:5]))
    return helps


def _describe(world: World, links: Sequence[LinkState], values: dict[str, Value]) -> None:
    """Each of the worst links with its kind, the project that owns the blocker, and the options."""
    for number, link in enumerate(links, start=1):
        source = link.link.source_id or ""
        owner = world.nodes.get(link.source)
        values[f"link_{number}"] = Value(value=f"{source} blocks {link.link.target_id}", unit=link.kind)
        values[f"link_{number}_late"] = Value(value=link.late_days, unit="days")
        values[f"link_{number}_owner"] = Value(value=owner.name if owner else None, unit="project of the blocker")
        values[f"link_{number}_owned"] = Value(
            value=world.chains.entry(source).owner_id is not None, unit="blocker has an owner"
        )
        for name, day in (("needed", link.needed_on), ("likely", link.likely_on)):
            values[f"link_{number}_{name}"] = Value(value=day.isoformat() if day else None, unit="day")
        values[f"link_{number}_options"] = Value(value=_options(link))


def _options(link: LinkState) -> str:
    if link.kind == "cycle":
        return "remove one of the links of the cycle"
    if link.needed_on is None or link.likely_on is None:
        return "give both ends a due date"
    needed, likely = day_words(link.needed_on), day_words(link.likely_on)
    return f"finish the blocker by {needed}, move the waiting item to {likely}, or take the link away"
