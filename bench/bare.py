"""What a person would ask of the same tables in plain SQL: 25 aggregates, and every row of the history once.

The yardstick of ``bench.rollup full``. The aggregates are computed by the database, with nothing of ours around them.
The scan fetches into Python the text of every change, membership and booking, in the order of items: what a roll-up
with history has to read whatever it then does with it. Nothing is parsed in Python.
"""

from typing import NamedTuple

from sqlalchemy import Connection, text

FETCHED_AT_ONCE = 10_000


class Bare(NamedTuple):
    """How many rows of history were read, and how many rows the aggregates gave."""

    history: int
    answers: int


def bare_sql(conn: Connection, today: str) -> Bare:
    """Run all of it. ``today``: the ISO date by which work is overdue."""
    answers = 0
    for statement in aggregates(conn.dialect.name, today):
        answers += len(conn.exec_driver_sql(statement).all())
    return Bare(_scan(conn), answers)


def _scan(conn: Connection) -> int:
    rows = 0
    for table in ("changes", "memberships", "worklogs"):
        statement = text(f"SELECT item_id, body FROM {table} WHERE known_to IS NULL ORDER BY item_id")
        result = conn.execution_options(stream_results=True).execute(statement)
        while some := result.fetchmany(FETCHED_AT_ONCE):
            rows += len(some)
    return rows


def aggregates(dialect: str, today: str) -> tuple[str, ...]:
    """The 25 questions, in the words of one database."""

    def of(name: str, table: str = "i") -> str:
        if dialect == "sqlite":
            return f"json_extract({table}.body, '$.{name}')"
        return f"(CAST({table}.body AS jsonb) ->> '{name}')"

    def number(name: str, table: str = "i") -> str:
        return f"CAST({of(name, table)} AS FLOAT)"

    items, now = "FROM items i WHERE i.known_to IS NULL", "i.known_to IS NULL AND m.known_to IS NULL"
    joined = f"FROM items i JOIN memberships m ON m.item_id = i.id WHERE {now} AND m.container_kind = 'project'"
    is_open = f"{of('status')} IN ('todo', 'in_progress')"
    place = "SELECT m.container_id"
    by_place = "GROUP BY m.container_id"
    changed = "FROM changes c WHERE c.known_to IS NULL"
    booked = "FROM worklogs w JOIN memberships m ON m.item_id = w.item_id WHERE w.known_to IS NULL AND m.known_to IS NULL"
    return (
        f"SELECT count(*) {items}",
        f"SELECT {of('status')}, count(*) {items} GROUP BY 1",
        f"SELECT {of('type')}, count(*) {items} GROUP BY 1",
        f"SELECT count(*) {items} AND {is_open} AND {of('due_on')} < '{today}'",
        f"SELECT count({of('story_points')}), count({of('estimate_hours')}), count(*) {items}",
        f"SELECT sum({number('story_points')}), sum({number('estimate_hours')}) {items}",
        f"SELECT {of('assignee_id')}, count(*), sum({number('estimate_hours')}) {items} AND {is_open} GROUP BY 1",
        f"SELECT count(*) {items} AND {is_open} AND {of('assignee_id')} IS NULL",
        f"SELECT substr({of('done_at')}, 1, 7), count(*) {items} GROUP BY 1",
        f"SELECT substr({of('created_at')}, 1, 7), count(*) {items} GROUP BY 1",
        f"{place}, count(*) {joined} {by_place}",
        f"{place}, {of('status')}, count(*) {joined} GROUP BY m.container_id, 2",
        f"{place}, sum({number('story_points')}), sum({number('estimate_hours')}) {joined} {by_place}",
        f"{place}, count(*) {joined} AND {is_open} AND {of('due_on')} < '{today}' {by_place}",
        f"{place}, count(*) {joined} AND {is_open} AND {of('story_points')} IS NULL {by_place}",
        f"{place}, min({of('created_at')}), max({of('updated_at')}) {joined} {by_place}",
        f"{place}, count(*) {joined} AND {of('type')} = 'defect' AND {is_open} {by_place}",
        f"{place}, count(*) {joined} AND {of('type')} = 'risk' AND {is_open} {by_place}",
        f"{place}, count(DISTINCT {of('assignee_id')}) {joined} {by_place}",
        f"{place}, max({of('due_on')}) {joined} AND {is_open} {by_place}",
        f"{place}, sum({number('hours', 'w')}) {booked} {by_place}",
        f"SELECT substr({of('worked_at', 'w')}, 1, 7), sum({number('hours', 'w')}) FROM worklogs w "
        "WHERE w.known_to IS NULL GROUP BY 1",
        f"SELECT c.field, count(*) {changed} GROUP BY 1",
        f"SELECT substr({of('at', 'c')}, 1, 7), count(*) {changed} AND c.field = 'status' GROUP BY 1",
        "SELECT count(*) FROM links l JOIN items i ON i.id = l.source_id JOIN items t ON t.id = l.target_id "
        f"WHERE l.known_to IS NULL AND i.known_to IS NULL AND t.known_to IS NULL AND {is_open} "
        f"AND {of('status', 't')} IN ('todo', 'in_progress')",
    )
