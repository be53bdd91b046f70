"""Everything that a selection has to keep to, each limit with a name: so that a conflict can be told.

Which people do which work is part of the question: hours of a pool go to skills of its people, so that nobody's hour is used
twice (a transport problem inside the knapsack).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rollup.portfolio.candidates import Board, Need
from rollup.portfolio.solver import Question, Row, solve
from rollup.portfolio.supply import Shift, Supply, shifted

Kind = Literal["budget", "capacity", "needs", "excludes", "mandatory", "required", "excluded", "barred", "cost_unknown"]
FORCING: tuple[Kind, ...] = ("mandatory", "required")
LP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. ``candidate`` and ``other``: what it is about; for capacity ``other`` is the skill, for a candidate that
    is barred the slug of why. ``about``: the quarter, or the project that bars it.
    """

    kind: Kind
    candidate: str = ""
    other: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked for: ``budget`` for the candidates (None: no limit), people as ``shifts`` change them, and candidates
    that are to be in (``require``) or out (``exclude``) beside what their cases say.
    """

    budget: float | None = None
    shifts: tuple[Shift, ...] = ()
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A board, what people can do, and what is asked for: everything that a selection depends on.

    ``short``: what of the active projects' declared demand nobody can do already; it is not asked of anybody again.
    """

    board: Board
    supply: Supply
    scenario: Scenario
    quarters: tuple[str, ...]
    short: Mapping[Need, float] = field(default_factory=dict)

    def promised(self, need: Need) -> float:
        """What active projects take of a skill in a quarter, as far as anybody can do it."""
        return self.supply.promised.get(need, 0.0) - self.short.get(need, 0.0)

    def left(self, need: Need) -> float:
        """Hours that are left for candidates, if everybody who can does nothing else."""
        return max(0.0, self.supply.free(*need) - self.promised(need))


def setting_of(board: Board, supply: Supply, scenario: Scenario, quarters: tuple[str, ...]) -> Setting:
    """Everything ready to be solved. ``quarters``: those that the supply is known for."""
    changed = shifted(supply, scenario.shifts, quarters) if supply.known else supply
    return Setting(board, changed, scenario, quarters, _short(changed))


def limits_of(setting: Setting) -> list[Limit]:
    """Every limit, those that are told last in a conflict first."""
    board, scenario = setting.board, setting.scenario
    found = [Limit("capacity", other=skill, about=quarter) for skill, quarter in needs_of(setting)]
    found += [Limit("excluded", key) for key in scenario.exclude]
    for one in board.candidates:
        found += [Limit("barred", one.id, slug, about) for slug, about in one.barred]
        found += [Limit("needs", one.id, other) for other in one.needs]
    pairs = {(min(one.id, other), max(one.id, other)) for one in board.candidates for other in one.excludes}
    found += [Limit("excludes", *pair) for pair in sorted(pairs)]
    if scenario.budget is not None:
        found += [Limit("cost_unknown", one.id) for one in board.candidates if one.cost is None]
        found.append(Limit("budget"))
    found += [Limit("required", key) for key in scenario.require]
    found += [Limit("mandatory", one.id) for one in board.candidates if one.mandatory]
    return found


def needs_of(setting: Setting) -> list[Need]:
    """Skills and quarters that any candidate needs; none where nobody's skills are known."""
    known = {need for one in setting.board.candidates for need in one.demand if need[1] in setting.quarters}
    return sorted(known) if setting.supply.known else []


def forced(setting: Setting, limits: Collection[Limit]) -> set[str]:
    """Candidates that the limits force in: mandatory and required ones, and all that these need."""
    needed: dict[str, list[str]] = {}
    for limit in limits:
        if limit.kind == "needs":
            needed.setdefault(limit.candidate, []).append(limit.other)
    queue = [limit.candidate for limit in limits if limit.kind in FORCING]
    found: set[str] = set()
    while queue:
        key = queue.pop()
        if key not in found:
            found.add(key)
            queue += needed.get(key, [])
    return found


def question_of(
    setting: Setting, limits: Collection[Limit], worth: Mapping[str, float], *, more: Sequence[Mapping[str, float]] = ()
) -> Question:
    """Which candidates have the greatest worth under the limits. ``more``: sums over candidates that must be 1 at least."""
    places = {one.id: place for place, one in enumerate(setting.board.candidates)}
    rows = [Row({places[key]: -factor for key, factor in terms.items()}, -1.0) for terms in more]
    rows += [_row(setting, limit, places) for limit in limits if limit.kind != "capacity"]
    limited = {(limit.other, limit.about) for limit in limits if limit.kind == "capacity"}
    # What active projects were promised is served from the same hours, also where no candidate asks for that skill.
    quarters = {quarter for _, quarter in limited}
    asked = limited | {need for need in setting.supply.promised if need[1] in quarters}
    people = list(_people(setting.supply, asked, len(places)))
    columns = sum(len(pool) for _, pool in people)
    rows += [Row(dict.fromkeys(pool.values(), 1.0), free) for free, pool in people]
    for need in sorted(asked):
        mine = setting.board.candidates if need in limited else ()
        terms = {places[one.id]: one.demand[need] for one in mine if need in one.demand}
        terms |= {pool[need]: -1.0 for _, pool in people if need in pool}
        rows.append(Row(terms, -setting.promised(need)))
    return Question([*(worth.get(key, 0.0) for key in places), *([0.0] * columns)], len(places), rows)


def _people(supply: Supply, needs: Collection[Need], first: int) -> Iterator[tuple[float, dict[Need, int]]]:
    """Per pool and quarter its free hours, and the column of the hours that go to each skill, ``first`` on."""
    column = first
    for pool in supply.pools:
        for quarter in sorted({quarter for _, quarter in needs}):
            mine = sorted(need for need in needs if need[1] == quarter and need[0] in pool.skills)
            yield pool.free(quarter), {need: column + place for place, need in enumerate(mine)}
            column += len(mine)


def _row(setting: Setting, limit: Limit, places: Mapping[str, int]) -> Row:
    """A limit on candidates alone."""
    if limit.kind == "budget":
        costs = {places[one.id]: one.cost or 0.0 for one in setting.board.candidates}
        return Row(costs, setting.scenario.budget or 0.0)
    place = places[limit.candidate]
    if limit.kind == "needs":
        return Row({place: 1.0, places[limit.other]: -1.0}, 0.0)
    if limit.kind == "excludes":
        return Row({place: 1.0, places[limit.other]: 1.0}, 1.0)
    return Row({place: -1.0}, -1.0) if limit.kind in FORCING else Row({place: 1.0}, 0.0)


def _short(supply: Supply) -> dict[Need, float]:
    """The least of the declared demand of active projects that nobody can do: by skill and quarter."""
    needs = sorted(supply.promised)
    if not needs or not supply.known:
        return {}
    people = list(_people(supply, needs, len(needs)))
    width = len(needs) + sum(len(pool) for _, pool in people)
    rows = [Row(dict.fromkeys(pool.values(), 1.0), free) for free, pool in people]
    for place, need in enumerate(needs):
        rows.append(Row({place: -1.0, **{pool[need]: -1.0 for _, pool in people if need in pool}}, -supply.promised[need]))
    worth = [-1.0 if column < len(needs) else 0.0 for column in range(width)]
    values = solve(Question(worth, 0, rows), seconds=LP_SECONDS, gap=0.0).values or ()
    return {need: value for need, value in zip(needs, values, strict=False) if value > 1e-6}

