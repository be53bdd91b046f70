"""Programs and projects made from what the fake tools hold, through a real sync of both."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from model.errors import UsageError
from model.health import Band
from model.tree import Node
from sandbox.asana.entities import Portfolio
from sandbox.world import Item, World
from service import scoring
from service.sync import SyncOutcome, sync
from service.workspace import Workspace
from tests.support.scene import Scene, no_progress

JIRA, ASANA = "northlight-jira", "northlight-asana"


def _sync(workspace: Workspace) -> SyncOutcome:
    return sync(workspace, (), full=False, progress=no_progress)


def _tree(scene: Scene, *programs: dict[str, Any]) -> None:
    scene.document["portfolios"] = [{"name": "Growth", "programs": list(programs)}]


def _from(connection: str, **what: str) -> dict[str, Any]:
    return {"from": {"connection": connection, **what}}


def _portfolio(scene: Scene, name: str) -> Portfolio:
    found: Portfolio = next(one for one in scene.asana.portfolios.values() if one.name == name)
    return found


def _below(workspace: Workspace, parent: str) -> list[Node]:
    return [node for node, _ in workspace.tree.children(parent)]


def test_a_portfolio_makes_a_program_for_each_inside_it_that_holds_projects(scene: Scene) -> None:
    _tree(scene, _from(ASANA, portfolio=_portfolio(scene, "Growth").gid))
    launch = scene.asana.project("LAUNCH")
    with scene.workspace() as workspace:
        _sync(workspace)
        [program] = _below(workspace, "growth")
        [project] = _below(workspace, program.id)
        scores = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
    assert program.id == f"reach-{_portfolio(scene, 'Reach').gid}"
    assert (project.id, project.name) == (f"launch-{launch.gid}", "Launch")
    assert project.target_on == launch.due_on
    assert scores[project.id].score is not None
    assert scores["growth"].totals["items"].value == 66


def test_the_nodes_are_there_again_when_the_next_process_starts(scene: Scene) -> None:
    _tree(scene, _from(ASANA, portfolio=_portfolio(scene, "Growth").gid))
    with scene.workspace() as workspace:
        _sync(workspace)
        before = workspace.tree
    with scene.workspace() as opened:
        workspace = replace(opened, public_url="https://bw.example")
        assert workspace.tree == before
        assert len(workspace.configured.nodes) == 1
        again = _sync(workspace)
    assert len(before.nodes) == 3
    assert {report.mode for report in again.reports} <= {"incremental", "full"}


def test_a_named_program_takes_all_projects_of_its_portfolio_at_any_depth(scene: Scene) -> None:
    portfolio = _portfolio(scene, "Growth").gid
    _tree(scene, {"name": "Everything", **_from(ASANA, portfolio=portfolio)})
    with scene.workspace() as workspace:
        _sync(workspace)
        assert [node.name for node in _below(workspace, "everything")] == ["Launch"]


def test_a_project_that_is_renamed_keeps_its_id(scene: Scene) -> None:
    _tree(scene, {"name": "All", **_from(ASANA, portfolio=_portfolio(scene, "Growth").gid)})
    with scene.workspace() as workspace:
        _sync(workspace)
        [before] = _below(workspace, "all")
        scene.asana.project("LAUNCH").name = "Lift-off"
        sync(workspace, (), full=True, progress=no_progress)
        [after] = _below(workspace, "all")
    assert (after.id, after.name) == (before.id, "Lift-off")


def test_a_target_that_is_taken_away_in_the_tool_counts_as_it_was_and_a_new_one_as_it_is(scene: Scene) -> None:
    """Else whoever clears one date makes a late project one without an end."""
    _tree(scene, {"name": "All", **_from(ASANA, portfolio=_portfolio(scene, "Growth").gid)})
    with scene.workspace() as workspace:
        _sync(workspace)
        [before] = _below(workspace, "all")
        said = {one.id: one.band for one in scoring.score(workspace, as_of=None).nodes}
        launch = scene.asana.project("LAUNCH")
        assert before.target_on is not None
        launch.start_on = launch.due_on = None
        sync(workspace, (), full=True, progress=no_progress)
        [after] = _below(workspace, "all")
        assert (after.start_on, after.target_on) == (before.start_on, before.target_on)
        assert {one.id: one.band for one in scoring.score(workspace, as_of=None).nodes} == said
        launch.due_on = before.target_on + timedelta(days=30)
        sync(workspace, (), full=True, progress=no_progress)
        [moved] = _below(workspace, "all")
    assert moved.target_on == before.target_on + timedelta(days=30)


def test_a_past_day_is_scored_with_the_memberships_of_then(scene: Scene) -> None:
    reach = _portfolio(scene, "Reach")
    _tree(scene, {"name": "All", **_from(ASANA, portfolio=reach.gid)})
    with scene.workspace() as workspace:
        _sync(workspace)
        then = workspace.clock()
        scene.asana.remove_item(reach, scene.asana.project("LAUNCH"))
        sync(workspace, (), full=True, progress=no_progress)
        assert _below(workspace, "all") == []
        now = {node.id for node in scoring.score(workspace, as_of=None).nodes}
        past = {node.id for node in scoring.score(workspace, as_of=then).nodes}
        long_ago = {node.id for node in scoring.score(workspace, as_of=then - timedelta(days=90)).nodes}
    assert len(now) == 2
    assert past == long_ago
    assert len(past) == 3


def test_a_changed_membership_scored_incrementally_gives_what_a_full_roll_up_gives(scene: Scene) -> None:
    reach = _portfolio(scene, "Reach")
    web = {"name": "Website", "sources": [{"connection": JIRA, "project": "WEB"}]}
    _tree(scene, {"name": "All", "projects": [web, _from(ASANA, portfolio=reach.gid)]})
    with scene.workspace() as workspace:
        _sync(workspace)
        scoring.score(workspace, as_of=None)
        scene.asana.remove_item(reach, scene.asana.project("LAUNCH"))
        sync(workspace, (), full=True, progress=no_progress)
        scored = scoring.score_dirty(workspace)
        partial = {node.id: node for node in scoring.latest_scores(workspace)}
        full = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
    assert {"growth", "all"} <= set(scored)
    assert partial.keys() == full.keys()
    for id_, node in full.items():
        assert (partial[id_].band, partial[id_].lost) == (node.band, node.lost)
        assert partial[id_].totals == node.totals


def test_a_project_in_two_portfolios_counts_half_in_each_and_once_above(scene: Scene) -> None:
    other = scene.asana.add_portfolio("Other", scene.asana.user("cy"))
    scene.asana.add_item(other, scene.asana.project("LAUNCH"))
    reach = _portfolio(scene, "Reach")
    _tree(scene, _from(ASANA, portfolio=reach.gid), _from(ASANA, portfolio=other.gid))
    with scene.workspace() as workspace:
        _sync(workspace)
        [project] = workspace.tree.projects()
        result = scoring.score(workspace, as_of=None)
    assert [parent.share for parent in project.parents] == [0.5, 0.5]
    assert result.nodes[0].totals["projects"].value == 1


def test_declared_shares_count_and_the_rest_goes_to_those_without_one(scene: Scene) -> None:
    portfolio = _portfolio(scene, "Reach").gid
    first = {"name": "One", "projects": [{**_from(ASANA, portfolio=portfolio), "share": 0.7, "class": "support"}]}
    second = {"name": "Two", "projects": [_from(ASANA, portfolio=portfolio)]}
    _tree(scene, first, second)
    with scene.workspace() as workspace:
        _sync(workspace)
        [project] = workspace.tree.projects()
    assert [(parent.id, round(parent.share, 9)) for parent in project.parents] == [("one", 0.7), ("two", 0.3)]
    assert project.project_class == "support"


def test_an_empty_portfolio_is_a_program_without_data(scene: Scene) -> None:
    empty = scene.asana.add_portfolio("Empty", scene.asana.user("cy"))
    _tree(scene, _from(ASANA, portfolio=empty.gid), _from(ASANA, portfolio=_portfolio(scene, "Reach").gid))
    with scene.workspace() as workspace:
        _sync(workspace)
        scores = {node.name: node for node in scoring.score(workspace, as_of=None).nodes}
    assert scores["Empty"].band is Band.NO_DATA
    assert scores["Growth"].score is not None


def test_portfolios_that_hold_each_other_stand_once(scene: Scene) -> None:
    """The tool refuses such a ring; should it ever show one, nobody waits for its end."""
    growth, reach = _portfolio(scene, "Growth"), _portfolio(scene, "Reach")
    reach.items.append(growth)
    _tree(scene, _from(ASANA, portfolio=growth.gid))
    with scene.workspace() as workspace:
        _sync(workspace)
        assert [node.name for node in _below(workspace, "growth")] == ["Reach"]


def test_a_portfolio_that_is_gone_keeps_what_was_last_known_and_is_named(scene: Scene) -> None:
    reach = _portfolio(scene, "Reach")
    _tree(scene, _from(ASANA, portfolio=reach.gid))
    with scene.workspace() as workspace:
        _sync(workspace)
        before = workspace.tree
        for above in scene.asana.portfolios_with(reach):
            scene.asana.remove_item(above, reach)
        del scene.asana.portfolios[reach.gid]
        outcome = sync(workspace, (), full=True, progress=no_progress)
        assert workspace.tree == before
    skipped = [skip.item for report in outcome.reports for skip in report.skipped]
    assert f"{ASANA}:portfolio:{reach.gid}" in skipped


def test_a_portfolio_that_never_was_makes_nothing_and_is_named(scene: Scene) -> None:
    _tree(scene, {"name": "All", **_from(ASANA, portfolio="404")})
    with scene.workspace() as workspace:
        outcome = _sync(workspace)
        scores = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
    assert [skip.item for report in outcome.reports for skip in report.skipped] == [f"{ASANA}:portfolio:404"]
    assert {node.band for node in scores.values()} == {Band.NO_DATA}


def test_what_the_configuration_names_itself_is_not_made_again(scene: Scene) -> None:
    launch = scene.asana.project("LAUNCH").gid
    own = {"name": "Mine", "sources": [{"connection": ASANA, "project": launch}]}
    _tree(scene, {"name": "All", "projects": [own, _from(ASANA, portfolio=_portfolio(scene, "Growth").gid)]})
    with scene.workspace() as workspace:
        _sync(workspace)
        assert [node.id for node in workspace.tree.projects()] == ["mine"]


Alter = Callable[[Callable[[World], None]], Scene]


def _initiatives(world: World) -> None:
    """WEB-500 holds WEB-501 (with two items below it) and WEB-502."""
    start = datetime.now(UTC) - timedelta(days=60)

    def add(number: int, kind: Any, title: str, parent: int | None = None) -> None:
        key = f"WEB-{number}"
        item = Item(key, "WEB", kind, title, start, "bo", "todo", assignee="bo", points=3, section="To do")
        item.parent = f"WEB-{parent}" if parent else None
        world.items[key] = item

    add(500, "epic", "New shop")
    add(501, "story", "Basket", 500)
    add(502, "story", "Payment", 500)


def test_a_query_makes_a_project_of_each_issue_from_what_lies_below_it(altered: Alter) -> None:
    scene = altered(_initiatives)
    _tree(scene, {"name": "Shops", **_from(JIRA, jql="issuetype = Epic AND key != WEB-1")})
    with scene.workspace() as workspace:
        _sync(workspace)
        [project] = _below(workspace, "shops")
        result = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
        requests = workspace.connector(JIRA).traffic().requests
        again = _sync(workspace)
        spent = workspace.connector(JIRA).traffic().requests - requests
    assert project.name == "New shop"
    assert project.id == f"new-shop-{scene.jira.issue('WEB-500').id}"
    assert result[project.id].totals["items"].value == 2
    assert [report.mode for report in again.reports if report.name == JIRA] == ["incremental"]
    assert spent < 12


def test_a_query_without_a_name_makes_programs_with_a_project_for_each_child(altered: Alter) -> None:
    scene = altered(_initiatives)
    _tree(scene, _from(JIRA, jql="issuetype = Epic AND key != WEB-1"))
    with scene.workspace() as workspace:
        _sync(workspace)
        [program] = _below(workspace, "growth")
        names = sorted(node.name for node in _below(workspace, program.id))
    assert program.name == "New shop"
    assert names == ["Basket", "Payment"]


def test_a_match_below_another_match_is_left_to_it(altered: Alter) -> None:
    scene = altered(_initiatives)
    _tree(scene, {"name": "Shops", **_from(JIRA, jql="key in (WEB-500, WEB-501)")})
    with scene.workspace() as workspace:
        _sync(workspace)
        assert [node.name for node in _below(workspace, "shops")] == ["New shop"]


def test_a_label_makes_projects_of_the_issues_that_carry_it(altered: Alter) -> None:
    scene = altered(_initiatives)
    scene.jira.issue("WEB-500").fields["labels"] = ['pro "x"'.replace(" ", "-")]
    _tree(scene, {"name": "Marked", **_from(JIRA, label='pro-"x"')})
    with scene.workspace() as workspace:
        _sync(workspace)
        assert [node.name for node in _below(workspace, "marked")] == ["New shop"]


def test_a_category_makes_a_program_of_its_projects(scene: Scene) -> None:
    for project in scene.jira.projects.values():
        project.category = {"id": "10", "name": "Digital", "description": ""}
    _tree(scene, _from(JIRA, category="*"))
    with scene.workspace() as workspace:
        _sync(workspace)
        [program] = _below(workspace, "growth")
        names = [node.name for node in _below(workspace, program.id)]
        scores = {node.name: node for node in scoring.score(workspace, as_of=None).nodes}
    assert (program.name, program.id) == ("Digital", "digital-10")
    assert "Website" in names
    assert scores["Website"].score is not None


@pytest.mark.parametrize(
    ("connection", "what"),
    [(JIRA, {"portfolio": "1"}), (ASANA, {"jql": "x"}), (ASANA, {"category": "x"}), (ASANA, {"label": "x"})],
)
def test_an_origin_that_a_tool_lacks_is_refused_by_name(scene: Scene, connection: str, what: dict[str, str]) -> None:
    _tree(scene, {"name": "All", **_from(connection, **what)})
    with scene.workspace() as workspace, pytest.raises(UsageError) as error:
        _sync(workspace)
    assert next(iter(what)) in error.value.what
    assert error.value.fix
