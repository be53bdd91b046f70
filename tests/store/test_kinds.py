"""Records that are read in the quick way are those that the slow way reads, and held to their types as well."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import ValidationError

from model.work import Change, ChangeField, ContainerKind, Membership, Worklog
from store.kinds import CHANGES, MEMBERSHIPS, WORKLOGS, Kind, Stored

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
EAST = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))
CHANGE = Change(
    id="c", connection="jira", item_id="jira:item:1", field=ChangeField.TITLE, old=None, new='ä "[{', at=EAST, by="x"
)
MEMBERSHIP = Membership(
    id="m", connection="jira", item_id="jira:item:1", container_id="p", container_kind=ContainerKind.QUERY, from_at=AT
)
LOG = Worklog(id="w", connection="jira", item_id="jira:item:1", person_id=None, hours=2.0, worked_at=AT, logged_at=EAST)


def read_both_ways(kind: Kind[Any], record: Stored) -> None:
    bodies = [kind.row(record)["body"]] * 2
    assert kind.load(bodies) == (record, record) == tuple(kind.adapter.validate_json(f"[{','.join(bodies)}]"))


def test_what_is_read_quickly_is_what_was_written() -> None:
    read_both_ways(CHANGES, CHANGE)
    read_both_ways(MEMBERSHIPS, MEMBERSHIP)
    read_both_ways(WORKLOGS, LOG)
    assert CHANGES.load([CHANGES.row(CHANGE)["body"]])[0].at.tzinfo is UTC
    assert CHANGES.load([]) == ()


@pytest.mark.parametrize(
    ("good", "bad"),
    [('"title"', '"shape"'), ("T12:30", "T25:30"), ('"c"', "7"), ("123456Z", "123456"), (',"old":null', "")],
)
def test_what_is_no_change_is_not_read_as_one(good: str, bad: str) -> None:
    body = CHANGES.row(CHANGE)["body"]
    assert good in body
    with pytest.raises(ValidationError):
        CHANGES.load([body.replace(good, bad)])
