"""Payloads as records: a self-written task with a history against what we say of it, and the rules of status."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.asana.mapping import normalise
from connector.asana.payloads import Ref
from connector.asana.status import Standing, read_status
from connector.asana.words import Roles, Words, words_of
from model.mapping import Mapping
from model.sync import RawPayload
from model.work import StatusCategory

FIXTURE = Path(__file__).parent / "fixtures" / "task_moved_and_reopened.json"
AT = datetime(2026, 11, 20, tzinfo=UTC)


def raw(kind: str, gid: str, body: object) -> RawPayload:
    return RawPayload(connection="c", kind=kind, vendor_id=gid, body=json.dumps(body).encode(), fetched_at=AT)


@pytest.fixture
def told():
    given = json.loads(FIXTURE.read_text())
    reference = [raw(kind, each["gid"], each) for kind, bodies in given["reference"].items() for each in bodies]
    payloads = [raw("task", "501", given["task"]), raw("stories", "501", given["stories"])]
    return normalise(payloads, words_of("c", Mapping(), reference))


def test_a_history_ends_in_the_present(told):
    item = told.items[0]
    assert (item.status, item.original_status, item.estimate_hours) == (StatusCategory.IN_PROGRESS, "Review", 1.5)
    assert [(each.field, each.old, each.new, each.at.date().isoformat()) for each in told.changes] == [
        ("status", "todo", "in_progress", "2026-03-09"),
        ("status", "in_progress", "done", "2026-04-01"),
        ("status", "done", "in_progress", "2026-04-03"),
        ("due_on", "2026-05-15", "2026-07-15", "2026-05-01"),
        ("estimate_hours", "1", "1.5", "2026-05-02"),
    ]


def test_places_are_intervals(told):
    spans = {
        (each.container_id, each.from_at.date().isoformat(), each.to_at and each.to_at.date().isoformat())
        for each in told.memberships
    }
    assert spans == {
        ("c:project:41", "2026-03-02", None),
        ("c:section:42", "2026-03-02", "2026-03-09"),
        ("c:section:43", "2026-03-09", None),
    }


def test_links_point_from_the_blocker_to_the_task(told):
    assert {(each.source_id or each.source_url, each.target_id) for each in told.links} == {
        ("c:item:502", "c:item:501"), ("https://j.example/browse/A-1", "c:item:501"),
    }  # fmt: skip


def test_every_change_has_an_id_of_its_own_made_from_its_story(told):
    assert [each.id for each in told.changes] == [
        "c:change:2-status", "c:change:3-status", "c:change:4-status", "c:change:5-due_on", "c:change:6-estimate_hours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("standing", "category"),
    [
        (Standing(completed=True), StatusCategory.DONE),
        (Standing(completed=True, approval="rejected"), StatusCategory.DROPPED),
        (Standing(completed=True, approval="changes_requested"), StatusCategory.IN_PROGRESS),
        (Standing(completed=True, options={"f": Ref(gid="o", name="Won't do")}), StatusCategory.DROPPED),
        (Standing(completed=False, sections={"p": Ref(gid="s", name="Blocked")}), StatusCategory.IN_PROGRESS),
        (Standing(completed=False, sections={"p": Ref(gid="s", name="Backlog")}), StatusCategory.TODO),
        (Standing(completed=False, sections={"p": Ref(gid="s", name="Parked")}), StatusCategory.DROPPED),
        (Standing(completed=False), StatusCategory.TODO),
    ],
)
def test_a_status_is_read_from_what_decides_it(standing, category):
    mapping = Mapping(statuses={"parked": StatusCategory.DROPPED})
    words = Words(connection="c", mapping=mapping, roles=Roles(outcomes=frozenset({"f"})))
    assert read_status(standing, words).category is category


def test_a_facet_holds_the_option_or_the_text_of_its_field():
    given = json.loads(FIXTURE.read_text())
    values = [
        {"gid": "71", "name": "Area", "resource_subtype": "enum", "enum_value": {"gid": "1", "name": "North & <south>"}},
        {"gid": "72", "name": "Note", "resource_subtype": "text", "text_value": "free words"},
        {"gid": "73", "name": "Empty", "resource_subtype": "text", "text_value": None},
    ]
    mapping = Mapping(facets={"area": "71", "note": "72", "empty": "73", "unknown": "99"})
    task = raw("task", "501", {**given["task"], "custom_fields": values})
    [item] = normalise([task], words_of("c", mapping, ())).items
    assert item.facets == {"area": ("North & <south>",), "note": ("free words",)}
