"""Payloads written after the vendor's description against the records we make of them, whole."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.asana.mapping import normalise
from connector.asana.words import words_of
from model.mapping import Mapping
from model.sync import RawPayload

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(path.stem for path in FIXTURES.glob("*.json") if (FIXTURES / f"{path.stem}.golden").is_file())
AT = datetime(2026, 11, 20, tzinfo=UTC)


def raw(kind: str, gid: str, body: object) -> RawPayload:
    return RawPayload(connection="c", kind=kind, vendor_id=gid, body=json.dumps(body).encode(), fetched_at=AT)


def told(name: str) -> dict[str, Any]:
    """The records of a fixture as JSON, fields at their defaults left out."""
    given = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    reference = [raw(kind, each["gid"], each) for kind, bodies in given["reference"].items() for each in bodies]
    mapping = Mapping.model_validate(given["mapping"])
    payloads = [raw(each["kind"], each["gid"], each["body"]) for each in given["payloads"]]
    records = normalise(payloads, words_of("c", mapping, reference))
    shown: dict[str, Any] = json.loads(records.model_dump_json(exclude_defaults=True))
    for mine, each in zip(shown.get("skipped", ()), records.skipped, strict=True):
        mine |= {"item_id": each.item_id, "containers": list(each.containers)}
    return shown


def test_every_kind_of_task_has_its_case() -> None:
    assert set(CASES) >= {
        "approvals", "custom_types", "milestones", "multi_homed", "subtask_with_root", "dependencies",
        "odd_text_and_nulls", "plans_and_statuses",
    }  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_payloads_become_the_records_written_down(name: str) -> None:
    assert told(name) == json.loads((FIXTURES / f"{name}.golden").read_text(encoding="utf-8"))
