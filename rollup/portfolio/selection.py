"""Which candidates are worth most under all limits; or which limits can't be kept together.

max Σ value · x, x in {0, 1}, under Σ cost · x ≤ budget, hours by skill and quarter, x_a ≤ x_b where a needs b, x_a + x_b ≤ 1
where one excludes the other, x = 1 for what is mandatory. Among selections of the same value the cheapest is taken.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rollup.portfolio.candidates import Candidate
from rollup.portfolio.limits import FORCING, Limit, Setting, forced, limits_of, needs_of, question_of
from rollup.portfolio.solver import solve

SECONDS = 4.8
"""So long is searched at most: an answer, with what is made ready before and told after, takes five seconds."""
_EQUAL = 1e-7
_PROVEN = 2e-6
"""What the solver takes for no difference any more."""
_DIGITS = 9
_CHECK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a selection may take, and how far from the best it may stop (relative)."""

    seconds: float = SECONDS
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Use:
    """Hours of one skill in one quarter. ``free``: of everybody who has it, nothing of candidates taken off; people with
    several skills count under each. ``promised``: what active projects have declared of it, ``short`` of that nobody can do.
    ``wanted``: by all candidates; ``used``: by those that are chosen.
    """

    skill: str
    quarter: str
    free: float
    promised: float
    short: float
    wanted: float
    used: float


