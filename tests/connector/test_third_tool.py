"""A third tool is one new folder under ``connector/``: found, configured, synced, scored, counted and pushed to.

What it needs is what ``tests/support/shelf`` has: a package whose ``__init__`` exports ``CONNECTOR`` (a factory by
``ConnectionSettings`` and ``Surroundings``) and whose objects do what ``connector.sdk.base.Connector`` says; an
``options.py`` that checks its part of a connection, with ``QUESTIONS`` where ``init`` should ask for more than a token
and ``oauth_app`` where people log in by a browser. The other files divide the work as in every tool. Nothing else knows
it: no list of tools, no schema, no table. To be accepted here it also brings ``quality.yaml``, a README and
``tests/connector/<tool>/contract_case.py``, and the tests that go through the registry ask for these.
"""

import ast
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import bootstrap
from app.cli import main
from config.loader import load
from config.settings import read_settings
from connector.sdk.registry import questions, tools
from service.reception import Reception
from tests.support.library import SECRETS, shelf_folder

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ("app", "config", "model", "rollup", "service", "store", "webhooks")
NOW = datetime.now(UTC)


@dataclass
class Shelf:
    """The tool's folder, its "server" and a configuration that names it."""

    server: Path
    config: Path

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(main, [*arguments, "--json", "--config", str(self.config)], catch_exceptions=False)
        return result.exit_code, json.loads(result.stdout)

    def connection(self, *arguments: str) -> dict[str, Any]:
        """What a command says of the only connection, having done all it was asked to."""
        code, document = self.run(*arguments)
        assert code == 0
        found: dict[str, Any] = document["connections"][0]
        return found

    def change(self, deed: Callable[[dict[str, Any]], object]) -> None:
        """Somebody works in the tool."""
        document = json.loads(self.server.read_text())
        deed(document)
        self.server.write_text(json.dumps(document))


def _card(number: int) -> dict[str, Any]:
    made = NOW - timedelta(days=100 - 2 * number)
    done = made + timedelta(days=3)
    finished = number < 30
    moves = [{"at": done.isoformat(), "old": "open", "new": "done"}] if finished else []
    return {
        "id": f"C{number}", "board": "plans", "title": f"Card {number}", "state": "done" if finished else "open",
        "created": made.isoformat(), "updated": (done if finished else made).isoformat(), "moves": moves,
        "due": (NOW + timedelta(days=number - 35)).date().isoformat(),
    }  # fmt: skip


def _server() -> dict[str, Any]:
    return {
        "key": SECRETS["SHELF_KEY"], "who": "Librarian", "shown": {}, "boards": [{"id": "plans", "name": "Plans"}],
        "cards": [_card(number) for number in range(40)],
    }  # fmt: skip


def _configuration() -> dict[str, Any]:
    project = {
        "name": "Plans", "sources": [{"connection": "books", "project": "plans"}],
        "publish": [{"connection": "books", "project": "plans"}],
    }  # fmt: skip
    return {
        "connections": {"books": {
            "tool": "shelf", "url": "https://shelf.example", "auth": {"type": "key", "token": "env:SHELF_KEY"},
            "webhook_secret": "env:SHELF_HOOK",
        }},
        "portfolios": [{"name": "All", "programs": [{"name": "Every", "projects": [project]}]}],
    }  # fmt: skip


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """The new folder with its server, and a configuration that names it."""
    with shelf_folder(tmp_path, monkeypatch, _server()) as folder:
        config = tmp_path / "bellwether.yaml"
        config.write_text(json.dumps(_configuration()))
        yield Shelf(folder / "boards.json", config)


def test_a_new_folder_is_found_and_the_others_stay(shelf: Shelf) -> None:
    assert list(tools()) == ["asana", "jira", "shelf"]


def test_nothing_elsewhere_decides_by_a_tools_name() -> None:
    """The one name outside is a library's logger, which speaks too much."""
    known = tuple(tools())
    named = {
        (str(path.relative_to(ROOT)), node.value) for part in ELSEWHERE for path in (ROOT / part).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant) and node.value in known
    }  # fmt: skip
    assert named <= {("app/logging.py", "asana")}


