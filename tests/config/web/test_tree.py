"""The tree editor over the small company: every change through the document, nothing typed lost, effects told first."""

import html
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.current import Current
from app.wsgi import create_app
from config.places import parse
from config.settings import read_settings
from config.yaml_text import block
from tests.support.scene import shared
from tests.support.tree_desk import Desk, fields


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Desk]:
    with shared(tmp_path_factory.mktemp("tree"), migrated_sqlite) as scene:
        current = Current(scene.path, read_settings({}))
        yield Desk(create_app(current.workspace, current.configuration).test_client(), scene)
        current.close()


@pytest.fixture
def desk(company: Desk) -> Desk:
    """The company with its own tree again."""
    company.scene.write()
    return company


def written(desk: Desk, document: dict[str, Any]) -> None:
    """The file with another document, until the next test."""
    desk.scene.path.write_text("".join(f"{line}\n" for line in block(document, 0)))


def test_levels_open_one_by_one_with_scores(desk: Desk) -> None:
    assert "Growth" in desk.get("/tree")
    page = desk.get("/tree?in=reach")
    assert "Website" in page
    assert "Growth" in page
    assert re.search(r"(On track|At risk|Off track)", page)
    assert "Website" in desk.get("/tree?find=webs")
    desk.get("/tree?in=nowhere", 404)


def test_adding_renaming_moving_and_taking_out_keep_ids_and_comments(desk: Desk) -> None:
    desk.scene.path.write_text("# ours\n" + desk.scene.path.read_text())
    desk.post("/tree-add", {**desk.form("/tree?in=growth", "/tree-add"), "name": "<b>Neu & schön</b>"})
    page = desk.client.get("/tree?in=growth").text
    assert "&lt;b&gt;Neu &amp; schön" in page
    assert "<b>Neu" not in page
    new = {"name": "متجر", "connection": "northlight-jira", "kind": "jql", "value": "project = WEB AND due < 7d"}
    desk.post("/tree-add", {**desk.form("/tree?in=b-neu-schon-b", "/tree-add"), **new})
    web = desk.projects[0]
    desk.change("web", name="Webshop")
    assert (desk.projects[0]["id"], desk.projects[0]["name"]) == ("web", "Webshop")
    step = desk.form("/tree?in=reach", "/tree/web/step")
    desk.post("/tree/web/step", {**step, "do": "down"})
    assert [one["name"] for one in desk.projects] == ["Launch", "Webshop"]
    order = desk.form("/tree?in=reach", "/tree-order")
    desk.post("/tree-order", {**order, "node": "web", "before": "launch"})
    assert desk.projects[0]["name"] == "Webshop"
    assert "What it does" in desk.get("/tree/launch/move?into=b-neu-schon-b")
    moving = desk.form("/tree/launch/move?into=b-neu-schon-b", "/tree/launch/move")
    desk.post("/tree/launch/move", moving)
    assert [one["name"] for one in desk.portfolios[0]["programs"][1]["projects"]] == ["متجر", "Launch"]
    assert "Launch" in desk.get("/tree/b-neu-schon-b/out")
    desk.post("/tree/b-neu-schon-b/out", desk.form("/tree/b-neu-schon-b/out", "/tree/b-neu-schon-b/out"))
    assert [one["name"] for one in desk.portfolios[0]["programs"]] == ["Reach"]
    assert desk.projects[0]["sources"] == web["sources"]
    assert desk.scene.path.read_text().startswith("# ours\n")


