"""What the contract suite needs to try the Jira connector: a small fake site, ways to break it, a person's edits.

Another tool mirrors this file: ``open_case()`` gives an object with the same attributes and methods.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connector.sdk.base import ConnectionSettings, Connector, Surroundings
from connector.sdk.politeness import InProcessLedger
from connector.sdk.registry import create
from model.mapping import Mapping
from model.ports import StoredToken
from model.tree import Source, Target
from sandbox.server import Credentials, Running, build, start
from sandbox.world import (
    Booking,
    Event,
    Item,
    Link,
    Person,
    Portfolio,
    Program,
    Project,
    Sprint,
    Status,
    Version,
    World,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BEGIN = NOW - timedelta(days=100)
HOOK_SECRET = "the agreed hook secret"
CREDENTIALS = Credentials()


class Clock:
    """A clock that tests move, and a sleep that moves it."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class NoTokens:
    """An API token never changes while we run."""

    def load(self, connection: str) -> StoredToken | None:
        return None

    def save(self, connection: str, token: StoredToken) -> None:
        raise AssertionError(f"{connection} saved a token")

    def swap(self, connection: str, old: StoredToken | None, new: StoredToken) -> bool:
        raise AssertionError(f"{connection} saved a token")

    def lease(self, connection: str, holder: str, *, now: datetime, until: datetime) -> bool:
        raise AssertionError(f"{connection} renews a token")

    def release(self, connection: str, holder: str) -> None:
        raise AssertionError(f"{connection} renews a token")


def small_world() -> World:
    """Two projects with one of everything, and a team-managed one."""
    people = {
        "ada": Person("ada", "Ada Lovelace", "ada@acme.example", ("jira",)),
        "bo": Person("bo", "Bo Diddley", "bo@acme.example", ("jira",)),
    }
    projects = {
        "CRM": Project("CRM", "New CRM", "jira", "ada", BEGIN, anchor="CRM-1"),
        "OPS": Project("OPS", "Operations", "jira", "bo", BEGIN, estimates="hours"),
        "TEAM": Project("TEAM", "Team", "jira", "bo", BEGIN, team_managed=True),
    }

    def item(key: str, **more: Any) -> Item:
        given: dict[str, Any] = {"kind": "story", "title": f"Title {key}", "stage": "todo", **more}
        return Item(key=key, project=key.partition("-")[0], created_at=BEGIN, reporter="ada", **given)

    day = timedelta(days=1)
    events = [
        Event(BEGIN + day, "ada", "stage", "todo", "in_progress"),
        Event(BEGIN + 2 * day, "ada", "due", None, "2026-10-01"),
        Event(BEGIN + 3 * day, "bo", "due", "2026-10-01", "2026-11-01"),
        Event(BEGIN + 4 * day, "bo", "points", "3", "5"),
        Event(BEGIN + 5 * day, "ada", "assignee", "ada", "bo"),
        Event(BEGIN + 6 * day, "ada", "version", "1.0", "2.0"),
        Event(BEGIN + 7 * day, "ada", "sprint", None, "Sprint 1"),
        Event(BEGIN + 8 * day, "bo", "stage", "in_progress", "done"),
    ]
    items = [
        item("CRM-1", kind="epic"),
        item("CRM-2", parent="CRM-1", stage="done", assignee="bo", points=5.0, due=date(2026, 11, 1), version="2.0",
             sprint="Sprint 1", done_at=BEGIN + 8 * day, events=events,
             bookings=[Booking(BEGIN + 2 * day, "bo", 1.5, (BEGIN + 2 * day).date()) for _ in range(25)]),
        item("CRM-3", parent="CRM-1", kind="bug", priority="highest", stage="dropped", done_at=BEGIN + 9 * day,
             events=[Event(BEGIN + 9 * day, "bo", "stage", "todo", "dropped")]),
        item("CRM-4", kind="risk", risk_probability=0.4, risk_impact=3.0),
        item("OPS-1", kind="task", estimate_hours=16.0, remaining_hours=4.0),
        item("TEAM-1", kind="task"),
    ]  # fmt: skip
    return World(
        now=NOW, seed=1, people=people, projects=projects,
        programs={"p": Program("p", "Customers", "ada", ("CRM", "OPS", "TEAM"))},
        portfolios={"g": Portfolio("g", "Growth", ("p",))},
        items={one.key: one for one in items},
        links=[Link("OPS-1", "CRM-2", at=BEGIN + day)],
        versions=[Version("CRM", "1.0", None, date(2026, 9, 1), released=True),
                  Version("CRM", "2.0", date(2026, 9, 1), date(2026, 12, 1))],
        sprints=[Sprint("CRM", "Sprint 1", BEGIN + 7 * day, BEGIN + 21 * day, None, "active")],
        statuses=[Status("CRM", NOW - 7 * day, "ada", "at_risk", "Worried")],
    )  # fmt: skip


