"""The large tables in parts: what was there is there, and the store works on as before."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bench.portfolio import NOW, TOOL, made_workspace
from model.sync import Departure, RawPayload
from service import scoring
from store.database import Database
from store.tables import METADATA

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgresql" / "partition.sql"
LARGE = {"changes": 16, "raw_payloads": 16, "memberships": 8, "items": 8}


@pytest.fixture
def server(fresh_postgres: Callable[[bool], str]) -> Database:
    return Database(fresh_postgres(True))


def test_a_store_in_parts_holds_and_scores_the_same(server: Database) -> None:
    workspace = made_workspace(server, 3, 40)
    payload = RawPayload(connection=TOOL, kind="issue", vendor_id="1", body=b"{}", fetched_at=NOW, via="pull")
    with server.begin() as uow:
        uow.raw.save([payload])
    before = scoring.score(workspace, as_of=NOW, known_at=NOW).model_dump_json()
    with server.read() as uow:
        rows = uow.figures.rows()
    with server.transaction() as conn:
        conn.connection.cursor().execute(SCRIPT.read_text())
    with server.transaction(write=False) as conn:
        counted = conn.exec_driver_sql(
            "SELECT inhparent::regclass::text, count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid "
            "WHERE relkind = 'r' GROUP BY 1"
        )
        parts = {row[0]: row[1] for row in counted}
    assert parts == LARGE
    with server.read() as uow:
        assert uow.figures.rows() == rows
        assert uow.raw.get(TOOL, "issue", "1") == payload
    assert scoring.score(workspace, as_of=NOW, known_at=NOW).model_dump_json() == before
    with server.begin() as uow:
        uow.raw.save([payload.model_copy(update={"body": b'{"a":1}'})])
        (item,) = uow.records.items([f"{TOOL}:item:0-0"])
        uow.records.mark_gone([item.id], at=NOW, known_at=NOW + timedelta(days=1), why=Departure.DELETED)
    server.upgrade()
    assert server.is_current()
    with server.transaction() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables}
        )
        assert compare_metadata(context, METADATA) == []
    server.close()
