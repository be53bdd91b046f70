"""A day of requests against the vendors' limits, simulated: ``python -m bench.quota`` prints the table of docs/scale.md.

Time goes in steps of five seconds, as the limit of a minute is counted in twelve parts. In each step changes happen (a
Poisson number around the hour's mean), polls and the census come due, roll-ups lead to writes; what the limits grant is
made, writes first, then what webhooks hinted at, then polls, then the census; the rest waits in order. What one thing costs
in requests is what ``bench.sync`` measured. The same seed gives the same day.

Source of the limits: the vendors' pages, as connector/jira/limits.py and connector/asana/limits.py hold them.
"""

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

STEP_S = 5
DAY_S = 86_400
POLL_S = 300
CENSUS_AT_S = 2 * 3600
SEED = 20261121
# An office day: how much of the mean change rate falls into each hour; the mean is 1.
HOURS = (.1, .1, .1, .1, .1, .2, .5, 1.2, 2.2, 2.6, 2.6, 2.3, 1.6, 2.1, 2.5, 2.4, 1.9, 1.2, .6, .4, .3, .2, .2, .1)  # fmt: skip
POINTS_PER_HOUR = 65_000
POINTS_SHARE = 0.8
ASANA_PER_MINUTE = 1_500
ASANA_READS_AT_ONCE = 50
ASANA_ANSWER_S = 0.25
JIRA_READS_PER_SECOND = 50
JIRA_WRITES_PER_SECOND = 20


@dataclass(frozen=True)
class Costs:
    """Requests of one tool, as measured. ``bulk``: items read again in one request; ``points_an_item``: of an OAuth app.

    ``a_batch`` + items × ``an_item``: reading changed items again. ``a_poll`` + projects × ``a_poll_project``: an idle poll.
    """

    an_item: float
    a_batch: float
    bulk: int
    a_poll: float
    a_poll_project: float
    census_an_item: float
    points_an_item: float


JIRA = Costs(an_item=0.0, a_batch=2.0, bulk=100, a_poll=1.0, a_poll_project=0.0, census_an_item=1 / 5000, points_an_item=2.0)
ASANA = Costs(an_item=2.0, a_batch=0.0, bulk=1, a_poll=0.0, a_poll_project=1.0, census_an_item=0.092, points_an_item=0.0)


@dataclass(frozen=True)
class Scenario:
    """A deployment and its tool. ``accounts``: sites or tokens, each with limits of its own, work spread evenly.

    ``events_per_s``: the day's mean of webhooks; ``events_an_item``: how many of them are about one item within a poll's
    moment, so that it is read once. ``writes_an_item``: writes into the tool that a changed item leads to.
    """

    name: str
    tool: Costs
    accounts: int
    items: int
    projects: int
    events_per_s: float
    oauth: bool = False
    events_an_item: float = 3.0
    writes_an_item: float = 0.05
    polls_projects: bool = True


