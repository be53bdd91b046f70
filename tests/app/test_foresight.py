"""`forecast` and `backtest` as people and programs read them."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.support.scene import Scene


def _run(scene: Scene, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "--config", str(scene.write())], catch_exceptions=False)
    return result.exit_code, result.stdout


def _json(scene: Scene, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, text = _run(scene, *arguments, "--json")
    return code, json.loads(text)


def test_a_forecast_with_what_if_and_a_program_and_a_backtest(synced: Scene) -> None:
    _run(synced, "rollup")
    code, plain = _json(synced, "forecast", "web")
    assert code == 0
    assert plain["forecast"]["on_time"] is None
    assert "weeks" not in plain["forecast"]
    assert plain["what_if"] is None
    assert plain["fan"]["history"][-1]["remaining"] == plain["remaining"]["value"]
    assert plain["fan"]["weeks"][0]["p50"] <= plain["remaining"]["value"]
    _, changed = _json(synced, "forecast", "web", "--scope", "+10", "--people", "-20%", "--by", "2030-01-01")
    what_if = changed["what_if"]
    assert (what_if["scope"], what_if["pace"], what_if["by"]) == (10, 0.8, "2030-01-01")
    assert what_if["remaining"]["value"] == plain["remaining"]["value"] + 10
    assert changed["forecast"] == plain["forecast"]
    _, text = _run(synced, "forecast", "web", "--scope", "-2")
    assert "if all output goes to this scope" in text
    assert "what if (" in text
    asked = " ".join(_run(synced, "forecast", "web", "--people", "-20%", "--by", "2030-01-01")[1].split())
    assert "80% of the pace, to be done by 2030-01-01)" in asked
    assert "; by 2030-01-01: " in asked.partition("what if (")[2]
    assert "no such date has been checked here yet" in text
    code, program = _json(synced, "forecast", "reach")
    assert code == 0
    assert {one["node"] for one in program["projects"]} == {"web", "launch"}
    assert next(one for one in program["projects"] if one["node"] == "web")["through"] in ("launch", None)
    assert "all of it half of the time done" in _run(synced, "forecast", "reach")[1]
    code, checked = _json(synced, "backtest", "--every", "4", "--seed", "7", "--dry-run")
    assert (code, checked["seed"], checked["earned"]) == (0, 7, [])
    assert checked["items_within_weeks"]["gate"]["why_not"]
    assert checked["published"]["kept"] == 2
    told = _run(synced, "backtest", "--every", "4")[1]
    assert "odds are told in words" in told
    assert "such dates here" in " ".join(_run(synced, "explain", "web")[1].split())


def test_continuous_work_is_told_no_date_and_what_if_it_had_one(synced: Scene) -> None:
    synced.document["portfolios"][0]["programs"][0]["projects"][0].pop("target_date")
    _run(synced, "rollup")
    said = "no date: continuous work, without a date to be done by"
    for command in ("explain", "forecast"):
        text = " ".join(_run(synced, command, "web")[1].split())
        assert said in text
        assert "half of the time" not in text
    text = " ".join(_run(synced, "forecast", "web", "--by", "2030-01-01")[1].split())
    assert said in text
    assert "half of the time done" in text.partition("what if (")[2]
    assert _json(synced, "forecast", "web")[1]["fan"]["weeks"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--scope", "many"), ("--people", "half"), ("--people", "-120%"), ("--by", "soon")],
)
def test_a_what_if_that_cannot_be_read_says_so(scene: Scene, option: str, value: str) -> None:
    code, document = _json(scene, "forecast", "web", option, value)
    assert code == 2
    assert document["error"]["where"] == option
    assert document["error"]["fix"]