def test_a_share_is_put_under_a_second_parent_with_its_effect_and_changed_there(desk: Desk) -> None:
    desk.post("/tree-add", {**desk.form("/tree?in=growth", "/tree-add"), "name": "Other"})
    page = desk.get("/tree/web/share?into=other&share=0.4")
    assert "What it does" in page
    assert "Reach" in page
    assert "Write a share" in desk.get("/tree/web/share?into=other&share=40%25")
    desk.post("/tree/web/share", desk.form("/tree/web/share?into=other&share=0.4", "/tree/web/share") | {"do": "save"})
    assert desk.portfolios[0]["programs"][1]["projects"] == [{"ref": "web", "share": 0.4}]
    assert "0.4 of it counts here" in desk.get("/tree?in=other")
    desk.change("other~0", share="0.25")
    assert desk.portfolios[0]["programs"][1]["projects"] == [{"ref": "web", "share": 0.25}]
    wrong = desk.form("/tree/other~0", "/tree/other~0") | {"share": "1.5", "do": "save"}
    assert "at most 1" in html.unescape(desk.post("/tree/other~0", wrong, 422).text)


def test_every_field_of_a_project_is_kept_and_the_rest_stays(desk: Desk) -> None:
    before = desk.projects[0]
    desk.change(
        "web", weight="2", budget__size="120", budget__of="hours", sponsor="Zoë", tags="department: sales, ops\nkind: web",
        state="active", goals__0__value="1400", goals__0__connection="northlight-asana",
        publish__1__value="WEB-2", publish__1__kind="issue", publish__1__connection="northlight-jira",
    )  # fmt: skip
    after = desk.projects[0]
    assert after["weight"] == 2
    assert after["budget"] == {"hours": 120}
    assert after["tags"] == {"department": ["sales", "ops"], "kind": "web"}
    assert after["goals"] == [{"connection": "northlight-asana", "goal": "1400"}]
    assert {key: after[key] for key in ("sources", "name")} == {key: before[key] for key in ("sources", "name")}
    desk.change("web", weight="", budget__size="", sponsor="", tags="", goals__0__gone="1")
    assert {key: value for key, value in desk.projects[0].items() if key != "publish"} == {
        key: value for key, value in before.items() if key != "publish"
    }
    desk.change("reach", from__connection="northlight-asana", from__kind="portfolio", from__value="1300")
    assert desk.portfolios[0]["programs"][0]["from"] == {"connection": "northlight-asana", "portfolio": "1300"}


def test_how_a_target_is_written_to_is_changed_and_what_the_form_lacks_stays(desk: Desk) -> None:
    """``audience`` and ``human_edits`` have no field; an hour that was written otherwise than the form would stays so."""
    said = {"language": "de", "quiet_hours": "22:00 - 7:00", "quiet_days": ["Saturday", "sunday"], "per_day": 4,
            "human_edits": "keep", "audience": {"role": "Team"}}  # fmt: skip
    document = deepcopy(desk.scene.document)
    document["portfolios"][0]["programs"][0]["projects"][0]["publish"] = [
        {"connection": "northlight-jira", "issue": "WEB-1", **said}, {"connection": "northlight-jira", "issue": "WEB-2"}
    ]
    written(desk, document)
    first, second = desk.projects[0]["publish"]
    desk.change("web", weight="2")
    assert desk.projects[0]["publish"] == [first, second], "nothing that was not touched"
    for key, wrong, told in (
        ("quiet_hours", "late", "are no hours"), ("per_day", "many", "must be a whole number"),
        ("quiet_days", "caturday", "sunday"),
    ):
        page = html.unescape(desk.change("web", 422, **{f"publish__0__{key}": wrong}).text)
        assert re.search(rf'id="said-publish.0">[^<]*{told}', page), key
        assert f'value="{wrong}"' in page
    desk.change("web", publish__0__language="fr", publish__0__quiet_days="friday", publish__1__quiet_hours="20:00-08:00",
                publish__1__per_day="2")  # fmt: skip
    assert desk.projects[0]["publish"] == [
        first | {"language": "fr", "quiet_days": ["friday"]}, second | {"quiet_hours": "20:00-08:00", "per_day": 2}
    ]
    empty = dict.fromkeys((f"publish__0__{key}" for key in ("language", "quiet_hours", "quiet_days", "per_day")), "")
    desk.change("web", **empty)
    assert desk.projects[0]["publish"][0] == {
        key: first[key] for key in ("connection", "issue", "human_edits", "audience")
    }


