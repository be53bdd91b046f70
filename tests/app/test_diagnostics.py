"""The bundle for a bug report: enough to help, and nothing that is a secret or about a person."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from app.cli import main
from app.cli.demo import SANDBOX_SECRETS
from service import push_back, scoring
from service.setup import setup
from service.sync import sync
from tests.support.scene import Scene, no_progress

PEOPLE = ("Ada", "Berg", "Bo Lund", "Cy Holm", "example.test", "Grace Hopper", "grace@")
WORDS = ("Website", "Launch", "WEB work", "LAUNCH open", "All is well", "Growth", "Reach")


def _parts(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        texts = {Path(name).stem: archive.read(name).decode() for name in archive.namelist()}
    return {name: json.loads(text) if name != "log" else text for name, text in texts.items()}


def _whole(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def _run(*arguments: str) -> int:
    done = CliRunner().invoke(main, ["diagnostics", *arguments, "--json"])
    return done.exit_code


def test_it_tells_what_is_needed_and_nothing_of_people_or_secrets(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_SECRET_KEY", "a long and secret key of a deployment")
    scene.document["people"] = [{"name": "Grace Hopper", "ids": ["northlight-jira:ada"], "email": "grace@example.test"}]
    with scene.workspace() as workspace:
        setup(workspace, apply=True)
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        push_back.push(workspace)
        with workspace.db.begin() as uow:
            for person in uow.records.people():
                uow.runs.finish(uow.runs.start("push", at=workspace.clock()), at=workspace.clock(), outcome="done",
                                summary={"written": 1, "who": person.name})  # fmt: skip
    log = scene.folder / "log"
    log.write_text("job Ada Berg wrote\nAuthorization: Bearer abcdefghijkl\n" + "\n".join(SANDBOX_SECRETS.values()))
    out = scene.folder / "out.zip"
    assert _run("--config", str(scene.write()), "--out", str(out), "--log", str(log)) == 0
    whole = _whole(out)
    for kept in (*PEOPLE, *WORDS, *SANDBOX_SECRETS.values(), "secret key of", "abcdefghijkl"):
        assert kept not in whole, kept
    parts = _parts(out)
    assert set(parts) == {
        "about", "configuration", "database", "tables", "state", "runs", "failures", "syncs", "jobs", "log"
    }  # fmt: skip
    assert parts["tables"]["items"] > 100
    assert parts["about"]["packages"]["sqlalchemy"]
    assert parts["database"]["current"] is True
    assert parts["state"]["nodes"] == {"portfolio": 1, "program": 1, "project": 2}
    assert any(run["counts"].get("written", 0) > 0 for run in parts["runs"])
    assert parts["configuration"]["connections"]["northlight-jira"]["tool"] == "jira"
    assert parts["configuration"]["connections"]["northlight-jira"]["auth"]["token"] == "***"
    assert parts["syncs"]["northlight-asana"]["has_cursor"] is True
    assert "job *** wrote" in parts["log"]


def test_it_is_made_of_what_can_be_read(scene: Scene) -> None:
    out = scene.folder / "out.zip"
    broken = scene.folder / "broken.yaml"
    broken.write_text("connections: {a: {tool: nothing, token: hunter2-hunter2}}\n")
    assert _run("--config", str(broken), "--out", str(out)) == 0
    assert _parts(out)["unreadable"]["reason"]
    assert "hunter2" not in _whole(out)
    assert _run("--config", str(scene.folder / "none.yaml"), "--out", str(out)) == 0
    with scene.workspace():
        pass
    engine = create_engine(f"sqlite:///{scene.folder / 'bellwether.db'}")
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        conn.execute(text("DROP TABLE tallies"))
    engine.dispose()
    assert _run("--config", str(scene.write()), "--out", str(out)) == 0
    parts = _parts(out)
    assert parts["database"]["schema"] == "9999"
    assert parts["state"] == {"unreadable": "database_not_upgraded"}
    assert parts["runs"] == []
