"""From a score to a band: thresholds, caps, hysteresis by daily scores, override. None of them changes the score."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from model.health import Band, Outcome, Override
from model.policy import Policy
from rollup.score import FLOW, SCHEDULE, Scored

HISTORY_DAYS = 28
_ORDER = (Band.OFF_TRACK, Band.AT_RISK, Band.ON_TRACK)

DailyScore = Callable[[int], float | None]
"""The score of a node at the n-th local midnight before the moment (1 is the latest); None: there was none."""


@dataclass(frozen=True, slots=True)
class Banded:
    """``computed``: before an override. ``reasons``: "slug: words", in the order in which they acted."""

    band: Band
    computed: Band
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A score as far as its band rests on it, without findings. ``gaps``: why there can't be a band.

    ``critical``: why a dimension of its own caps it; ``weights``: child → share.
    """

    score: float | None
    policy: Policy
    gaps: tuple[str, ...]
    critical: str | None
    weights: Mapping[str, float]


def standing(scored: Scored) -> Standing:
    """How a node stands, whatever it was before and whatever its children are."""
    weights = scored.weights.of if scored.weights else {}
    return Standing(scored.score, scored.policy, tuple(_missing(scored)), _critical(scored), weights)


def band_of(score: float, policy: Policy) -> Band:
    """The band by thresholds alone."""
    if score >= policy.on_track:
        return Band.ON_TRACK
    return Band.AT_RISK if score >= policy.at_risk else Band.OFF_TRACK


def _missing(scored: Scored) -> list[str]:
    """Why a node gets no band: coverage below the minimum, a required dimension not measured."""
    policy = scored.policy
    told = [
        f"required_dimension: {name} is not measured ({why})"
        for name in policy.required
        if (why := _unmeasured(scored, name)) is not None
    ]
    if scored.coverage < policy.min_coverage:
        covered = told_below(scored.coverage, policy.min_coverage, 2)
        told.append(f"coverage: {covered:.2f} of the weight is measured, {policy.min_coverage:.2f} is needed")
    if scored.score is None:
        told.append("nothing_measured: no dimension that counts was measured")
    return told


def _unmeasured(scored: Scored, name: str) -> str | None:
    """Why a required dimension is not measured; flow stands in for schedule where there is no date to keep."""
    places = [
        scored.dimensions[key]
        for key in ((SCHEDULE, FLOW) if name == SCHEDULE else (name,))
        if key in scored.dimensions
    ]
    applicable = [entry for entry in places if entry.applicable > 0]
    if not places or any(entry.finding.outcome is Outcome.MEASURED for entry in applicable):
        return None
    if not applicable:
        return None if name != SCHEDULE else "neither schedule nor flow applies"
    return applicable[0].finding.reason


def decide(stand: Standing, children: Mapping[str, Banded], daily: DailyScore, override: Override | None) -> Banded:
    """The band of a node: threshold, critical cap, worst-child cap, hysteresis, override, in this order.

    ``daily`` is called only when the score lies within the margin of a threshold.
    """
    if stand.gaps or stand.score is None:
        computed, reasons = Band.NO_DATA, list(stand.gaps)
    else:
        raw = band_of(stand.score, stand.policy)
        caps = [cap for cap in (stand.critical, _worst_child(stand, children)) if cap]
        held = hold(stand.score, stand.policy, daily)
        computed = _lower(held, Band.AT_RISK) if caps else held
        reasons = list(caps) if raw is Band.ON_TRACK or held is Band.ON_TRACK else []
        if held is not raw and computed is held:
            reasons.append(
                f"hysteresis: by its score alone it would be {raw.words}; it has not moved far or long enough"
            )
    if override is None:
        return Banded(computed, computed, tuple(reasons))
    said = f"override: set to {override.band.words} until {override.until.isoformat()}: {override.reason}"
    return Banded(override.band, computed, (*reasons, said))


def asks(stand: Standing, past: Sequence[float | None]) -> bool:
    """Whether the band of a node depends on the score of a midnight before those of ``past`` (the latest first)."""
    if stand.score is None or stand.gaps:
        return False
    oldest = 0

    def daily(ago: int) -> float | None:
        nonlocal oldest
        oldest = max(oldest, ago)
        return past[ago - 1] if ago <= len(past) else None

    hold(stand.score, stand.policy, daily)
    return oldest > len(past)


def _lower(one: Band, other: Band) -> Band:
    return _ORDER[min(_ORDER.index(one), _ORDER.index(other))]


