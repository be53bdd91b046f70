"""`bellwether db`: a copy and back through the command line; a newer schema is refused by every command."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from app.cli import main
from store.database import Database


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BELLWETHER_DATABASE_URL", raising=False)
    path = tmp_path / "bellwether.yaml"
    path.write_text(
        "connections:\n  acme-asana:\n    tool: asana\n    workspace: '1100'\n    auth: {type: token, token: 'env:T'}\n"
    )
    return path


def _run(*arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(main, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_a_copy_and_back(configured: Path) -> None:
    assert _run("db", "upgrade") == (0, {"current": True})
    database = Database(f"sqlite:///{configured.parent / 'bellwether.db'}")
    with database.begin() as uow:
        uow.sync.save_mapping_digest("acme-asana", "d1")
    code, made = _run("db", "backup")
    assert code == 0
    assert made["database"] == "sqlite"
    assert made["schema"] == Database.newest_revision()
    assert made["bytes"] == Path(made["file"]).stat().st_size
    with database.begin() as uow:
        uow.sync.save_mapping_digest("acme-asana", "d2")
    code, refused = _run("db", "restore", made["file"])
    assert code == 2
    assert "--force" in refused["error"]["fix"]
    assert _run("db", "restore", made["file"], "--force") == (0, made)
    with database.read() as uow:
        assert uow.sync.state("acme-asana").mapping_digest == "d1"
    database.close()


def test_a_database_of_a_newer_version_stops_every_command_with_2(configured: Path) -> None:
    _run("db", "upgrade")
    engine = create_engine(f"sqlite:///{configured.parent / 'bellwether.db'}")
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for command in (["db", "upgrade"], ["rollup"], ["sync"], ["worker"], ["serve"]):
        code, said = _run(*command)
        assert code == 2, command
        assert "9999" in said["error"]["what"]
