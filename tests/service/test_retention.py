"""Retention: what goes, what stays, who waits, and that no score moves."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from model.events import ChangeEvent, EventKind
from model.health import Band, Outcome
from model.hooks import Find
from model.jobs import TIDY
from model.retention import Retention
from model.sync import Departure
from service import losses, scoring
from service.retention import prune
from service.sync import sync
from service.workspace import Workspace
from store import tables
from store.database import Database
from store.hooks import Arrival
from tests.support.jobs import work_through
from tests.support.scene import Scene, no_progress, shared

DAY = timedelta(days=1)
JIRA = "northlight-jira"
ALL = Retention(raw_payloads_days=10, deliveries_days=10, scores_days=30, runs_days=10, history_days=30)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Scene]:
    """The small company after two more syncs with changes between them."""
    with shared(tmp_path_factory.mktemp("lived"), migrated_sqlite) as scene:
        with scene.workspace() as workspace:
            for name in ("another name", "a third name"):
                for number in (100, 101):
                    scene.jira.edit_issue(f"WEB-{number}", summary=f"{name} {number}")
                sync(workspace, (), full=True, progress=no_progress)
            scoring.score(workspace, as_of=None)
        yield scene


@pytest.fixture
def later(lived: Scene, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace over a copy of what was read, a hundred days on."""
    for kept in lived.folder.glob("bellwether.*"):
        shutil.copy(kept, tmp_path)
    with replace(lived, folder=tmp_path, read=None).workspace() as workspace:
        start = workspace.clock()
        yield replace(workspace, clock=lambda: start + 100 * DAY, retention=ALL)


def _scores(workspace: Workspace, start: datetime) -> list[str]:
    moments = [start - back * DAY for back in (1, 20, 60, 120, 190)]
    return [scoring.score(workspace, as_of=at, known_at=workspace.clock()).model_dump_json() for at in moments]


def test_no_score_of_any_day_moves_by_what_is_taken_away(later: Workspace) -> None:
    start = later.clock() - 100 * DAY
    before = _scores(later, start)
    report = prune(later)
    assert report.rows["history_items"] >= 2
    assert _scores(later, start) == before


def test_what_was_known_before_the_horizon_is_no_data_and_not_a_guess(later: Workspace) -> None:
    start = later.clock() - 100 * DAY
    known = scoring.score(later, as_of=start, known_at=start + DAY)
    assert any(node.band is not Band.NO_DATA for node in known.nodes)
    prune(later)
    forgotten = scoring.score(later, as_of=start, known_at=start + DAY)
    for node in forgotten.nodes:
        assert node.band is Band.NO_DATA
        measured = {one.finding.dimension for one in node.dimensions if one.finding.outcome is Outcome.MEASURED}
        assert measured <= {"governance"}, node.id  # it judges the settings of then, which are kept


def test_payloads_of_what_left_go_and_all_others_stay(later: Workspace) -> None:
    start = later.clock() - 100 * DAY
    connection = "northlight-jira"
    with later.db.begin() as uow:
        known = {one.vendor_id: one.id for one in uow.inventory.known_items(connection)}
        gone, back = sorted(known)[:2]
        uow.records.mark_gone([known[gone], known[back]], at=start, known_at=start, why=Departure.DELETED)
    kinds = later.connector(connection).item_kinds
    with later.db.transaction() as conn:
        marked = tables.tombstones.c.item_id == known[back]
        conn.execute(update(tables.tombstones).where(marked).values(known_to=start + DAY))
    prune(replace(later, retention=replace_history(ALL)))
    with later.db.read() as uow:
        left = {payload.vendor_id for payload in uow.raw.of_kinds(connection, kinds)}
    assert left == set(known) - {gone}


def replace_history(retention: Retention) -> Retention:
    return retention.model_copy(update={"history_days": None})


def test_nothing_of_a_default_deployment_s_history_goes(later: Workspace) -> None:
    report = prune(replace(later, retention=Retention()))
    assert not any(what.startswith("history") for what in report.rows)
    with later.db.read() as uow:
        assert uow.retention.horizon() is None


def test_of_old_scores_the_last_of_each_week_stays_and_all_new_ones(later: Workspace) -> None:
    now = later.clock()
    monday = (now - 90 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=(monday.weekday() - 3) % 7)  # weeks are counted from the epoch, a Thursday
    with later.db.transaction() as conn:
        body = conn.execute(select(tables.scores).limit(1)).mappings().one()
        row = {name: body[name] for name in ("hash", "body", "known_at")}
        moments = [monday + number * DAY / 2 for number in range(28)] + [now - number * DAY for number in range(5)]
        conn.execute(insert(tables.scores), [{**row, "node": "made", "as_of": at} for at in moments])
    prune(later)
    with later.db.transaction(write=False) as conn:
        left = conn.execute(select(tables.scores.c.as_of).where(tables.scores.c.node == "made")).scalars().all()
    assert sorted(left) == sorted([moments[13], moments[27], *moments[28:]])


def test_a_dry_run_counts_and_takes_nothing(later: Workspace) -> None:
    expected = prune(later, dry_run=True)
    assert prune(later, dry_run=True) == expected
    assert prune(later).rows == expected.rows
    assert set(prune(later).rows.values()) == {0}


def _fill(database: Database, rows: int, at: datetime) -> None:
    events = "[" + "1," * 1000 + "1]"
    with database.transaction() as conn:
        made = [{"connection": "acme", "events": events, "received_at": at, "done_at": at} for _ in range(rows)]
        conn.execute(insert(tables.hook_deliveries), made)