def test_what_a_change_does_is_shown_before_it_counts(desk: Desk) -> None:
    sooner = (datetime.now(UTC) + timedelta(weeks=1)).date().isoformat()
    filled = desk.form("/tree/web", "/tree/web") | {"target_date": sooner, "do": "save"}
    before = desk.scene.path.read_text()
    page = html.unescape(desk.post("/tree/web", filled, 200).text)
    assert "Nothing is saved yet" in page
    assert all(f'dir="auto">{name}</th>' in page for name in ("Website", "Reach", "Growth"))
    assert sooner in page
    assert desk.scene.path.read_text() == before
    more = filled | {"sources.1.connection": "northlight-jira", "sources.1.kind": "jql", "sources.1.value": "labels = x"}
    assert "its items come with the next sync" in desk.post("/tree/web", more, 200).text


def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(desk: Desk) -> None:
    before = desk.scene.path.read_text()
    filled = desk.form("/tree/web", "/tree/web") | {
        "name": "N" * 10_000, "target_date": "soon", "weight": "heavy", "sponsor": "Kept <i>", "do": "save",
        "sources.0.kind": "section", "publish.1.value": "X-1", "publish.1.comment": "on_band_change",
    }  # fmt: skip
    page = html.unescape(desk.post("/tree/web", filled, 422).text)
    for said in ("it has 10000 characters. Give it at most 4000.", "'soon' is not a date", "must be a number"):
        assert said in page
    assert page.count('aria-invalid="true"') == 3
    assert all(typed in page for typed in ("N" * 10_000, 'value="soon"', 'value="heavy"', 'value="Kept <i>"', 'value="X-1"'))
    filled |= {"name": "Website", "target_date": "", "weight": ""}
    page = html.unescape(desk.post("/tree/web", filled, 422).text)
    assert "This tool has no section as a source: use epic, jql, project, version." in page
    new = {**desk.form("/tree?in=reach", "/tree-add"), "name": "N" * 10_000}
    assert "it has 10000 characters. Give it at most 4000." in desk.post("/tree-add", new, 422).text
    again = {**desk.form("/tree?in=reach", "/tree-add"), "name": "X", "target_date": "2020-13-01"}
    assert "There is no day" in html.unescape(desk.post("/tree-add", again, 422).text)
    assert desk.scene.path.read_text() == before


def test_a_query_is_counted_by_the_tool_and_its_words_stand_at_the_field(desk: Desk) -> None:
    filled = desk.form("/tree/web", "/tree/web") | {
        "sources.1.connection": "northlight-jira", "sources.1.kind": "jql", "sources.1.value": "project = WEB", "do": "count",
    }  # fmt: skip
    assert re.search(r"\d+ items, says the tool", desk.post("/tree/web", filled, 200).text)
    filled["sources.1.value"] = "nonsense = 1"
    page = html.unescape(desk.post("/tree/web", filled, 200).text)
    assert re.search(r'id="said-sources.1"[^>]*>[^<]*nonsense', page)
    assert 'value="nonsense = 1"' in page


def test_sources_are_picked_from_what_is_known_or_from_the_tool(desk: Desk) -> None:
    look = {"find.connection": "northlight-asana", "find.words": "laun"}
    for do in ("find", "ask"):
        page = desk.post("/tree/web", desk.form("/tree/web", "/tree/web") | look | {"do": do}, 200).text
        offered = re.search(r'name="pick" value="([^"]+)"', page)
        assert offered, do
        picked = desk.post("/tree/web", desk.form("/tree/web", "/tree/web") | {"pick": html.unescape(offered[1])}, 200).text
        assert re.search(r'name="sources.1.value" value="\d+"', picked)
    desk.post("/tree/web", desk.form("/tree/web", "/tree/web") | {"pick": "{"}, 400)


