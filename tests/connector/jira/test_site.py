"""The connector against a small fake site: what Jira alone does."""

import importlib.util
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.errors import UsageError
from model.mapping import Mapping
from model.sync import Records
from model.tree import Source
from model.work import ChangeField, Declared, ItemType, Severity, StatusCategory

_spec = importlib.util.spec_from_file_location("jira_case", Path(__file__).parent / "contract_case.py")
assert _spec is not None
assert _spec.loader is not None
case_module: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(case_module)


@pytest.fixture(scope="module")
def case() -> Iterator[Any]:
    with case_module.open_case() as opened:
        yield opened


@pytest.fixture(scope="module")
def records(case: Any) -> Records:
    connector = case.connector(mapping=Mapping(
        declared_status="customfield_10060", depends_on={"link_types": ("Blocks",), "url_field": "customfield_10070"},
    ))
    raw = [one for page in connector.pull(case.sources, cursor=None, checkpoint=None) for one in page.raw]
    reference = [one for one in raw if one.kind in connector.reference_kinds]
    issues = [one for one in raw if one.kind == "issue"]
    raw += [one for page in connector.histories([issues], reference=reference) for one in page.raw]
    found: Records = connector.normalise(raw, reference)
    assert found.skipped == ()
    return found


@pytest.fixture
def fresh() -> Iterator[Any]:
    with case_module.open_case() as opened:
        yield opened


def _item(records: Records, key: str) -> Any:
    return next(item for item in records.items if item.key == key)


def _changes(records: Records, key: str, field: ChangeField) -> list[tuple[str | None, str | None]]:
    item = _item(records, key)
    return [(one.old, one.new) for one in records.changes if one.item_id == item.id and one.field is field]


def test_an_issue_carries_type_status_dates_points_and_parent(records: Records) -> None:
    item = _item(records, "CRM-2")
    assert (item.type, item.status, item.due_on, item.story_points) == (
        ItemType.STORY, StatusCategory.DONE, date(2026, 11, 1), 5.0,
    )
    assert item.parent_id == _item(records, "CRM-1").id
    assert item.done_at is not None


def test_a_bug_that_will_not_be_done_is_a_dropped_critical_defect(records: Records) -> None:
    item = _item(records, "CRM-3")
    assert (item.type, item.status, item.severity) == (ItemType.DEFECT, StatusCategory.DROPPED, Severity.CRITICAL)


def test_seconds_become_hours(records: Records) -> None:
    item = _item(records, "OPS-1")
    assert (item.estimate_hours, item.remaining_hours) == (16.0, 4.0)


def test_a_risk_carries_probability_and_impact(records: Records) -> None:
    risk = _item(records, "CRM-4").risk
    assert (risk.probability, risk.impact) == (0.4, 3.0)


def test_the_changelog_tells_status_dates_points_and_people_in_our_values(records: Records) -> None:
    assert _changes(records, "CRM-2", ChangeField.STATUS) == [("todo", "in_progress"), ("in_progress", "done")]
    assert _changes(records, "CRM-2", ChangeField.DUE_ON) == [(None, "2026-10-01"), ("2026-10-01", "2026-11-01")]
    assert _changes(records, "CRM-2", ChangeField.STORY_POINTS) == [("3", "5")]
    assert [new for _, new in _changes(records, "CRM-2", ChangeField.ASSIGNEE)] == [_item(records, "CRM-2").assignee_id]


def test_a_version_that_was_left_keeps_its_interval(records: Records) -> None:
    item, names = _item(records, "CRM-2"), {one.id: one.name for one in records.milestones}
    spans = {names[m.container_id]: (m.from_at, m.to_at) for m in records.memberships
             if m.item_id == item.id and m.container_id in names}
    moved = case_module.BEGIN + timedelta(days=6)
    assert spans == {"1.0": (case_module.BEGIN, moved), "2.0": (moved, None)}


def test_bookings_beyond_those_an_issue_shows_are_all_there(records: Records) -> None:
    assert [log.hours for log in records.worklogs] == [1.5] * 25


