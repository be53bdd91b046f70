"""What people can do in the quarters ahead, kept after a roll-up of everything.

Counting it looks at everybody's open work in every project: minutes in a large organisation, and next to nothing right
after a roll-up, which has all of it at hand.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import JsonValue, TypeAdapter

from model.case import quarter_days, quarter_of
from model.landscape import Landscape
from model.tree import ProjectState
from rollup.curves import Curves
from rollup.dimensions.resources import CURVES, rules_of
from rollup.portfolio.supply import Pool, Supply, promised, supply_of
from rollup.recall import Recall
from rollup.world import FactsAt, World
from store.page_notes import Note

NAME = "people_ahead"
QUARTERS = 8
MOST_LIVE = 20
"""Projects of an organisation that is counted anew at each look."""
_Kept = dict[float, tuple[tuple[Pool, ...], int]]
_POOLS: TypeAdapter[_Kept] = TypeAdapter(_Kept)


def ahead(landscape: Landscape, facts: FactsAt, recall: Recall, now: datetime) -> JsonValue:
    """What is kept of a roll-up that has just looked at everything; None where nobody's skills are known, or few projects are.

    One entry for each share of time that a policy gives to other work.
    """
    skilled = any(mate.skills for mate in landscape.teammates)
    if not skilled or len(landscape.tree.projects()) <= MOST_LIVE:
        return None
    world = World(landscape, facts, now, recall.present)
    quarters = _quarters(world)
    shares = {rules_of(Curves(CURVES, policy)).other_work for policy in landscape.policies.values()}
    found = {share: supply_of(world, quarters, share) for share in sorted(shares)}
    kept: _Kept = {share: (one.pools, one.unestimated) for share, one in found.items()}
    return {"quarters": list(quarters), "pools": _POOLS.dump_python(kept, mode="json")}


def kept_supply(note: Note | None, landscape: Landscape, asked: Sequence[str], other_work: float, today: date) -> Supply | None:
    """What was kept, of the quarters that are asked for; None where it does not tell of them, or of that much other work.

    Declared demand is that of the tree as it is now.
    """
    body = note.body if note is not None else None
    if not isinstance(body, dict) or not set(asked) <= set(_texts(body.get("quarters"))):
        return None
    found = _POOLS.validate_python(body["pools"]).get(other_work)
    if found is None:
        return None
    pools = tuple(Pool(one.skills, _only(one.hours, asked), _only(one.booked, asked)) for one in found[0])
    return Supply(pools if asked else (), promised(landscape.tree, today, asked), found[1] if asked else 0)


def _quarters(world: World) -> tuple[str, ...]:
    """The present quarter and those after it, and each later one in which a candidate needs somebody."""
    present = quarter_of(world.today)
    found = [present]
    while len(found) < QUARTERS:
        found.append(quarter_of(date.fromordinal(quarter_days(found[-1])[1].toordinal() + 1)))
    some = (node.case for node in world.landscape.tree.projects() if node.state is ProjectState.CANDIDATE)
    asked = {one.quarter for case in some if case for one in case.demand}
    return tuple(sorted({*found, *(quarter for quarter in asked if quarter > present)}))


def _only(hours: Mapping[str, float], quarters: Sequence[str]) -> dict[str, float]:
    return {quarter: hours.get(quarter, 0.0) for quarter in quarters}


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []
