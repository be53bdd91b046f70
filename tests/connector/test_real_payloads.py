"""Every key of every recorded document is read by a payload class or listed as ignored: nothing is lost unseen.

The documents lie beside the checkout. ``ignored_fields.yaml`` names, per payload class, what is passed over. A key that
is neither read nor listed fails by its name, and so does a listed one that no document has. ``-s`` shows the counts.
"""

import hashlib
import hmac
import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from connector.asana import payloads as asana
from connector.asana import webhook as asana_webhook
from connector.jira import payloads as jira
from connector.jira import server_shapes, webhook
from connector.jira.mapping import Mapper
from connector.jira.vocabulary import read_vocabulary
from model.events import Delivery
from model.mapping import Mapping
from model.sync import RawPayload, Records

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
IGNORED: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("ignored_fields.yaml").read_text())
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SECRET = "a secret"
CLOUD = {
    "issues": jira.IssueDoc, "epics": jira.IssueDoc, "issue_changelogs": jira.ChangeDoc, "worklogs": jira.WorklogDoc,
    "sprints": jira.SprintDoc, "status": jira.StatusDoc, "issue_types": jira.TypeDoc, "projects": jira.ProjectDoc,
}  # fmt: skip
SERVERS = ("jira-apache2014", "jira-duraspace")
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded payloads are not beside this checkout")


class Walk:
    """Counts, per class, the keys that it reads and those it passes over."""

    def __init__(self) -> None:
        self.read: dict[str, Counter[str]] = defaultdict(Counter)
        self.passed: dict[str, Counter[str]] = defaultdict(Counter)

    def over(self, model: type[Any], document: Any) -> None:
        """One document, with everything that the class reads of it."""
        known = {field.alias or name: field.annotation for name, field in model.__pydantic_fields__.items()}
        for key, value in document.items():
            if key not in known:
                # A custom field is kept as it came, under its id, for the mapping to choose from.
                kept = model is jira.IssueFields and key.startswith("customfield_")
                (self.read if kept else self.passed)[model.__name__]["customfield_*" if kept else key] += 1
                continue
            self.read[model.__name__][key] += 1
            inner = next(_models(known[key]), None)
            for part in value if isinstance(value, list) else [value]:
                if inner is not None and isinstance(part, dict):
                    self.over(inner, part)

    def problems(self, ignored: dict[str, list[str]]) -> dict[str, list[str]]:
        """Per class the keys nobody decided about, and ("-key") the listed ones that no document has."""
        found = {}
        for name in self.passed.keys() | ignored.keys():
            met, listed = set(self.passed[name]), set(ignored.get(name, ()))
            found[name] = sorted(met - listed) + sorted(f"-{key}" for key in listed - met)
        return {name: keys for name, keys in found.items() if keys}

    def report(self, title: str) -> None:
        """How many values each class kept and ignored."""
        for name in sorted(self.read):
            print(f"{title}: {name} kept {self.read[name].total()} values of {len(self.read[name])} keys, "
                  f"ignored {self.passed[name].total()} of {len(self.passed[name])}")  # fmt: skip


def _models(annotation: Any) -> Iterator[type[Any]]:
    if isinstance(annotation, type) and hasattr(annotation, "__pydantic_fields__"):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _lines(path: Path) -> Iterator[Any]:
    if path.suffix == ".xz":
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            yield from (json.loads(line) for line in stream)
    else:
        yield from (json.loads(line)["data"] for line in path.read_text(encoding="utf-8").splitlines())


def _changelog(issue: Any) -> list[Any]:
    return list(issue.get("changelog", {}).get("histories", ()))


def test_every_key_of_the_recorded_cloud_answers_is_read_or_ignored_by_name() -> None:
    walk = Walk()
    for name, model in CLOUD.items():
        for document in _lines(DATA / "jira-cloud-devlake" / f"{name}.jsonl"):
            walk.over(model, document)
            for change in _changelog(document):
                walk.over(jira.ChangeDoc, change)
    walk.report("Jira Cloud")
    assert walk.problems(IGNORED["jira cloud"]) == {}


def test_every_key_of_the_recorded_server_answers_is_read_or_ignored_by_name() -> None:
    walk = Walk()
    for folder in SERVERS:
        for document in _lines(DATA / folder / "issues.jsonl.xz"):
            walk.over(jira.IssueDoc, document)
            for change in _changelog(document):
                walk.over(jira.ChangeDoc, change)
            for booking in (document["fields"].get("worklog") or {}).get("worklogs", ()):
                walk.over(jira.WorklogDoc, booking)
        for document in json.loads((DATA / folder / "versions.json").read_text(encoding="utf-8")):
            walk.over(jira.VersionDoc, document)
        for document in json.loads((DATA / folder / "projects.json").read_text(encoding="utf-8")):
            walk.over(jira.ProjectDoc, document)
    walk.report("Jira Server")
    assert walk.problems(IGNORED["jira server"]) == {}