def test_from_is_the_end_that_blocks(records: Records) -> None:
    link = next(one for one in records.links if one.source_id)
    assert (link.source_id, link.target_id) == (_item(records, "OPS-1").id, _item(records, "CRM-2").id)


def test_a_status_declared_by_hand_is_read_from_the_mapped_field(records: Records) -> None:
    assert [(one.subject_id, one.status) for one in records.declared][-1] == (
        _item(records, "CRM-1").id, Declared.AT_RISK,
    )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_an_incremental_pull_is_right_in_every_account_time_zone(fresh: Any, zone: str) -> None:
    fresh.site.set_time_zone(zone)
    connector = fresh.connector()
    cursor = list(connector.pull(fresh.sources, cursor=None, checkpoint=None))[-1].cursor
    fresh.clock.at += timedelta(hours=5)
    changed = fresh.edit_item()
    fresh.clock.at += timedelta(minutes=3)
    pages = list(connector.pull(fresh.sources, cursor=cursor, checkpoint=None))
    assert {one.vendor_id for page in pages for one in page.raw if one.kind == "issue"} == {changed}


@pytest.mark.parametrize(("kind", "value", "keys"), [
    ("epic", "CRM-1", {"CRM-2", "CRM-3"}),
    ("version", "2.0", {"CRM-2"}),
    ("jql", "project = CRM AND issuetype = Risk ORDER BY key", {"CRM-4"}),
])
def test_a_source_brings_its_items_and_names_their_container(case: Any, kind: Any, value: str, keys: set[str]) -> None:
    connector = case.connector()
    source = Source(connection="acme", kind=kind, value=value, project="CRM" if kind == "version" else None)
    raw = [one for page in connector.pull([source], cursor=None, checkpoint=None) for one in page.raw]
    reference = [one for one in raw if one.kind in connector.reference_kinds]
    records = connector.normalise(raw, reference)
    assert {item.key for item in records.items} == keys
    (container,) = connector.container_ids(source, reference)
    inside = {m.item_id for m in records.memberships if m.container_id == container}
    below = {item.id for item in records.items if f"item:{item.parent_id}" == container}
    assert inside | below == {item.id for item in records.items}


def test_a_source_that_jira_does_not_know_is_a_usage_error_naming_it(case: Any) -> None:
    source = Source(connection="acme", kind="project", value="NOPE")
    with pytest.raises(UsageError, match="NOPE"):
        list(case.connector().pull([source], cursor=None, checkpoint=None))


def test_a_url_of_the_site_names_its_issue_and_another_url_none(case: Any) -> None:
    connector = case.connector()
    assert connector.label_of_url(f"{case.running.url}/jira/browse/CRM-2?x=1") == "CRM-2"
    for other in ("https://elsewhere.example/browse/CRM-2", "http://[CRM-2"):
        assert connector.label_of_url(other) is None


def test_an_item_is_told_by_its_key_in_any_case_or_by_its_address(case: Any) -> None:
    connector = case.connector()
    addresses = (f"{case.running.url}/jira/browse/crm-2", "https://elsewhere.example/browse/CRM-2", "http://[CRM-2")
    assert [connector.item_of(one) for one in ("crm-2", "10012", *addresses)] == ["CRM-2", "10012", "CRM-2", None, None]


def test_discovery_finds_projects_fill_rates_and_a_mapping(case: Any) -> None:
    found = case.connector().discover()
    assert {one.label for one in found.sources} >= {"CRM", "OPS"}
    assert found.suggested_mapping["story_points"] == "customfield_10016"
    assert any(field.fill_rate for field in found.fields)


def test_a_webhook_is_registered_once_and_its_deliveries_are_signed(fresh: Any) -> None:
    connector = fresh.connector()
    for _ in range(2):
        connector.register_hook("", "http://127.0.0.1:9/webhooks/acme", secret="s")
    assert [hook.secret for hook in fresh.site.webhooks.values()] == ["s"]
