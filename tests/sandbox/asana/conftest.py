"""A small company in a fake Asana, a clock that the test moves, and a client that speaks for the bot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.asana.app import create_app
from sandbox.asana.load import load_company
from sandbox.asana.space import BOT_TOKEN, AsanaSpace
from sandbox.world import Booking, Comment, Event, Item, Link, Person, Portfolio, Program, Project, Status, World

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
START = NOW - timedelta(days=100)
ROOT = "/api/1.0"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Receiver:
    """The other end of webhooks: keeps what came and answers the handshake unless told otherwise."""

    echo: bool = True
    status: int = 200
    came: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        self.came.append((url, body, dict(headers)))
        secret = headers.get("X-Hook-Secret")
        return self.status, {"x-hook-secret": secret} if self.echo and secret else {}


class Api:
    """Calls as the vendor's clients make them."""

    def __init__(self, client: FlaskClient, token: str = BOT_TOKEN) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(ROOT + path, query_string=query or None, headers=self.headers)

    def data(self, path: str, **query: Any) -> Any:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.get_json()["data"]

    def post(self, path: str, **data: Any) -> TestResponse:
        return self.client.post(ROOT + path, json={"data": data}, headers=self.headers)

    def put(self, path: str, **data: Any) -> TestResponse:
        return self.client.put(ROOT + path, json={"data": data}, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(ROOT + path, headers=self.headers)


def _events() -> list[Event]:
    at = START + timedelta(days=10)
    return [
        Event(at, "ada", "stage", "todo", "in_progress"),
        Event(at + timedelta(days=1), "ada", "due", "2026-10-01", "2026-11-01"),
        Event(at + timedelta(days=2), "ada", "assignee", "ada", "bo"),
        Event(at + timedelta(days=3), "ada", "points", "3", "5"),
        Event(at + timedelta(days=4), "bo", "stage", "in_progress", "blocked"),
        Event(at + timedelta(days=5), "bo", "title", "Old words", "Write the copy"),
    ]


def small_world() -> World:
    """Two projects, five tasks, one program in one portfolio, and a Jira item that blocks a task."""
    people = {
        "ada": Person("ada", "Ada Lovelace", "ada@acme.example", ("asana", "jira")),
        "bo": Person("bo", "Bo Diddley", "bo@acme.example", ("asana",)),
    }
    sections = ("To do", "Doing", "Review", "Done")
    projects = {
        "LAUNCH": Project("LAUNCH", "Big launch", "asana", "ada", START, sections=sections, target=date(2026, 12, 18)),
        "BRAND": Project("BRAND", "Brand", "asana", "bo", START, sections=sections),
        "CRM": Project("CRM", "New CRM", "jira", "ada", START),
    }

    def item(key: str, **more: Any) -> Item:
        given: dict[str, Any] = {"kind": "task", "title": key, "stage": "todo", "project": "LAUNCH", **more}
        return Item(key=key, created_at=START, reporter="ada", **given)

    items = [
        item(
            "LAUNCH-1",
            title="Write the copy",
            stage="blocked",
            assignee="bo",
            due=date(2026, 11, 1),
            points=5.0,
            also_in=("BRAND",),
            events=_events(),
            comments=[Comment(START + timedelta(days=20), "bo", "Waiting for legal & co")],
            bookings=[Booking(START + timedelta(days=12), "bo", 1.5, date(2026, 8, 24))],
        ),
        item("LAUNCH-2", kind="subtask", parent="LAUNCH-1"),
        item("LAUNCH-3", kind="milestone", stage="done", done_at=START + timedelta(days=30)),
        item("LAUNCH-4", kind="risk", risk_probability=0.4, risk_impact=3.0),
        item("BRAND-1", project="BRAND", stage="dropped", done_at=START + timedelta(days=31)),
        item("CRM-1", project="CRM"),
    ]
    return World(
        now=NOW,
        seed=1,
        people=people,
        projects=projects,
        programs={"growth-p": Program("growth-p", "Customers", "ada", ("LAUNCH", "BRAND", "CRM"))},
        portfolios={"growth": Portfolio("growth", "Growth", ("growth-p",))},
        items={each.key: each for each in items},
        links=[Link("LAUNCH-4", "LAUNCH-1"), Link("CRM-1", "LAUNCH-3")],
        statuses=[Status("LAUNCH", NOW - timedelta(days=7), "ada", "on_track", "All is well")],
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def space(clock: Clock, receiver: Receiver) -> AsanaSpace:
    made = AsanaSpace(clock, base_url="https://asana.example", post=receiver)
    load_company(made, small_world(), url_of=lambda key: f"https://jira.example/browse/{key}")
    return made


@pytest.fixture
def api(space: AsanaSpace) -> Api:
    return Api(create_app(space).test_client())


@pytest.fixture
def gid(space: AsanaSpace) -> Callable[[str], str]:
    return lambda key: space.keys[key]


@pytest.fixture
def world() -> World:
    return small_world()
