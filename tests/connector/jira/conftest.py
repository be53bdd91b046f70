"""A fake site of many issues, two clocks that may disagree, and a keeper that plays the store."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sdk.base import ConnectionSettings, Surroundings
from connector.sdk.politeness import InProcessLedger
from connector.sdk.registry import create
from model.health import Band
from model.mapping import Mapping
from model.ports import StoredToken
from model.push import FIELD_NAMES, HealthFields, HealthMessage, HealthRole
from model.sync import KnownItem, Page, RawPayload, Records, Stage
from model.tree import Source, Target
from sandbox.jira.catalog import custom_field
from sandbox.server import Credentials, build, start
from sandbox.world import Booking, Event, Item, Person, Project, Version, World

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BEGIN = NOW - timedelta(days=200)
CREDENTIALS = Credentials()
DAY = timedelta(days=1)
FIELDS = {
    HealthRole.HEALTH: ("customfield_10201", "select"), HealthRole.SCORE: ("customfield_10202", "float"),
    HealthRole.REASON: ("customfield_10203", "textfield"),
}


class TwoClocks:
    """The site's clock, which tests move, and ours, which may be off by ``skew``."""

    def __init__(self) -> None:
        self.at = NOW
        self.skew = timedelta()
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.at

    def ours(self) -> datetime:
        return self.at + self.skew

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def move(self, **units: float) -> None:
        self.at += timedelta(**units)


class NoTokens:
    """An API token never changes while we run."""

    def load(self, connection: str) -> StoredToken | None:
        return None

    def save(self, connection: str, token: StoredToken) -> None:
        raise AssertionError(f"{connection} saved a token")


def world_of(count: int, *, histories: int = 4, booked: int = 0) -> World:
    """``count`` issues in CRM and OPS, ``histories`` changes each but for the newest tenth, ``booked`` with bookings.

    ARC and ELSE are empty.
    """
    people = {"ada": Person("ada", "Ada", "ada@acme.example", ("jira",))}
    projects = {key: Project(key, f"Project {key}", "jira", "ada", BEGIN) for key in ("CRM", "OPS", "ARC", "ELSE")}
    items = {}
    for number in range(1, count + 1):
        project = "CRM" if number % 2 else "OPS"
        key = f"{project}-{(number + 1) // 2}"
        born = BEGIN + timedelta(minutes=number)
        events = [
            Event(born + (step + 1) * DAY, "ada", "title", f"Title {step}", f"Title {step + 1}")
            for step in range(histories if number <= count * 0.9 else 0)
        ]
        bookings = [Booking(born + DAY, "ada", 1.0, (born + DAY).date())] if number <= booked else []
        items[key] = Item(
            key=key, project=project, kind="story", title=f"Title {len(events)}", created_at=born, reporter="ada",
            stage="todo", events=events, bookings=bookings,
        )
    return World(
        now=NOW, seed=1, people=people, projects=projects, programs={}, portfolios={}, items=items, links=[],
        versions=[Version("CRM", "1.0", None, None)], sprints=[], statuses=[],
    )


class Keeper:
    """Keeps payloads as the store does, and asks for histories as the service does."""

    def __init__(self, connector: Any, sources: Sequence[Source]) -> None:
        self.connector, self.sources = connector, tuple(sources)
        self.raw: dict[tuple[str, str], RawPayload] = {}
        self.cursor: str | None = None
        self.checkpoint: str | None = None
        self.pages: list[Page] = []

    def reference(self) -> list[RawPayload]:
        return [one for one in self.raw.values() if one.kind in self.connector.reference_kinds]

    def keep(self, page: Page) -> None:
        self.raw.update({(one.kind, one.vendor_id): one for one in page.raw})
        self.pages.append(page)
        self.checkpoint = page.checkpoint if page.checkpoint is not None else self.checkpoint
        if page.cursor is not None:
            self.cursor, self.checkpoint = page.cursor, None

    def sync(self) -> int:
        """One pull with the histories it leaves open; how many requests it took."""
        before, self.pages = self.connector.traffic().requests, []
        first = self.cursor is None
        pages = self.connector.pull(
            self.sources, cursor=self.cursor, checkpoint=self.checkpoint, reference=self.reference()
        )
        for page in pages:
            self.keep(page)
        if first or any(page.stage is Stage.ITEMS and page.raw for page in self.pages):
            self.histories()
        return int(self.connector.traffic().requests - before)

    def histories(self) -> None:
        items = [one for one in self.raw.values() if one.kind == "issue"]
        size = self.connector.history_batch
        batches = [items[at : at + size] for at in range(0, len(items), size)]
        for page in self.connector.histories(iter(batches), reference=self.reference()):
            self.keep(page)

    def changed(self) -> set[str]:
        """Vendor ids of the issues the last sync brought."""
        return {one.vendor_id for page in self.pages for one in page.raw if one.kind == "issue"}

    def records(self) -> Records:
        found: Records = self.connector.normalise(list(self.raw.values()), self.reference())
        return found

    def known(self, *, gone: Sequence[str] = ()) -> list[KnownItem]:
        """What a census is told of the items held."""
        records = self.records()
        inside: dict[str, list[str]] = {}
        for one in records.memberships:
            if one.to_at is None:
                inside.setdefault(one.item_id, []).append(one.container_id)
        return [
            KnownItem(
                id=item.id, vendor_id=item.vendor_id, key=item.key, updated_at=item.updated_at,
                parent_id=item.parent_id, containers=tuple(inside.get(item.id, ())), restricted=item.restricted,
                gone=item.vendor_id in gone,
            )
            for item in records.items
        ]