@dataclass(frozen=True, slots=True)
class Clash:
    """One limit that isn't kept. ``needed``, ``allowed``: where it is an amount, what the candidates that are in take of it."""

    limit: Limit
    needed: float | None = None
    allowed: float | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """``chosen``: ids in the board's order. ``gap``: how much more value could at most be there, relative; 0: none.

    ``conflict``: an irreducible set of limits that can't be kept together; then nothing is chosen. ``unpriced``: chosen
    candidates whose cost is not known. ``risk``: the mean risk of what is chosen, weighed by value, over ``rated`` of it.
    """

    chosen: tuple[str, ...] = ()
    value: float = 0.0
    cost: float = 0.0
    unpriced: tuple[str, ...] = ()
    gap: float = 0.0
    bound: float = 0.0
    risk: float | None = None
    conflict: tuple[Clash, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def feasible(self) -> bool:
        return not self.conflict


def select(setting: Setting, effort: Effort) -> Selection:
    """The most valuable candidates that fit, or the conflict that keeps anything from fitting."""
    limits = limits_of(setting)
    # The solver takes differences below a millionth for none: values that are all small are counted in the largest of them.
    scale = min(1.0, max((one.worth for one in setting.board.candidates), default=0.0)) or 1.0
    worth = {one.id: one.worth / scale for one in setting.board.candidates}
    first = solve(question_of(setting, limits, worth), seconds=effort.seconds, gap=effort.gap)
    if first.impossible:
        return Selection(conflict=conflict_of(setting, limits), uses=uses_of(setting, ()))
    if first.values is None:
        return _least(setting, limits, first.bound * scale)
    chosen = _ids(setting, first.values)
    cheaper = _cheapest(setting, limits, chosen, Effort(effort.seconds - first.seconds, effort.gap))
    return measured(setting, cheaper, bound=first.bound * scale)


def measured(setting: Setting, chosen: Collection[str], *, bound: float | None = None) -> Selection:
    """What a choice is worth, costs and uses. ``bound``: no choice is worth more than that."""
    some = [one for one in setting.board.candidates if one.id in chosen]
    value = round(sum(one.worth for one in some), _DIGITS)
    most = max(value, value if bound is None else bound)
    rated = [one for one in some if one.risk is not None]
    weight = sum(one.worth for one in rated)
    return Selection(
        chosen=tuple(one.id for one in some),
        value=value,
        cost=round(sum(one.cost or 0.0 for one in some), _DIGITS),
        unpriced=tuple(one.id for one in some if one.cost is None),
        gap=_gap(value, most),
        bound=most,
        risk=sum(one.worth * (one.risk or 0.0) for one in rated) / weight if weight else None,
        uses=uses_of(setting, chosen),
    )


def uses_of(setting: Setting, chosen: Collection[str]) -> tuple[Use, ...]:
    """Capacity against demand, by quarter and skill."""
    every = setting.board.candidates
    some = [one for one in every if one.id in chosen]
    return tuple(
        Use(
            skill=skill,
            quarter=quarter,
            free=setting.supply.free(skill, quarter),
            promised=setting.supply.promised.get((skill, quarter), 0.0),
            short=setting.short.get((skill, quarter), 0.0),
            wanted=_hours(every, (skill, quarter)),
            used=_hours(some, (skill, quarter)),
        )
        for skill, quarter in sorted(needs_of(setting), key=lambda need: (need[1], need[0]))
    )


def conflict_of(setting: Setting, limits: Sequence[Limit]) -> tuple[Clash, ...]:
    """An irreducible set of limits that can't be kept together: without any one of them the rest can.

    Deletion filter (Chinneck and Dravnieks 1991): each limit is left out for good if the others still can't be kept. Only
    limits on candidates that are forced in can take part: leaving everybody else out keeps every other limit.
    """
    inside = forced(setting, limits)
    kept = [limit for limit in limits if _touches(setting, limit, inside)]
    for limit in list(kept):
        rest = [other for other in kept if other is not limit]
        if _impossible(setting, rest):
            kept = rest
    return tuple(_clash(setting, limit, forced(setting, kept)) for limit in reversed(kept))


def broken(setting: Setting, chosen: Collection[str]) -> tuple[Clash, ...]:
    """The limits that a choice of people's own doesn't keep: each that it breaks, and hours that can't be shared out."""
    limits = limits_of(setting)
    clashes = [_clash(setting, limit, chosen) for limit in limits if limit.kind in ("budget", "capacity")]
    found = [one for one in clashes if (one.needed or 0.0) > (one.allowed or 0.0) + _EQUAL * max(1.0, one.allowed or 0.0)]
    found += [Clash(limit) for limit in limits if limit.kind not in ("budget", "capacity") and _breaks(limit, chosen)]
    if not any(one.limit.kind == "capacity" for one in found):
        hours = [limit for limit in limits if limit.kind == "capacity"]
        together = [*hours, *(Limit("required", key) for key in chosen)]
        clash = conflict_of(setting, together) if _impossible(setting, together) else ()
        found += [one for one in clash if one.limit.kind == "capacity"]
    return tuple(reversed(found))


def kept_out(setting: Setting, chosen: Collection[str]) -> dict[str, tuple[Clash, ...]]:
    """Per candidate that is not chosen, the limits that adding it alone to the choice would break.

    None named: it is worth nothing, or its people are wanted for another skill of theirs, too.
    """
    limits, within = limits_of(setting), frozenset(chosen)
    found: dict[str, tuple[Clash, ...]] = {}
    for one in setting.board.candidates:
        if one.id in within:
            continue
        with_it, told = within | {one.id}, list[Clash]()
        for limit in limits:
            if limit.kind == "budget" or (limit.kind == "capacity" and (limit.other, limit.about) in one.demand):
                clash = _clash(setting, limit, with_it)
                if (clash.needed or 0.0) > (clash.allowed or 0.0) + _EQUAL * max(1.0, clash.allowed or 0.0):
                    told.append(clash)
            elif limit.kind not in ("capacity", *FORCING) and one.id in (limit.candidate, limit.other):
                told += [Clash(limit)] if _breaks(limit, with_it) else []
        found[one.id] = tuple(reversed(told))
    return found


def _breaks(limit: Limit, chosen: Collection[str]) -> bool:
    """Whether a choice breaks a limit that is no amount."""
    if limit.kind in FORCING:
        return limit.candidate not in chosen
    if limit.kind == "needs":
        return limit.candidate in chosen and limit.other not in chosen
    return limit.candidate in chosen and (limit.kind != "excludes" or limit.other in chosen)


def _least(setting: Setting, limits: Sequence[Limit], bound: float) -> Selection:
    """What the limits force in and nothing else: it keeps them all if anything does. Taken where time was up before that."""
    if _impossible(setting, limits):
        return Selection(conflict=conflict_of(setting, limits), uses=uses_of(setting, ()))
    most = min(bound, sum(one.worth for one in setting.board.candidates))
    return measured(setting, forced(setting, limits), bound=most)


def _cheapest(setting: Setting, limits: Sequence[Limit], chosen: Sequence[str], effort: Effort) -> Sequence[str]:
    """The cheapest choice of the same value; what was found already, where time is up or nothing is cheaper."""
    some = [one for one in setting.board.candidates if one.id in chosen]
    value, cost = sum(one.worth for one in some), sum(one.cost or 0.0 for one in some)
    if not cost or effort.seconds <= 0:
        return chosen
    least = value * (1 - _EQUAL)
    same = [{one.id: one.worth / least for one in setting.board.candidates if one.worth}] if least > 0 else []
    saved = {one.id: -(one.cost or 0.0) / cost for one in setting.board.candidates}
    answer = solve(question_of(setting, limits, saved, more=same), seconds=effort.seconds, gap=effort.gap)
    if answer.values is None:
        return chosen
    other = _ids(setting, answer.values)
    found = [one for one in setting.board.candidates if one.id in other]
    better = sum(one.cost or 0.0 for one in found) < cost and sum(one.worth for one in found) >= least
    return other if better else chosen


def _impossible(setting: Setting, limits: Sequence[Limit]) -> bool:
    """Whether limits can't be kept: what they force in, and nothing else, breaks one."""
    inside = forced(setting, limits)
    mine = [limit for limit in limits if _touches(setting, limit, inside)]
    return solve(question_of(setting, mine, {}), seconds=_CHECK_SECONDS, gap=0.0).impossible


def _touches(setting: Setting, limit: Limit, inside: Collection[str]) -> bool:
    """Whether a limit says anything about candidates that are forced in."""
    if limit.kind == "budget":
        return True
    if limit.kind == "capacity":
        need = (limit.other, limit.about)
        return any(need in one.demand for one in setting.board.candidates if one.id in inside)
    return limit.candidate in inside and (limit.kind != "excludes" or limit.other in inside)


def _clash(setting: Setting, limit: Limit, inside: Collection[str]) -> Clash:
    some = [one for one in setting.board.candidates if one.id in inside]
    if limit.kind == "budget":
        return Clash(limit, sum(one.cost or 0.0 for one in some), setting.scenario.budget)
    if limit.kind == "capacity":
        need = (limit.other, limit.about)
        return Clash(limit, _hours(some, need), setting.left(need))
    return Clash(limit)


def _ids(setting: Setting, values: Sequence[float]) -> tuple[str, ...]:
    return tuple(one.id for one, value in zip(setting.board.candidates, values, strict=False) if value > 0.5)


def _hours(candidates: Iterable[Candidate], need: tuple[str, str]) -> float:
    return sum(one.demand.get(need, 0.0) for one in candidates)


def _gap(value: float, bound: float) -> float:
    """(bound − value) / value; 1 where nothing of value was found though there may be some."""
    if bound - value <= _PROVEN * bound:
        return 0.0
    return (bound - value) / value if value > 0 else 1.0
