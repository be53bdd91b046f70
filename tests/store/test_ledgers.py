"""Limits, dirty marks, tokens and the inbox: what many threads and restarts must not spoil."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import text

from model.errors import FatalError
from model.events import ChangeEvent, EventKind
from model.jobs import LONGEST_WAIT
from model.ports import StoredToken
from store.database import Database
from store.hooks import Arrival, HookRegistration
from store.unit_of_work import UnitOfWork
from tests.support.made_records import day

_SCOPES = count()
EVENT = ChangeEvent(connection="acme", kind=EventKind.ITEM_CHANGED, vendor_id="1", name="issue_updated")


def taken_by(uow: UnitOfWork, *arrivals: Arrival) -> bool:
    return all(uow.hooks.store_deliveries(arrivals))


def arrival(*keys: str, connection: str = "acme", at: datetime | None = None) -> Arrival:
    return Arrival.of(connection, keys, (EVENT,), at or day(0))


def test_eight_threads_never_take_more_than_a_window_holds(
    database: Database, in_threads: Callable[..., list[Any]]
) -> None:
    def drain(_number: int) -> int:
        return sum(database.limits.take("acme", day(0), 50, 7) for _ in range(5))

    assert sum(in_threads(drain, 8)) == 50


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(st.integers(-1, 9), max_size=8), capacity=st.integers(0, 20))
def test_a_window_gives_what_is_wanted_until_it_is_spent(database: Database, wanted: list[int], capacity: int) -> None:
    scope = f"scope {next(_SCOPES)}"
    taken = [database.limits.take(scope, day(0), capacity, units) for units in wanted]
    assert sum(taken) == min(capacity, sum(units for units in wanted if units > 0))


def test_a_new_window_is_full_again_whichever_way_the_clock_went(database: Database) -> None:
    assert database.limits.take("acme", day(0), 5, 5) == 5
    assert database.limits.take("acme", day(9), 5, 3) == 3
    assert database.limits.take("acme", day(9), 5, 3) == 2
    assert database.limits.take("acme", day(0), 5, 5) == 5
    assert database.limits.take("acme", day(0), 5, 5) == 0


def test_a_pause_is_only_ever_made_longer(database: Database) -> None:
    assert database.limits.pauses(day(0)) == {}
    database.limits.pause("acme", day(2))
    database.limits.pause("acme", day(1))
    assert database.limits.pauses(day(0)) == {"acme": day(2)}


def test_a_node_marked_while_its_score_is_computed_stays_dirty(database: Database) -> None:
    with database.begin() as uow:
        uow.dirty.mark(["crm", "ops"], why="sync", at=day(0))
        (claim, _) = uow.dirty.pending()
    with database.begin() as uow:
        uow.dirty.mark(["crm"], why="webhook", at=day(0))
    with database.begin() as uow:
        assert not uow.dirty.clear("crm", marked_at=claim.marked_at)
        assert uow.dirty.clear("ops", marked_at=day(0))
        (left,) = uow.dirty.pending()
        assert (left.node, left.why, left.marks) == ("crm", "webhook", 2)
        assert uow.dirty.clear("crm", marked_at=left.marked_at)
        assert uow.dirty.pending() == ()


def test_a_second_worker_cannot_clear_a_mark_made_after_the_first_cleared(database: Database) -> None:
    with database.begin() as uow:
        uow.dirty.mark(["crm"], why="sync", at=day(0))
        (claim,) = uow.dirty.pending()
        assert uow.dirty.clear("crm", marked_at=claim.marked_at)
        uow.dirty.mark(["crm"], why="sync", at=day(0))
        assert not uow.dirty.clear("crm", marked_at=claim.marked_at)
        assert [node.marks for node in uow.dirty.pending()] == [1]


def test_a_node_that_is_marked_while_it_is_scored_waits_from_the_mark_that_was_scored(database: Database) -> None:
    begun, second = day(0), timedelta(seconds=1)
    with database.begin() as uow:
        for seconds in range(8):
            uow.dirty.mark(["crm"], why="sync", at=begun + seconds * second)
        scored = uow.dirty.pending(settled_at=begun + LONGEST_WAIT)
        assert [mark.since for mark in scored] == [begun]
        uow.dirty.mark(["crm"], why="sync", at=begun + LONGEST_WAIT)
        assert not uow.dirty.clear("crm", marked_at=scored[0].marked_at)
        assert uow.dirty.pending(settled_at=begun + LONGEST_WAIT + second / 2) == ()
        waited = scored[0].marked_at + LONGEST_WAIT
        uow.dirty.mark(["crm"], why="sync", at=waited)
        assert [mark.node for mark in uow.dirty.pending(settled_at=waited)] == ["crm"]


def test_marks_of_eight_threads_are_all_counted(database: Database, in_threads: Callable[..., list[Any]]) -> None:
    def mark(number: int) -> None:
        with database.begin() as uow:
            uow.dirty.mark([f"n{k}" for k in range(5)], why=str(number), at=day(number))

    in_threads(mark, 8)
    with database.read() as uow:
        assert [node.marks for node in uow.dirty.pending()] == [8] * 5


@pytest.mark.parametrize(("hours", "taken"), [(0, False), (23.99, False), (24, True), (30, True)])
def test_a_repeated_delivery_is_known_for_a_day(database: Database, hours: float, taken: bool) -> None:
    with database.begin() as uow:
        assert taken_by(uow, arrival("d1"))
        assert taken_by(uow, arrival("d1", connection="other"))
        assert taken_by(uow, arrival("d1", at=day(0) + timedelta(hours=hours))) is taken


def test_a_delivery_is_a_repetition_when_its_name_or_its_body_is_known(database: Database) -> None:
    with database.begin() as uow:
        assert taken_by(uow, arrival("id-1", "body-1"))
        assert not taken_by(uow, arrival("id-2", "body-1"))
        assert not taken_by(uow, arrival("id-1", "body-2"))
        assert taken_by(uow, arrival("id-3", "body-3"))
        assert len(uow.inbox.pending()) == 2


def test_of_equal_deliveries_in_one_go_the_first_is_taken(database: Database) -> None:
    with database.begin() as uow:
        same = [arrival("d1", "b1"), arrival("d2", "b2"), arrival("d1", "b1"), arrival("d3", "b2"), arrival("d4", "b4")]
        assert uow.hooks.store_deliveries(same) == [True, True, False, False, True]
        assert uow.hooks.store_deliveries([]) == []
        assert len(uow.inbox.pending()) == 3


def test_processes_that_take_the_same_deliveries_in_another_order_never_wait_for_each_other(
    database: Database, in_threads: Callable[..., list[Any]]
) -> None:
    def receive(number: int) -> int:
        taken, order = 0, (1, -1)[number % 2]
        for start in range(10):
            with database.begin() as uow:
                many = [arrival(f"d{start}-{one}", f"b{start}-{one}") for one in range(20)][::order]
                taken += sum(uow.hooks.store_deliveries(many))
        return taken

    assert sum(in_threads(receive, 8)) == 200


def test_one_of_eight_equal_deliveries_at_once_is_taken(
    database: Database, in_threads: Callable[..., list[Any]]
) -> None:
    def receive(_number: int) -> bool:
        with database.begin() as uow:
            return taken_by(uow, arrival("d1", "the body"))

    assert sum(in_threads(receive, 8)) == 1
    with database.read() as uow:
        (waiting,) = uow.inbox.pending("acme")
    assert waiting.events == (EVENT,)


def test_a_delivery_waits_until_it_is_done_and_goes_only_then(database: Database) -> None:
    with database.begin() as uow:
        taken_by(uow, arrival("d1"))
        taken_by(uow, arrival("d2"))
        first, second = uow.inbox.pending("acme")
        uow.inbox.done([first.id], at=day(1))
        assert uow.retention.keys("deliveries", day(9), 10) == [(first.id,)]
        assert uow.retention.take_away("deliveries", day(9), [(first.id,), (second.id,)]) == 1
        assert uow.inbox.pending("acme") == (second,)


def test_a_token_comes_back_and_its_secret_is_nowhere_in_the_file(database: Database) -> None:
    token = StoredToken(access=SecretStr("hunter2"), refresh=SecretStr("hunter3"), expires_at=day(1))
    assert database.tokens.load("acme") is None
    database.tokens.save("acme", token)
    assert database.tokens.load("acme") == token
    with database.transaction() as conn:
        kept = conn.execute(text("SELECT body FROM tokens")).scalar_one()
    assert "hunter" not in f"{kept}{token!r}"


def test_a_token_without_a_key_names_the_variable(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    assert database.tokens.load("acme") is None
    with pytest.raises(FatalError, match="BELLWETHER_SECRET_KEY"):
        database.tokens.save("acme", StoredToken(access=SecretStr("hunter2")))
    database.close()


def test_a_token_under_another_key_is_refused_with_what_to_do(database_url: str) -> None:
    right, wrong = Database(database_url, secret_key=b"a" * 32), Database(database_url, secret_key=b"b" * 32)
    right.upgrade()
    right.tokens.save("acme", StoredToken(access=SecretStr("hunter2")))
    with pytest.raises(FatalError, match="stored with"):
        wrong.tokens.load("acme")
    right.close()
    wrong.close()


def test_a_hook_secret_is_sealed_and_not_shown(database: Database) -> None:
    registration = HookRegistration(connection="acme", key="k", secret="hunter2", created_at=day(0))
    with database.begin() as uow:
        uow.hooks.save(registration)
        assert uow.hooks.registration("acme", "k") == registration
        assert uow.hooks.registration("acme", "other") is None
    with database.transaction() as conn:
        kept = conn.execute(text("SELECT secret FROM hook_registrations")).scalar_one()
    assert "hunter2" not in f"{kept}{registration!r}"
