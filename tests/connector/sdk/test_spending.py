"""Spending: requests and waits are counted for the piece of work that makes them, in whichever thread."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, Call
from connector.sdk.politeness import InProcessLedger, Politeness
from connector.sdk.spending import carried, counted
from model.sync import Traffic

READ = Call("GET", "things")
GOOD = Answer(200, {"content-type": "application/json"}, b"{}")


def _politeness() -> Politeness:
    at = [datetime(2026, 11, 20, tzinfo=UTC)]

    def sleep(seconds: float) -> None:
        at[0] += timedelta(seconds=seconds)

    around = Surroundings(
        now=lambda: at[0], sleep=sleep, read_secret=str, tokens=None,  # type: ignore[arg-type]
        limits=InProcessLedger(), jitter=lambda: 0.0,
    )  # fmt: skip
    return Politeness(around, connection="acme")


def test_of_two_jobs_at_one_connection_each_is_charged_with_its_own_requests_those_of_its_threads_too() -> None:
    polite, both = _politeness(), Barrier(2)

    def job(requests: int) -> Traffic:
        with counted() as spent, ThreadPoolExecutor(2) as threads:
            both.wait()
            list(threads.map(carried(lambda _: polite.run(READ, lambda: GOOD)), range(requests)))
            both.wait()
            return spent.so_far()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(job, (3, 8)))
    assert [(one.requests, one.bytes) for one in told] == [(3, 6), (8, 16)]
    assert polite.traffic().requests == 11


def test_the_wait_that_a_refusal_asks_for_is_counted_and_the_one_for_a_host_that_stumbles_is_not() -> None:
    polite = _politeness()
    with counted() as spent:
        limited = iter((Answer(429, {"retry-after": "9"}), GOOD))
        polite.run(READ, lambda: next(limited))
    assert spent.so_far().requests == 2
    assert 9 <= spent.so_far().waited_s < 10
    with counted() as spent:
        stumbled = iter((Answer(503), GOOD))
        polite.run(READ, lambda: next(stumbled))
    assert spent.so_far().waited_s == 0
