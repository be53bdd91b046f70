"""A connector to a fake Asana with the whole made company, over a real loopback server."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from connector.asana.connector import AsanaConnector
from connector.sdk.base import ConnectionSettings, Surroundings
from connector.sdk.politeness import InProcessLedger
from model.health import Band
from model.mapping import Mapping
from model.ports import StoredToken
from model.push import Cause, HealthFields, HealthMessage, HealthRole
from model.sync import KnownItem, Page, RawPayload, Records, Skipped
from model.tree import Source, Target
from sandbox.asana.app import create_app
from sandbox.asana.entities import Container, Setting
from sandbox.asana.hooks import Post, post_over_http
from sandbox.asana.load import load_company
from sandbox.asana.space import BOT_TOKEN, AsanaSpace
from sandbox.world import Booking, Comment, Event, Item, Link, Person, Portfolio, Program, Project, Status, World

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
START = NOW - timedelta(days=100)


class Clock:
    """A clock that a test moves, and a sleep that moves it."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class NoTokens:
    """No token of this connection changes while it runs."""

    def load(self, connection: str) -> StoredToken | None:
        return None

    def save(self, connection: str, token: StoredToken) -> None:
        raise AssertionError(f"{connection} has no token to save: {type(token)}")

    def swap(self, connection: str, old: StoredToken | None, new: StoredToken) -> bool:
        raise AssertionError(f"{connection} has no token to swap: {type(old)}, {type(new)}")

    def lease(self, connection: str, holder: str, *, now: datetime, until: datetime) -> bool:
        raise AssertionError(f"{connection} has no token to renew: {holder}, {now}, {until}")

    def release(self, connection: str, holder: str) -> None:
        raise AssertionError(f"{connection} has no token to renew: {holder}")


@dataclass
class Kept:
    """What a caller of the connector keeps: the newest raw payload of each kind and id, and every page."""

    raw: dict[tuple[str, str], RawPayload] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    cursor: str | None = None

    def take(self, pages: Iterator[Page]) -> "Kept":
        self.pages = []
        for page in pages:
            self.pages.append(page)
            self.raw.update({(each.kind, each.vendor_id): each for each in page.raw})
            self.gone.extend(page.gone)
            self.cursor = page.cursor or self.cursor
        return self

    def reference(self, connector: AsanaConnector) -> list[RawPayload]:
        """What a pull is handed of it."""
        return [each for each in self.raw.values() if each.kind in connector.reference_kinds]

    def without_history(self) -> list[RawPayload]:
        """The tasks whose stories are not here."""
        return [each for (kind, gid), each in self.raw.items() if kind == "task" and ("stories", gid) not in self.raw]

    def skipped(self) -> list[Skipped]:
        """What the last pull left out."""
        return [each for page in self.pages for each in page.skipped]

    def known(self, connector: AsanaConnector) -> list[KnownItem]:
        """What a store that holds all this would tell a census."""
        records = self.records(connector)
        places: dict[str, list[str]] = {}
        for stay in records.memberships:
            if stay.to_at is None:
                places.setdefault(stay.item_id, []).append(stay.container_id)
        return [
            KnownItem(
                id=each.id, vendor_id=each.vendor_id, key=each.key, updated_at=each.updated_at,
                parent_id=each.parent_id, containers=tuple(places.get(each.id, ())),
            )
            for each in records.items
        ]  # fmt: skip

    def came(self, kind: str) -> list[RawPayload]:
        """The payloads of a kind in the last pull."""
        return [each for page in self.pages for each in page.raw if each.kind == kind]

    def records(self, connector: AsanaConnector) -> Records:
        """Everything kept, as records."""
        return connector.normalise(list(self.raw.values()), self.reference(connector))