def _critical(scored: Scored) -> str | None:
    for name, floor in sorted(scored.policy.critical.items()):
        entry = scored.dimensions.get(name)
        if entry is None or entry.finding.outcome is not Outcome.MEASURED or entry.finding.score is None:
            continue
        if entry.finding.score < floor:
            score = told_below(entry.finding.score, floor, 0)
            return f"critical_dimension: {name} is at {score:g}, below its floor of {floor:.0f}"
    return None


def told_below(number: float, bound: float, digits: int) -> float:
    """A number as it is told beside a bound that it is below: never rounded up to it, but cut off where that is needed."""
    told = round(number, digits)
    scale = 10 ** max(1, digits)
    return told if told < bound else math.floor(number * scale) / scale


def _worst_child(stand: Standing, children: Mapping[str, Banded]) -> str | None:
    off = [key for key in stand.weights if children[key].computed is Band.OFF_TRACK]
    share = sum(stand.weights[key] for key in off)
    if off and share >= stand.policy.cap_share:
        return f"worst_child: {', '.join(sorted(off))} with {share:.0%} of the weight off track"
    return None


def hold(score: float, policy: Policy, daily: DailyScore) -> Band:
    """The band with hysteresis. Each threshold is a switch of its own that moves by margin or by dwelling."""
    if _above(score, policy.on_track, policy, daily):
        return Band.ON_TRACK
    return Band.AT_RISK if _above(score, policy.at_risk, policy, daily) else Band.OFF_TRACK


def _above(score: float, threshold: float, policy: Policy, daily: DailyScore) -> bool:
    """Whether the switch of one threshold is on: replayed from the last day on which it was beyond doubt."""
    clear = _clear(score, threshold, policy.margin)
    if clear is not None:
        return clear
    if policy.dwell_days == 0:
        return score >= threshold
    state, days = _certain(score, threshold, policy, daily)
    run = 0
    for then in days:
        run = run + 1 if (then >= threshold) is not state else 0
        if run >= policy.dwell_days:
            state, run = not state, 0
    return state


def _certain(score: float, threshold: float, policy: Policy, daily: DailyScore) -> tuple[bool, list[float]]:
    """The switch on the last day on which it was beyond doubt, and the scores of the days since, oldest first.

    Beyond doubt is a day clear of the margin, and the last of so many days on one side as make the switch move: whatever
    stood before them, it stands there now. So a few days of the past are mostly enough. Where none was in four weeks, the
    switch is off: whatever the oldest of them says, another one says tomorrow, and the band would come and go with it.
    """
    days: list[float] = []
    run, then = 0, None
    for ago in range(1, HISTORY_DAYS + 1):
        then = daily(ago)
        if then is None:
            continue
        clear = _clear(then, threshold, policy.margin)
        if clear is not None:
            return clear, days[::-1]
        side = then >= threshold
        run = run + 1 if run and (days[-1] >= threshold) is side else 1
        days.append(then)
        if run == policy.dwell_days:
            return side, days[: len(days) - run][::-1]
    if then is not None:
        return False, []
    days.reverse()
    return (days[0] if days else score) >= threshold, days


def _clear(score: float, threshold: float, margin: float) -> bool | None:
    """On or off where the score has passed the threshold by the margin; None in between."""
    if score >= threshold + margin:
        return True
    if score < threshold - margin:
        return False
    return None


def local_midnight(as_of: datetime, ago: int, timezone: str) -> datetime:
    """The n-th local midnight strictly before a moment (1 is the latest), in UTC."""
    zone = ZoneInfo(timezone)
    day = as_of.astimezone(zone).date()
    first = datetime.combine(day, time(), zone)
    if first.astimezone(as_of.tzinfo) >= as_of:
        day -= timedelta(days=1)
    return datetime.combine(day - timedelta(days=ago - 1), time(), zone).astimezone(as_of.tzinfo)


def active_override(overrides: tuple[Override, ...], node: str, as_of: datetime, today: date) -> Override | None:
    """The newest override of a node that holds at a moment: set by then, and its last day not over.

    Of two set at the same moment, the one that comes last in words: their order of arrival decides nothing.
    """
    held = [entry for entry in overrides if entry.node == node and entry.at <= as_of and today <= entry.until]
    return max(held, key=lambda entry: (entry.at, entry.reason, entry.band, entry.by, entry.until), default=None)
