"""A health message and a cause with something in every place; a test says what matters to it."""

from datetime import UTC, datetime
from typing import Any

from model.health import Band
from model.push import Cause, HealthMessage


def made_message(**more: Any) -> HealthMessage:
    given: dict[str, Any] = {
        "node": "crm", "node_name": "New CRM", "band": Band.AT_RISK, "score": 61.5, "reason": "2 of 5 items are late",
        "coverage": 0.9, "trust": 0.8, "as_of": datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    }  # fmt: skip
    return HealthMessage(**{**given, **more})


def made_cause(**more: Any) -> Cause:
    return Cause(**{"points": 12.34, "dimension": "Schedule", "reason": "2 items are late", **more})