def _chosen(page: str, side: str) -> dict[str, str]:
    """One side for everything that both changed."""
    return dict.fromkeys(map(html.unescape, re.findall(r'name="(choice:[^"]*)"', page)), side)


def test_two_admins_are_merged_and_where_both_changed_one_value_they_choose(desk: Desk) -> None:
    mine = desk.form("/tree/web", "/tree/web") | {"name": "Mine", "sponsor": "Ada", "do": "save"}
    desk.change("launch", sponsor="Bo")
    desk.change("web", sponsor="Cy")
    page = desk.post("/tree/web", mine, 409).text
    typed = fields(page.split('action="/tree/web"')[1])
    assert typed["name"] == "Mine"
    assert "Cy" in page
    assert "Ada" in page
    undecided = {key: value for key, value in typed.items() if not key.startswith("choice:")} | {"do": "save"}
    assert desk.post("/tree/web", undecided, 409)
    choices = _chosen(page, "mine")
    desk.post("/tree/web", undecided | choices)
    assert [(one["name"], one.get("id"), one.get("sponsor")) for one in desk.projects] == [
        ("Mine", "web", "Ada"), ("Launch", "launch", "Bo"),
    ]  # fmt: skip


def test_theirs_can_be_kept_and_a_file_changed_by_hand_loses_nothing_typed(desk: Desk) -> None:
    text = desk.scene.path.read_text()
    desk.scene.path.write_text(re.sub(r"\n +id: web\n", "\n", text).replace("name: Website", "name: Web"))
    mine = desk.form("/tree/web", "/tree/web") | {"name": "Mine", "do": "save"}
    desk.change("web", sponsor="Cy")
    page = desk.post("/tree/web", mine, 409).text
    typed = fields(page.split('action="/tree/web"')[1])
    choices = _chosen(page, "theirs")
    desk.post("/tree/web", {**typed, **choices, "do": "save"})
    assert [(one["name"], one.get("sponsor")) for one in desk.projects] == [("Web", "Cy"), ("Launch", None)]
    desk.scene.path.write_text("# a first hand\n" + desk.scene.path.read_text())
    mine = desk.form("/tree/web", "/tree/web") | {"sponsor": "Dee", "do": "save"}
    desk.scene.path.write_text("# another hand\n" + desk.scene.path.read_text())
    page = desk.post("/tree/web", mine, 422).text
    assert "changed by hand" in page
    assert 'value="Dee"' in page
    desk.post("/tree/web", fields(page.split('action="/tree/web"')[1]) | {"do": "save"})
    assert desk.projects[0]["sponsor"] == "Dee"


def test_who_took_a_node_out_while_it_was_changed_is_told_and_it_can_be_put_back(desk: Desk) -> None:
    mine = desk.form("/tree/launch", "/tree/launch") | {"sponsor": "Ada", "do": "save"}
    desk.post("/tree/launch/out", desk.form("/tree/launch/out", "/tree/launch/out"))
    page = desk.post("/tree/launch", mine, 409).text
    assert "taken away" in page
    typed = fields(page.split('action="/tree/launch"')[1])
    desk.post("/tree/launch", {**typed, **_chosen(page, "mine"), "do": "save"})
    assert [(one["name"], one.get("sponsor")) for one in desk.projects] == [("Website", None), ("Launch", "Ada")]


def test_what_stands_for_many_has_a_form_of_its_own(desk: Desk) -> None:
    document = parse(desk.scene.path.read_text(), "x")[0]
    many = {"from": {"connection": "northlight-jira", "label": "research"}, "share": 0.5}
    document["portfolios"][0]["programs"][0]["projects"].insert(0, many)
    desk.scene.path.write_text("".join(f"{line}\n" for line in block(document, 0)))
    assert "research" in desk.get("/tree?in=reach")
    desk.change("reach~0", weight="3", share="", **{"class": "support"})
    assert desk.projects[0] == {"from": {"connection": "northlight-jira", "label": "research"}, "class": "support", "weight": 3}
    wrong = desk.form("/tree/reach~0", "/tree/reach~0") | {"from.kind": "category", "from.value": "", "do": "save"}
    desk.post("/tree/reach~0", wrong, 422)


