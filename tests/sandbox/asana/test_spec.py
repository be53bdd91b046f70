"""The fake's answers hold against the vendor's own response schemas."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

SPEC = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "asana_oas.yaml"
pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason=f"the vendor's description is not at hand: {SPEC}")
Gid = Callable[[str], str]


@cache
def _texts() -> dict[str, str]:
    """Each schema's own text: reading the 3 MB description as YAML whole would take longer than every test here."""
    text = SPEC.read_text(encoding="utf-8")
    section = text[text.index("\n  schemas:\n") :]
    parts = re.split(r"^    ([A-Za-z0-9]+):\n", section, flags=re.MULTILINE)
    return {
        name: re.split(r"^  \S", body, flags=re.MULTILINE)[0]
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def _needed(name: str, found: dict[str, Any]) -> dict[str, Any]:
    if name not in found:
        found[name] = yaml.load(_texts()[name], Loader=yaml.CSafeLoader)
        for other in re.findall(r"#/components/schemas/([A-Za-z0-9]+)", _texts()[name]):
            _needed(other, found)
    return found


def _without_nulls(value: Any) -> Any:
    """The description marks few fields as nullable, so nulls are not held against it."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _problems(name: str, value: Any) -> list[str]:
    schemas = _needed(name, {})
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    found = Draft202012Validator(schema).iter_errors(_without_nulls(value))
    return [f"{'/'.join(map(str, each.path))}: {each.message}" for each in found]


def _properties(name: str) -> set[str]:
    schemas = _needed(name, {})

    def walk(schema: dict[str, Any]) -> set[str]:
        if "$ref" in schema:
            return walk(schemas[schema["$ref"].rsplit("/", 1)[1]])
        return set(schema.get("properties", {})).union(*(walk(each) for each in schema.get("allOf", [])))

    return walk(schemas[name])


def test_the_check_finds_a_wrong_type() -> None:
    assert _problems("TaskResponse", {"gid": "1", "completed": "yes"}) != []


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("TaskResponse", "/tasks/{LAUNCH-1}"),
        ("ProjectResponse", "/projects/{LAUNCH}"),
        ("PortfolioResponse", "/portfolios/{growth-p}"),
        ("UserResponse", "/users/me"),
        ("WorkspaceResponse", "/workspaces/1100"),
    ],
)
def test_a_full_record_fits_its_schema_and_has_no_field_of_our_own(api: Any, gid: Gid, schema: str, path: str) -> None:
    record = api.data(re.sub(r"\{(.*?)\}", lambda match: gid(match[1]), path))
    assert _problems(schema, record) == []
    assert set(record) <= _properties(schema) | {"resource_subtype"}


def test_stories_fit_their_schema(api: Any, gid: Gid) -> None:
    for story in api.data(f"/tasks/{gid('LAUNCH-1')}/stories"):
        record = api.data(f"/stories/{story['gid']}")
        assert _problems("StoryResponse", record) == []
        assert set(record) <= _properties("StoryResponse")


@pytest.mark.parametrize(
    ("schema", "path", "query"),
    [
        ("TaskCompact", "/tasks", {"project": "LAUNCH"}),
        ("StoryCompact", "/tasks/{LAUNCH-1}/stories", {}),
        ("StatusUpdateCompact", "/status_updates", {"parent": "LAUNCH"}),
        ("SectionCompact", "/projects/{LAUNCH}/sections", {}),
        ("CustomFieldSettingResponse", "/projects/{LAUNCH}/custom_field_settings", {}),
        ("CustomFieldResponse", "/workspaces/1100/custom_fields", {}),
        ("TimeTrackingEntryCompact", "/tasks/{LAUNCH-1}/time_tracking_entries", {}),
        ("GoalCompact", "/goals", {"portfolio": "growth"}),
        ("ProjectCompact", "/portfolios/{growth-p}/items", {}),
    ],
)
def test_lists_fit_their_schemas(api: Any, gid: Gid, schema: str, path: str, query: dict[str, str]) -> None:
    listed = api.data(
        re.sub(r"\{(.*?)\}", lambda match: gid(match[1]), path), **{name: gid(key) for name, key in query.items()}
    )
    assert listed
    for record in listed:
        assert _problems(schema, record) == []


def test_plans_fit_their_schemas(api: Any, space: Any, gid: Gid) -> None:
    space.add_budget("LAUNCH", total=6000, actual=90)
    space.allocate("LAUNCH", "ada", percent=50)
    goal = next(iter(space.goals))
    for schema, records in (
        ("BudgetResponse", api.data("/budgets", parent=gid("LAUNCH"))),
        ("AllocationResponse", api.data("/allocations", parent=gid("LAUNCH"))),
        ("GoalResponse", [api.data(f"/goals/{goal}")]),
        ("GoalRelationshipCompact", api.data("/goal_relationships", supported_goal=goal)),
    ):
        assert records
        for record in records:
            assert _problems(schema, record) == []
            assert set(record) <= _properties(schema)


def test_a_status_update_and_a_webhook_fit_their_schemas(api: Any, gid: Gid) -> None:
    made = api.post("/status_updates", parent=gid("LAUNCH"), status_type="at_risk", text="Late")
    assert _problems("StatusUpdateResponse", made.get_json()["data"]) == []
    hook = api.post("/webhooks", resource=gid("LAUNCH"), target="https://hooks.example/k").get_json()["data"]
    assert _problems("WebhookResponse", hook) == []


def test_events_fit_their_schema(api: Any, space: Any, gid: Gid) -> None:
    token = api.get("/events", resource=gid("LAUNCH")).get_json()["sync"]
    space.edit_task("LAUNCH-1", by="ada", name="Other", completed=True, due_on="2026-12-24")
    events = api.data("/events", resource=gid("LAUNCH"), sync=token)
    assert len(events) == 6
    assert [problem for event in events for problem in _problems("EventResponse", event)] == []
