"""What --json says, held against the published schemas."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from app.cli import main
from model.mapping import Mapping
from tests.support.scene import Scene

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "design" / "schemas"


def _run(scene: Scene, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, [*arguments, "--json", "--config", str(scene.write())], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def _valid(document: dict[str, Any], schema: str) -> None:
    path = SCHEMAS / f"{schema}.schema.json"
    if not path.exists():
        pytest.skip("the published schemas are not here (../shared/design/schemas)")
    jsonschema.validate(document, json.loads(path.read_text()), format_checker=jsonschema.FormatChecker())


def test_every_document_has_its_published_shape(scene: Scene) -> None:
    assert _run(scene, "setup", "--apply")[0] == 0
    code, run = _run(scene, "run")
    assert code == 0
    _valid(run, "run")
    shapes = {"check": "check", "sync": "sync", "census": "census", "rollup": "rollup", "plan": "writes", "push": "writes"}
    for command, schema in shapes.items():
        code, document = _run(scene, command)
        assert code == 0, command
        _valid(document, schema)
    assert {write["result"] for write in _run(scene, "push")[1]["writes"]} <= {"unchanged", "written"}


def test_a_census_names_what_left_and_a_connection_that_cannot_be_counted(synced: Scene) -> None:
    synced.jira.delete_issue("WEB-101")
    code, found = _run(synced, "census", "northlight-jira")
    assert code == 0
    (counted,) = found["connections"]
    assert [one["ref"] for one in counted["deleted"]] == ["northlight-jira:WEB-101"]
    synced.jira.faults.set("html", times=1000)
    assert _run(synced, "census")[0] == 1
    code, failed = _run(synced, "census", "northlight-jira")
    assert code == 3
    assert failed["error"]["fix"]


def test_explain_forecast_discover_and_audit_speak_json(synced: Scene) -> None:
    _run(synced, "rollup")
    assert _run(synced, "explain", "Website")[1]["id"] == "web"
    assert _run(synced, "forecast", "web")[1]["node"] == "web"
    assert len(_run(synced, "discover")[1]["connections"]) == 2
    assert _run(synced, "audit")[1] == {"writes": []}
    assert _run(synced, "config", "validate")[1]["projects"] == 2


def test_the_suggested_mapping_can_be_pasted_into_the_configuration(scene: Scene) -> None:
    path = str(scene.write())
    shown = CliRunner().invoke(main, ["discover", "--config", path], catch_exceptions=False).stdout
    alone = CliRunner().invoke(main, ["discover", "--yaml", "--config", path], catch_exceptions=False).stdout
    assert shown.endswith(alone)
    told = {one["name"]: one["suggested_mapping"] for one in _run(scene, "discover")[1]["connections"]}
    pasted = YAML(typ="safe").load(alone)
    scene.document["mapping"] = pasted["mapping"]
    mappings = {name: one.mapping for name, one in scene.configuration().connections.items()}
    assert any(told.values())
    assert mappings == {name: Mapping.model_validate(one) for name, one in told.items()}


def test_the_error_document_has_its_published_shape(scene: Scene) -> None:
    code, document = _run(scene, "explain", "nobody")
    assert code == 2
    _valid(document, "error")


def test_init_writes_a_configuration_that_works(scene: Scene) -> None:
    path = scene.folder / "own.yaml"
    connection = scene.document["connections"]["northlight-jira"]
    arguments = ["init", "--tool", "jira", "--url", connection["url"], "--user", connection["auth"]["email"]]
    arguments += ["--token", "env:BELLWETHER_DEMO_JIRA_TOKEN", "--project", "WEB", "--config", str(path)]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
    result = CliRunner().invoke(main, ["run", "--json", "--config", str(path)], catch_exceptions=False)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["sync"]["connections"][0]["created"] == 67
