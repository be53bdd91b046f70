"""What a selection is told in: limits, what is not known of a candidate, and what to mind, as English sentences."""

from collections.abc import Iterator, Mapping

from rollup.budgets import HOURS
from rollup.portfolio.limits import Setting
from rollup.portfolio.selection import Clash, Selection

_LACKS = {
    "value": "no value: it counts as worth nothing",
    "cost": "no cost that can be told in the budget's unit: under a budget it can't be chosen",
    "size": "no size: it has no WSJF",
    "benefit": "no benefit and cost in money: it has no return",
    "risk": "no risk: it is left out of value against risk",
}
_BARRED = {
    "needs_elsewhere": "needs {about}, a candidate elsewhere",
    "excludes_active": "excludes {about}, which is active",
    "demand_past": "asks for people in {about}, which is over: plan it anew",
}


def amount(number: float, unit: str | None) -> str:
    """An amount with its unit, e.g. ``12,000 EUR`` or ``320 h``."""
    digits = f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:,.2f}"
    return f"{digits} {'h' if unit == HOURS else unit}" if unit else digits


def figure(number: float) -> str:
    """A number without a unit, with at most two decimals: ``1,234,567``, ``21.8``."""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def moved(number: float, unit: str | None = None) -> str:
    """How far something moves: ``+9.4``, ``−190,000 EUR``, ``0``."""
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return sign + (amount(abs(number), unit) if unit else figure(abs(number)))


def told_lack(slug: str) -> str:
    """What a candidate lacks, and what that does."""
    kind, _, part = slug.partition(":")
    return _LACKS.get(kind, f"nobody rated its {part}: that part counts 0")


def told_bar(slug: str, about: str) -> str:
    """Why a candidate can't be chosen at all."""
    return _BARRED[slug].format(about=about)


def told_clash(clash: Clash, names: Mapping[str, str], unit: str | None) -> str:
    """One limit of a conflict. ``names``: of candidates by id."""
    limit = clash.limit
    one, other = (names.get(key, key) for key in (limit.candidate, limit.other))
    needed, allowed = clash.needed or 0.0, clash.allowed or 0.0
    sentences = {
        "budget": f"the budget is {amount(allowed, unit)}, and {amount(needed, unit)} would be needed",
        "capacity": f"{limit.other} in {limit.about}: {_hours(needed, allowed)}",
        "needs": f"{one} needs {other}",
        "excludes": f"{one} and {other} exclude each other",
        "mandatory": f"{one} is mandatory",
        "required": f"{one} is asked for",
        "excluded": f"{one} is to be left out",
        "cost_unknown": f"the cost of {one} is not known",
        "barred": f"{one} {told_bar(limit.other, limit.about)}" if limit.kind == "barred" else "",
    }
    return sentences[limit.kind]


def _hours(needed: float, allowed: float) -> str:
    """Hours that don't suffice: too few, or of people who are wanted for another skill, too."""
    if needed > allowed:
        return f"{allowed:,.0f} h are left, and {needed:,.0f} h would be needed"
    return f"{needed:,.0f} h would be needed of {allowed:,.0f} h of people who are wanted for another skill, too"


def notes_of(setting: Setting, selection: Selection) -> Iterator[tuple[str, str]]:
    """What to mind in a selection: slug and sentence."""
    board, supply, unit = setting.board, setting.supply, setting.board.unit
    if not board.candidates:
        yield "no_candidates", "There is no candidate here: a project is one with state: candidate."
    if setting.scenario.budget is None:
        yield "no_budget", "There is no budget: cost limits nothing. Give the node a budget, or ask with --budget."
    if board.budget is not None and (board.committed or 0.0) > board.budget:
        yield "overcommitted", (
            f"Active projects have {amount(board.committed or 0.0, unit)} of a budget of {amount(board.budget, unit)}: "
            "nothing is left for candidates."
        )
    if board.uncommitted and board.budget is not None:
        count = len(board.uncommitted)
        yield "uncommitted", f"{count} active projects have no budget in {unit}: nothing is taken off for them."
    if board.candidates and not supply.known and any(one.demand for one in board.candidates):
        yield "no_skills", "Nobody under people: has skills: capacity limits nothing."
    yield from _people(setting)
    worthless = [one.name for one in board.candidates if one.value is None]
    if worthless:
        yield "no_value", f"Without a value, and so worth nothing here: {', '.join(worthless)}."
    unpriced = [one.name for one in board.candidates if one.cost is None]
    if unpriced and setting.scenario.budget is not None:
        yield "no_cost", f"Without a cost in {unit or 'any unit'}, and so never chosen: {', '.join(unpriced)}."
    if selection.unpriced:
        yield "cost_unknown", f"The cost of {len(selection.unpriced)} of the chosen is not known: it is not in the sum."
    for one in board.candidates:
        for slug, about in one.barred:
            yield "barred", f"{one.name} {told_bar(slug, about)}."
    if selection.gap > 0:
        yield "gap", f"Up to {selection.gap:.2%} more value may be there: the search ended before it was proven best."


def _people(setting: Setting) -> Iterator[tuple[str, str]]:
    """What to mind about capacity."""
    supply = setting.supply
    if not supply.known:
        return
    asked: dict[str, list[str]] = {}
    for one in setting.board.candidates:
        for skill in sorted({skill for skill, _ in one.demand} - supply.skills):
            asked.setdefault(skill, []).append(one.name)
    for skill, names in sorted(asked.items()):
        yield "skill_missing", f"Nobody has the skill {skill}, which {', '.join(names)} would need."
    for (skill, quarter), hours in sorted(setting.short.items()):
        yield "overloaded", f"Active projects need {hours:,.0f} h of {skill} in {quarter} that nobody has."
    if supply.unestimated:
        yield "unestimated", (
            f"{supply.unestimated} open items say no hours, and their holders finished too little to tell: "
            "nothing is booked for them, so there is less capacity than shown."
        )
