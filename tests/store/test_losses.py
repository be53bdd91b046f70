"""Deliveries that named an item, and finds that are judged."""

from datetime import timedelta

import pytest

from model.events import ChangeEvent, EventKind
from model.hooks import Find, Verdict
from store.database import Database
from store.hooks import Arrival
from tests.support.made_records import day

ITEMS = (EventKind.ITEM_CHANGED, EventKind.ITEM_DELETED)
MINUTE = timedelta(minutes=1)


def _event(vendor_id: str, kind: EventKind = EventKind.ITEM_CHANGED) -> ChangeEvent:
    return ChangeEvent(connection="acme", kind=kind, vendor_id=vendor_id, name="changed")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("1",), [("1", 0), ("1", 1)]),
        (("1", "2", "9"), [("1", 0), ("1", 1), ("2", 1)]),
        (("3",), []),  # a project of that id is no item
        (("4",), []),  # of another connection
        ((), []),
    ],
)
def test_deliveries_are_found_by_the_items_that_they_name(
    database: Database, asked: tuple[str, ...], found: list[tuple[str, int]]
) -> None:
    with database.begin() as uow:
        uow.hooks.store_deliveries([
            Arrival.of("acme", ("a",), (_event("1"),), day(0)),
            Arrival.of("acme", ("b",), (_event("2", EventKind.ITEM_DELETED), _event("1")), day(0) + MINUTE),
            Arrival.of("acme", ("c",), (_event("3", EventKind.PROJECT_CHANGED),), day(0)),
            Arrival.of("other", ("d",), (_event("4"),), day(0)),
            Arrival.of("acme", ("e",), (_event("1"),), day(0) + 5 * MINUTE),
        ])  # fmt: skip
    with database.read() as uow:
        named = uow.inbox.naming("acme", asked, ITEMS, since=day(0), until=day(0) + 2 * MINUTE)
    assert sorted((one, (at - day(0)) // MINUTE) for one, at in named) == found


def test_finds_are_judged_some_at_a_time_and_each_once(database: Database) -> None:
    often = {"connection": "acme", "changed_at": day(0), "found_at": day(0)}
    finds = [Find(item_id=f"acme:item:{number}", until_at=day(0) + number * MINUTE, **often) for number in range(3)]
    with database.begin() as uow:
        uow.losses.note(finds, day(0).date())
        first = uow.losses.open(until=day(0) + 5 * MINUTE, most=2)
        uow.losses.judge([(find, Verdict.HEARD, day(0).date()) for find in first])
        uow.losses.judge([(find, Verdict.LOST, day(0).date()) for find in first])
        rest = uow.losses.open(until=day(0) + 5 * MINUTE, most=2)
        uow.losses.judge([])
        (told,) = uow.losses.days(since=day(0).date())
    assert (first, rest) == (tuple(finds[:2]), (finds[2],))
    assert (told.heard, told.lost) == (2, 0)
