"""Politeness: waits, repeats and gives up as the kind of request allows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, Call, Limit, TransportError, UnexpectedAnswerError
from connector.sdk.politeness import InProcessLedger, Manner, Politeness
from model.errors import (
    AmbiguousWriteError,
    ConnectionUnusableError,
    NotFoundError,
    RefusedError,
    RetryableError,
)

READ, WRITE = Call("GET", "things"), Call("POST", "things")
GOOD = Answer(200, {"content-type": "application/json"}, b"{}")


class World:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, tzinfo=UTC)
        self.slept: list[float] = []
        self.ledger = InProcessLedger()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def politeness(self, **more: Any) -> Politeness:
        around = Surroundings(
            now=lambda: self.at, sleep=self.sleep, read_secret=str, tokens=None,  # type: ignore[arg-type]
            limits=self.ledger, jitter=lambda: 0.0,
        )
        return Politeness(around, connection="acme", **more)


class Answers:
    def __init__(self, *answers: Answer | TransportError) -> None:
        self.left = list(answers)
        self.asked = 0

    def __call__(self) -> Answer:
        self.asked += 1
        answer = self.left.pop(0)
        if isinstance(answer, TransportError):
            raise answer
        return answer


@pytest.fixture
def world() -> World:
    return World()


def test_a_read_is_repeated_after_a_server_error(world: World) -> None:
    assert world.politeness().run(READ, Answers(Answer(503), GOOD)) == GOOD


def test_retry_after_is_a_minimum(world: World) -> None:
    world.politeness().run(READ, Answers(Answer(429, {"retry-after": "9"}), GOOD))
    assert sum(world.slept) >= 9


def test_a_long_retry_after_is_not_slept_but_told(world: World) -> None:
    with pytest.raises(RetryableError) as caught:
        world.politeness().run(READ, Answers(Answer(429, {"retry-after": "3000"}), GOOD))
    assert caught.value.retry_after_s == 3000
    assert world.slept == []


def test_a_pause_is_kept_by_everybody_who_shares_the_ledger(world: World) -> None:
    with pytest.raises(RetryableError):
        world.politeness().run(READ, Answers(Answer(429, {"retry-after": "3000"})))
    other = Answers(GOOD)
    with pytest.raises(RetryableError):
        world.politeness().run(READ, other)
    assert other.asked == 0


def test_it_gives_up_after_the_last_try(world: World) -> None:
    answers = Answers(*[Answer(500)] * 9)
    with pytest.raises(RetryableError):
        world.politeness(manner=Manner(max_tries=4)).run(READ, answers)
    assert answers.asked == 4


@pytest.mark.parametrize("failure", [Answer(500), Answer(504), TransportError("lost", sent=True)])
def test_a_write_that_may_have_been_done_is_never_repeated(world: World, failure: Any) -> None:
    answers = Answers(failure, GOOD)
    with pytest.raises(AmbiguousWriteError):
        world.politeness().run(WRITE, answers)
    assert answers.asked == 1


@pytest.mark.parametrize("failure", [Answer(429), TransportError("refused", sent=False)])
def test_a_write_that_was_not_done_is_repeated(world: World, failure: Any) -> None:
    assert world.politeness().run(WRITE, Answers(failure, GOOD)) == GOOD


def test_a_post_that_only_reads_is_repeated(world: World) -> None:
    assert world.politeness().run(Call("POST", "search", repeatable=True), Answers(Answer(502), GOOD)) == GOOD


@pytest.mark.parametrize(("answer", "kind"), [
    (Answer(401), ConnectionUnusableError), (Answer(403), RefusedError), (Answer(404), NotFoundError),
    (Answer(410), ConnectionUnusableError), (Answer(400), UnexpectedAnswerError), (Answer(302), ConnectionUnusableError),
    (Answer(200, {"content-type": "text/html"}, b"<html>login"), ConnectionUnusableError),
])
def test_an_answer_that_will_not_change_is_not_asked_for_twice(world: World, answer: Answer, kind: type) -> None:
    answers = Answers(answer, GOOD)
    with pytest.raises(kind):
        world.politeness().run(READ, answers)
    assert answers.asked == 1


def test_a_host_that_is_not_there_makes_the_connection_unusable(world: World) -> None:
    with pytest.raises(ConnectionUnusableError, match="no connection"):
        world.politeness().run(READ, Answers(*[TransportError("no connection", sent=False)] * 9))


def test_a_spent_window_is_waited_for(world: World) -> None:
    polite = world.politeness()
    call = Call("GET", "things", limits=(Limit("acme:things", 2, 10.0, block=1),))
    for _ in range(3):
        polite.run(call, Answers(GOOD))
    assert sum(world.slept) == pytest.approx(10.0, abs=0.1)


def test_requests_and_bytes_are_counted(world: World) -> None:
    polite = world.politeness()
    polite.run(READ, Answers(Answer(500), Answer(200, {}, b"12345")))
    assert (polite.traffic().requests, polite.traffic().bytes) == (2, 5)
