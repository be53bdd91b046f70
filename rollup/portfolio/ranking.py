"""Candidates in order, and value against risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rollup.portfolio.candidates import Candidate

By = Literal["wsjf", "value", "roi"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its place (None: what it is ranked by is not known of it).

    ``expected``: value · (1 − risk). ``efficient``: no other is worth as much at less risk, or more at no more risk; None
    where value or risk is not known.
    """

    candidate: Candidate
    place: int | None
    expected: float | None
    efficient: bool | None


def rank(candidates: Sequence[Candidate], by: By) -> tuple[Ranked, ...]:
    """The best first, equal ones in one place; those that can't be ranked last, by name."""
    scores = {one.id: score for one in candidates if (score := _score(one, by)) is not None}
    efficient = _efficient(candidates)
    ordered = sorted(
        candidates, key=lambda one: (one.id not in scores, -scores.get(one.id, 0.0), one.name.casefold(), one.id)
    )
    return tuple(
        Ranked(
            candidate=one,
            place=1 + sum(score > scores[one.id] for score in scores.values()) if one.id in scores else None,
            expected=None if one.value is None or one.risk is None else one.value * (1 - one.risk),
            efficient=efficient.get(one.id),
        )
        for one in ordered
    )


def _score(one: Candidate, by: By) -> float | None:
    return {"wsjf": one.wsjf, "value": one.value, "roi": one.roi}[by]


def _efficient(candidates: Sequence[Candidate]) -> Mapping[str, bool]:
    """Which candidates no other one beats in value and risk together."""
    known = [(one.id, one.value, one.risk) for one in candidates if one.value is not None and one.risk is not None]
    return {
        key: not any(
            (other >= value and least < risk) or (other > value and least <= risk) for _, other, least in known
        )
        for key, value, risk in known
    }