def _raw(kind: str, vendor_id: object, document: object) -> RawPayload:
    body = json.dumps(document).encode()
    return RawPayload(connection="c", kind=kind, vendor_id=str(vendor_id), body=body, fetched_at=NOW)


def _reference(issues: Iterable[Any]) -> list[RawPayload]:
    """Statuses, types and projects as the issues themselves tell them: the recorded exports have no lists of them."""
    parts = (("status", "status"), ("issuetype", "issuetype"), ("project", "project"))
    found = {(kind, issue["fields"][key]["id"]): issue["fields"][key] for issue in issues for kind, key in parts}
    return [_raw(kind, number, document) for (kind, number), document in found.items()]


@cache
def _server(folder: str) -> tuple[int, Records]:
    issues = [server_shapes.value(one, server_shapes.Names()) for one in _lines(DATA / folder / "issues.jsonl.xz")]
    ids = {one["key"]: one["id"] for one in issues}
    reference = _reference(issues)
    raw = list(reference)
    for issue in issues:
        histories = [server_shapes.history(one, server_shapes.Names(), ids) for one in _changelog(issue)]
        raw.append(_raw("issue", issue["id"], issue))
        raw.append(_raw("changelog", issue["id"], {"histories": histories}))
        raw.append(_raw("worklogs", issue["id"], {"worklogs": (issue["fields"].get("worklog") or {}).get("worklogs", [])}))
    return len(issues), Mapper("c", "https://x.example", read_vocabulary(reference, Mapping())).read(raw)


@pytest.mark.parametrize("folder", SERVERS)
def test_every_recorded_server_issue_becomes_an_item_with_its_history(folder: str) -> None:
    number, records = _server(folder)
    assert len(records.items) == number
    assert len(records.complete_history_of) == number
    assert len(records.changes) > 2 * number
    assert records.milestones


@pytest.mark.parametrize("folder", SERVERS)
def test_what_a_recorded_server_issue_tells_in_vain_is_named(folder: str) -> None:
    _, records = _server(folder)
    assert all(one.item and "status" in one.why for one in records.skipped)


# -- webhooks ---------------------------------------------------------------------------------------------------------


def _bodies() -> list[Any]:
    return [json.loads(path.read_bytes()) for path in sorted((DATA / "webhooks").glob("jira-*/*.json"))]


def _received(document: Any) -> Delivery | None:
    body = json.dumps(document).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature": signature, "x-atlassian-webhook-identifier": "the same"}
    try:
        return webhook.receive("c", headers, body, agreed=webhook.Agreed(SECRET), now=NOW)
    except webhook.MalformedDeliveryError:
        return None


def _matters(document: Any, *path: str) -> bool:
    """Whether a delivery means something else without this part, or with another value in its place."""
    other = deepcopy(document)
    part = other
    for key in path[:-1]:
        part = part[key]
    value = part.pop(path[-1])
    meant = _received(document)
    if _received(other) != meant:
        return True
    # One of several that say the same can go unnoticed, but not be somebody or something else.
    part[path[-1]] = {"accountId": "0"} if isinstance(value, dict) else "0"
    return _received(other) != meant


def test_every_key_of_the_recorded_jira_webhooks_matters_or_is_ignored_by_name() -> None:
    matters: set[str] = set()
    met: set[str] = set()
    for document in _bodies():
        for key, value in document.items():
            met.add(key)
            inner = value if isinstance(value, dict) else {}
            met |= {f"{key}.{name}" for name in inner}
            matters |= {key} if _matters(document, key) else set()
            matters |= {f"{key}.{name}" for name in inner if _matters(document, key, name)}
    outer = {key.partition(".")[0] for key in matters}
    # Nothing is said about the inside of a part that is ignored as a whole.
    passed = {key for key in met - matters if "." not in key or key.partition(".")[0] in outer}
    assert {"webhookEvent", "issue.id", "worklog.issueId", "version.projectId"} <= matters
    assert passed == set(IGNORED["jira webhooks"]["body"])


def test_every_key_of_the_recorded_asana_events_is_read_or_ignored_by_name() -> None:
    walk = Walk()
    for path in sorted((DATA / "webhooks" / "asana").glob("*.json")):
        document = json.loads(path.read_bytes())
        for event in document.get("events", document.get("data", ())):
            walk.over(asana.Event, event)
    walk.report("Asana events")
    assert walk.problems(IGNORED["asana events"]) == {}


@pytest.mark.parametrize("name", ["captured_task_completed_2021", "captured_task_name_changed_2023"])
def test_a_recorded_asana_delivery_tells_which_task_changed(name: str) -> None:
    body = (DATA / "webhooks" / "asana" / f"{name}.json").read_bytes()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    delivery = asana_webhook.receive("c", {"x-hook-signature": signature}, body, secret=SECRET, pending=False)
    assert {event.kind for event in delivery.events} == {"item_changed"}
