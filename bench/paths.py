"""A simulation of the model that rollup.forecast computes: paths of weeks drawn from windows, each with a pace of its own."""

import math
import random
from collections.abc import Iterator, Sequence

from rollup.forecast import DRIFT_SIGMA, HORIZON_WEEKS, WINDOWS, refusal


def simulated(
    done: Sequence[int],
    arrived: Sequence[int],
    remaining: float,
    paths: int,
    chance: random.Random,
    ahead: int = HORIZON_WEEKS,
) -> list[float]:
    """The share of paths done after each of the weeks ahead."""
    nets = [one - other for one, other in zip(done, arrived, strict=True)]
    finished = [0] * (ahead + 1)
    for window in WINDOWS:
        pool = nets[-window:]
        left = [remaining / math.exp(DRIFT_SIGMA * chance.gauss(0, 1)) for _ in range(paths // len(WINDOWS))]
        for week in range(1, ahead + 1):
            before = len(left)
            steps = chance.choices(pool, k=before)
            left = [rest for rest in (one - step for one, step in zip(left, steps, strict=True)) if rest > 0]
            finished[week] += before - len(left)
    total = paths // len(WINDOWS) * len(WINDOWS)
    return [sum(finished[: week + 1]) / total for week in range(1, ahead + 1)]


def first_week(odds: Sequence[float], share: float) -> int | None:
    """The first week by which the odds reach a share."""
    return next((week for week, value in enumerate(odds, start=1) if value >= share), None)


def random_cases(chance: random.Random) -> Iterator[tuple[list[int], list[int], int]]:
    """Series of all kinds without end: slow and fast, bursty, steady, short, with arrivals up to what is finished."""
    while True:
        weeks, rate = chance.choice((12, 16, 20, 30, 40, 52)), math.exp(chance.uniform(math.log(0.6), math.log(15)))
        bursty, active = chance.random() < 0.4, chance.uniform(0.35, 1)
        share = chance.choice((0, 0, 0.1, 0.3, 0.5, 0.7))
        done = [_week(rate, active, chance, bursty=bursty) for _ in range(weeks)]
        if chance.random() < 0.1:
            done = [max(1, round(rate))] * weeks
        arrived = [_poisson(rate * active * share, chance) for _ in range(weeks)]
        net = max(0.2, (sum(done) - sum(arrived)) / weeks)
        if refusal(done) is None:
            yield done, arrived, max(1, round(net * chance.uniform(2, 35)))


def _week(rate: float, active: float, chance: random.Random, *, bursty: bool) -> int:
    if chance.random() >= active:
        return 0
    return _poisson(rate * (chance.expovariate(1) if bursty else 1), chance)


def _poisson(rate: float, chance: random.Random) -> int:
    """Knuth's way: how many uniform numbers it takes until their product is below exp(−rate)."""
    bound, product, count = math.exp(-rate), chance.random(), 0
    while product >= bound:
        product *= chance.random()
        count += 1
    return count
