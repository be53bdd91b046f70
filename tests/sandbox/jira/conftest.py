"""A small site with one company-managed and one team-managed project, and a client of the account behind a token."""

import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.jira.app import create_app
from sandbox.jira.load import account_id_of, load_company
from sandbox.jira.site import JiraSite
from sandbox.world import Event, Item, Link, Person, Project, Sprint, Status, Version, World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[3].parent / "shared"
BASIC = "Basic " + base64.b64encode(b"bot@acme.example:secret").decode()


class Clock:
    """Two clocks that a test moves by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


class Api:
    """Requests with the token of the account; paths below /rest/api/3 unless they start with /rest."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> TestResponse:
        full = path if path.startswith("/rest") else f"/rest/api/3/{path}"
        headers = {"Authorization": BASIC}
        return self.client.open(full, method=method, json=body, query_string=query, headers=headers)

    def get(self, path: str, **query: Any) -> Any:
        answer = self("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: Any) -> Any:
        answer = self("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json


def small_world() -> World:
    people = {
        "ada": Person("ada", "Ada", "ada@acme.example", ("jira", "asana")),
        "bob": Person("bob", "Bob", "bob@acme.example", ("jira",)),
    }
    projects = {
        "CRM": Project("CRM", "New CRM", "jira", "ada", START, anchor="CRM-1"),
        "TEAM": Project("TEAM", "Team things", "jira", "bob", START, team_managed=True),
        "WEB": Project("WEB", "Website", "asana", "ada", START),
    }
    items = {one.key: one for one in _items()}
    day = START.date()
    return World(
        now=START + timedelta(days=30), seed=1, people=people, projects=projects, programs={}, portfolios={},
        items=items,
        links=[Link("CRM-2", "CRM-3", at=START + timedelta(days=3)), Link("WEB-1", "CRM-2")],
        versions=[Version("CRM", "1.0", day, date(2026, 5, 1)), Version("CRM", "1.1", None, None)],
        sprints=[Sprint("CRM", "Sprint 1", START, START + timedelta(days=14), START + timedelta(days=14), "closed"),
                 Sprint("CRM", "Sprint 2", START, START + timedelta(days=28), None, "active")],
        statuses=[Status("CRM", START + timedelta(days=5), "ada", "on_track", "fine"),
                  Status("CRM", START + timedelta(days=9), "ada", "at_risk", "less fine")],
    )  # fmt: skip


def _items() -> list[Item]:
    at = START + timedelta(days=2)
    events = [
        Event(at, "bob", "stage", "todo", "in_progress"),
        Event(at, "bob", "assignee", None, "bob"),
        Event(at + timedelta(days=1), "ada", "due", "2026-04-10", "2026-04-20"),
        Event(at + timedelta(days=2), "ada", "version", "1.0", "1.0|1.1"),
        Event(at + timedelta(days=2), "ada", "sprint", "Sprint 1", "Sprint 1|Sprint 2"),
        Event(at + timedelta(days=5), "bob", "stage", "in_progress", "done"),
    ]
    return [
        Item("CRM-1", "CRM", "epic", "The anchor", START, "ada", "todo"),
        Item("CRM-2", "CRM", "story", "Import people", START, "ada", "done", assignee="bob", points=5.0,
             due=date(2026, 4, 20), version="1.0|1.1", sprint="Sprint 1|Sprint 2", parent="CRM-1",
             done_at=at + timedelta(days=5), events=events),
        Item("CRM-3", "CRM", "bug", "It crashes", START + timedelta(hours=1), "bob", "todo"),
        Item("TEAM-1", "TEAM", "task", "Paint the room", START, "bob", "todo"),
        Item("WEB-1", "WEB", "task", "Elsewhere", START, "ada", "todo"),
    ]  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(clock: Clock) -> JiraSite:
    made = JiraSite(clock, monotonic=clock.monotonic)
    made.add_credential("bot@acme.example", "secret")
    load_company(made, small_world(), url_of=lambda key: f"https://asana.example/0/{key}")
    return made


@pytest.fixture
def api(site: JiraSite) -> Api:
    return Api(create_app(site).test_client())


@pytest.fixture
def bob() -> str:
    return account_id_of("bob")


@pytest.fixture
def crowd(site: JiraSite) -> JiraSite:
    """The site with 260 more issues in CRM."""
    for number in range(260):
        site.create_issue("CRM", f"More work {number}")
    return site
