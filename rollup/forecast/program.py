"""The forecast of a program: its projects' distributions carried through what they wait for.

A project is done when its own work is and everything it waits for is: the latest of itself and all projects before it, by
any way. Their weeks are taken as independent, so the odds of that are the product over the distinct ones, however many ways
lead to one. Projects that wait for each other in a ring carry nothing to each other: the ring is named, and cut.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rollup.forecast.odds import HORIZON_WEEKS, Odds

P85 = 0.85


@dataclass(frozen=True, slots=True)
class Carried:
    """A project of the program. ``own``: alone; ``odds``: with all it waits for. ``slip_weeks``: how much later its P85 is for
    that (None: beyond the horizon only then); ``through``: the project before it that pushes it most."""

    project: str
    own: Odds
    odds: Odds
    slip_weeks: int | None
    through: str | None


@dataclass(frozen=True, slots=True)
class ProgramForecast:
    """``odds``: all of it done. ``without``: projects that have no forecast, each with why; the dates are then the earliest
    there can be. ``rings``: projects that wait for each other. ``drivers``: those that are last most often, the first most.
    ``ongoing``: continuous work, which is never all done and counts only where a project waits for it."""

    odds: Odds
    projects: tuple[Carried, ...]
    without: tuple[tuple[str, str], ...]
    rings: tuple[tuple[str, ...], ...]
    drivers: tuple[tuple[str, float], ...]
    ongoing: tuple[str, ...] = ()


def program_forecast(
    own: Mapping[str, Odds],
    waits_for: Iterable[tuple[str, str]],
    *,
    members: Sequence[str],
    dated: Callable[[str], bool] = lambda _project: True,
) -> ProgramForecast:
    """``own``: each project's distribution, also of those outside that members wait for. ``waits_for``: (project, before it).

    ``members``: the distinct projects of the program; one that is not in ``own`` has nothing left to do. ``dated``: whether a
    project has a date to be done by. One without is continuous work beside those that have one; where none has, all count.
    """
    finite = [key for key in members if dated(key)]
    ongoing = tuple(key for key in members if key not in finite and key in own) if finite else ()
    return replace(_of_all(own, waits_for, finite or members), ongoing=ongoing)


def _of_all(
    own: Mapping[str, Odds], waits_for: Iterable[tuple[str, str]], members: Sequence[str]
) -> ProgramForecast:
    rings, before = _before(own, waits_for)
    known = {key: odds for key, odds in own.items() if odds.refused is None}
    without = [(key, odds.refused or "") for key, odds in own.items() if odds.refused is not None]
    inside = [key for key in members if key in known]
    carried = tuple(_carried(key, known, before[key]) for key in inside)
    everything = sorted({key for one in inside for key in (one, *before[one])} & known.keys())
    wanted = set(members).union(*(before[key] for key in members if key in before))
    missing = tuple((key, why) for key, why in without if key in wanted)
    if not inside:
        why = "none of its projects has a forecast" if missing else "none of its projects has open work"
        return ProgramForecast(Odds((), why, "forecast_no_project"), (), missing, rings, ())
    odds = latest([known[key] for key in everything])
    return ProgramForecast(odds, carried, missing, rings, _drivers({key: known[key] for key in everything}))


def _before(
    own: Mapping[str, Odds], waits_for: Iterable[tuple[str, str]]
) -> tuple[tuple[tuple[str, ...], ...], dict[str, set[str]]]:
    """The rings, and per project all that comes before it once they are cut."""
    import networkx as nx  # It takes a tenth of a second, and many commands forecast nothing.

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(own)
    graph.add_edges_from((first, later) for later, first in waits_for if {first, later} <= own.keys() and first != later)
    rings = sorted(tuple(sorted(ring)) for ring in nx.strongly_connected_components(graph) if len(ring) > 1)
    place = {key: number for number, ring in enumerate(rings) for key in ring}
    graph.remove_edges_from([(a, b) for a, b in graph.edges if a in place and place[a] == place.get(b)])
    return tuple(rings), {key: nx.ancestors(graph, key) for key in graph}


def latest(each: Sequence[Odds]) -> Odds:
    """The distribution of the latest of independent ones."""
    return Odds(tuple(round(math.prod(odds.weeks[week] for odds in each), 9) for week in range(HORIZON_WEEKS)))


def _carried(key: str, known: Mapping[str, Odds], before: Iterable[str]) -> Carried:
    own = known[key]
    first = [one for one in sorted(before) if one in known]
    odds = latest([own, *(known[one] for one in first)])
    alone, late = own.quantile(P85), odds.quantile(P85)
    slip = None if late is None and alone is not None else (late or 0) - (alone or 0)
    pushed = first and slip != 0
    through = max(first, key=lambda one: (known[one].quantile(P85) or math.inf, one)) if pushed else None
    return Carried(key, own, odds, slip, through)


def _drivers(known: Mapping[str, Odds]) -> tuple[tuple[str, float], ...]:
    """How often each project is the last one, within the horizon; ties are shared in proportion."""
    found = {}
    for key, odds in known.items():
        others = [one for name, one in known.items() if name != key]
        last = 0.0
        for week in range(HORIZON_WEEKS):
            here = odds.weeks[week] - (odds.weeks[week - 1] if week else 0.0)
            last += here * math.prod(one.weeks[week] for one in others) if here > 0 else 0.0
        found[key] = last + (1 - odds.weeks[-1])
    total = sum(found.values()) or 1.0
    ranked = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return tuple((key, round(share / total, 3)) for key, share in ranked if share / total >= 0.01)
