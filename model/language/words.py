"""Words, numbers and dates for people, in one language."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from string import Formatter
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern

from model.health import Band, Finding, Value
from model.language.parts import PARTS

_CURRENCY = re.compile("[A-Z]{3}")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True)
class Catalogue:
    """The constants of one language.

    ``reasons``: reason code → sentences, the first whose values are all known is said. ``improvements``: reason code or
    dimension → the same. Placeholders are value names; what may follow the colon is told at ``_Filler``.
    """

    locale: str
    bands: Mapping[Band, str]
    dimensions: Mapping[str, str]
    odds: Mapping[str, str]
    causes: Mapping[str, str]
    phrases: Mapping[str, str]
    reasons: Mapping[str, tuple[str, ...]]
    improvements: Mapping[str, tuple[str, ...]]


class Words:
    """What is said to people in one language. Spaces are ordinary ones, so that a text can be found again."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._said = catalogue
        self._locale = Locale.parse(catalogue.locale)
        self._filler = _Filler(self)

    def band(self, band: Band) -> str:
        """ "On track"."""
        return self._said.bands[band]

    def dimension(self, name: str) -> str:
        """ "Schedule"; a dimension that the catalogue does not know keeps its name."""
        return self._said.dimensions.get(name, name.replace("_", " ").capitalize())

    def odds(self, english: str, number: float | None = None) -> str:
        """The odds of a date, as the forecast says them in English; with the number where one has been earned."""
        said = self._said.odds.get(english, english)
        return said if number is None else f"{said} ({self.percent(number)})"

    def cause(self, name: str) -> str:
        """What a cause of a movement is. Raises KeyError for one that is not there."""
        return self._said.causes[name]

    def phrase(self, key: str, **values: Any) -> str:
        """A phrase with its values in place. Raises KeyError for a key or a value that is not there."""
        return self._filler.format(self._said.phrases[key], **values)

    def fill(self, text: str, **values: Any) -> str:
        """A text from elsewhere with its values in place, as ``phrase``."""
        return self._filler.format(text, **values)

    def day(self, day: date) -> str:
        """ "12 Dec 2026"."""
        return _day(day, self._locale)

    def moment(self, moment: datetime) -> str:
        """ "12 Dec 2026, 08:30 UTC"."""
        utc = moment.astimezone(UTC)
        return f"{self.day(utc.date())}, {format_time(utc, format='HH:mm', locale=self._locale)} UTC"

    def number(self, number: float) -> str:
        """At most one decimal: "61.2", "1,200"."""
        return _decimal(round(number, 1) or 0, self._locale)  # no negative nought

    def money(self, amount: float, currency: str) -> str:
        """Whole units of a currency (ISO 4217): "€62,500", "62.500 €"."""
        pattern: NumberPattern = parse_pattern(self._locale.currency_formats["standard"].pattern)
        pattern.frac_prec = (0, 0)
        said: str = pattern.apply(round(amount), self._locale, currency=currency, currency_digits=False)
        return said.translate(_SPACES)

    def amount(self, amount: float, unit: str | None) -> str:
        """Money where the unit is a currency, "62.5 hours" where it is hours, else the number alone."""
        if unit is not None and _CURRENCY.fullmatch(unit):
            return self.money(amount, unit)
        return self.phrase("hours", count=amount) if unit == "hours" else self.number(amount)

    def percent(self, share: float) -> str:
        """A share of 1 in whole percent: "31%"; see ``told_share``."""
        return _percent(told_share(share), self._locale)

    def counted(self, number: float, one: str, many: str) -> str:
        """ "1 item", "3 items"."""
        return f"{self.number(number)} {one if self._locale.plural_form(number) == 'one' else many}"

    def reason(self, finding: Finding) -> str:
        """Why a finding is as it is: its worst part and the next one; its own English where there is no sentence for it."""
        first = self._reason(finding.reason_code, finding.values)
        if first is None:
            return finding.reason
        second = self._second(finding)
        return first if second is None else self.phrase("joint", one=first, other=second)

    def refusal(self, code: str | None, values: Mapping[str, float]) -> str | None:
        """Why there is no forecast; None where there is no sentence for it, as in English, which the roll-up says itself."""
        known = {key: Value(value=value) for key, value in values.items()}
        return self._first_filled(self._said.reasons.get(code or "", ()), known)

    def improvement(self, finding: Finding) -> str | None:
        """What would help, as ``reason``; None where the finding knows nothing."""
        if finding.improvement is None:
            return None
        counts = {name: value for name, value in finding.values.items() if value.value}
        for key in (finding.improvement.code or finding.reason_code, finding.dimension):
            said = self._first_filled(self._said.improvements.get(key, ()), counts)
            if said is not None:
                return said
        return finding.improvement.text

    def _second(self, finding: Finding) -> str | None:
        """The part that scores lowest after the one that gave the code."""
        codes = PARTS.get(finding.dimension, {})
        rest = sorted(
            (score, codes[part])
            for part, score in finding.parts.items()
            if score < 100 and codes.get(part, finding.reason_code) != finding.reason_code
        )
        for _, code in rest:
            said = self._first_filled(self._said.reasons.get(code, ()), finding.values)
            if said is not None:
                return said
        return None

    def _reason(self, code: str, values: Mapping[str, Value]) -> str | None:
        for ending in ("good", "failed", "no_weight"):
            if code.endswith(f"_{ending}") and code not in self._said.reasons:
                code = ending
        return self._first_filled(self._said.reasons.get(code, ()), values)

    def _first_filled(self, sentences: Iterable[str], values: Mapping[str, Value]) -> str | None:
        known = {name: _with_unit(value) for name, value in values.items() if value.value is not None}
        for sentence in sentences:
            if placeholders(sentence) <= known.keys():
                try:
                    return self._filler.format(sentence, **known)
                except (ValueError, TypeError, ArithmeticError):
                    continue  # A value of another kind than the sentence was written for.
        return None


