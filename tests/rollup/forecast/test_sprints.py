"""The one formula for sprints that had skill, and where it may not be used."""

import pytest

from rollup.forecast.sprints import Closed, sprint_odds

CLOSED = [Closed(10, 4, 6)] * 3 + [Closed(10, 9, 1)] * 4 + [Closed(8, 8, 0)] * 2


def test_half_of_as_much_delivered_and_half_of_everything_delivered() -> None:
    """The last eight: two with 4, four with 9, two with 8 finished; 6 open: six of eight did as much, two everything."""
    found = sprint_odds(6, 0.3, CLOSED, (18, 60))
    shared = (18 + 2) / (60 + 4)
    assert (found.enough, found.all, found.closed) == (6, 2, 8)
    assert found.odds == pytest.approx(0.5 * (6 + 2 * shared) / 10 + 0.5 * (2 + 2 * shared) / 10, abs=0.005)


@pytest.mark.parametrize(
    ("open_now", "point", "closed", "why"),
    [(6, 0.8, CLOSED, "no skill"), (0, 0.3, CLOSED, "nothing is open"), (6, 0.3, [Closed(0, 0, 0)], "no sprint")],
)
def test_no_odds_late_in_a_sprint_without_open_work_or_without_a_past(
    open_now: int, point: float, closed: list[Closed], why: str
) -> None:
    found = sprint_odds(open_now, point, closed, (18, 60))
    assert found.odds is None
    assert why in (found.refused or "")
