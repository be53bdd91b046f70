"""Jira's own documents, as others recorded them, go through without a crash."""

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.jira import webhook
from connector.jira.mapping import Mapper
from connector.jira.vocabulary import read_vocabulary
from model.mapping import Mapping
from model.sync import RawPayload, Records
from model.work import ChangeField

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
CLOUD = SHARED / "jira-cloud-devlake"
HOOKS = SHARED / "webhooks"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SECRET = "a secret"


def _lines(name: str) -> list[dict]:
    if not CLOUD.is_dir():
        pytest.skip("the recorded Jira Cloud answers are not beside this checkout")
    return [json.loads(line)["data"] for line in (CLOUD / name).read_text(encoding="utf-8").splitlines()]


def _raw(kind: str, vendor_id: object, document: object) -> RawPayload:
    body = json.dumps(document).encode()
    return RawPayload(connection="c", kind=kind, vendor_id=str(vendor_id), body=body, fetched_at=NOW)


def _recorded() -> Records:
    fields = [
        {"id": "customfield_10020", "name": "Sprint", "custom": True,
         "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"}},
        {"id": "customfield_10014", "name": "Epic Link", "custom": True,
         "schema": {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-epic-link"}},
        {"id": "customfield_10015", "name": "Start date", "custom": True, "schema": {"type": "date"}},
    ]
    reference = [
        *(_raw("field", one["id"], one) for one in fields),
        *(_raw("status", one["id"], one) for one in _lines("status.jsonl")),
        *(_raw("issuetype", one["id"], one) for one in _lines("issue_types.jsonl")),
        *(_raw("project", one["id"], one) for one in _lines("projects.jsonl")),
        *(_raw("sprint", one["id"], one) for one in _lines("sprints.jsonl")),
    ]
    raw = list(reference)
    for issue in [*_lines("issues.jsonl"), *_lines("epics.jsonl")]:
        histories = sorted(issue.get("changelog", {}).get("histories", []), key=lambda one: int(one["id"]))
        raw.append(_raw("issue", issue["id"], issue))
        raw.append(_raw("changelog", issue["id"], {"histories": histories}))
        raw.append(_raw("worklogs", issue["id"], {"worklogs": []}))
    return Mapper("c", "https://x.example", read_vocabulary(reference, Mapping())).read(raw)


def test_every_recorded_cloud_issue_becomes_an_item_with_its_history() -> None:
    records = _recorded()
    recorded = {issue["id"] for name in ("issues.jsonl", "epics.jsonl") for issue in _lines(name)}
    assert {item.vendor_id for item in records.items} == recorded
    assert len(records.complete_history_of) == len(records.items)
    told = Counter(change.field for change in records.changes)
    assert told[ChangeField.STATUS] > 100
    assert told[ChangeField.PARENT] > 5
    assert records.milestones
    assert records.iterations


def test_what_could_not_be_read_is_named_and_is_only_about_deleted_statuses() -> None:
    assert all("status" in one.why for one in _recorded().skipped)


def _bodies() -> list[Path]:
    return sorted(HOOKS.glob("jira-*/*.json"))


def test_every_recorded_webhook_body_is_understood_or_ignored_by_name() -> None:
    if not HOOKS.is_dir():
        pytest.skip("the recorded webhook bodies are not beside this checkout")
    kinds: Counter[str] = Counter()
    for path in _bodies():
        body = path.read_bytes()
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        delivery = webhook.receive("c", {"x-hub-signature": signature}, body, agreed=webhook.Agreed(SECRET), now=NOW)
        assert delivery.events or delivery.ignored, path.name
        kinds.update(event.kind for event in delivery.events)
    assert kinds["item_changed"] > 40
    assert kinds["item_deleted"] == 1
    assert kinds["project_changed"] == 1


def test_the_signature_of_the_vendors_own_example_is_accepted() -> None:
    body = b"Hello World!"
    signature = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    with pytest.raises(webhook.MalformedDeliveryError):  # it is good, and only then found to be no document
        webhook.receive("c", {"x-hub-signature": signature}, body, agreed=webhook.Agreed("It's a Secret to Everybody"), now=NOW)
