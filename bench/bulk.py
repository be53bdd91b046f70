"""A portfolio of a million items straight in the tables: bulk inserts, one transaction for some projects at a time.

Histories are drawn from a pool that the model's own records made, so that every row is one a sync could have written.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Table, insert

from bench.portfolio import NOW, TOOL
from model.tree import Node, NodeKind, Parent, Source, Tree
from model.work import (
    Change,
    ChangeField,
    ContainerKind,
    ItemType,
    Link,
    LinkKind,
    Membership,
    StatusCategory,
    WorkItem,
    Worklog,
)
from store import tables
from store.database import Database
from store.dialect import digest, write_many
from store.kinds import CHANGES, ITEMS, LINKS, MEMBERSHIPS, WORKLOGS, Row

POOL = 1000
LUCK = (0.0, 0.5, 1.0)
"""How well work goes: what is finished, how soon, how much of it by its date."""
PER_PROGRAM, PER_PORTFOLIO = 20, 20
AT_ONCE = 20
SHARED_EVERY, LINKED_EVERY = 50, 100
_ITEM, _PLACE, _USER = "@item@", "@place@", "@user@"
_KINDS = (*(ItemType.STORY,) * 5, *(ItemType.TASK,) * 3, *(ItemType.DEFECT,) * 2, ItemType.RISK)

Rows = dict[Table, list[Row]]


class _Told(NamedTuple):
    """A field that changed, days after the item came to be."""

    field: ChangeField
    old: str | None
    new: str | None
    after_days: float
    names: tuple[str | None, str | None] = (None, None)


def bulk_rows(db: Database, projects: int, items: int) -> None:
    """Fill an empty database with so many projects of so many items each, with six to ten changes an item."""
    pools = [[_life(random.Random(number), luck) for number in range(POOL)] for luck in LUCK]
    for begin in range(0, projects, AT_ONCE):
        rows: Rows = {}
        for project in range(begin, min(projects, begin + AT_ONCE)):
            for row in _project(project, projects, items, pools):
                for table, made in row.items():
                    rows.setdefault(table, []).extend(made)
        _insert(db, rows)


def _insert(db: Database, rows: Rows) -> None:
    with db.transaction() as conn:
        for table, made in rows.items():
            write_many(conn, insert(table), made)


def _project(project: int, projects: int, items: int, pools: list[list[Rows]]) -> Iterator[Rows]:
    chance = random.Random(-project - 1)
    luck = chance.random()
    pool = pools[0] + pools[1] if luck < 0.3 else pools[1] if luck < 0.5 else pools[1] + pools[2] if luck < 0.7 else pools[2]
    other = (project + 1) % projects
    for number in range(items):
        key, user = f"{project}-{number}", (project // 4) * 5 + number % 8
        yield _placed(chance.choice(pool), key, f"{TOOL}:project:{project}", user)
        if number % SHARED_EVERY == 0 and other != project:
            yield _row_of(MEMBERSHIPS.table, MEMBERSHIPS.row(_membership(_id(key), f"{TOOL}:project:{other}", NOW)))
        if number % LINKED_EVERY == 0:
            far = _id(f"{other if number % (3 * LINKED_EVERY) == 0 else project}-{chance.randrange(items)}")
            link = Link(id=f"{_id(key)}|{far}", connection=TOOL, kind=LinkKind.BLOCKS, original_kind="blocks",
                        source_id=_id(key), target_id=far)  # fmt: skip
            yield _row_of(LINKS.table, LINKS.row(link))


def _id(key: str) -> str:
    return f"{TOOL}:item:{key}"


def _row_of(table: Table, row: Row) -> Rows:
    return {table: [{**row, "known_from": NOW, "known_to": None}]}


def _placed(life: Rows, key: str, place: str, user: int) -> Rows:
    """The rows of one life as those of an item: its key, project and person put in."""

    def put(value: Any) -> Any:
        if isinstance(value, str) and "@" in value:
            return value.replace(_ITEM, key).replace(_PLACE, place).replace(_USER, str(user))
        return value

    made: Rows = {}
    for table, rows in life.items():
        made[table] = [{name: put(value) for name, value in row.items()} for row in rows]
        for row in made[table]:
            if "body" in row:
                row["hash"] = digest(row["body"].encode())
    return made


def _life(chance: random.Random, luck: float) -> Rows:
    """The rows of one item with its history, its name and place left open."""
    key = _id(_ITEM)
    born = NOW - timedelta(days=chance.uniform(2, 400))
    told = [one for one in _history(chance, luck, born.date()) if born + timedelta(days=one.after_days) < NOW]
    last = {one.field: one.new for one in told}
    status = StatusCategory(last.get(ChangeField.STATUS) or "todo")
    changes = [
        Change(id=f"{key}|{number}", connection=TOOL, item_id=key, field=one.field, old=one.old, new=one.new,
               original_old=one.names[0], original_new=one.names[1], by=f"{TOOL}:user:{_USER}",
               at=born + timedelta(days=one.after_days))
        for number, one in enumerate(told)
    ]  # fmt: skip
    closed = [one.at for one in changes if one.field is ChangeField.STATUS and one.new == "done"]
    due, points, hours = (last.get(f) for f in (ChangeField.DUE_ON, ChangeField.STORY_POINTS, ChangeField.ESTIMATE_HOURS))
    item = WorkItem(
        id=key, connection=TOOL, vendor_id=_ITEM, key=f"P{_ITEM}", title=f"Work on {_ITEM}", type=chance.choice(_KINDS),
        original_type="Story", status=status, original_status=status.words if hasattr(status, "words") else status.value,
        assignee_id=f"{TOOL}:user:{_USER}", reporter_id=f"{TOOL}:user:{_USER}", created_at=born,
        updated_at=max((one.at for one in changes), default=born), done_at=max(closed, default=None),
        due_on=date.fromisoformat(due) if due else None, story_points=float(points) if points else None,
        estimate_hours=float(hours) if hours else None, origin=f"issue:{_ITEM}",
    )  # fmt: skip
    logs = [
        Worklog(id=f"{key}|w{number}", connection=TOOL, item_id=key, person_id=f"{TOOL}:user:{_USER}",
                hours=float(chance.randint(1, 8)), worked_at=one.at, logged_at=one.at)
        for number, one in enumerate(changes) if one.field is ChangeField.STATUS and chance.random() < 0.5
    ]  # fmt: skip
    rows: Rows = {
        ITEMS.table: [ITEMS.row(item)],
        CHANGES.table: [CHANGES.row(one) for one in changes],
        MEMBERSHIPS.table: [MEMBERSHIPS.row(_membership(key, _PLACE, born))],
        WORKLOGS.table: [WORKLOGS.row(one) for one in logs],
    }
    for made in rows.values():
        for row in made:
            row |= {"known_from": NOW, "known_to": None}
    rows[tables.known_histories] = [{"item_id": key, "known_from": NOW, "outdated": False}]
    return rows


def _membership(key: str, place: str, since: datetime) -> Membership:
    return Membership(id=f"{key}|{place}|1", connection=TOOL, item_id=key, container_id=place,
                      container_kind=ContainerKind.PROJECT, from_at=since)  # fmt: skip


def _history(chance: random.Random, luck: float, born: date) -> Iterator[_Told]:
    """Planned, re-planned, worked on through the stages of a board, finished: six to ten changes of most items."""
    user = f"{TOOL}:user:{_USER}"
    due, points = born + timedelta(days=chance.randint(20, 120) + int(60 * luck)), chance.choice((1, 2, 3, 5, 8))
    after = chance.uniform(0.1, 3)
    yield _Told(ChangeField.DUE_ON, None, due.isoformat(), after)
    yield _Told(ChangeField.STORY_POINTS, None, str(points), after)
    yield _Told(ChangeField.ESTIMATE_HOURS, None, str(points * 6), after)
    if chance.random() < 0.6:
        yield _Told(ChangeField.ASSIGNEE, None, user, after + 0.5)
    if chance.random() < 0.3:
        yield _Told(ChangeField.STORY_POINTS, str(points), str(points + 2), after + 1)
    after += chance.uniform(1, 80 - 60 * luck)
    stages = ["To do", "Doing", "Review", *(["Doing", "Review"] if chance.random() < 0.2 else ()), "Done"]
    for old, new in pairwise(stages):
        if chance.random() < 0.12 * (1 - luck):
            return
        yield _Told(ChangeField.STATUS, _CATEGORIES[old], _CATEGORIES[new], after, (old, new))
        if chance.random() < 0.2:
            later = due + timedelta(days=14)
            yield _Told(ChangeField.DUE_ON, due.isoformat(), later.isoformat(), after + 0.2)
            due = later
        after += chance.uniform(0.5, 20 - 15 * luck)


_CATEGORIES = {"To do": "todo", "Doing": "in_progress", "Review": "in_progress", "Done": "done"}


def bulk_tree(projects: int) -> Tree:
    """Projects under programs of twenty, those under portfolios of twenty, those under one."""
    programs = -(-projects // PER_PROGRAM)
    portfolios = -(-programs // PER_PORTFOLIO)
    top = Node(id="all", kind=NodeKind.PORTFOLIO, name="Everything")
    return Tree(
        nodes=(
            top,
            *(
                Node(id=f"f{n}", kind=NodeKind.PORTFOLIO, name=f"Portfolio {n}", parents=(Parent(id="all"),))
                for n in range(portfolios)
            ),
            *(
                Node(id=f"g{n}", kind=NodeKind.PROGRAM, name=f"Program {n}", parents=(Parent(id=f"f{n // PER_PORTFOLIO}"),))
                for n in range(programs)
            ),
            *(
                Node(
                    id=f"p{n}", kind=NodeKind.PROJECT, name=f"Project {n}", parents=(Parent(id=f"g{n // PER_PROGRAM}"),),
                    start_on=date(2026, 1, 5), target_on=NOW.date() + timedelta(days=30 + 7 * (n % 40)),
                    sources=(Source(connection=TOOL, kind="project", value=str(n)),),
                )
                for n in range(projects)
            ),
        )
    )  # fmt: skip
