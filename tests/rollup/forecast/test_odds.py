"""The exact distribution against simulation, against hand-made cases, and what must always hold of it."""

import math
import random
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.paths import first_week, random_cases, simulated
from rollup.forecast import DRIFT_SIGMA, HORIZON_WEEKS, first_passage, odds_of_done
from rollup.forecast.fan import fan
from rollup.forecast.odds import FARTHEST_WEEKS


def test_a_steady_pace_without_arrivals_has_the_odds_of_its_drift_alone() -> None:
    odds = odds_of_done([2] * 52, [0] * 52, 10)
    for week in (3, 5, 8, 20):
        expected = 0.5 * math.erfc(math.log(10 / (2 * week)) / (DRIFT_SIGMA * math.sqrt(2)))
        assert odds.weeks[week - 1] == pytest.approx(expected, abs=1e-6)
    assert (odds.quantile(0.5), odds.quantile(0.85)) == (5, 9)


def test_the_exact_odds_are_those_of_a_simulation() -> None:
    """Bigger in bench/foresight.py: 200 series of 100,000 paths. Of 8,000 the noise is 0.02 at most."""
    chance = random.Random(3)
    for done, arrived, remaining in islice(random_cases(chance), 12):
        exact, paths = odds_of_done(done, arrived, remaining), simulated(done, arrived, remaining, 8000, chance)
        apart = [abs(one - other) for one, other in zip(exact.weeks, paths, strict=True)]
        assert max(apart) < 0.03, (done, arrived, remaining)
        late, week = exact.quantile(0.85), first_week([value + 0.02 for value in paths], 0.85)
        assert late is None or week is None or late >= week - 1


def test_a_little_left_with_much_arriving_may_still_run_away() -> None:
    """One item remains, but as much arrives as is finished: paths that rose far come back, and some never do."""
    done, arrived = [0, 3, 1, 2] * 13, [2, 1, 3, 0] * 13
    chance = random.Random(5)
    paths = simulated(done, arrived, 1, 20_000, chance)
    assert odds_of_done(done, arrived, 1).weeks[51] == pytest.approx(paths[51], abs=0.02)


WEEKS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), min_size=12, max_size=52)


@settings(max_examples=40, deadline=None)
@given(WEEKS, st.integers(1, 300), st.integers(1, 60))
def test_odds_rise_with_time_fall_with_scope_and_rise_with_pace(
    weeks: list[tuple[int, int]], remaining: int, more: int
) -> None:
    pairs = [(float(done), float(arrived)) for done, arrived in weeks]
    odds, larger = first_passage(pairs, remaining).weeks, first_passage(pairs, remaining + more).weeks
    faster = first_passage([(done + 1, arrived) for done, arrived in pairs], remaining).weeks
    assert all(before <= after for before, after in pairwise(odds))
    assert all(0 <= value <= 1 for value in odds)
    assert all(one <= other + 0.02 for one, other in zip(larger, odds, strict=True))
    assert all(other >= one - 0.02 for one, other in zip(odds, faster, strict=True))


@pytest.mark.parametrize("arrivals", [(0, 0), (0, 3)])
def test_the_fan_is_that_of_a_simulation_and_ends_where_all_is_done(arrivals: tuple[int, int]) -> None:
    chance = random.Random(1)
    weeks = [(float(chance.randint(0, 8)), float(chance.randint(*arrivals))) for _ in range(52)]
    odds = first_passage(weeks, 60)
    shown = fan(weeks, 60, odds)
    left = _left(weeks, 60, chance)
    for at in (3, 8, 15):
        ordered = sorted(left[at])
        for share, told in ((0.15, shown[at - 1].p15), (0.5, shown[at - 1].p50), (0.85, shown[at - 1].p85)):
            assert told == pytest.approx(ordered[int(share * len(ordered))], abs=3)
    assert len(shown) == odds.quantile(0.85)
    assert next(one.ahead for one in shown if one.p50 == 0) == odds.quantile(0.5)
    assert all(one.p15 <= one.p50 <= one.p85 for one in shown)


@settings(max_examples=40, deadline=None)
@given(WEEKS, st.integers(1, 300))
def test_a_fan_opens_towards_more_and_ends_where_the_dates_are(weeks: list[tuple[int, int]], remaining: int) -> None:
    pairs = [(float(done), float(arrived)) for done, arrived in weeks]
    odds = first_passage(pairs, remaining)
    shown = fan(pairs, remaining, odds)
    assert len(shown) == (odds.quantile(0.85) or len(odds.weeks))
    assert all(0 <= one.p15 <= one.p50 <= one.p85 for one in shown)
    for share, values in ((0.5, [one.p50 for one in shown]), (0.15, [one.p15 for one in shown])):
        week = odds.quantile(share)
        assert week is None or not any(values[week - 1 :])


def _left(weeks: list[tuple[float, float]], remaining: float, chance: random.Random) -> dict[int, list[float]]:
    """What remained after some weeks on paths of the same model, nothing once all was done."""
    found: dict[int, list[float]] = {3: [], 8: [], 15: []}
    for _ in range(4000):
        window, pace, left = chance.choice((8, 12, 26, 52)), math.exp(DRIFT_SIGMA * chance.gauss(0, 1)), remaining
        for week in range(1, 16):
            if left > 0:
                done, arrived = weeks[chance.randrange(52 - window, 52)]
                left -= pace * (done - arrived)
            if week in found:
                found[week].append(max(0.0, left))
    return found


@settings(max_examples=60, deadline=None)
@given(WEEKS, st.integers(1, 400), st.integers(HORIZON_WEEKS, FARTHEST_WEEKS))
def test_beyond_the_horizon_the_pace_is_carried_on_and_no_date_is_told(
    weeks: list[tuple[int, int]], remaining: int, ahead: int
) -> None:
    pairs = [(float(done), float(arrived)) for done, arrived in weeks]
    near, far = first_passage(pairs, remaining), first_passage(pairs, remaining, ahead)
    assert (len(far.weeks), len(far.later)) == (HORIZON_WEEKS, ahead - HORIZON_WEEKS)
    assert far.weeks == near.weeks
    assert [*far.weeks, *far.later] == sorted((*far.weeks, *far.later))
    assert [far.quantile(share) for share in (0.5, 0.85)] == [near.quantile(share) for share in (0.5, 0.85)]


def test_the_odds_beyond_the_horizon_are_those_of_a_simulation() -> None:
    chance = random.Random(5)
    done, arrived = [chance.randint(0, 4) for _ in range(52)], [chance.randint(0, 2) for _ in range(52)]
    for remaining, ahead in ((150, 104), (300, 208), (300, 400)):
        exact = odds_of_done(done, arrived, remaining, ahead=ahead).later[-1]
        assert exact == pytest.approx(simulated(done, arrived, remaining, 8000, chance, ahead)[-1], abs=0.02)
