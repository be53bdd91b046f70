"""`bellwether config diff|import|export`: the file in force, another one, and the versions that are kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main

TEXT = """\
# Ours.
connections:
  acme-asana:
    tool: asana
    workspace: '1100'
    auth: {type: token, token: 'env:T'}   # the bot
portfolios:
  - name: Growth
    programs:
      - name: Reach
        projects:
          - {name: Web, sources: [{connection: acme-asana, project: "1"}]}
          - {name: App, sources: [{connection: acme-asana, project: "2"}]}
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BELLWETHER_DATABASE_URL", raising=False)
    path = tmp_path / "bellwether.yaml"
    path.write_text(TEXT)
    return path


def _run(*arguments: str, given: str | None = None) -> tuple[int, Any]:
    done = CliRunner().invoke(main, ["config", *arguments, "--json"], input=given)
    return done.exit_code, json.loads(done.stdout)


def test_a_file_goes_out_is_compared_comes_in_and_others_stay(configured: Path) -> None:
    assert _run("export", "out.yaml")[0] == 0
    assert Path("out.yaml").read_text() == TEXT
    assert _run("diff", "out.yaml")[1] == {"same": True, "differences": [], "diff": []}
    mine = TEXT.replace("{name: Web,", "{name: Web, weight: 2,").replace("# Ours.", "# Mine.")
    code, told = _run("diff", "-", given=mine)
    place = "portfolios › Growth › programs › Reach › projects › Web › weight"
    assert (code, told["differences"]) == (0, [{"place": place, "before": None, "after": "2"}])
    assert "+# Mine." in told["diff"]
    assert configured.read_text() == TEXT
    assert _run("import", "-", "--why", "more of the web", given=mine)[1]["changed"] is True
    assert configured.read_text() == mine
    by_hand = mine.replace("{name: App,", "{name: App, weight: 5,")
    configured.write_text(by_hand)
    since = _run("diff")[1]["differences"]
    assert [one["after"] for one in since] == ["5"]
    assert _run("import", "-", "--base", "2", given=mine.replace("weight: 2", "weight: 3"))[0] == 0
    assert "weight: 5" in configured.read_text()
    assert "weight: 3" in configured.read_text()


def test_where_both_changed_one_place_nothing_is_written(configured: Path) -> None:
    assert _run("import", "bellwether.yaml")[1]["changed"] is False
    theirs = TEXT.replace("{name: Web,", "{name: Web, weight: 5,")
    configured.write_text(theirs)
    code, told = _run("import", "-", "--base", "1", given=TEXT.replace("{name: Web,", "{name: Web, weight: 2,"))
    assert code == 1
    (conflict,) = told["conflicts"]
    assert (conflict["base"], conflict["mine"], conflict["theirs"]) == (None, "2", "5")
    assert configured.read_text() == theirs
    assert _run("export", "--version", "1")[1]["text"] == TEXT


@pytest.mark.parametrize(
    ("arguments", "given", "code", "said"),
    [(("import", "-"), TEXT + "timezon: UTC\n", 2, "timezone"), (("diff", "none.yaml"), None, 2, "can't be read"),
     (("export", "--version", "7"), None, 2, "no such version"),
     (("import", "-"), "allow_plain_secrets: true\n" + TEXT.replace("env:T", "hunter2"), 2, "secret")],
)  # fmt: skip
def test_what_can_not_be_says_so(configured: Path, arguments: tuple[str, ...], given: str, code: int, said: str) -> None:
    found, told = _run(*arguments, given=given)
    assert found == code
    assert said in told["error"]["what"] + told["error"]["where"]
    assert "hunter2" not in json.dumps(told)
    assert configured.read_text() == TEXT


def test_a_secret_in_the_file_goes_nowhere(configured: Path) -> None:
    configured.write_text("allow_plain_secrets: true\n" + TEXT.replace("env:T", "hunter2"))
    for arguments in (("export",), ("diff",), ("import", "-")):
        code, told = _run(*arguments, given=TEXT)
        assert code == 4
        assert "hunter2" not in json.dumps(told)
