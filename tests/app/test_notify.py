"""The command `notify`: from the configuration file to a message on the wire."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.notify import notify
from model.health import Band, Basis, NodeScore, RollupResult
from store.database import Database
from tests.support.receiver import Receiver, Reply, receiver

DOCUMENT = """\
read_only: {read_only}
connections:
  acme: {{tool: jira, url: "https://jira.acme.example", auth: {{type: api_token, email: a@b.example, token: "env:T"}}}}
portfolios:
  - {{name: Growth}}
notify:
  - {{slack: "env:SLACK_URL"}}
"""


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as running:
        monkeypatch.setenv("SLACK_URL", running.url("/services/hunter2"))
        yield running


def run(folder: Path, *options: str, read_only: bool = False) -> tuple[int, dict[str, Any]]:
    path = folder / "bellwether.yaml"
    path.write_text(DOCUMENT.format(read_only=str(read_only).lower()))
    answer = CliRunner().invoke(notify, ["--config", str(path), "--json", *options])
    assert "hunter2" not in answer.output
    document: dict[str, Any] = json.loads(answer.stdout)
    return answer.exit_code, document


def score(folder: Path, band: Band, *, days_ago: float) -> None:
    """Keep a score of the portfolio."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    node = NodeScore(
        id="growth", kind="portfolio", name="Growth", parent=None, score=50.0, band=band, computed_band=band,
        coverage=1.0, trust=1.0, basis=Basis.OBSERVED, policy="p",
    )
    database = Database(f"sqlite:///{folder / 'bellwether.db'}")
    database.upgrade()
    with database.begin() as uow:
        uow.scores.save(RollupResult(as_of=at, known_at=at, policy="p", nodes=(node,)))
    database.close()


def test_a_changed_band_is_shown_by_a_dry_run_and_sent_once_without_it(tmp_path: Path, there: Receiver) -> None:
    score(tmp_path, Band.ON_TRACK, days_ago=2)
    assert run(tmp_path) == (0, {"notices": []})
    score(tmp_path, Band.AT_RISK, days_ago=1)
    shown, dry = run(tmp_path, "--dry-run")
    assert (shown, [row["result"] for row in dry["notices"]], there.posted) == (0, ["planned"], [])
    code, done = run(tmp_path)
    (row,) = done["notices"]
    assert (code, row["result"], row["where"], row["node"]) == (0, "sent", "notify[0]", "growth")
    assert row["title"] == "◆ Growth: At risk, was On track"
    assert row["key"] == dry["notices"][0]["key"]
    assert run(tmp_path) == (0, {"notices": []})
    assert len(there.posted) == 1


def test_what_could_not_be_sent_is_named_and_makes_the_exit_code_one(tmp_path: Path, there: Receiver) -> None:
    there.replies.append(Reply(404, b"no_service"))
    score(tmp_path, Band.ON_TRACK, days_ago=2)
    run(tmp_path)
    score(tmp_path, Band.AT_RISK, days_ago=1)
    code, done = run(tmp_path)
    assert (code, done["notices"][0]["result"]) == (1, "waiting")
    assert "404 no_service" in done["notices"][0]["why"]


def test_a_read_only_deployment_refuses_to_send(tmp_path: Path, there: Receiver) -> None:
    code, document = run(tmp_path, read_only=True)
    assert code == 4
    assert "read-only" in document["error"]["what"]
    assert there.posted == []


def test_for_people_it_says_in_words_what_is_due(tmp_path: Path, there: Receiver) -> None:
    score(tmp_path, Band.ON_TRACK, days_ago=2)
    run(tmp_path)
    answer = CliRunner().invoke(notify, ["--config", str(tmp_path / "bellwether.yaml")])
    assert "nothing is to be told" in answer.output
