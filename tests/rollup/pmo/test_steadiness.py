"""How steady bands are: what counts as a change, what as going back, and that hysteresis keeps noise from being told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.health import Band
from model.outcome import BandTurn
from model.policy import Policy
from rollup.bands import HISTORY_DAYS, hold
from rollup.pmo.steadiness import MOST_NAMED, Steadiness, steadiness

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ON, RISK, OFF, NONE = Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK, Band.NO_DATA
POLICY = Policy(name="default")
IN_THE_MARGIN = st.floats(POLICY.on_track - POLICY.margin, POLICY.on_track + POLICY.margin, exclude_max=True)


def _turns(*told: tuple[int, Band], node: str = "web") -> list[BandTurn]:
    """Bands from a day on, as what happened between them."""
    return [
        BandTurn(node=node, at=FIRST + timedelta(days=day), before=before, after=after)
        for (_, before), (day, after) in pairwise(told)
    ]


def _of_one(*told: tuple[int, Band]) -> tuple[int, int]:
    (found,) = steadiness(_turns(*told), {"web": "standard"})
    return found.changes, found.went_back


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (((0, ON),), (0, 0)),
        (((0, ON), (5, RISK)), (1, 0)),
        (((0, ON), (5, RISK), (19, ON)), (2, 1)),
        (((0, ON), (5, RISK), (20, ON)), (2, 0)),  # more than two weeks later is no going back
        (((0, ON), (5, RISK), (6, OFF), (7, RISK)), (3, 1)),
        (((0, ON), (1, RISK), (2, ON), (3, RISK)), (3, 2)),
        (((0, ON), (5, NONE), (6, ON)), (0, 0)),  # a gap in the data is no change
        (((0, ON), (5, NONE), (6, RISK), (7, ON)), (2, 1)),
        (((0, NONE), (5, ON)), (0, 0)),  # the first band there is
        (((0, ON), (5, NONE)), (0, 0)),
    ],
)
def test_what_is_a_change_and_what_goes_back(told: tuple[tuple[int, Band], ...], found: tuple[int, int]) -> None:
    assert _of_one(*told) == found


def test_each_class_is_told_with_the_projects_that_went_back_most() -> None:
    turns = [
        turn
        for often in range(1, 8)
        for turn in _turns(*((day, ON if day % 2 else RISK) for day in range(often + 2)), node=f"p{often}")
    ]
    told = steadiness([*turns[::-1], *_turns((0, ON), (1, RISK), node="elsewhere")],
                      {**{f"p{often}": "agile" for often in range(1, 8)}, "calm": "fixed"})  # fmt: skip
    assert told == (
        Steadiness("agile", 7, sum(range(2, 9)), sum(range(1, 8)), tuple((f"p{often}", often) for often in range(7, 2, -1))),
        Steadiness("fixed", 1, 0, 0, ()),
    )
    assert len(told[0].least) == MOST_NAMED


def _bands(scores: list[float], policy: Policy = POLICY) -> list[Band]:
    """The band of each day, by its score and those of the midnights before it."""
    def on(day: int) -> Band:
        return hold(scores[day], policy, lambda ago: scores[day - ago] if ago <= day else None)

    return [on(day) for day in range(len(scores))]


def _changes(bands: list[Band]) -> list[int]:
    return [day for day, (before, after) in enumerate(pairwise(bands), start=1) if before is not after]


def test_a_score_that_goes_to_and_fro_for_months_moves_its_band_once_at_most() -> None:
    """Without a margin it would be another one each day."""
    scores = [POLICY.on_track + (1 if day % 2 else -1) for day in range(120)]
    assert len(_changes(_bands(scores, POLICY.model_copy(update={"margin": 0.0, "dwell_days": 0})))) == 119
    for first in (POLICY.on_track + 5, POLICY.on_track - 5, POLICY.on_track + 1, POLICY.on_track - 1):
        assert len(_changes(_bands([first, *scores]))) <= 1


@given(st.lists(IN_THE_MARGIN, min_size=60, max_size=120))
def test_noise_within_the_margin_moves_a_band_only_after_dwelling_or_four_weeks_of_doubt(scores: list[float]) -> None:
    bands = _bands(scores)
    for day in _changes(bands)[1:]:
        stood = [one >= POLICY.on_track for one in scores[max(0, day - POLICY.dwell_days) : day]]
        above = bands[day] is ON
        doubted = not above and day > HISTORY_DAYS
        assert doubted or set(stood) == {above}
