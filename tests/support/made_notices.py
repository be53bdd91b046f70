"""Small notices for tests, with everything a test does not speak of filled in."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connector.sdk.base import Surroundings
from connector.sdk.politeness import InProcessLedger
from model.health import Band
from model.notices import ChildState, Decision, Digest, Notice
from model.push import Cause, HealthMessage
from model.tree import NodeKind
from tests.support.tokens import MemoryTokens

WHEN = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PAGE = "https://bellwether.example/nodes/reach"


def made_message(**fields: Any) -> HealthMessage:
    values: dict[str, Any] = {
        "node": "reach",
        "node_name": "Reach",
        "band": Band.OFF_TRACK,
        "score": 38.2,
        "previous_band": Band.AT_RISK,
        "previous_score": 51.0,
        "reason": "Schedule: 7 of 20 open items are overdue",
        "causes": (made_cause("Pay by card"),),
        "cheapest_help": "Re-plan 7 items: up to +8.2 points",
        "p85": date(2027, 1, 5),
        "coverage": 0.9,
        "trust": 0.8,
        "as_of": WHEN,
        "url": PAGE,
    }
    return HealthMessage(**{**values, **fields})


def made_cause(title: str, url: str | None = "https://jira.example/browse/A-1") -> Cause:
    return Cause(points=18.3, dimension="Schedule", reason="7 of 20 open items are overdue", items=((title, url),))


def made_notice(digest: Digest | None = None, **fields: Any) -> Notice:
    return Notice(
        key="msg_1f", notifier="slack-1", node="reach", node_kind=NodeKind.PROGRAM, made_at=WHEN,
        message=made_message(**fields), digest=digest,
    )


def made_digest(**fields: Any) -> Digest:
    web = ChildState(
        node="web", name="Website", band=Band.AT_RISK, score=51.0, previous_band=Band.ON_TRACK, previous_score=71.0
    )
    launch = ChildState(
        node="launch", name="Launch", band=Band.ON_TRACK, score=81.0, previous_band=Band.ON_TRACK, previous_score=80.0
    )
    values: dict[str, Any] = {
        "period": date(2026, 11, 21),
        "since": WHEN - timedelta(days=7),
        "children": (web, launch),
        "decisions": (Decision(title="Approve the budget", due_on=date(2026, 11, 2)),),
        "decisions_total": 3,
    }
    return Digest(**{**values, **fields})


def made_surroundings(secrets: Mapping[str, str] | None = None, *, read_only: bool = False) -> Surroundings:
    """The real clock (a signature's moment is checked against it) and the given secrets."""
    return Surroundings(
        now=lambda: datetime.now(UTC),
        sleep=lambda _seconds: None,
        read_secret=(secrets or {}).__getitem__,
        tokens=MemoryTokens(),
        limits=InProcessLedger(),
        jitter=lambda: 0.0,
        read_only=read_only,
    )