def test_a_plan_is_set_and_approved_with_a_reason(desk: Desk) -> None:
    desk.post("/tree/web/baseline", {"do": "set", "reason": ""})
    assert "waiting for approval" in desk.get("/tree/web")
    desk.post("/tree/web/baseline", {"do": "approve"})
    assert "Approved" in desk.get("/tree/web")
    assert "needs a reason" in html.unescape(desk.post("/tree/web/baseline", {"do": "set"}, 422).text)
    desk.post("/tree/web/baseline", {"do": "set", "reason": "more work was agreed"})
    assert "more work was agreed" in desk.get("/tree/web")


def test_a_configuration_that_is_managed_elsewhere_is_shown_and_not_changed(desk: Desk) -> None:
    text = desk.scene.path.read_text().replace('"env:', '"plain-', 1)
    desk.scene.path.write_text("allow_plain_secrets: true\n" + text)
    page = desk.get("/tree?in=reach")
    assert "A secret itself stands in the configuration" in page
    assert 'action="/tree-add"' not in page
    assert "<fieldset disabled>" in desk.get("/tree/web")


def test_what_nobody_reads_is_added_and_what_is_read_twice_is_read_once_with_one_click(desk: Desk) -> None:
    assert "Nothing that was read is read twice." in desk.get("/tree-sources")
    web = desk.projects[0]["sources"][0]
    desk.post("/tree/launch/out", desk.form("/tree/launch/out", "/tree/launch/out"))
    page = desk.get("/tree-sources")
    assert "Launch" in page
    source = re.search(r'name="source" value=\'?"?(\{.*?\})"', page)
    assert source
    desk.post("/tree-sources/add", {**desk.form("/tree-sources", "/tree-sources/add"), "in": "", "source": source[1]}, 422)
    desk.post("/tree-sources/add", {**desk.form("/tree-sources", "/tree-sources/add"), "in": "reach", "source": source[1]})
    assert desk.projects[1]["name"] == "Launch"
    again = {"name": "Again", "connection": web["connection"], "kind": "project", "value": web["project"]}
    desk.post("/tree-add", {**desk.form("/tree?in=reach", "/tree-add"), **again})
    page = desk.get("/tree-sources")
    assert re.search(r'Website</a> and <a[^>]*>Again</a>|Again</a> and <a[^>]*>Website</a>', page)
    drop = desk.form("/tree-sources", "/tree-sources/drop")
    wanted = html.unescape(re.search(r'name="source" value="([^"]+)"', desk.client.get("/tree-sources").text)[1])  # type: ignore[index]
    assert "names no source" in html.unescape(desk.post("/tree-sources/drop", {**drop, "source": wanted}, 422).text)
    desk.change("again", sources__1__connection=web["connection"], sources__1__kind="jql", sources__1__value="labels = x")
    desk.post("/tree-sources/drop", {**desk.form("/tree-sources", "/tree-sources/drop"), "node": "again", "source": wanted})
    assert [list(one) for one in desk.projects[2]["sources"]] == [["connection", "jql"]]
    assert "Nothing that was read is read twice." in desk.get("/tree-sources")


