"""What a selection is told in: limits, what is not known of a candidate, and what to mind."""

from collections.abc import Iterator, Mapping
from typing import Any

from model.language.choosing import choosing_words
from model.tree import Language
from rollup.budgets import HOURS
from rollup.portfolio.limits import Setting
from rollup.portfolio.selection import Clash, Selection


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


class Telling:
    """Limits, what is not known of a candidate and what to mind, in one language."""

    def __init__(self, language: Language = "en") -> None:
        self._said = choosing_words(language)

    def amount(self, number: float, unit: str | None) -> str:
        """As ``amount``, with the numbers of the language."""
        if self._said.language == "en":
            return amount(number, unit)
        told = self._said.words.number(number)
        return f"{told} {'h' if unit == HOURS else unit}" if unit else told

    def say(self, key: str, **values: Any) -> str:
        return self._said.say(key, **values)

    def lack(self, slug: str) -> str:
        """What a candidate lacks, and what that does."""
        kind, _, part = slug.partition(":")
        return self.say("lack_part", part=part) if part else self.say(f"lack_{kind}")

    def bar(self, slug: str, about: str) -> str:
        """Why a candidate can't be chosen at all."""
        return self.say(f"bar_{slug}", about=about)

    def clash(self, clash: Clash, names: Mapping[str, str], unit: str | None) -> str:
        """One limit of a conflict. ``names``: of candidates by id."""
        limit, key = clash.limit, str(clash.limit.kind)
        one, other = (names.get(name, name) for name in (limit.candidate, limit.other))
        needed, allowed = clash.needed or 0.0, clash.allowed or 0.0
        if key == "barred":
            return self.say(key, one=one, why=self.bar(limit.other, limit.about))
        if key == "capacity":  # Hours that don't suffice: too few, or of people who are wanted for another skill, too.
            key = key if needed > allowed else "capacity_twice"
            needed, allowed, unit, other = round(needed), round(allowed), HOURS, limit.other
        told = {"needed": self.amount(needed, unit), "allowed": self.amount(allowed, unit)}
        return self.say(key, one=one, other=other, about=limit.about, **told)

    def notes(self, setting: Setting, selection: Selection) -> Iterator[tuple[str, str]]:
        """What to mind in a selection: slug and sentence."""
        board, unit = setting.board, setting.board.unit
        if not board.candidates:
            yield "no_candidates", self.say("no_candidates")
        yield from self._budget(setting)
        if board.candidates and not setting.supply.known and any(one.demand for one in board.candidates):
            yield "no_skills", self.say("no_skills")
        yield from self._people(setting)
        worthless = [one.name for one in board.candidates if one.value is None]
        if worthless:
            yield "no_value", self.say("no_value", names=", ".join(worthless))
        unpriced = [one.name for one in board.candidates if one.cost is None]
        if unpriced and setting.scenario.budget is not None:
            yield "no_cost", self.say("no_cost", unit=unit or self.say("any_unit"), names=", ".join(unpriced))
        if selection.unpriced:
            yield "cost_unknown", self.say("unpriced", count=len(selection.unpriced))
        for one in board.candidates:
            for slug, about in one.barred:
                yield "barred", self.say("barred", one=one.name, why=self.bar(slug, about)) + "."
        if selection.gap > 0:
            yield "gap", self.say("gap", gap=f"{selection.gap:.2%}")

    def _budget(self, setting: Setting) -> Iterator[tuple[str, str]]:
        """What to mind about money."""
        board, unit = setting.board, setting.board.unit
        if setting.scenario.budget is None:
            yield "no_budget", self.say("no_budget")
        if board.budget is None:
            return
        committed = board.committed or 0.0
        if committed > board.budget:
            told = {"committed": self.amount(committed, unit), "budget": self.amount(board.budget, unit)}
            yield "overcommitted", self.say("overcommitted", **told)
        if board.uncommitted:
            told = {"unit": unit or self.say("any_unit")}
            yield "uncommitted", self.say("uncommitted", count=len(board.uncommitted), **told)

    def _people(self, setting: Setting) -> Iterator[tuple[str, str]]:
        """What to mind about capacity."""
        supply = setting.supply
        if not supply.known:
            return
        asked: dict[str, list[str]] = {}
        for one in setting.board.candidates:
            for skill in sorted({skill for skill, _ in one.demand} - supply.skills):
                asked.setdefault(skill, []).append(one.name)
        for skill, names in sorted(asked.items()):
            yield "skill_missing", self.say("skill_missing", skill=skill, names=", ".join(names))
        for (skill, quarter), hours in sorted(setting.short.items()):
            told = self.amount(round(hours), HOURS)
            yield "overloaded", self.say("overloaded", hours=told, skill=skill, quarter=quarter)
        if supply.unestimated:
            yield "unestimated", self.say("unestimated", count=supply.unestimated)
