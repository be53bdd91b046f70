"""The shared limits: never passed, whoever takes, in whatever process; and what a dead one held comes back."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.ports import Lesson
from store.database import Database
from tests.support.made_records import DAY_0, day
from tests.support.processes import run_together

_SCOPES = count()
SLICE = timedelta(seconds=5)
SPAN = timedelta(seconds=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(takes=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=25), capacity=st.integers(1, 30))
def test_no_minute_ever_holds_more_than_its_capacity(
    database: Database, takes: list[tuple[int, int]], capacity: int
) -> None:
    scope, given_at = f"scope {next(_SCOPES)}", list[tuple[int, int]]()
    for at, wanted in sorted(takes):
        start = day(0) + at * SLICE
        units = database.limits.take(scope, start, capacity, wanted, since=start - SPAN)
        given_at.append((at, units))
        # Where it gave less than was wanted, the minute is full.
        spent = sum(taken for when, taken in given_at if when >= at - 12)
        assert spent <= capacity
        assert units == wanted or spent == capacity


def test_used_counts_what_was_taken_since(database: Database) -> None:
    for at in range(3):
        database.limits.take("acme", day(0) + at * SLICE, 50, 5, since=day(0) - SPAN)
    assert database.limits.used("acme", day(0) + SLICE) == 10
    assert database.limits.used("other", day(0)) == 0


def test_eight_threads_in_different_windows_never_take_more_than_is_left(
    database: Database, in_threads: Callable[..., list[Any]]
) -> None:
    def drain(number: int) -> int:
        start = day(0) + (number % 3) * SLICE
        return sum(database.limits.take("acme", start, 50, 7, since=day(0) - SPAN) for _ in range(5))

    assert sum(in_threads(drain, 8)) == 50


def _lease(database: Database, holder: str, wanted: int, seconds: int = 0) -> int:
    now = day(0) + timedelta(seconds=seconds)
    return database.limits.lease("acme", holder, wanted, capacity=10, now=now, until=now + timedelta(seconds=60))


def test_leases_together_never_pass_the_capacity(database: Database) -> None:
    assert [_lease(database, "a", 6), _lease(database, "b", 6), _lease(database, "c", 6)] == [6, 4, 0]
    assert _lease(database, "a", 8) == 6
    assert _lease(database, "a", 2) == 2
    assert _lease(database, "c", 6) == 4


def test_what_a_dead_process_held_comes_back(database: Database) -> None:
    _lease(database, "dead", 10)
    assert _lease(database, "a", 5, seconds=59) == 0
    assert _lease(database, "a", 5, seconds=60) == 5


def test_a_lease_can_be_given_back(database: Database) -> None:
    _lease(database, "a", 10)
    assert _lease(database, "a", 0) == 0
    assert _lease(database, "b", 10) == 10


def test_pauses_are_those_that_still_hold(database: Database) -> None:
    database.limits.pause("past", day(1))
    database.limits.pause("acme", day(3))
    assert database.limits.pauses(day(1)) == {"acme": day(3)}


def test_the_last_lesson_of_a_scope_counts(database: Database) -> None:
    assert database.limits.lessons() == {}
    for capacity in (750, 150):
        database.limits.teach(Lesson(scope="acme", capacity=capacity, holds_until=day(1)))
    assert database.limits.lessons() == {"acme": Lesson(scope="acme", capacity=150, holds_until=day(1))}


_DRAIN = """
import sys, time, random
from datetime import UTC, datetime
from connector.sdk.base import Surroundings
from connector.sdk.budget import Budget
from connector.sdk.http import Limit
from store.database import Database

database = Database(sys.argv[1])
around = Surroundings(
    now=lambda: datetime.now(UTC), sleep=time.sleep, read_secret=str, tokens=database.tokens, limits=database.limits,
    jitter=random.random,
)
budget, limit = Budget(around, "acme"), Limit("acme:things", 40, 1.0, block=4, slices=5)
database.limits.lessons()
print("ready", flush=True)
sys.stdin.read()
until = time.time() + 2.5
while time.time() < until:
    wait_s = budget.take((limit,))
    if wait_s:
        time.sleep(wait_s)
    else:
        print(time.time())
"""


def test_two_processes_with_one_ledger_are_never_above_the_limit(database: Database) -> None:
    url = database._url.render_as_string(hide_password=False)
    times = sorted(float(line) for out in run_together(_DRAIN, url, processes=2) for line in out.split())
    fullest = max(sum(1 for at in times if start <= at < start + 1.0) for start in times)
    assert fullest <= 40
    # It is used up, too: a limiter that lets nothing through would keep every limit.
    assert len(times) >= 60


def test_a_clock_that_was_set_back_does_not_wait_for_its_own_future(database: Database) -> None:
    ahead, now = DAY_0 + timedelta(hours=5), DAY_0
    assert database.limits.take("minute", ahead, 10, 10, since=ahead - timedelta(minutes=1)) == 10
    assert database.limits.take("minute", now, 10, 4, since=now - timedelta(minutes=1)) == 4