@dataclass
class Budget:
    """What may still be asked of all accounts together."""

    scenario: Scenario
    minute: deque[float] = field(default_factory=lambda: deque([0.0] * (60 // STEP_S), maxlen=60 // STEP_S))
    hour_used: float = 0.0
    points_used: float = 0.0

    def requests_now(self) -> float:
        """Requests of this step."""
        accounts = self.scenario.accounts
        if self.scenario.tool is ASANA:
            left = ASANA_PER_MINUTE * accounts - sum(list(self.minute)[1:])
            return max(0.0, min(left, ASANA_READS_AT_ONCE * accounts * STEP_S / ASANA_ANSWER_S))
        return JIRA_READS_PER_SECOND * accounts * STEP_S

    def points_left(self) -> float:
        """Points of this hour; an account without OAuth has no end of them."""
        return POINTS_PER_HOUR * POINTS_SHARE - self.points_used if self.scenario.oauth else math.inf

    def end_step(self, at_s: int, used: float) -> None:
        self.minute.append(used)
        self.hour_used += used
        if (at_s + STEP_S) % 3600 == 0:
            self.hour_used = self.points_used = 0.0


@dataclass
class Result:
    """A day. ``busiest_share``: of the limit, in the busiest minute (an OAuth app: hour); ``waits_s``: of changed items."""

    requests: float
    busiest_share: float
    median_s: float
    p95_s: float
    longest_s: float
    left: float


class Day:
    """One simulated day."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario, self._random = scenario, random.Random(seed)
        self._budget = Budget(scenario)
        self._changed: deque[list[float]] = deque()  # [since, items]
        self._queues = {"writes": 0.0, "polls": 0.0, "census": 0.0}
        self._waits: list[tuple[float, float]] = []
        self._made = 0.0
        self._busiest = 0.0

    def run(self) -> Result:
        for at_s in range(0, DAY_S, STEP_S):
            self._arrive(at_s)
            self._serve(at_s)
        waits = sorted(self._waits)
        return Result(
            requests=self._made, busiest_share=self._busiest, median_s=_weighted(waits, 0.5), p95_s=_weighted(waits, 0.95),
            longest_s=waits[-1][0] if waits else 0.0, left=sum(items for _, items in self._changed),
        )  # fmt: skip

    def _arrive(self, at_s: int) -> None:
        scenario, costs = self._scenario, self._scenario.tool
        mean = scenario.events_per_s * HOURS[at_s // 3600] * STEP_S / scenario.events_an_item
        items = _poisson(self._random, mean)
        if items:
            self._changed.append([at_s, items])
            self._queues["writes"] += items * scenario.writes_an_item
        if at_s % POLL_S == 0:
            per_project = costs.a_poll_project * scenario.projects if scenario.polls_projects else 0.0
            self._queues["polls"] += costs.a_poll * scenario.accounts + per_project
        if at_s == CENSUS_AT_S:
            self._queues["census"] += costs.census_an_item * scenario.items

    def _serve(self, at_s: int) -> None:
        granted = self._budget.requests_now()
        free = granted
        for name in ("writes", "", "polls", "census"):
            free -= self._take(name, free) if name else self._read_again(at_s, free)
        used = granted - free
        self._made += used
        self._busiest = max(self._busiest, self._share(used))
        self._budget.end_step(at_s, used)

    def _share(self, used: float) -> float:
        """Of the limit that binds: points an hour, requests a minute, or requests of this step."""
        scenario = self._scenario
        if scenario.oauth:
            return self._budget.points_used / POINTS_PER_HOUR
        if scenario.tool is ASANA:
            return (sum(list(self._budget.minute)[1:]) + used) / (ASANA_PER_MINUTE * scenario.accounts)
        return used / (JIRA_READS_PER_SECOND * scenario.accounts * STEP_S)

    def _take(self, name: str, free: float) -> float:
        taken = min(self._queues[name], free, self._budget.points_left())
        self._queues[name] -= taken
        self._budget.points_used += taken
        return taken

    def _read_again(self, at_s: int, free: float) -> float:
        """Read what changed, the longest waiting first; the requests it took."""
        costs = self._scenario.tool
        per_item = costs.an_item + costs.a_batch / costs.bulk
        start = costs.a_batch * self._scenario.accounts if self._changed else 0.0  # however small a batch is
        able = max(0.0, free - start) / per_item
        if costs.points_an_item:
            able = min(able, max(0.0, self._budget.points_left() / costs.points_an_item))
        read = 0.0
        while self._changed and able > 1e-9:
            since, items = self._changed[0]
            some = min(items, able)
            self._waits.append((at_s - since + STEP_S / 2, some))
            read, able = read + some, able - some
            if some >= items - 1e-9:
                self._changed.popleft()
            else:
                self._changed[0][1] = items - some
        self._budget.points_used += read * costs.points_an_item
        return min(free, start + read * per_item) if read else 0.0


def _poisson(chance: random.Random, mean: float) -> int:
    """A Poisson number; for large means the normal one that is as good."""
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


def _weighted(waits: list[tuple[float, float]], share: float) -> float:
    total, wanted = 0.0, share * sum(items for _, items in waits)
    for wait_s, items in waits:
        total += items
        if total >= wanted:
            return wait_s
    return 0.0


SCENARIOS = (
    Scenario("Jira, one site, API token: 200,000 items, 5 webhooks a second", JIRA, 1, 200_000, 100, 5),
    Scenario("the same with an OAuth app", JIRA, 1, 200_000, 100, 5, oauth=True),
    Scenario("Jira, OAuth app: 1,000,000 items, 25 webhooks a second", JIRA, 1, 1_000_000, 500, 25, oauth=True),
    Scenario("Asana, one token: 50,000 tasks, 250 projects, 5 webhooks a second", ASANA, 1, 50_000, 250, 5),
    Scenario("Asana, one token: 200,000 tasks, 1,000 projects, 20 webhooks a second", ASANA, 1, 200_000, 1_000, 20),
    Scenario("half of the large one, in Jira: 10 sites, API tokens", JIRA, 10, 5_000_000, 2_500, 100),
    Scenario("half of the large one, in Jira: one site, API token", JIRA, 1, 5_000_000, 2_500, 100),
    Scenario("half of the large one, in Asana: one token", ASANA, 1, 5_000_000, 2_500, 100),
    Scenario("half of the large one, in Asana: 8 tokens", ASANA, 8, 5_000_000, 2_500, 100),
    Scenario("half of the large one, in Asana: 6 tokens", ASANA, 6, 5_000_000, 2_500, 100),
)


def table(seed: int = SEED) -> Iterator[str]:
    """The rows of the table, as docs/scale.md has them."""
    yield "| deployment | requests a day | busiest, of the limit | a change waits: median | p95 | longest | left at midnight |"
    yield "|---|---|---|---|---|---|---|"
    for scenario in SCENARIOS:
        day = Day(scenario, seed).run()
        cells = (
            scenario.name, f"{day.requests:,.0f}", f"{day.busiest_share:.0%}", _time(day.median_s), _time(day.p95_s),
            _time(day.longest_s), f"{day.left:,.0f}",
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    print("\n".join(table()))