class JiraCase:
    """A fake site behind a real loopback server, with a connector to it."""

    tool = "jira"
    secret = CREDENTIALS.jira_token
    hook_secret = HOOK_SECRET
    idle_requests = 1

    def __init__(self, running: Running, clock: Clock) -> None:
        self.running = running
        self.clock = clock
        self.sources = (Source(connection="acme", kind="project", value="CRM"),
                        Source(connection="acme", kind="project", value="OPS"))
        self.target = Target(connection="acme", kind="issue", value="CRM-1")
        self.site = running.sandbox.jira

    def connector(
        self, *, secret: str | None = None, url: str | None = None, mapping: Mapping | None = None,
        read_only: bool = False,
    ) -> Connector:
        """A connector; ``secret``: another credential than the right one; ``url``: another place."""
        around = Surroundings(
            now=self.clock, sleep=self.clock.sleep, read_secret=lambda _ref: secret or self.secret, tokens=NoTokens(),
            limits=InProcessLedger(), jitter=lambda: 0.5, read_only=read_only,
        )
        auth = {"type": "api_token", "email": CREDENTIALS.jira_email, "token": "env:TOKEN"}
        settings = ConnectionSettings(
            name="acme", tool=self.tool, options={"url": url or f"{self.running.url}/jira", "auth": auth},
            mapping=mapping or Mapping(),
        )
        return create(settings, around)

    def fail(self, kind: str, *, times: int = 1, retry_after_s: int | None = None) -> None:
        """The next reads go wrong: "429", "500", "html", "410"."""
        self.site.faults.set(kind, times=times, retry_after_s=retry_after_s)

    def fail_write(self) -> None:
        """The next comment is made, but its answer is lost."""
        self.site.faults.set("drop", path="/rest/api/3/issue/CRM-1/comment", method="POST")

    def spoil_item(self) -> str:
        """Make one item unreadable; the word by which it must be named."""
        self.site.spoil_issue("CRM-4", duedate="soon")
        return "CRM-4"

    def edit_item(self) -> str:
        """A person changes one item; its vendor id."""
        self.clock.at += timedelta(minutes=1)
        self.site.edit_issue("CRM-2", summary="Another title")
        return str(self.site.issue("CRM-2").id)

    def delete_item(self) -> str:
        """A person deletes one item; its vendor id."""
        number = str(self.site.issue("CRM-2").id)
        self.site.delete_issue("CRM-2")
        return number

    def comments(self) -> int:
        """How many comments the target carries."""
        return len(self.site.issue("CRM-1").comments)

    def delivery(
        self, *, by: str, name: str = "jira:issue_updated", secret: str = HOOK_SECRET
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery about one item, by an account."""
        body = json.dumps({
            "timestamp": 1, "webhookEvent": name, "user": {"accountId": by},
            "issue": {"id": self.site.issue("CRM-2").id, "key": "CRM-2"},
        }).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature": f"sha256={signature}", "x-atlassian-webhook-identifier": "d-1"}, body


@contextmanager
def open_case() -> Iterator[JiraCase]:
    """A fresh case."""
    clock = Clock()
    running = start(build(small_world(), clock=clock, speed=1000.0))
    try:
        yield JiraCase(running, clock)
    finally:
        running.stop()
