"""Politeness among many: pauses, limits and slots that threads and processes share, and what they cost."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sdk.base import Surroundings
from connector.sdk.http import LONGEST_PAUSE_S, Answer, Call, Limit, retry_after_s
from connector.sdk.politeness import InProcessLedger, Manner, Politeness
from model.errors import RetryableError

GOOD = Answer(200, {}, b"{}")
MINUTE = Limit("acme:minute", 1500, 60.0, block=20, slices=12, plans=(150,))
READ = Call("GET", "things", limits=(MINUTE,))
LATENCY_S = 0.05


class CountingLedger(InProcessLedger):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __getattribute__(self, name: str) -> Any:
        if name in ("take", "used", "lease", "pause", "pauses", "teach", "lessons"):
            self.calls[name] += 1
        return super().__getattribute__(name)


@dataclass
class Vendor:
    """A clock and a tool that refuses what its rule says; every request takes ``LATENCY_S``."""

    limit: int = 10**9
    every: int = 0
    wait: str | None = "7"
    at: datetime = datetime(2026, 11, 21, 9, tzinfo=UTC)
    ledger: CountingLedger = field(default_factory=CountingLedger)
    jitter: Any = field(default_factory=lambda: random.Random(3).random)
    sent: list[datetime] = field(default_factory=list)
    refused: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.around = Surroundings(
            now=lambda: self.at, sleep=self.sleep, read_secret=str, tokens=None,  # type: ignore[arg-type]
            limits=self.ledger, jitter=self.jitter,
        )

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def politeness(self, **more: Any) -> Politeness:
        return Politeness(self.around, connection="acme", **more)

    def answer(self) -> Answer:
        self.sent.append(self.at)
        self.sleep(LATENCY_S)
        recent = sum(1 for at in self.sent if at > self.at - timedelta(seconds=60))
        if recent > self.limit or (self.every and len(self.sent) % self.every == 0):
            self.refused.append(self.at)
            return Answer(429, {} if self.wait is None else {"retry-after": self.wait})
        return GOOD

    def too_early(self, wait_s: float) -> list[datetime]:
        """Requests between a refusal and the end of its Retry-After."""
        return [
            at for refusal in self.refused for at in self.sent
            if refusal <= at < refusal + timedelta(seconds=wait_s)
        ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_with_every_tenth_request_refused_all_arrive_and_none_is_early(method: str) -> None:
    vendor = Vendor(every=10)
    # Two connectors of two processes take turns; the second hears of a pause through the ledger alone.
    both = [vendor.politeness(), vendor.politeness()]
    call = Call(method, "things", limits=(MINUTE,))
    began = vendor.at
    for number in range(300):
        if number % 2 == 0:
            vendor.sleep(1.0)
        assert both[number % 2].run(call, vendor.answer) == GOOD
    assert vendor.too_early(7.0) == []
    undisturbed_s = 300 * LATENCY_S + 150 * 1.0
    took_s = (vendor.at - began).total_seconds()
    assert len(vendor.refused) >= 30
    assert took_s <= 2 * undisturbed_s + len(vendor.refused) * 7.0


def test_threads_keep_a_pause_that_one_of_them_met() -> None:
    ledger, lock, pause_s, on_its_way_s = InProcessLedger(), threading.Lock(), 0.8, 0.2
    sent, refused = list[float](), list[float]()
    around = Surroundings(
        now=lambda: datetime.now(UTC), sleep=time.sleep, read_secret=str, tokens=None,  # type: ignore[arg-type]
        limits=ledger, jitter=random.Random(3).random,
    )

    def send() -> Answer:
        with lock:
            sent.append(time.monotonic())
            refuse = len(sent) % 10 == 0
        time.sleep(0.01)
        if not refuse:
            return GOOD
        with lock:
            refused.append(time.monotonic())
        return Answer(429, {"retry-after": str(pause_s)})

    polite = Politeness(around, connection="acme", manner=Manner(first_wait_s=0.1, reads=4))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: polite.run(Call("GET", "things"), send), range(40)))
    assert answers == [GOOD] * 40
    # What was already on its way when the refusal came is nobody's fault: eight threads take turns on a busy machine.
    assert [at for refusal in refused for at in sent if refusal + on_its_way_s < at < refusal + pause_s] == []


def test_a_thousand_requests_cost_few_questions_to_the_ledger() -> None:
    vendor = Vendor()
    manner = Manner(shared_by="asana:a", all_reads=50, all_writes=15)
    polite = vendor.politeness(manner=manner)
    for _ in range(1000):
        polite.run(READ, vendor.answer)
    # 50 s of requests: one look at the pauses a second, a few blocks every 5 s, a lease every 20 s.
    assert sum(vendor.ledger.calls.values()) <= 130, vendor.ledger.calls


def test_limits_of_a_second_cost_a_lease_in_twenty_seconds() -> None:
    vendor = Vendor()
    polite = vendor.politeness()
    call = Call("GET", "things", limits=(Limit("site:GET things", 50, 1.0, shared_by="site:reads"),))
    for _ in range(1000):
        polite.run(call, vendor.answer)
    assert vendor.ledger.calls["lease"] <= 6
    assert vendor.ledger.calls["take"] == 0


def test_processes_that_share_a_limit_of_a_second_stay_below_it_together() -> None:
    vendor = Vendor()
    both = [vendor.politeness(), vendor.politeness()]
    call = Call("GET", "things", limits=(Limit("site:GET things", 20, 1.0, shared_by="site:reads"),))
    for number in range(200):
        both[number % 2].run(call, lambda: vendor.sent.append(vendor.at) or GOOD)
    for start in vendor.sent:
        second = [at for at in vendor.sent if int(at.timestamp()) == int(start.timestamp())]
        assert len(second) <= 20


def test_a_minute_is_never_fuller_than_allowed_with_blocks_of_two_processes() -> None:
    vendor = Vendor()
    limit = Limit("acme:minute", 100, 60.0, block=20, slices=12)
    both = [vendor.politeness(), vendor.politeness()]
    for number in range(400):
        both[number % 2].run(Call("GET", "things", limits=(limit,)), vendor.answer)
    fullest = max(sum(1 for at in vendor.sent if start <= at < start + timedelta(seconds=60)) for start in vendor.sent)
    assert fullest <= 100


def test_a_free_plan_is_learned_from_its_refusals() -> None:
    vendor = Vendor(limit=150, wait="30")
    polite = vendor.politeness()
    for _ in range(900):
        polite.run(READ, vendor.answer)
    assert vendor.ledger.lessons()["acme:minute"].capacity == 150
    assert len(vendor.refused) <= 3


def test_what_one_process_learned_the_others_know() -> None:
    vendor = Vendor(limit=150, wait="30")
    for polite in (vendor.politeness(), vendor.politeness()):
        for _ in range(300):
            polite.run(READ, vendor.answer)
    assert len(vendor.refused) <= 3


def test_refusals_in_a_row_halve_the_rate_and_it_recovers_slowly() -> None:
    vendor = Vendor()
    polite = vendor.politeness()
    answers = iter([Answer(429, {"retry-after": "1"}), GOOD] * 3)
    for _ in range(3):
        polite.run(READ, lambda: next(answers))
    slowed = vendor.ledger.lessons()["acme:minute"].capacity
    assert slowed == 375
    vendor.sleep(60 + 5 * 60)
    began = vendor.at
    for _ in range(3000):
        polite.run(READ, vendor.answer)
    first_minute = sum(1 for at in vendor.sent if at < began + timedelta(seconds=60))
    assert slowed < first_minute < 1500


def test_one_refusal_teaches_nothing() -> None:
    vendor = Vendor()
    answers = iter([Answer(429, {"retry-after": "1"}), GOOD])
    vendor.politeness().run(READ, lambda: next(answers))
    assert vendor.ledger.lessons() == {}


def test_a_refusal_without_retry_after_pauses_everybody_for_a_moment() -> None:
    vendor = Vendor()
    answers = iter([Answer(429), GOOD])
    vendor.politeness().run(READ, lambda: next(answers))
    asked_at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert vendor.ledger.pauses(asked_at) == {"acme": asked_at + timedelta(seconds=1)}


def test_a_retry_after_of_zero_is_waited_for_all_the_same() -> None:
    vendor = Vendor()
    answers = iter([Answer(429, {"retry-after": "0"}), GOOD])
    vendor.politeness().run(READ, lambda: next(answers))
    assert vendor.at >= datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["1e12", "inf", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_retry_after_is_a_day_at_most(text: str) -> None:
    assert retry_after_s({"retry-after": text}, datetime(2026, 11, 21, tzinfo=UTC)) == LONGEST_PAUSE_S


@pytest.mark.parametrize("text", ["nan", "soon", "-3"])
def test_an_unreadable_retry_after_is_none_or_nothing(text: str) -> None:
    assert not retry_after_s({"retry-after": text}, datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize("text", ["2026-11-21T00:01Z", "2026-11-21T00:01:00Z"])
def test_without_retry_after_the_moment_of_the_reset_counts(text: str) -> None:
    assert retry_after_s({"x-ratelimit-reset": text}, datetime(2026, 11, 21, tzinfo=UTC)) == 60


def test_a_long_pause_is_seen_by_whoever_asks_the_ledger() -> None:
    vendor = Vendor(every=1, wait="3000")
    with pytest.raises(RetryableError) as caught:
        vendor.politeness().run(READ, vendor.answer)
    assert caught.value.retry_after_s == 3000
    assert vendor.ledger.pauses(vendor.at) == {"acme": vendor.at + timedelta(seconds=3000)}


def test_a_spent_hour_puts_the_job_off_and_shows_until_when() -> None:
    vendor = Vendor()
    hour = Limit("app", 5, 3600.0)
    polite = vendor.politeness()
    call = Call("GET", "things", limits=(hour,))
    polite.run(call, vendor.answer)
    polite.spend(hour, 100)
    with pytest.raises(RetryableError) as caught:
        polite.run(call, vendor.answer)
    assert caught.value.retry_after_s == pytest.approx(3600, abs=1)
    until = vendor.ledger.pauses(vendor.at)["acme"]
    assert abs(until - datetime(2026, 11, 21, 10, tzinfo=UTC)) < timedelta(seconds=1)
    vendor.sleep(3600)
    assert polite.run(call, vendor.answer) == GOOD


def test_a_pause_of_one_endpoint_leaves_the_others_alone() -> None:
    vendor = Vendor()
    one, other = (Call("GET", name, limits=(Limit(f"acme:{name}", 50, 1.0),)) for name in ("one", "other"))
    polite = vendor.politeness(pause_scope=lambda call, _answer: (call.limits[0].scope,))
    with pytest.raises(RetryableError):
        polite.run(one, lambda: Answer(429, {"retry-after": "3000"}))
    assert polite.run(other, vendor.answer) == GOOD


# -- slots ------------------------------------------------------------------------------------------------------------


def test_threads_never_have_more_under_way_than_the_deployment_may() -> None:
    vendor = Vendor()
    manner = Manner(reads=4, writes=2, shared_by="asana:a", all_reads=5, all_writes=15)
    lock, now, most = threading.Lock(), [0], [0]

    def slow() -> Answer:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.005)
        with lock:
            now[0] -= 1
        return GOOD

    both = [vendor.politeness(manner=manner), vendor.politeness(manner=manner)]
    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(lambda number: both[number % 2].run(Call("GET", "x"), slow), range(120)))
    assert len(done) == 120
    assert 2 <= most[0] <= 5


def test_what_a_dead_process_held_is_waited_for() -> None:
    vendor = Vendor()
    manner = Manner(shared_by="asana:a", all_reads=1, all_writes=1)
    vendor.ledger.lease(
        "asana:a:reads", "dead", 1, capacity=1, now=vendor.at, until=vendor.at + timedelta(seconds=40)
    )
    began = vendor.at
    assert vendor.politeness(manner=manner).run(Call("GET", "x"), vendor.answer) == GOOD
    assert 40 <= (vendor.at - began).total_seconds() < 45


def test_a_process_that_is_never_let_in_puts_the_job_off() -> None:
    vendor = Vendor()
    manner = Manner(shared_by="asana:a", all_reads=1, all_writes=1)
    vendor.ledger.lease("asana:a:reads", "other", 1, capacity=1, now=vendor.at, until=vendor.at + timedelta(days=1))
    with pytest.raises(RetryableError, match="Other processes"):
        vendor.politeness(manner=manner).run(Call("GET", "x"), vendor.answer)


def test_closing_gives_back_what_was_leased() -> None:
    vendor = Vendor()
    manner = Manner(shared_by="asana:a", all_reads=1, all_writes=1)
    first, second = vendor.politeness(manner=manner), vendor.politeness(manner=manner)
    first.run(Call("GET", "x"), vendor.answer)
    first.close()
    began = vendor.at
    second.run(Call("GET", "x"), vendor.answer)
    assert (vendor.at - began).total_seconds() < 1