class Bench:
    """One fake site with its clocks; makes connectors and keepers."""

    def __init__(self, running: Any, clock: TwoClocks) -> None:
        self.running, self.clock, self.site = running, clock, running.sandbox.jira

    def connector(
        self, *, mapping: Mapping | None = None, deployment: str = "cloud", speed: float = 1000.0,
        read_only: bool = False,
    ) -> Any:
        """A connector to the site; ``speed``: how many times faster than the vendor's the site's limits are."""
        self.site.speed = speed
        if deployment == "datacenter":
            return self._server_connector()
        around = Surroundings(
            now=self.clock.ours, sleep=self.clock.sleep, read_secret=lambda _ref: CREDENTIALS.jira_token,
            tokens=NoTokens(), limits=InProcessLedger(), jitter=lambda: 0.5, read_only=read_only,
        )
        auth = {"type": "api_token", "email": CREDENTIALS.jira_email, "token": "env:TOKEN"}
        options = {"url": f"{self.running.url}/jira", "auth": auth}
        return create(ConnectionSettings(name="acme", tool="jira", options=options, mapping=mapping or Mapping()), around)

    def _server_connector(self) -> Any:
        around = Surroundings(
            now=self.clock.ours, sleep=self.clock.sleep, read_secret=lambda _ref: CREDENTIALS.jira_pat,
            tokens=NoTokens(), limits=InProcessLedger(), jitter=lambda: 0.5,
        )
        auth = {"type": "personal_access_token", "token": "env:TOKEN"}
        options = {"url": f"{self.running.url}/jira-dc", "deployment": "datacenter", "auth": auth}
        return create(ConnectionSettings(name="acme", tool="jira", options=options, mapping=Mapping()), around)

    def fields(self) -> HealthFields:
        """Our three fields, made and shown everywhere as if set-up had been there."""
        for role, (number, kind) in FIELDS.items():
            words = tuple(band.words for band in Band) if role is HealthRole.HEALTH else ()
            self.site.add_custom_field(custom_field(number, FIELD_NAMES[role], kind), words)
        (choices,) = self.site.field(FIELDS[HealthRole.HEALTH][0]).options.values()
        options = {band: next(one["id"] for one in choices if one["value"] == band.words) for band in Band}
        ids = {role: number for role, (number, _) in FIELDS.items()}
        return HealthFields(connection="acme", ids=ids, options=options)

    def shown(self, key: str) -> list[Any]:
        """What our three fields of an issue hold: the words of the choice, the number, the text."""
        values = [self.site.issue(key).fields.get(number) for number, _ in FIELDS.values()]
        return [one["value"] if isinstance(one, dict) else one for one in values]

    def keeper(self, *sources: tuple[str, str], mapping: Mapping | None = None) -> Keeper:
        named = sources or (("project", "CRM"), ("project", "OPS"))
        return Keeper(
            self.connector(mapping=mapping),
            [Source(connection="acme", kind=kind, value=value) for kind, value in named],  # type: ignore[arg-type]
        )

    def calls(self) -> dict[str, int]:
        """Requests by method and path since the last call of this."""
        with self.site.lock:
            told = {f"{method} {path}": count for (path, method), count in self.site.stats.items()}
            self.site.stats.clear()
        return told


@pytest.fixture
def open_bench() -> Iterator[Callable[..., Bench]]:
    opened = []

    def make(count: int = 6, **more: Any) -> Bench:
        clock = TwoClocks()
        running = start(build(world_of(count, **more), clock=clock, speed=1000.0))
        opened.append(running)
        return Bench(running, clock)

    yield make
    for running in opened:
        running.stop()


@pytest.fixture
def bench(open_bench: Callable[..., Bench]) -> Bench:
    return open_bench()


@pytest.fixture
def target_of() -> Callable[..., Target]:
    """Targets by key."""

    def make(key: str = "CRM-1", **more: Any) -> Target:
        return Target(**{"connection": "acme", "kind": "issue", "value": key, **more})

    return make


@pytest.fixture
def message_of() -> Callable[..., HealthMessage]:
    """What is to be said, changed as a test wants it."""

    def make(**more: Any) -> HealthMessage:
        given: dict[str, Any] = {
            "node": "crm", "node_name": "New CRM", "band": Band.OFF_TRACK, "score": 31.0, "reason": "late",
            "coverage": 1.0, "trust": 1.0, "as_of": NOW, "receipt": {"score": 31},
        }
        return HealthMessage(**{**given, **more})

    return make
