"""Lenses over both fake tools: what the commands say of them, and what of them is published."""

import json
from typing import Any

from click.testing import CliRunner

from app.cli import main
from rollup.engine import roll_up
from service import lenses, push_back, scoring
from service import setup as set_up
from service.sync import sync
from tests.support.scene import Scene, no_progress

JIRA, ASANA = "northlight-jira", "northlight-asana"


def _command(scene: Scene, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, [*arguments, "--json", "--config", str(scene.write())], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _synced(scene: Scene) -> None:
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)


def _label(scene: Scene, *keys: str) -> None:
    for key in keys:
        scene.jira.issue(key).fields["labels"] = ["product:[b]CRM</b>"]


def test_a_product_lens_splits_a_project_and_counts_every_item_once(scene: Scene) -> None:
    _label(scene, "WEB-100", "WEB-101", "WEB-2", "WEB-3")
    scene.document["lenses"] = {"product": {"label_prefix": "product:"}}
    _synced(scene)
    own = _command(scene, "rollup")
    found = _command(scene, "rollup", "--lens", "product")
    names = [(node["kind"], node["name"]) for node in found["nodes"]]
    assert names[:3] == [("portfolio", "Product"), ("program", "[b]CRM</b>"), ("program", "No product")]
    assert found["lens"]["grouped"]["of"] == 133
    assert 0.02 < found["lens"]["grouped"]["value"] < 0.04
    assert found["nodes"][0]["trust"] == own["nodes"][0]["trust"]
    assert "lens" not in own


def test_explain_shows_a_node_of_a_lens_and_people_see_its_markup_as_text(scene: Scene) -> None:
    _label(scene, "WEB-100")
    scene.document["lenses"] = {"product": {"label_prefix": "product:"}}
    _synced(scene)
    node = _command(scene, "explain", "[b]CRM</b>", "--lens", "product")
    assert (node["lens"]["name"], node["outcome_metric"]) == ("product", None)
    for command in (["rollup"], ["explain", "[b]CRM</b>"]):
        result = CliRunner().invoke(main, [*command, "--lens", "product", "--config", str(scene.path)])
        assert "[b]CRM</b>" in result.stdout


def test_a_lens_that_matches_nothing_says_so(synced: Scene) -> None:
    synced.document["lenses"] = {"product": {"label_prefix": "nothing:"}}
    found = _command(synced, "rollup", "--lens", "product")
    assert "begins with 'nothing:'" in found["lens"]["why"]
    assert found["lens"]["grouped"]["value"] == 0
    assert found["nodes"][0]["score"] is not None


def test_an_unknown_lens_is_refused_and_the_known_ones_are_named(scene: Scene) -> None:
    scene.document["lenses"] = {"product": {"label_prefix": "product:"}}
    result = CliRunner().invoke(main, ["rollup", "--lens", "produkt", "--json", "--config", str(scene.write())])
    assert result.exit_code == 2
    assert "Lenses are: product." in result.stdout


def test_a_department_lens_groups_whole_projects_and_leaves_their_scores_alone(synced: Scene) -> None:
    web, launch = synced.document["portfolios"][0]["programs"][0]["projects"]
    web["tags"], launch["tags"] = {"department": "it"}, {"department": ["it", "sales"]}
    synced.document["lenses"] = {"department": {"tag": "department", "nodes": {"IT": {"name": "Engineering"}}}}
    own = {node["id"]: node for node in _command(synced, "rollup")["nodes"]}
    found = {node["id"]: node for node in _command(synced, "rollup", "--lens", "department")["nodes"]}
    assert found["department--it"]["name"] == "Engineering"
    assert found["department--sales"]["name"] == "sales"
    assert abs(found["launch"]["score"] - own["launch"]["score"]) < 0.01
    assert found["web"]["parent"] == "department--it"


def test_the_outcome_of_a_product_stands_beside_its_delivery(scene: Scene) -> None:
    _label(scene, "WEB-100")
    metric = {"connection": ASANA, "goal": "404"}
    group = {"[b]CRM</b>": {"name": "CRM", "metric": metric}}
    scene.document["lenses"] = {"product": {"label_prefix": "product:", "nodes": group}}
    _synced(scene)
    found = next(n for n in _command(scene, "rollup", "--lens", "product")["nodes"] if n["name"] == "CRM")
    assert found["outcome_metric"]["why"] == "this goal is not known"
    assert found["outcome_metric"]["realised"] == {"value": None, "unit": "share"}


def test_a_field_of_either_tool_can_be_what_a_lens_groups_by(scene: Scene) -> None:
    field = scene.asana.add_custom_field("Area", "enum", options=("North & south",))
    scene.document["mapping"].setdefault(JIRA, {})["facets"] = {"area": "components"}
    scene.document["mapping"].setdefault(ASANA, {})["facets"] = {"area": field.gid}
    scene.jira.issue("WEB-100").fields["components"] = [{"id": "1", "name": "North & South"}, {"id": "2", "name": "East"}]
    scene.document["lenses"] = {"area": {"field": "area"}}
    _synced(scene)
    found = _command(scene, "rollup", "--lens", "area")
    assert [node["name"] for node in found["nodes"][:4]] == ["Area", "East", "North & South", "No area"]
    assert found["lens"]["kind"] == "field"


def test_a_node_of_a_lens_publishes_only_where_it_says_so(scene: Scene) -> None:
    scene.jira.issue("WEB-100").fields["labels"] = ["product:crm"]
    target = {"connection": JIRA, "issue": "WEB-102"}
    scene.document["lenses"] = {
        "product": {"label_prefix": "product:", "nodes": {"CRM": {"publish": [target]}}},
        "quiet": {"label_prefix": "product:"},
    }
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        lenses.keep_published(workspace)
        writes = push_back.push(workspace)
        with workspace.db.read() as uow:
            kept = {stored.score.id for stored in uow.scores.latest()}
    shown = {write.target for write in writes if write.node.startswith(("product--", "quiet--", "lens--"))}
    assert shown == {f"{JIRA}:issue:WEB-102"}
    assert {"lens--product", "product--crm", "product--rest"} <= kept
    assert not any(node.startswith("quiet") or node == "lens--quiet" for node in kept)


def test_a_lens_that_is_read_project_by_project_says_what_one_that_holds_everything_says(scene: Scene) -> None:
    """In passing, with all parts of a project counted together, and each of them at its moments alone."""
    _label(scene, "WEB-100", "WEB-101", "WEB-2", "WEB-3")
    scene.jira.issue("WEB-4").fields["labels"] = ["product:search", "product:crm"]
    scene.document["lenses"] = {"product": {"label_prefix": "product:"}, "kind": {"by": "class"}}
    _synced(scene)
    with scene.workspace() as workspace:
        workspace.policies = {name: one.model_copy(update={"margin": 25.0}) for name, one in workspace.policies.items()}
        for lens in workspace.lenses:
            found = lenses.score_lens(workspace, lens.name, as_of=None)
            with workspace.db.read() as uow:
                held = lenses.look(workspace, uow, lens, as_of=None)
                at = {"as_of": found.result.as_of, "known_at": found.result.known_at}
                plain = roll_up(held.landscape, held.facts, **at)
            assert [one.model_dump_json() for one in found.result.nodes] == [one.model_dump_json() for one in plain.nodes]
            assert len(plain.nodes) > 3
