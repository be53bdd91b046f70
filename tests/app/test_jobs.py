"""`bellwether jobs`: what a person sees and mends of background work."""

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from model.errors import SkippableError
from model.events import ChangeEvent, EventKind
from model.jobs import HEAR, POLL, name_of
from service import jobs
from service.hearing import MOST_TRIES
from service.office import Office
from service.workspace import Workspace
from store.hooks import Arrival
from tests.support.jobs import work_through
from tests.support.scene import Scene

JIRA = "northlight-jira"


def _run(scene: Scene, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, ["jobs", *arguments, "--json", "--config", str(scene.write())], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def _states(scene: Scene) -> dict[str, str]:
    return {job["name"]: job["state"] for job in _run(scene)[1]["jobs"]}


def test_the_list_tells_how_each_job_stands(synced: Scene) -> None:
    with synced.workspace() as workspace:
        jobs.start_up(Office(workspace))
    states = _states(synced)
    assert states[name_of(POLL, JIRA)] == "waiting"
    told = CliRunner().invoke(main, ["jobs", "--config", str(synced.path)]).stdout
    assert "poll:northlight-jira" in told
    assert "waiting" in told


def test_a_paused_lane_is_shown_and_goes_on(scene: Scene) -> None:
    with scene.workspace() as workspace:
        jobs.start_up(Office(workspace))
    assert _run(scene, "pause", JIRA, "--by", "ada")[0] == 0
    assert _states(scene)[name_of(POLL, JIRA)] == "paused"
    assert [(one["lane"], one["by"]) for one in _run(scene)[1]["paused"]] == [(JIRA, "ada")]
    assert _run(scene, "resume", JIRA)[0] == 0
    assert _states(scene)[name_of(POLL, JIRA)] == "waiting"


class _Choking:
    """A connector that can't read what it fetches again."""

    def __init__(self, connector: Any) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def refetch(self, *_: object, **__: object) -> None:
        raise SkippableError("The answer can't be read.", where="WEB-100")


def _give_up(workspace: Workspace, scene: Scene) -> None:
    """A delivery whose item can't be read, each time it is fetched."""
    broken = replace(workspace, connector=lambda name: _Choking(workspace.connector(name)))  # type: ignore[arg-type,return-value]
    with workspace.db.begin() as uow:
        vendor_id = scene.jira.issue("WEB-100").id
        event = ChangeEvent(connection=JIRA, kind=EventKind.ITEM_CHANGED, vendor_id=vendor_id, name="jira:issue_updated")
        uow.hooks.store_deliveries([Arrival.of(JIRA, ("one",), (event,), workspace.clock())])
        uow.jobs.want(name_of(HEAR, JIRA), at=workspace.clock())
    for _ in range(MOST_TRIES):
        with workspace.db.begin() as uow:
            uow.jobs.retry(name_of(HEAR, JIRA), at=workspace.clock())
        work_through(broken)


def test_a_delivery_that_can_not_be_worked_off_is_given_up_read_and_tried_again(synced: Scene) -> None:
    with synced.workspace() as workspace:
        work_through(workspace)
        _give_up(workspace, synced)
        (given_up,) = _run(synced)[1]["given_up"]
        assert given_up["tries"] == MOST_TRIES
        assert given_up["error"]
        assert _run(synced, "retry", given_up["name"])[0] == 0
        assert work_through(workspace).count("deliveries") == 1
    assert _run(synced)[1]["given_up"] == []


def test_a_delivery_that_was_given_up_can_be_dropped(synced: Scene) -> None:
    with synced.workspace() as workspace:
        work_through(workspace)
        _give_up(workspace, synced)
        (given_up,) = _run(synced)[1]["given_up"]
        assert _run(synced, "drop", given_up["name"])[0] == 0
        assert work_through(workspace).count("deliveries") == 0
    assert _run(synced)[1]["given_up"] == []


@pytest.mark.parametrize(
    "arguments",
    [("retry", "no"), ("drop", "delivery:17"), ("retry", "delivery:17"), ("pause", "no"), ("resume", JIRA), ("retry",)],
)
def test_what_is_not_there_is_refused_with_what_to_do(scene: Scene, arguments: tuple[str, ...]) -> None:
    code, told = _run(scene, *arguments)
    assert code == 2
    assert told["error"]["fix"]
