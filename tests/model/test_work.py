"""The records of a history are plain dataclasses that keep the promises of every record."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from model.work import Change, ChangeField, ContainerKind, Membership, Worklog

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON_IN_TOKYO = NOON.astimezone(timezone(timedelta(hours=9)))
NAIVE = datetime(2026, 11, 20, 12)


def _change(at: datetime) -> Change:
    return Change(id="c:change:1", connection="c", item_id="c:item:1", field=ChangeField.TITLE, old=None, new="x", at=at)


def _membership(start: datetime, end: datetime | None) -> Membership:
    return Membership(
        id="c:item:1|c:project:1|0", connection="c", item_id="c:item:1", container_id="c:project:1",
        container_kind=ContainerKind.PROJECT, from_at=start, to_at=end,
    )  # fmt: skip


def _worklog(at: datetime) -> Worklog:
    return Worklog(
        id="c:worklog:1", connection="c", item_id="c:item:1", person_id=None, hours=1.0, worked_at=at, logged_at=at
    )


def test_every_instant_of_a_history_becomes_utc() -> None:
    membership, worklog = _membership(NOON_IN_TOKYO, NOON_IN_TOKYO), _worklog(NOON_IN_TOKYO)
    for instant in (_change(NOON_IN_TOKYO).at, membership.from_at, membership.to_at, worklog.worked_at, worklog.logged_at):
        assert (instant, instant and instant.tzinfo) == (NOON, UTC)


@pytest.mark.parametrize("make", [_change, _worklog, lambda at: _membership(at, None), lambda at: _membership(NOON, at)])
def test_a_history_takes_no_instant_without_a_zone(make: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        make(NAIVE)


def test_a_record_of_a_history_can_not_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        _change(NOON).new = "y"  # type: ignore[misc]


def test_a_stored_change_with_a_field_we_do_not_know_is_refused() -> None:
    stored = TypeAdapter(Change).dump_json(_change(NOON)).replace(b'"old"', b'"odd"')
    with pytest.raises(ValidationError, match="odd"):
        TypeAdapter(Change).validate_json(stored)


def test_a_stored_change_is_read_as_it_was_written() -> None:
    change = _change(NOON_IN_TOKYO)
    assert TypeAdapter(Change).validate_json(TypeAdapter(Change).dump_json(change)) == change
