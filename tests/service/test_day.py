"""Quiet hours and days of a deployment, over nights, weekends and the days on which clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from model.tree import Quiet
from service.pushing.day import midnight, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet(start=time(22), end=time(7))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
TIMES = st.times().map(lambda t: t.replace(microsecond=0, second=0))


def _local(*when: int) -> datetime:
    return datetime(*when, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_outside_of_quiet_hours_nothing_waits() -> None:
    assert quiet_until(NIGHT, _local(2026, 11, 18, 7, 0), BERLIN) is None
    assert quiet_until(Quiet(), _local(2026, 11, 18, 3, 0), BERLIN) is None


def test_a_night_ends_in_the_morning_before_and_after_midnight() -> None:
    morning = _local(2026, 11, 19, 7, 0)
    assert quiet_until(NIGHT, _local(2026, 11, 18, 22, 0), BERLIN) == morning
    assert quiet_until(NIGHT, _local(2026, 11, 19, 6, 59), BERLIN) == morning


def test_the_morning_after_the_clocks_went_forward_comes_at_seven_by_the_clock() -> None:
    assert quiet_until(NIGHT, _local(2026, 3, 28, 23, 0), BERLIN) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)


def test_a_day_of_23_hours_begins_and_ends_at_midnight() -> None:
    noon = _local(2026, 3, 29, 12, 0)
    assert midnight(noon, BERLIN, days=1) - midnight(noon, BERLIN) == timedelta(hours=23)


@given(at=MOMENTS, start=TIMES, end=TIMES, days=st.sets(st.integers(0, 6), max_size=6))
def test_what_waits_waits_until_a_moment_that_is_not_quiet(at: datetime, start: time, end: time, days: set[int]) -> None:
    quiet = Quiet(start=start, end=end, days=tuple(days)) if start != end else Quiet(days=tuple(days))
    until = quiet_until(quiet, at, BERLIN)
    if until is not None:
        assert at < until <= at + timedelta(days=9)
        assert quiet_until(quiet, until, BERLIN) is None
