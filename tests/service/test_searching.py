"""Searches of pages: one at a time in a deployment, the same question once, and whoever can't wait is told."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore

import pytest

from model.errors import RetryableError
from rollup.portfolio.candidates import Board, Candidate
from rollup.portfolio.limits import Scenario, Setting, setting_of
from rollup.portfolio.selection import Effort, Selection
from rollup.portfolio.supply import Supply
from service.searching import TURN, Found, in_turn
from store.database import Database


@dataclass
class Slow:
    """A search that counts how often it is asked, and how many are at it at once."""

    asked: list[float] = field(default_factory=list)
    running: int = 0
    most: int = 0

    def __call__(self, setting: Setting, effort: Effort) -> Selection:
        self.running += 1
        self.most = max(self.most, self.running)
        self.asked.append(effort.seconds)
        time.sleep(0.05)
        self.running -= 1
        return Selection(value=setting.scenario.budget or 0.0)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/a.db")
    made.upgrade()
    yield made
    made.close()


def _under(budget: float) -> Setting:
    some = (Candidate("a", "A", value=1.0, cost=5.0),)
    return setting_of(Board("p", "EUR", some), Supply(), Scenario(budget=budget), ())


def test_the_same_question_is_searched_once_and_another_anew(db: Database) -> None:
    slow, found = Slow(), Found()
    search = in_turn(db, found, search=slow)
    told = [search(_under(budget), Effort(seconds=seconds)).value for budget, seconds in ((1, 1), (1, 1), (2, 1), (2, 3))]
    assert told == [1, 1, 2, 2]
    assert slow.asked == [1, 1, 3]
    assert in_turn(db, found, search=slow)(_under(2), Effort(seconds=3)).value == 2
    assert len(slow.asked) == 3


def test_two_processes_do_not_search_at_once(db: Database) -> None:
    slow = Slow()
    searches = [in_turn(db, Found(), search=slow) for _ in range(2)]  # each with a memory of its own, as processes have
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: searches[n % 2](_under(n + 1), Effort()).value, range(4)))
    assert told == [1, 2, 3, 4]
    assert slow.most == 1


def test_who_can_not_wait_is_told_so_at_once_where_many_wait(db: Database) -> None:
    with db.alone(TURN) as got:
        assert got
        with pytest.raises(RetryableError, match="only one is at a time") as busy:
            in_turn(db, Found(), search=Slow(), wait_s=0.0)(_under(1), Effort())
    assert (busy.value.reason, busy.value.retry_after_s) == ("search_busy", 3)
    full = Found(places=BoundedSemaphore(1))
    full.places.acquire()
    with pytest.raises(RetryableError):
        in_turn(db, full, search=Slow())(_under(1), Effort())
    full.places.release()
    assert in_turn(db, full, search=Slow())(_under(1), Effort()).value == 1