def test_its_connection_is_checked_and_discovered(shelf: Shelf) -> None:
    assert shelf.connection("check")["who"] == "Librarian"
    assert [source["label"] for source in shelf.connection("discover")["sources"]] == ["plans"]


def test_its_projects_can_be_derived(shelf: Shelf) -> None:
    document = _configuration()
    document["portfolios"][0]["programs"] = [{"from": {"connection": "books", "category": "novels"}}]
    shelf.config.write_text(json.dumps(document))
    shelf.change(lambda server: server["boards"][0].update(category="novels"))
    assert shelf.connection("sync")["created"] == 40
    nodes = shelf.run("rollup")[1]["nodes"]
    assert [node["id"] for node in nodes] == ["all", "novels-novels", "plans-plans"]


def test_its_options_are_checked_by_itself(shelf: Shelf) -> None:
    document = _configuration()
    document["connections"]["books"]["colour"] = "red"
    shelf.config.write_text(json.dumps(document))
    code, said = shelf.run("sync")
    assert code == 2
    assert said["error"]["where"] == "connections.books.colour"


def test_its_items_are_synced_once_with_their_histories(shelf: Shelf) -> None:
    first, second = shelf.connection("sync"), shelf.connection("sync")
    assert (first["mode"], first["created"], first["skipped"]) == ("full", 40, [])
    assert (second["mode"], second["created"], second["updated"]) == ("incremental", 0, 0)


def test_its_project_is_scored_and_the_health_is_written_back_once(shelf: Shelf) -> None:
    shelf.connection("sync")
    node = next(one for one in shelf.run("rollup")[1]["nodes"] if one["id"] == "plans")
    assert node["score"] is not None
    assert shelf.run("setup", "--apply")[0] == 0
    assert {write["result"] for write in shelf.run("push")[1]["writes"]} == {"written"}
    assert {write["result"] for write in shelf.run("push")[1]["writes"]} <= {"unchanged"}
    shown = json.loads(shelf.server.read_text())["shown"]["plans"]
    assert shown["health"] == node["band"]


def test_what_changed_and_what_left_is_found(shelf: Shelf) -> None:
    shelf.connection("sync")

    def work(document: dict[str, Any]) -> None:
        document["cards"][39] |= {"state": "doing", "updated": NOW.isoformat()}
        del document["cards"][0]

    shelf.change(work)
    assert shelf.connection("sync")["updated"] == 1
    assert shelf.connection("census")["deleted"] == [{"id": "books:item:C0", "ref": "books:C0"}]
    assert shelf.connection("census")["deleted"] == []


def test_a_mapping_for_it_rebuilds_its_records_without_a_request(shelf: Shelf) -> None:
    shelf.connection("sync")
    document = _configuration() | {"mapping": {"books": {"statuses": {"open": "in_progress"}}}}
    shelf.config.write_text(json.dumps(document))
    assert shelf.connection("sync")["requests"] == 1
    configuration = load(shelf.config, environment=SECRETS)
    with bootstrap.workspace(configuration, read_settings({})) as workspace, workspace.db.read() as uow:
        item = uow.records.item("books:item:C39")
    assert item is not None
    assert item.status == "in_progress"


def test_init_asks_what_the_tool_says_it_needs(shelf: Shelf) -> None:
    assert questions("shelf").auth_type == "key"
    shelf.config.unlink()
    code, said = shelf.run("init", "--tool", "shelf", "--token", "env:SHELF_KEY", "--project", "plans")
    assert (code, said["who"]) == (0, "Librarian")
    assert shelf.connection("sync")["created"] == 40


def test_its_signed_webhook_is_verified(shelf: Shelf) -> None:
    body = b'{"card": "C3"}'
    signature = hmac.new(SECRETS["SHELF_HOOK"].encode(), body, hashlib.sha256).hexdigest()
    configuration = load(shelf.config, environment=SECRETS)
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        bootstrap.agree_hooks(workspace, configuration)
        told = Reception().receive(workspace, "books", "", headers={"x-shelf-signature": signature}, body=body)
        forged = Reception().receive(workspace, "books", "", headers={"x-shelf-signature": "0"}, body=body)
    assert (told.status, forged.status) == (202, 401)
