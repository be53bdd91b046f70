"""Sums and freshness in both databases, also when many count at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from store.database import Database

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_sums_of_many_writers_add_up(database: Database, in_threads: Callable[..., list[object]]) -> None:
    def count(number: int) -> None:
        for _ in range(10):
            with database.begin() as uow:
                uow.tallies.add_many({("a", (("who", "x"),)): 1, ("a", (("who", str(number)),)): 0.5, ("b", ()): 0})

    in_threads(count, 4)
    with database.read() as uow:
        found = {(one.name, one.labels["who"]): one.value for one in uow.tallies.all()}
    assert found == {("a", "x"): 40, **{("a", str(number)): 5.0 for number in range(4)}}


def test_the_oldest_change_counts_until_nothing_of_it_waits(database: Database) -> None:
    with database.begin() as uow:
        uow.dirty.mark(["n", "other"], why="a", at=START)
        uow.dirty.mark(["n"], why="b", at=START + timedelta(seconds=5))
        assert uow.freshness.settle(START + timedelta(seconds=6)) == 0
        for mark in uow.dirty.pending():
            uow.dirty.clear(mark.node, marked_at=mark.marked_at)
        uow.agenda.note_due(["n"], at=START, now=START)
        assert uow.freshness.settle(START + timedelta(seconds=7)) == 1
        uow.agenda.pushed(["n"], began_at=START)
        assert uow.freshness.settle(START + timedelta(seconds=9)) == 1
        assert uow.freshness.settle(START + timedelta(seconds=99)) == 0
    with database.read() as uow:
        assert {one.node: (one.waiting_since, one.last_s) for one in uow.freshness.all()} == {
            "n": (None, 9.0), "other": (None, 7.0)
        }  # fmt: skip


def test_where_nothing_is_ever_written_a_score_is_the_end(database: Database) -> None:
    with database.begin() as uow:
        uow.dirty.mark(["n"], why="a", at=START)
        (mark,) = uow.dirty.pending()
        uow.dirty.clear("n", marked_at=mark.marked_at)
        uow.agenda.note_due(["n"], at=START, now=START)
        assert uow.freshness.settle(START + timedelta(seconds=2), pushes=False) == 1


def test_a_limit_has_left_what_was_not_taken_in_its_window(database: Database) -> None:
    limits = database.limits
    limits.announce("token:minute", "acme", capacity=100, window_s=60)
    limits.announce("token:minute", "acme", capacity=120, window_s=60)
    for second in (0, 30, 55):
        limits.take("token:minute", START + timedelta(seconds=second), 120, 10, since=START - timedelta(seconds=65))
    (now,) = limits.left(START + timedelta(seconds=59))
    (later,) = limits.left(START + timedelta(seconds=70))
    assert (now.connection, now.capacity, now.left) == ("acme", 120, 90)
    assert later.left == 100