class Running:
    """A fake Asana behind a real loopback server."""

    def __init__(self, space: AsanaSpace) -> None:
        self._server = make_server("127.0.0.1", 0, create_app(space), threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line alone: the fake tells its own time."""
        self.send_response_only(code, message)


@dataclass
class Bench:
    """A fake Asana and a connector to it."""

    running: Running
    space: AsanaSpace
    connector: AsanaConnector
    clock: Clock

    def gid(self, key: str) -> str:
        return self.space.keys[key]

    def sources(self, *keys: str) -> list[Source]:
        return [Source(connection="acme-asana", kind="project", value=self.gid(key)) for key in keys]

    def pull(self, sources: Sequence[Source], kept: Kept | None = None) -> Kept:
        """A finished pull, incremental after the first, with the histories that are not there yet."""
        kept = kept or Kept()
        reference = kept.reference(self.connector)
        kept.take(self.connector.pull(sources, cursor=kept.cursor, checkpoint=None, reference=reference))
        pages, waiting = kept.pages, kept.without_history()
        size = self.connector.history_batch
        batches = [waiting[start : start + size] for start in range(0, len(waiting), size)]
        kept.take(self.connector.histories(batches, reference=kept.reference(self.connector)))
        kept.pages = [*pages, *kept.pages]
        return kept

    def pull_only(self, sources: Sequence[Source], kept: Kept) -> int:
        """An incremental pull alone; the requests it made."""
        before = self.requests()
        reference = kept.reference(self.connector)
        kept.take(self.connector.pull(sources, cursor=kept.cursor, checkpoint=None, reference=reference))
        return self.requests() - before

    @staticmethod
    def empty() -> Kept:
        """Nothing kept yet."""
        return Kept()

    def requests(self) -> int:
        return self.connector.traffic().requests

    def item(self, records: Records, key: str) -> Any:
        return next(each for each in records.items if each.vendor_id == self.gid(key))


def _history() -> list[Event]:
    at = START + timedelta(days=10)
    return [
        Event(at, "ada", "stage", "todo", "in_progress"),
        Event(at + timedelta(days=1), "ada", "due", "2026-10-01", "2026-11-01"),
        Event(at + timedelta(days=2), "ada", "assignee", "ada", "bo"),
        Event(at + timedelta(days=3), "ada", "points", "3", "5"),
        Event(at + timedelta(days=4), "bo", "stage", "in_progress", "blocked"),
        Event(at + timedelta(days=5), "bo", "title", "Old words", "Write the copy"),
    ]


def company() -> World:
    """Two projects with all that a task can be, in a program in a portfolio, and a Jira item that blocks a task."""
    people = {
        "ada": Person("ada", "Ada Lovelace", "ada@acme.example", ("asana", "jira")),
        "bo": Person("bo", "Bo Diddley", "bo@acme.example", ("asana",)),
    }
    sections = ("To do", "Doing", "Review", "Done")
    projects = {
        "LAUNCH": Project("LAUNCH", "Big launch", "asana", "ada", START, sections=sections),
        "BRAND": Project("BRAND", "Brand", "asana", "bo", START, sections=sections),
        "CRM": Project("CRM", "New CRM", "jira", "ada", START),
    }

    def item(key: str, **more: Any) -> Item:
        given: dict[str, Any] = {"kind": "task", "title": key, "stage": "todo", "project": "LAUNCH", **more}
        return Item(key=key, created_at=START, reporter="ada", **given)

    items = [
        item(
            "LAUNCH-1", title="Write the copy", stage="blocked", assignee="bo", points=5.0, also_in=("BRAND",),
            due=datetime(2026, 11, 1).date(), events=_history(),
            comments=[Comment(START + timedelta(days=20), "bo", "Waiting for legal & co")],
            bookings=[Booking(START + timedelta(days=12), "bo", 1.5, datetime(2026, 8, 24).date())],
        ),
        item("LAUNCH-2", kind="subtask", parent="LAUNCH-1"),
        item("LAUNCH-3", kind="milestone", stage="done", done_at=START + timedelta(days=30)),
        item("LAUNCH-4", kind="risk", risk_probability=0.4, risk_impact=3.0),
        item("LAUNCH-5", kind="subtask", parent="LAUNCH-2"),
        item("BRAND-1", project="BRAND", stage="dropped", done_at=START + timedelta(days=31)),
        item("CRM-1", project="CRM"),
    ]  # fmt: skip
    return World(
        now=NOW, seed=1, people=people, projects=projects,
        programs={"growth-p": Program("growth-p", "Customers", "ada", ("LAUNCH", "BRAND", "CRM"))},
        portfolios={"growth": Portfolio("growth", "Growth", ("growth-p",))},
        items={each.key: each for each in items},
        links=[Link("LAUNCH-4", "LAUNCH-1"), Link("CRM-1", "LAUNCH-3")],
        statuses=[Status("LAUNCH", NOW - timedelta(days=7), "ada", "on_track", "All is well")],
    )  # fmt: skip


def surroundings(clock: Clock, token: str = BOT_TOKEN) -> Surroundings:
    return Surroundings(
        now=clock, sleep=clock.sleep, read_secret=lambda _ref: token, tokens=NoTokens(), limits=InProcessLedger(),
        jitter=lambda: 0.0,
    )  # fmt: skip


def settings(url: str, workspace: str, *, mapping: Mapping | None = None, **options: Any) -> ConnectionSettings:
    given = {"url": f"{url}/api/1.0", "workspace": workspace, "auth": {"type": "token", "token": "env:T"}}
    return ConnectionSettings(
        name="acme-asana", tool="asana", options={**given, **options}, mapping=mapping or Mapping()
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_bench(clock: Clock) -> Iterator[Callable[..., Bench]]:
    """Starts benches and stops them at the end of the test."""
    made: list[Bench] = []

    def make(
        *, token: str = BOT_TOKEN, mapping: Mapping | None = None, post: Post = post_over_http,
        tick: Callable[[], float] = time.monotonic, **options: Any,
    ) -> Bench:  # fmt: skip
        space = AsanaSpace(clock, base_url="https://asana.example", post=post, tick=tick)
        load_company(space, company(), url_of=lambda key: f"https://jira.example/browse/{key}")
        space.speed = 1000.0
        running = Running(space)
        connector = AsanaConnector(
            settings(running.url, space.workspace.gid, mapping=mapping, **options), surroundings(clock, token)
        )
        made.append(Bench(running, space, connector, clock))
        return made[-1]

    yield make
    for bench in made:
        bench.connector.close()
        bench.running.stop()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def make_talking(clock: Clock) -> Iterator[Callable[..., AsanaConnector]]:
    """Makes connectors to an Asana that says what a function says: for answers that the vendor describes otherwise."""
    made: list[AsanaConnector] = []

    def make(answer: Callable[[httpx.Request], httpx.Response]) -> AsanaConnector:
        known = settings("https://asana.example", "1100")
        made.append(AsanaConnector(known, surroundings(clock), transport=httpx.MockTransport(answer)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def place(bench: Bench) -> Callable[..., Target]:
    """A target of the bench's workspace by the world's key, or by gid where it has none."""

    def make(kind: str, key: str, **more: Any) -> Target:
        return Target(connection="acme-asana", kind=kind, value=bench.space.keys.get(key, key), **more)  # type: ignore[arg-type]

    return make


@pytest.fixture
def message() -> Callable[..., HealthMessage]:
    """What is to be said about the node ``launch``, unless told otherwise."""

    def make(band: Band = Band.AT_RISK, **more: Any) -> HealthMessage:
        cause = Cause(
            points=12.5, dimension="schedule", reason="late & open", items=(("Copy", "https://a.example/1?b&c"),)
        )
        given: dict[str, Any] = {
            "node": "launch", "node_name": "Big <launch>", "band": band, "score": 61.5,
            "reason": "2 of 5 items are late", "causes": (cause,), "coverage": 0.9, "trust": 0.8, "as_of": NOW,
        }  # fmt: skip
        return HealthMessage(**{**given, **more})

    return make


@pytest.fixture
def health(bench: Bench) -> Callable[..., HealthFields]:
    """Makes our three fields in the bench's workspace and shows them on these projects, portfolios or goals."""

    def make(*holders: Container) -> HealthFields:
        space = bench.space
        made = {
            HealthRole.HEALTH: space.add_custom_field("Health", "enum", options=tuple(band.words for band in Band)),
            HealthRole.SCORE: space.add_custom_field("Score", "number", precision=1),
            HealthRole.REASON: space.add_custom_field("Reason", "text"),
        }
        for holder in holders:
            holder.settings += [Setting(space.new_gid("setting"), each, holder) for each in made.values()]
        options = {band: option.gid for band, option in zip(Band, made[HealthRole.HEALTH].options, strict=True)}
        ids = {role: each.gid for role, each in made.items()}
        return HealthFields(connection="acme-asana", ids=ids, options=options)

    return make