def test_a_lens_is_tried_added_changed_and_taken_out(desk: Desk) -> None:
    new = desk.form("/tree-lenses", "/tree-lenses") | {"lens": "Bad Name", "kind": "tag", "key": ""}
    page = html.unescape(desk.post("/tree-lenses", {**new, "do": "save"}, 422).text)
    assert "can't name a lens" in page
    new |= {"lens": "department", "key": "", "do": "save"}
    assert "is empty" in html.unescape(desk.post("/tree-lenses", new, 422).text)
    desk.change("web", tags="department: sales")
    new = desk.form("/tree-lenses", "/tree-lenses") | {"lens": "department", "kind": "tag", "key": "department", "do": "look"}
    page = desk.post("/tree-lenses", new, 200).text
    assert "1 of 2 projects carry a value" in page
    assert "sales" in page
    assert "lenses" not in desk.scene.path.read_text()
    desk.post("/tree-lenses", {**new, "do": "save"})
    desk.post("/tree-lenses", {**new, "do": "save"}, 422)
    filled = desk.form("/tree-lenses/department", "/tree-lenses/department")
    desk.post("/tree-lenses/department", {**filled, "group.0.value": "sales", "group.0.name": "Vertrieb", "do": "save"})
    assert "Vertrieb" in desk.get("/tree-lenses/department")
    filled = desk.form("/tree-lenses/department", "/tree-lenses/department")
    by_label = {**filled, "kind": "label_prefix", "key": "x:", "do": "look"}
    assert re.search(r"0 of \d+ items carry a value", desk.post("/tree-lenses/department", by_label, 200).text)
    desk.post("/tree-lenses/department", {**filled, "do": "out"})
    assert "lenses" not in desk.scene.path.read_text()


@pytest.mark.parametrize("count", ["x", "", "²", "inf", "-inf", "nan", "-3", "1e400", "9" * 5000])
def test_how_many_rows_a_form_has_is_none_where_it_says_no_number(desk: Desk, count: str) -> None:
    written(desk, desk.scene.document | {"lenses": {"department": {"tag": "department"}}})
    place = "/tree-lenses/department"
    text = desk.post(place, desk.form(place, place) | {"groups": count, "do": "look"}, 200).text
    assert 'name="groups"' in text
    filled = desk.form("/tree/web", "/tree/web")
    rows = {key: count for key in filled if key.endswith(".rows")}
    assert len(rows) == 3
    told = desk.post("/tree/web", filled | rows | {"do": "look"}, 422).text
    assert "names no source" in told


def test_the_outcome_of_a_lens_group_is_chosen_and_targets_of_groups_stay(desk: Desk) -> None:
    goal, target = {"connection": "northlight-asana", "goal": 1400}, {"connection": "northlight-jira", "issue": "WEB-3"}
    groups = {"sales": {"name": "Vertrieb", "metric": goal, "publish": [target]}, "ops": {}}
    written(desk, desk.scene.document | {"lenses": {"department": {"tag": "department", "nodes": groups}}})

    def change(status: int = 303, **typed: str) -> str:
        place = "/tree-lenses/department"
        form = desk.form(place, place) | {key.replace("__", "."): value for key, value in typed.items()}
        return html.unescape(desk.post(place, form | {"do": "save"}, status).text)

    def kept() -> Any:
        return parse(desk.scene.path.read_text(), "x")[0]["lenses"]["department"]["nodes"]

    before = kept()["sales"]
    change(group__1__metric__connection="northlight-jira", group__1__metric__kind="item", group__1__metric__value="WEB-1",
           group__1__weight="2")  # fmt: skip
    assert kept() == {"sales": before, "ops": {"weight": 2, "metric": {"connection": "northlight-jira", "item": "WEB-1"}}}
    assert "'weight' is 0; it must be above 0" in change(422, group__0__weight="0")
    change(group__0__metric__value="1500", group__1__metric__value="")
    assert kept()["sales"] == before | {"metric": {"connection": "northlight-asana", "goal": "1500"}}
    assert kept()["ops"] == {"weight": 2}


@pytest.mark.parametrize(("field", "value", "said"), [
    ("weight", "1e308", "no number that can be meant"), ("budget__size", "1e-9", "no number that can be meant"),
])  # fmt: skip
def test_what_nothing_after_us_can_hold_is_told_at_its_field(desk: Desk, field: str, value: str, said: str) -> None:
    before = desk.scene.path.read_text()
    told = html.unescape(desk.change("web", 422, **{field: value}).text)
    assert re.search(rf'class="fault"[^>]*>[^<]*{said}', told)
    assert desk.scene.path.read_text() == before
