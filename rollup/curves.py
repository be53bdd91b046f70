"""How a measured number becomes points, and how sub-measures become one score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from model.health import Finding, Improvement, Outcome, Value
from model.language import words
from model.language.words import told_share
from model.policy import Policy


def ramp(value: float, *, worst: float, best: float) -> float:
    """0 at ``worst`` and beyond, 100 at ``best`` and beyond, a straight line between; either may be the larger."""
    if worst == best:
        return 100.0 if value >= best else 0.0
    return 100.0 * min(1.0, max(0.0, (value - worst) / (best - worst)))


_SENSE = (
    (".weight", 0.0, 1e6), (".worst", -1e6, 1e6), (".best", -1e6, 1e6), ("_days", 0.0, 3650.0), ("_weeks", 0.0, 520.0),
    ("dependencies.unknown", 0.0, 100.0), ("flow.min_finished", 1.0, 1e6), ("", 0.0, 1.0),
)  # fmt: skip
"""How names of numbers end, and the least and the most that can be meant by those; all others are shares."""


def limits(name: str) -> tuple[float, float]:
    """The least and the most that a policy may say for one of its dimensions' numbers."""
    return next((least, most) for ending, least, most in _SENSE if name.endswith(ending))


class Curves:
    """A dimension's numbers: its defaults, replaced by those of the policy with the same name."""

    def __init__(self, defaults: Mapping[str, float], policy: Policy) -> None:
        self._numbers = {name: policy.curves.get(name, default) for name, default in defaults.items()}

    def __call__(self, name: str) -> float:
        return self._numbers[name]

    def ramp(self, value: float, name: str) -> float:
        """The ramp between ``<name>.worst`` and ``<name>.best``."""
        return ramp(value, worst=self._numbers[f"{name}.worst"], best=self._numbers[f"{name}.best"])


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-measure: its weight in the dimension, its score (None: not measured), what it says, and the items behind it.

    ``mended``: what it would score once everything was done that still can be. ``to_do``: the items to act on for that (None:
    all of the evidence).
    """

    name: str
    weight: float
    score: float | None
    words: str = ""
    code: str = ""
    evidence: tuple[str, ...] = ()
    mended: float = 100.0
    to_do: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """One thing that somebody could do: what ``part`` would score after it (None: nothing would be left of it to judge), in
    words, and the items to act on.
    """

    part: str
    score: float | None
    text: str
    code: str
    items: tuple[str, ...] = ()


_WORTH = 1.0
"""Points below which nobody is told how to win them, as long as there are more to be won elsewhere."""


def mean(parts: Sequence[Part]) -> float | None:
    """The weighted mean of the parts that were measured; None when none was."""
    weight = sum(part.weight for part in parts if part.score is not None)
    if weight <= 0:
        return None
    return sum(part.weight * part.score for part in parts if part.score is not None) / weight


def loss(part: Part) -> float:
    return 0.0 if part.score is None else part.weight * (100 - part.score)


def from_parts(
    dimension: tuple[str, int],
    parts: Sequence[Part],
    *,
    values: dict[str, Value],
    improvement: str | Mapping[str, str] = "",
    helps: Sequence[Help] = (),
) -> Finding:
    """A measured finding: the reason and the code are those of the part that costs most, the evidence worst part first.

    Of ``helps`` the one that gives most points back is named; without any, ``improvement``: a text by the code of each part
    that can be mended, of which the cheapest is taken, or one text for the worst part; with the points that come back if
    that part were mended. Where the policy gives weight to none of the measured parts, nothing is known.
    """
    name, version = dimension
    measured = [part for part in parts if part.score is not None]
    score = mean(measured)
    if score is None:
        return not_enough(
            dimension, "the policy gives weight to none of what could be measured", f"{name}_no_weight", **values
        )
    score = min(100.0, max(0.0, score))
    worst_first = sorted(measured, key=lambda part: (-loss(part), part.name))
    told = [part.words for part in worst_first if part.words][:2]
    evidence = tuple(dict.fromkeys(key for part in worst_first if loss(part) > 0 for key in part.evidence))
    worst = worst_first[0]
    total = sum(part.weight for part in measured)
    help_ = _best(measured, helps, total)
    if help_ is None and not isinstance(improvement, str):
        help_ = _cheapest(measured, improvement, total)
    elif help_ is None and improvement and loss(worst) > 0:
        help_ = Improvement(text=improvement, items=worst.evidence[:5], points=loss(worst) / total)
    return Finding(
        dimension=name,
        version=version,
        outcome=Outcome.MEASURED,
        score=score,
        reason="; ".join(told) or f"nothing found against {name}",
        reason_code=worst.code if loss(worst) > 0 else f"{name}_good",
        values=values,
        evidence=evidence,
        improvement=help_,
        parts={part.name: part.score for part in measured if part.score is not None and part.weight > 0},
    )


def _best(measured: Sequence[Part], helps: Sequence[Help], total: float) -> Improvement | None:
    """The help that gives most points back; None where none gives any."""
    by_name = {part.name: part for part in measured}
    gains = []
    for offer in helps:
        part = by_name.get(offer.part)
        if part is None or part.score is None:
            continue
        rest = mean([one for one in measured if one is not part]) if offer.score is None else None
        after = offer.score if offer.score is not None else 100.0 if rest is None else rest
        gains.append((part.weight * (after - part.score) / total, offer))
    gains = [(gain, offer) for gain, offer in gains if gain > 0]
    if not gains:
        return None
    points, best = min(gains, key=lambda pair: (-pair[0], pair[1].code, pair[1].items))
    return Improvement(text=best.text, code=best.code, items=best.items, points=points)


def _cheapest(measured: Sequence[Part], texts: Mapping[str, str], total: float) -> Improvement | None:
    """What gives most points back for each item to be acted on, of what gives a point at all.

    What names no item is taken for as much work as the largest that does.
    """
    open_ = [part for part in measured if _gain(part) > 0 and texts.get(part.code)]
    open_ = [part for part in open_ if _gain(part) / total >= _WORTH] or open_
    if not open_:
        return None
    most = max(len(_to_do(part)) for part in open_) or 1
    best = min(open_, key=lambda part: (-_gain(part) / (len(_to_do(part)) or most), -_gain(part), part.name))
    return Improvement(text=texts[best.code], code=best.code, items=_to_do(best)[:5], points=_gain(best) / total)


def _gain(part: Part) -> float:
    """What comes back at most, in points times weight."""
    return 0.0 if part.score is None else part.weight * max(0.0, part.mended - part.score)


def _to_do(part: Part) -> tuple[str, ...]:
    return part.evidence if part.to_do is None else part.to_do


def not_enough(dimension: tuple[str, int], reason: str, code: str, **values: Value) -> Finding:
    """The question applies, but what is named in ``reason`` is missing."""
    return Finding(
        dimension=dimension[0],
        version=dimension[1],
        outcome=Outcome.NOT_ENOUGH_DATA,
        reason=reason,
        reason_code=code,
        values=values,
    )


def not_applicable(dimension: tuple[str, int], reason: str, code: str) -> Finding:
    """The question does not arise here."""
    return Finding(
        dimension=dimension[0], version=dimension[1], outcome=Outcome.NOT_APPLICABLE, reason=reason, reason_code=code
    )


def count(number: int, word: str) -> str:
    """ "1 item", "3 items"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def percent(share: float) -> str:
    """ "40%", as English writes it; less than all is never "100%", more than none never "0%"."""
    return f"{100 * told_share(share):.0f}%"


def day_words(day: date) -> str:
    """ "31 Jan 2027", whatever the machine's own language is."""
    return words("en").day(day)