def _tidied(workspace: Workspace) -> int:
    """How many rows the daily job takes away, run as a worker runs it."""
    with workspace.db.begin() as uow:
        uow.jobs.want(TIDY, at=workspace.clock())
    return work_through(workspace).count("rows")


def _delivered(workspace: Workspace, *, days_ago: int) -> None:
    """Deliveries come, and all but one are worked off on the day they came."""
    at = workspace.clock() - days_ago * DAY
    event = ChangeEvent(connection=JIRA, name="changed", kind=EventKind.ITEM_CHANGED, vendor_id="1")
    with workspace.db.begin() as uow:
        assert all(uow.hooks.store_deliveries([Arrival.of(JIRA, (f"{days_ago} {n}",), (event,), at) for n in range(3)]))
        uow.inbox.done([entry.id for entry in uow.inbox.pending(JIRA)[:-1]], at=at)


def _left(workspace: Workspace) -> tuple[int, int]:
    """Deliveries, and names by which repetitions are recognised."""
    kept = (tables.hook_deliveries, tables.hook_seen)
    counted = [select(func.count()).select_from(table).scalar_subquery() for table in kept]
    with workspace.db.transaction(write=False) as conn:
        deliveries, names = conn.execute(select(*counted)).one()
    return deliveries, names


@pytest.mark.parametrize(("days", "left"), [(2, 1 + 3), (30, 1 + 3 + 3), (None, 3 + 3 + 3)])
def test_deliveries_are_kept_as_long_as_the_setting_says(later: Workspace, days: int | None, left: int) -> None:
    """Three of 40 days ago, three of 3 days ago, three of yesterday. The last of all waits; what waits is never taken."""
    space = replace(later, retention=Retention(deliveries_days=days))
    _tidied(space)
    for days_ago in (40, 3, 1):
        _delivered(space, days_ago=days_ago)
    assert _left(space) == (9, 9)
    gone = _tidied(space)
    assert _left(space) == (left, 3)  # a name is of no use after a day, whatever is kept
    assert gone == 9 - left + 6


def test_a_delivery_stays_as_long_as_a_find_is_to_be_judged_by_it(later: Workspace) -> None:
    space = replace(later, retention=Retention())
    _delivered(space, days_ago=4)
    came = space.clock() - 4 * DAY
    find = Find(connection=JIRA, item_id=f"{JIRA}:item:1", changed_at=came, until_at=came, found_at=came)
    with space.db.begin() as uow:
        uow.losses.note([find], came.date())
    _tidied(space)
    assert _left(space)[0] == 3
    assert losses.settle(space) == ()
    assert [(day.heard, day.lost) for day in losses.days(space)] == [(1, 0)]
    _tidied(space)
    assert _left(space)[0] == 1


def test_a_writer_never_waits_long_and_the_space_is_given_back(later: Workspace) -> None:
    database = later.db
    _fill(database, 20_000, later.clock() - 50 * DAY)
    file = Path(str(database).partition("sqlite:///")[2].rstrip(")"))
    with sqlite3.connect(file) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    full = file.stat().st_size
    assert full > 40_000_000
    stop, longest = threading.Event(), [0.0]

    def write() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            with database.begin() as uow:
                uow.tallies.add("test")
            longest[0] = max(longest[0], time.monotonic() - begun)
            time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = prune(later)
    finally:
        stop.set()
        writer.join()
    assert report.rows["deliveries"] == 20_000
    assert report.whole
    assert report.bytes > 35_000_000
    with sqlite3.connect(file) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert file.stat().st_size < full / 2
    assert longest[0] < 2


def test_every_kind_goes_in_both_databases(database: Database) -> None:
    """The statements alone: what they find is told by the other tests."""
    from store.retention import KINDS

    now = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    _fill(database, 2500, now - 3 * DAY)
    for what in KINDS:
        with database.begin() as uow:
            keys = uow.retention.keys(what, now, 5000)
            assert len(keys) == (2500 if what == "deliveries" else 0)
            if keys:
                assert uow.retention.take_away(what, now, keys[:1000]) == 1000
    with database.begin() as uow:
        uow.retention.mark("history", now)
        uow.retention.mark("history", now - DAY)
        assert uow.retention.horizon() == now
    assert database.give_back().whole
    database.vacuum()
    assert database.is_current()


def test_an_old_file_gives_its_space_back_after_it_was_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA auto_vacuum=NONE")
        conn.execute("CREATE TABLE filling (a)")
        conn.executemany("INSERT INTO filling VALUES (?)", [("x" * 1000,)] * 1000)
    conn.close()
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.transaction() as bare:
        bare.exec_driver_sql("DELETE FROM filling")
    assert database.give_back().whole is False
    assert database.vacuum().bytes > 500_000
    assert database.give_back().whole is True
    database.close()


def test_a_reader_keeps_old_pages_alive_and_a_rewrite_says_so(tmp_path: Path) -> None:
    database, other = (Database(f"sqlite:///{tmp_path / 'a.db'}") for _ in range(2))
    database.upgrade()
    with other.read() as reader:
        reader.tallies.all()
        with database.begin() as uow:
            uow.tallies.add("a")
        assert database.vacuum().whole is False
    assert database.vacuum().whole is True
    database.close()
    other.close()
