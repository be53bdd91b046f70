"""Payloads written by hand against the records they must become. Every fixture is used."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.jira.mapping import Mapper
from connector.jira.vocabulary import read_vocabulary
from model.mapping import Mapping
from model.sync import RawPayload

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _payload(one: dict[str, object]) -> RawPayload:
    return RawPayload(
        connection="acme", kind=str(one["kind"]), vendor_id=str(one["id"]), body=json.dumps(one["body"]).encode(),
        fetched_at=NOW,
    )


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_payloads_become_the_records_written_beside_them(path: Path) -> None:
    fixture = json.loads(path.read_text(encoding="utf-8"))
    raw = [_payload(one) for one in fixture["payloads"]]
    words = read_vocabulary(raw, Mapping.model_validate(fixture.get("mapping", {})))
    records = Mapper("acme", "https://acme.example", words).read(raw).model_dump(mode="json", exclude_defaults=True)
    assert records == fixture["records"]