class _Measured(float):
    """A number that knows its unit."""

    unit: str | None = None


def told_share(share: float) -> float:
    """A share as whole percent may tell it: what is less than all is never 100%, and what is more than none never 0%."""
    if not 0 < abs(share) < 1:
        return share
    return math.copysign(min(0.99, max(0.01, abs(share))), share)


# A page tells the same few numbers and days many times over.
@lru_cache(maxsize=8192)
def _decimal(number: float, locale: Locale) -> str:
    return format_decimal(number, format="#,##0.#", locale=locale).translate(_SPACES)


@lru_cache(maxsize=8192)
def _percent(share: float, locale: Locale) -> str:
    return format_percent(share, locale=locale).translate(_SPACES)


@lru_cache(maxsize=8192)
def _day(day: date, locale: Locale) -> str:
    told = format_date(day, format="medium", locale=locale).translate(_SPACES)
    return told.replace(" Sept ", " Sep ") if locale.language == "en" else told  # as findings and pages write it


def _with_unit(value: Value) -> float | int | str | bool | None:
    number = value.value
    if value.unit is None or isinstance(number, bool) or not isinstance(number, int | float):
        return number
    measured = _Measured(number)
    measured.unit = value.unit
    return measured


class _Filler(Formatter):
    """Fills placeholders: ``{x}`` as it is, ``{x:n}`` a number, ``{x:p}`` a share in percent, ``{x:d}`` an ISO day,
    ``{x:a}`` hours or money by its unit, ``{x:item|items}`` a number with the right one of two words.
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "":
                return self._words.number(value) if isinstance(value, _Measured) else str(value)
            case "n":
                return self._words.number(float(value))
            case "p":
                return self._words.percent(float(value))
            case "a":
                return self._words.amount(float(value), value.unit if isinstance(value, _Measured) else None)
            case "d":
                return self._words.day(date.fromisoformat(str(value)))
        one, _, many = format_spec.partition("|")
        return self._words.counted(float(value), one, many)


def placeholders(sentence: str) -> set[str]:
    """The names of the values that a sentence needs."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
