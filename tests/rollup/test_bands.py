"""From score to band: hysteresis replays from daily scores."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.health import Band, Override
from model.policy import Policy
from rollup.bands import active_override, hold, local_midnight, told_below

POLICY = Policy(name="default")


def held(score: float, *past: float | None) -> Band:
    """``past``: scores at local midnights, the latest first."""
    return hold(score, POLICY, lambda ago: past[ago - 1] if ago <= len(past) else None)


def test_a_band_is_kept_while_the_score_is_within_the_margin() -> None:
    assert held(69, 69, 75) is Band.ON_TRACK


def test_a_band_is_left_at_once_beyond_the_margin() -> None:
    assert held(66.9, 75) is Band.AT_RISK


def test_a_band_is_left_after_dwelling_for_three_midnights() -> None:
    assert held(69, 69, 69, 69, 75) is Band.AT_RISK
    assert held(69, 69, 69, 75) is Band.ON_TRACK


def test_a_day_without_a_score_does_not_count() -> None:
    assert held(69, 69, None, 69, 75) is Band.ON_TRACK


def test_without_history_the_threshold_alone_decides() -> None:
    assert held(69.9) is Band.AT_RISK
    assert held(70.0) is Band.ON_TRACK


def test_far_from_every_threshold_no_past_day_is_asked_for() -> None:
    def fail(_: int) -> float | None:
        raise AssertionError("asked for the past")

    assert hold(55, POLICY, fail) is Band.AT_RISK


def test_the_past_is_asked_for_only_until_nothing_older_could_matter() -> None:
    asked: list[int] = []

    def daily(ago: int) -> float:
        asked.append(ago)
        return 69.0

    assert hold(69, POLICY, daily) is Band.AT_RISK
    assert asked == [1, 2, 3]


@given(
    st.lists(st.none() | st.floats(66.5, 73.5), min_size=28, max_size=28),
    st.floats(67, 72.9),
    st.integers(1, 30),
)
def test_the_days_asked_for_tell_what_all_of_them_tell(past: list[float | None], score: float, dwell: int) -> None:
    policy = Policy(name="default", dwell_days=dwell)
    assert hold(score, policy, lambda ago: past[ago - 1]) is _by_every_day(past, score, dwell)


def _by_every_day(past: list[float | None], score: float, dwell: int) -> Band:
    """The switch at 70, replayed from the last clear day, else from the first there is; off where there were more days."""
    known = [day for day in reversed(past) if day is not None]
    clear = [place for place, day in enumerate(known) if day >= 73 or day < 67]
    begin = clear[-1] if clear else 0
    state = (known[begin] if known else score) >= 70 if clear or past[-1] is None else False
    run = 0
    for day in known[begin + bool(clear) :]:
        run = run + 1 if (day >= 70) is not state else 0
        if run >= dwell:
            state, run = not state, 0
    return Band.ON_TRACK if state else Band.AT_RISK


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 11, 20, 23, tzinfo=UTC)),
        (datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 19, 23, tzinfo=UTC)),
    ],
)
def test_midnight_is_the_local_one_strictly_before(moment: datetime, expected: datetime) -> None:
    assert local_midnight(moment, 1, "Europe/Berlin") == expected


def test_an_override_holds_until_the_end_of_its_last_day() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    entry = Override(node="p", band=Band.ON_TRACK, reason="agreed", by="ada", at=at, until=date(2026, 11, 21))
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert active_override((entry,), "p", now, date(2026, 11, 21)) == entry
    assert active_override((entry,), "p", now, date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("number", "bound", "digits", "told"),
    [(0.4967, 0.5, 2, 0.49), (0.31, 0.5, 2, 0.31), (39.96, 40, 0, 39.9), (39.2, 40, 0, 39), (39.96, 40, 1, 39.9)],
)
def test_what_is_below_a_bound_is_never_told_as_the_bound(number: float, bound: float, digits: int, told: float) -> None:
    """As "0.50 of the weight is measured, 0.50 is needed", or "at 40, below its floor of 40"."""
    assert told_below(number, bound, digits) == told
