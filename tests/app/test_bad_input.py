"""Bad input: each gives one clear message (what, where, how to mend), the documented exit code, nothing half written."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from sandbox.world import World
from tests.support.scene import Scene

JIRA = "northlight-jira"


def _bellwether(scene: Scene, *arguments: str) -> Result:
    path = scene.write()
    return CliRunner().invoke(main, [arguments[0], *arguments[1:], "--config", str(path)], catch_exceptions=False)


def _error(result: Result) -> dict[str, str]:
    document = json.loads(result.stdout)
    error: dict[str, str] = document["error"]
    assert set(error) == {"what", "where", "fix"}
    assert error["what"]
    assert error["fix"]
    return error


def _only_jira(scene: Scene) -> Scene:
    """Without Asana, so that the connection at fault is every connection."""
    document = scene.document
    del document["connections"]["northlight-asana"], document["mapping"]["northlight-asana"]
    document["people"] = []
    program = document["portfolios"][0]["programs"][0]
    program["projects"] = [one for one in program["projects"] if one["id"] == "web"]
    program["publish"] = document["portfolios"][0]["publish"] = []
    return scene


def test_a_wrong_credential_is_told_as_such(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _only_jira(scene)
    monkeypatch.setenv("BELLWETHER_DEMO_JIRA_TOKEN", "wrong-token-never-shown")
    result = _bellwether(scene, "sync", "--json")
    assert result.exit_code == 3
    assert "credential" in str(_error(result)).lower() or "token" in str(_error(result)).lower()
    assert "wrong-token-never-shown" not in result.output


def test_one_unusable_connection_does_not_stop_the_other(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_DEMO_JIRA_TOKEN", "wrong")
    result = _bellwether(scene, "sync", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [one["name"] for one in document["connections"]] == ["northlight-asana"]
    assert [one["name"] for one in document["failures"]] == [JIRA]


def test_an_unreachable_host_is_named(scene: Scene) -> None:
    _only_jira(scene).document["connections"][JIRA]["url"] = "http://127.0.0.1:9"
    result = _bellwether(scene, "sync", "--json")
    assert result.exit_code == 3
    error = _error(result)
    assert error["where"] == JIRA
    assert "no connection to the host" in error["what"]


@pytest.mark.parametrize(("fault", "word"), [("html", "HTML"), ("410", "removed")])
def test_a_login_page_and_a_removed_call_stop_the_connection(scene: Scene, fault: str, word: str) -> None:
    _only_jira(scene)
    scene.jira.faults.set(fault, times=50)
    result = _bellwether(scene, "sync", "--json")
    assert result.exit_code == 3
    assert word.lower() in str(_error(result)).lower()


def test_a_malformed_item_is_skipped_by_name_and_the_rest_arrives(scene: Scene) -> None:
    scene.jira.spoil_issue("WEB-103")
    result = _bellwether(scene, "sync", "--json")
    jira = next(one for one in json.loads(result.stdout)["connections"] if one["name"] == JIRA)
    assert result.exit_code == 1
    assert "WEB-103" in str(jira["skipped"])
    assert "duedate" in str(jira["skipped"])
    assert jira["created"] == 66


def test_an_unknown_field_in_the_mapping_is_told_by_check(scene: Scene) -> None:
    scene.document["mapping"][JIRA]["story_points"] = "customfield_99999"
    result = _bellwether(scene, "check", JIRA, "--json")
    assert "customfield_99999" in result.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["portfolios"][0]["programs"][0]["projects"][0].update(target_date="31.12.2026"), "target_date"),
        (lambda d: d["portfolios"][0].update(progams=[]), "programs"),
        (lambda d: d.update(policies={"mine": {"weights": {}}}, policy="mine"), "dimension"),
        (lambda d: d["connections"][JIRA]["auth"].update(token="a literal secret"), "env:"),
        (lambda d: d.update(lenses={"product": {}}), "lenses"),
    ],
    ids=["a bad date", "a typo", "a policy that names no dimension", "a literal secret", "a lens by nothing"],
)
def test_a_wrong_configuration_is_refused_with_its_line(
    scene: Scene, change: Callable[[dict[str, object]], None], words: str
) -> None:
    change(scene.document)
    (scene.folder / "bellwether.db").unlink()
    result = _bellwether(scene, "sync", "--json")
    error = json.loads(result.stdout)["error"]
    assert result.exit_code == 2
    assert words in str(error)
    assert "bellwether.yaml:" in str(error)
    assert "a literal secret" not in result.output
    assert not list(scene.folder.glob("*.db"))


def test_a_missing_configuration_says_what_to_do(scene: Scene) -> None:
    result = CliRunner().invoke(main, ["sync", "--json", "--config", str(scene.folder / "none.yaml")])
    assert result.exit_code == 2
    assert "init" in _error(result)["fix"]


def test_a_tree_without_sources_names_discover(scene: Scene) -> None:
    scene.document["portfolios"] = []
    result = _bellwether(scene, "sync", "--json")
    assert result.exit_code == 2
    assert "discover" in _error(result)["fix"]


def test_a_day_that_has_not_come_is_refused(scene: Scene) -> None:
    assert _bellwether(scene, "rollup", "--as-of", "2999-01-01", "--json").exit_code == 2


def test_an_unknown_node_is_named_with_the_known_ones(scene: Scene) -> None:
    result = _bellwether(scene, "explain", "nobody", "--json")
    assert result.exit_code == 2
    assert "web" in _error(result)["fix"]


def test_read_only_refuses_to_push(scene: Scene) -> None:
    scene.document["read_only"] = True
    result = _bellwether(scene, "push", "--json")
    assert result.exit_code == 4
    assert "read-only" in _error(result)["what"]


def test_without_json_an_error_is_three_short_lines_on_stderr(altered: Callable[[Callable[[World], None]], Scene]) -> None:
    scene = altered(lambda world: world.links.clear())
    scene.document["timezone"] = "Mars/Olympus"
    result = _bellwether(scene, "rollup")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "where:" in result.stderr
