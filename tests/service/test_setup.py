"""Set-up of both tools at once: the ledger, the field ids, and what becomes of a connection that fails."""

from collections import Counter

import pytest

from model.errors import RefusedError
from model.push import SetupResult
from service import setup as set_up
from service.workspace import Workspace
from tests.support.scene import Scene

JIRA, ASANA = "northlight-jira", "northlight-asana"
READING = ("/bulkfetch", "/context/mapping", "/batch")


def _writes(scene: Scene) -> int:
    """Requests to both tools that may change something, since the last call of this."""
    jira = Counter({f"{method} {path}": count for (path, method), count in scene.jira.stats.items()})
    told = jira + scene.asana.stats
    scene.jira.stats.clear()
    scene.asana.stats.clear()
    return sum(count for call, count in told.items() if not call.startswith("GET ") and not call.endswith(READING))


def _configuration(scene: Scene) -> object:
    """Fields, screens and attachments of both tools, in a form that can be compared."""
    jira = {one.id: sorted(one.project_ids) for one in scene.jira.fields.values()}
    screens = {one.id: [list(tab.field_ids) for tab in one.tabs] for one in scene.jira.screens.values()}
    holders = [*scene.asana.projects.values(), *scene.asana.portfolios.values(), *scene.asana.goals.values()]
    attached = {each.gid: [setting.definition.gid for setting in each.settings] for each in holders}
    return jira, screens, sorted(scene.asana.custom_fields), attached


def _kept(workspace: Workspace) -> tuple[dict[str, int], set[str]]:
    """How much the ledger holds of each connection, and which connections have field ids."""
    with workspace.db.read() as uow:
        counts = {name: len(uow.setup.made(name)) for name in workspace.connections}
        return counts, {name for name in workspace.connections if uow.pushes.health_fields(name)}


def _by_name(results: tuple[SetupResult, ...]) -> dict[str, SetupResult]:
    return {result.connection: result for result in results}


def test_without_apply_nothing_is_written_and_nothing_is_kept(scene: Scene) -> None:
    before = _configuration(scene)
    with scene.workspace() as workspace:
        plan = set_up.setup(workspace, apply=False)
        assert {result.connection for result in plan} == {JIRA, ASANA}
        assert all(result.steps for result in plan)
        assert _kept(workspace) == ({JIRA: 0, ASANA: 0}, set())
    assert (_writes(scene), _configuration(scene)) == (0, before)


def test_what_was_made_is_kept_and_a_second_run_writes_nothing(scene: Scene) -> None:
    with scene.workspace() as workspace:
        first = _by_name(set_up.setup(workspace, apply=True))
        counts, with_fields = _kept(workspace)
        _writes(scene)
        again = set_up.setup(workspace, apply=True)
        assert counts == {name: len(result.made) for name, result in first.items()}
        assert with_fields == {JIRA, ASANA}
        assert all(not one.lacking for result in first.values() for one in result.verified)
        assert [result.steps for result in again] == [(), ()]
        assert _kept(workspace)[0] == counts
    assert _writes(scene) == 0


def test_removal_leaves_both_tools_as_they_were_and_the_ledger_empty(scene: Scene) -> None:
    before = _configuration(scene)
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        assert _configuration(scene) != before
        set_up.setup(workspace, apply=True, remove=True)
        assert _kept(workspace) == ({JIRA: 0, ASANA: 0}, set())
        assert set_up.setup(workspace, apply=True, remove=True) == (
            SetupResult(connection=JIRA), SetupResult(connection=ASANA),
        )
    assert _configuration(scene) == before


def test_every_deed_of_set_up_is_in_the_audit_log_once(scene: Scene) -> None:
    with scene.workspace() as workspace:
        results = set_up.setup(workspace, apply=True)
        set_up.setup(workspace, apply=True)
        made = {(one.connection, each.kind, each.id, each.within) for one in results for each in one.made}
        with workspace.db.read() as uow:
            log = uow.pushes.audit(setup=True)
            assert uow.pushes.audit() == ()
        said = [(one.connection, *(one.new.get(key) for key in ("kind", "id", "within"))) for one in log]
        assert len(said) == len(set(said)) == len(made)
        assert set(said) == made
        assert {one.run.partition("-")[0] for one in log} == {"setup"}
        set_up.setup(workspace, apply=True, remove=True)
        with workspace.db.read() as uow:
            gone = uow.pushes.audit(setup=True)[len(log) :]
        assert {(one.connection, *(one.old.get(key) for key in ("kind", "id", "within"))) for one in gone} == made
        assert {one.new for one in gone} == {None}


def test_removal_finds_what_was_made_although_nothing_is_published_any_more(scene: Scene) -> None:
    before = _configuration(scene)
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
    for portfolio in scene.document["portfolios"]:
        portfolio.pop("publish", None)
        for program in portfolio["programs"]:
            program.pop("publish", None)
            for project in program["projects"]:
                project.pop("publish", None)
    with scene.workspace() as workspace:
        assert set_up.setup(workspace, apply=True) == ()
        set_up.setup(workspace, apply=True, remove=True)
    assert _configuration(scene) == before


def test_one_connection_that_fails_says_so_and_does_not_stop_the_other(scene: Scene) -> None:
    scene.jira.faults.set("410", path="/rest/api/3/mypermissions")
    with scene.workspace() as workspace:
        results = _by_name(set_up.setup(workspace, apply=True))
        assert [step.by_hand for step in results[JIRA].steps] == [True]
        assert results[ASANA].fields is not None
        assert _kept(workspace)[1] == {ASANA}


def test_read_only_mode_plans_and_refuses_everything_else(scene: Scene) -> None:
    scene.document["read_only"] = True
    with scene.workspace() as workspace:
        assert all(result.steps for result in set_up.setup(workspace, apply=False))
        for apply, remove in ((True, False), (True, True)):
            with pytest.raises(RefusedError):
                set_up.setup(workspace, apply=apply, remove=remove)
    assert _writes(scene) == 0
