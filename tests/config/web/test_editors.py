"""Pages that change the configuration: on what somebody saw, with both values where two changed one place, nothing lost."""

import html
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import bootstrap
from config.places import parse
from config.settings import read_settings
from config.splice import become
from service.sync import sync
from tests.support.scene import Scene, no_progress
from tests.support.stage import OWN

MAPPING = "/connections/northlight-jira/mapping"


def base_of(text: str) -> str:
    found = re.search(r'name="base" value="([0-9a-f]{64})"', text)
    assert found is not None
    return found[1]


def document(scene: Scene) -> Any:
    return parse(scene.path.read_text(), "a.yaml")[0]


def kept(scene: Scene) -> dict[str, Any]:
    return dict(document(scene).get("mapping", {}).get("northlight-jira", {}))


def todo(scene: Scene) -> str:
    """The id of the status To Do."""
    return next(str(one["id"]) for one in scene.jira.statuses.values() if one["name"] == "To Do")


def by_hand(scene: Scene, change: Callable[[Any], None]) -> None:
    """Somebody edits the file."""
    one = document(scene)
    change(one)
    scene.path.write_text(become(scene.path.read_text(), one))


def test_the_mapping_page_shows_what_the_tool_says_beside_how_it_is_read(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    text = html.unescape(client.get(MAPPING).text)
    assert "The tool says" in text
    status = todo(scene)
    assert f'name="statuses:{status}"' in text
    read = client.post(MAPPING, data={"do": "preview", f"statuses:{status}": "done"}, headers=OWN).text
    assert "We read it as done; the tool says todo." in html.unescape(read)
    assert "would be read differently" in read
    assert kept(scene) == {}


def test_the_preview_tells_of_dependencies_and_of_words_for_lenses(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    scene.jira.link_issues("WEB-2", "WEB-3")
    with scene.workspace() as workspace:
        sync(workspace, (), full=True, progress=no_progress)
    asked = {"do": "preview", "depends_on.link_types": "Relates"}
    read = client.post(MAPPING, data=asked, headers=OWN).text
    assert re.search(r"[1-9]\d* of \d+ items would be read differently", read)
    assert re.search(r"<dt>dependencies</dt><dd><del>[1-9]\d*</del> <ins>0</ins>", read)
    points = re.search(r'value="(customfield_\d+)"[^>]*>Story [Pp]oint', read)
    assert points is not None
    read = client.post(MAPPING, data={"do": "preview", "facet:1": "said", "facet_field:1": points[1]}, headers=OWN).text
    assert re.search(r"<dt>said</dt><dd><del>–</del> <ins>[^<]+</ins>", read)


def test_sections_are_statuses_of_a_tool_that_ticks_work_off(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    by_hand(scene, lambda one: one["mapping"].pop("northlight-asana", None))
    address = "/connections/northlight-asana/mapping"
    text = html.unescape(client.get(address).text)
    assert "section, not ticked off" in text
    assert "a task here is open until it is ticked off" in text
    name = re.search(r'name="statuses:([^"]*)"[^>]*><option value="">automatic: in progress', client.get(address).text)
    assert name is not None
    form = {"do": "save", f"statuses:{html.unescape(name[1])}": "todo"}
    assert client.post(address, data=form, headers=OWN).status_code == 303
    assert document(scene)["mapping"]["northlight-asana"] == {"statuses": {html.unescape(name[1]): "todo"}}


def test_a_choice_is_kept_by_id_and_names_who_and_why(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    status = todo(scene)
    form = {"do": "save", "base": base_of(client.get(MAPPING).text), f"statuses:{status}": "in_progress",
            "benefit.target": "customfield_1",
            "facet:1": "team", "facet_field:1": "customfield_2", "why": "we begin early"}  # fmt: skip
    answer = client.post(MAPPING, data=form, headers=OWN)
    assert answer.status_code == 303
    assert "Saved" in client.get(answer.location).text
    assert kept(scene) == {
        "statuses": {status: "in_progress"}, "benefit": {"target": "customfield_1"}, "facets": {"team": "customfield_2"},
    }  # fmt: skip
    versions = client.get("/settings/versions").text
    assert "mapping of northlight-jira: we begin early" in versions


def test_an_entry_by_name_gives_way_to_a_choice_of_one_status(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    by_hand(scene, lambda one: one["mapping"].update({"northlight-jira": {"statuses": {"To Do": "in_progress"}}}))
    status = todo(scene)
    same = {"do": "save", "base": base_of(client.get(MAPPING).text), f"statuses:{status}": "in_progress"}
    client.post(MAPPING, data=same, headers=OWN)
    assert kept(scene) == {"statuses": {"To Do": "in_progress"}}
    client.post(MAPPING, data=same | {f"statuses:{status}": ""}, headers=OWN)
    assert kept(scene) == {}


def test_two_admins_at_once_see_both_values_and_choose(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    base = base_of(client.get(MAPPING).text)
    first = {"do": "save", "base": base, "story_points": "customfield_1", "start_date": "customfield_3"}
    second = {"do": "save", "base": base, "story_points": "customfield_2", "severity": "priority", "why": "mine"}
    assert client.post(MAPPING, data=first, headers=OWN).status_code == 303
    answer = client.post(MAPPING, data=second, headers=OWN)
    text = html.unescape(answer.text)
    assert answer.status_code == 409
    assert "Changed meanwhile by" in text
    assert text.count('value="mine"') == 2  # the choice, and the reason that was typed
    assert kept(scene) == {"story_points": "customfield_1", "start_date": "customfield_3"}
    theirs = re.search(r'name="theirs" value="([0-9a-f]{64})"', text)
    field = re.search(r'name="(choice:[^"]*)"', answer.text)
    assert theirs is not None
    assert field is not None
    again = second | {"theirs": theirs[1], html.unescape(field[1]): "mine"}
    assert client.post(MAPPING, data=again, headers=OWN).status_code == 303
    wanted = {"story_points": "customfield_2", "start_date": "customfield_3", "severity": "priority"}
    assert kept(scene) == wanted


def test_a_version_that_is_not_known_loses_nothing_that_was_typed(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    form = {"do": "save", "base": "0" * 64, "story_points": "customfield_77"}
    text = client.post(MAPPING, data=form, headers=OWN).text
    assert "is not kept any more" in text
    assert 'value="customfield_77" selected' in text
    assert kept(scene) == {}


def test_a_connection_that_went_while_its_page_was_open_gives_back_what_was_typed(page: tuple[Scene, FlaskClient]) -> None:
    _, client = page
    answer = client.post("/connections/gone/mapping", data={"do": "save", "story_points": "customfield_5"}, headers=OWN)
    assert answer.status_code == 409
    assert "story_points: customfield_5" in answer.text
    assert client.get("/connections/gone/mapping").status_code == 404


def test_a_file_is_checked_with_lines_compared_and_only_then_kept(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    base, text = base_of(client.get("/settings/file").text), client.get("/settings/bellwether.yaml").text
    assert text == scene.path.read_text()
    wrong = client.post("/settings/file", data={"base": base, "text": text + "timezon: UTC\n"}, headers=OWN)
    assert wrong.status_code == 422
    assert f"Line {text.count(chr(10)) + 1}:" in wrong.text
    assert "did you mean" in html.unescape(wrong.text)
    assert "timezon: UTC" in wrong.text
    new = "# Ours.\nread_only: true\n" + text.replace("read_only: false\n", "")
    chosen = {"base": base, "file": (io.BytesIO(new.encode()), "b.yaml")}
    checked = client.post("/settings/file", data=chosen, headers=OWN, content_type="multipart/form-data")
    assert "<ins>true</ins>" in checked.text
    assert scene.path.read_text() == text
    done = client.post("/settings/file", data={"base": base, "text": new.replace("\n", "\r\n"), "do": "save"}, headers=OWN)
    assert done.status_code == 303
    assert scene.path.read_text() == new


def test_a_secret_in_a_version_that_was_kept_long_ago_is_not_shown(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    text = scene.path.read_text() + "notify:\n  - slack: https://hooks.slack.com/services/T1/B2/xyz\n"
    with bootstrap.workspace(scene.configuration(), read_settings({})) as workspace, workspace.db.begin() as uow:
        uow.config_versions.keep(text, by="ada", why="long ago", at=datetime.now(UTC))
        uow.config_versions.keep(text.replace("xyz", "abc"), by="ada", why="another", at=datetime.now(UTC))
        numbers = [one.number for one in uow.config_versions.newest(limit=2)]
    for number in numbers:
        shown = client.get(f"/settings/versions/{number}").text
        assert "hooks.slack.com" not in shown
    assert "(left out)" in shown


def test_a_version_tells_what_it_changed_and_can_be_put_back(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    before = scene.path.read_text()
    form = {"do": "save", "base": base_of(client.get(MAPPING).text), "story_points": "customfield_9"}
    client.post(MAPPING, data=form, headers=OWN)
    numbers = [int(one) for one in re.findall(r"/settings/versions/(\d+)", client.get("/settings/versions").text)]
    told = html.unescape(client.get(f"/settings/versions/{numbers[0]}").text)
    assert "customfield_9" in told
    assert "mapping" in told
    address = f"/settings/versions/{numbers[1]}"
    old = client.get(address).text
    assert client.post(address, data={"base": "0" * 64}, headers=OWN).status_code == 409
    assert scene.path.read_text() != before
    answer = client.post(f"/settings/versions/{numbers[1]}", data={"base": base_of(old)}, headers=OWN)
    assert answer.status_code == 303
    assert scene.path.read_text() == before
    assert client.get("/settings/versions/99999").status_code == 404


def test_what_is_managed_elsewhere_is_shown_and_not_changed(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    by_hand(scene, lambda one: one.update(allow_plain_secrets=True))
    by_hand(scene, lambda one: one["connections"]["northlight-jira"]["auth"].update(token="hunter2secret"))
    for address in (MAPPING, "/settings/versions", "/settings/file"):
        text = client.get(address).text
        assert "A secret itself stands in the configuration" in text
        assert "hunter2secret" not in text
    assert 'value="save"' not in client.get(MAPPING).text
    assert client.get("/settings/bellwether.yaml").status_code == 409
    answer = client.post(MAPPING, data={"do": "save", "story_points": "customfield_9"}, headers=OWN)
    assert answer.status_code == 422
    assert kept(scene) == {}


def test_a_secret_that_is_brought_in_is_refused_and_kept_nowhere(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    text = scene.path.read_text()
    plain = "allow_plain_secrets: true\n" + re.sub(r'token: "env:[A-Z_]*"', "token: hunter3secret", text)
    assert "hunter3secret" in plain
    answer = client.post("/settings/file", data={"base": "", "text": plain, "do": "save"}, headers=OWN)
    assert answer.status_code == 422
    assert scene.path.read_text() == text


POLICY = "/settings/policies/default"


def policies(scene: Scene) -> Any:
    return document(scene).get("policies")


def fields_of(text: str) -> dict[str, str]:
    """What a browser would send of the form of a policy."""
    found = {name: html.unescape(value) for name, value in re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', text)}
    boxes = {name for name in found if re.match(r"required:|rule:\d+:drop", name)}
    checked = set(re.findall(r'<input type="checkbox" name="([^"]+)" value="1" checked', text))
    chosen = re.findall(r'<select name="([^"]+)"[^>]*>(?:(?!</select>).)*?<option value="([^"]*)" selected', text, re.DOTALL)
    return {name: value for name, value in found.items() if name not in boxes or name in checked} | dict(chosen)


def test_a_policy_that_is_saved_as_it_is_changes_nothing(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    before = scene.path.read_text()
    form = fields_of(client.get(POLICY).text) | {"do": "save"}
    assert len([name for name in form if name.startswith("curve:")]) > 20
    assert client.post(POLICY, data=form, headers=OWN).status_code == 303
    assert scene.path.read_text() == before


def test_what_a_policy_would_change_is_told_node_by_node_before_it_is_kept(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    before = scene.path.read_text()
    form = fields_of(client.get(POLICY).text) | {"do": "preview", "on_track": "100", "at_risk": "99", "margin": "0"}
    text = html.unescape(client.post(POLICY, data=form, headers=OWN).text)
    assert "of them in their band" in text
    assert "Off track" in text.split("What would change", 1)[1]
    assert 'value="99"' in text
    assert scene.path.read_text() == before
    deeper = form | {"on_track": "70", "at_risk": "40", "margin": "3", "curve:risk.blocked.weight": "90"}
    assert "Measured anew from what we hold: risk." in client.post(POLICY, data=deeper, headers=OWN).text


def test_only_what_differs_of_a_policy_is_written(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    form = fields_of(client.get(POLICY).text)
    rows = {form[f"rule:{n}:id"]: n for n in range(int(form["rules"])) if form[f"rule:{n}:id"]}
    new = int(form["rules"]) - 1
    form |= {"do": "save", "weight:risk": "22.5", "weight:cost": "", "people": "off", "critical:quality": "30",
             "curve:risk.blocked.weight": "40", f"rule:{rows['has_goal']}:drop": "1",
             f"rule:{rows['recently_updated']}:within_days": "21",
             f"rule:{new}:id": "owned", f"rule:{new}:holds": "has_baseline"}  # fmt: skip
    answer = client.post(POLICY, data=form, headers=OWN)
    assert re.findall(r'class="(?:fault|alert)[^>]*>([^<]*)<', answer.text) == []
    assert policies(scene) == {
        "default": {
            "extends": "default", "people": "off", "weights": {"cost": 0, "risk": 22.5}, "critical": {"quality": 30},
            "curves": {"risk.blocked.weight": 40}, "drop_rules": ["has_goal"],
            "rules": [{"id": "recently_updated", "holds": "recently_updated", "within_days": 21},
                      {"id": "owned", "holds": "has_baseline"}],
        }
    }  # fmt: skip
    back = fields_of(client.get(POLICY).text) | {"do": "save", "weight:risk": "30"}
    assert client.post(POLICY, data=back, headers=OWN).status_code == 303
    assert policies(scene)["default"]["weights"] == {"cost": 0, "risk": 30}
    assert len(policies(scene)["default"]["rules"]) == 2


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("weight:risk", "lots", "no number"), ("at_risk", "90", "lies above"), ("min_coverage", "7", "at most 1"),
     ("dwell_days", "1.5", "whole number"), ("rule:0:within_days", "5", "takes no within_days")],
)  # fmt: skip
def test_a_number_that_can_not_be_is_told_at_its_field(
    page: tuple[Scene, FlaskClient], field: str, value: str, said: str
) -> None:
    scene, client = page
    before = scene.path.read_text()
    answer = client.post(POLICY, data=fields_of(client.get(POLICY).text) | {"do": "save", field: value}, headers=OWN)
    text = html.unescape(answer.text)
    assert answer.status_code == 422
    assert said in text
    assert 'aria-invalid="true"' in text
    assert f'value="{value}"' in text
    assert scene.path.read_text() == before


def test_all_faults_are_told_at_once_what_is_no_number_first(page: tuple[Scene, FlaskClient]) -> None:
    (scene, client), form = page, fields_of(page[1].get(POLICY).text)
    rules = {"rule:7:guidance": "a page", "rule:0:drop": "1"}
    typed = {"min_coverage": "7", "weight:cost": "abc", "on_track": "30", "dwell_days": "nan", "margin": "4"} | rules
    answer = client.post(POLICY, data=form | typed | {"do": "save"}, headers=OWN)
    told = re.findall(r'<a href="#(in-[^"]*)">([^<]*)</a>', answer.text)
    assert [name for _, name in told] == ["Dwell days", "Weight of cost", "Rule 8", "Least coverage", "At risk from"]
    assert all(f'id="{field}" aria-invalid="true"' in answer.text for field, _ in told)
    assert {name: value for name, value in fields_of(answer.text).items() if name in typed} == typed
    assert (answer.status_code, policies(scene)) == (422, None)


@pytest.mark.parametrize("count", ["x", "", "²", "inf", "-1", "9" * 5000])
def test_the_rules_stay_as_they_are_where_their_count_is_no_number(page: tuple[Scene, FlaskClient], count: str) -> None:
    (scene, client), form = page, fields_of(page[1].get(POLICY).text)
    wrong = client.post(POLICY, data=form | {"do": "save", "rules": count, "margin": "soon"}, headers=OWN)
    assert (wrong.status_code, policies(scene)) == (422, None)
    assert client.post(POLICY, data=form | {"do": "save", "rules": count}, headers=OWN).status_code == 303
    assert policies(scene) is None


def test_half_a_facet_is_told_and_stays(page: tuple[Scene, FlaskClient]) -> None:
    form = {"do": "save", "base": base_of(page[1].get(MAPPING).text), "facet:1": "team", "facet_field:1": ""}
    text = html.unescape(page[1].post(MAPPING, data=form, headers=OWN).text)
    assert all(said in text for said in ("'team' for lenses has no field.", 'name="facet:1" value="team"'))


def test_a_class_gets_a_policy_of_its_own(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    base = base_of(client.get("/settings/policies").text)
    form = {"base": base, "do": "add", "name": "research", "extends": "small"}
    assert client.post("/settings/policies", data=form, headers=OWN).status_code == 303
    assert policies(scene) == {"research": {"extends": "small"}}
    assert client.post("/settings/policies", data=form | {"base": ""}, headers=OWN).status_code == 422
    assert client.get("/settings/policies/research").status_code == 200
    choose = {"do": "choose", "chosen": "regulated", "base": base_of(client.get("/settings/policies").text)}
    client.post("/settings/policies", data=choose, headers=OWN)
    assert document(scene)["policy"] == "regulated"
    assert client.get("/settings/policies/nothing").status_code == 404


def test_people_who_are_called_alike_are_joined_and_taken_out_again(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    by_hand(scene, lambda one: one.pop("people", None))
    text = client.get("/settings/people").text
    alike = [html.unescape(one) for one in re.findall(r'name="alike" value="([^"]*)"', text)]
    assert alike
    assert all(len({ref.split(":")[0] for ref in one.split("|")}) == len(one.split("|")) for one in alike)
    join = {"base": base_of(text), "do": "join", "alike": alike[:1]}
    assert client.post("/settings/people", data=join, headers=OWN).status_code == 303
    (person,) = document(scene)["people"]
    assert person["ids"] == alike[0].split("|")
    assert alike[0] not in html.unescape(client.get("/settings/people").text)
    add = {"do": "person", "name": person["name"], "id": person["ids"], "hours_per_week": "32", "skills": "backend, ux"}
    assert client.post("/settings/people", data=add | {"was": person["name"]}, headers=OWN).status_code == 303
    assert document(scene)["people"] == [{**person, "hours_per_week": 32, "skills": ["backend", "ux"]}]
    twice = add | {"name": "Somebody Else"}
    answer = client.post("/settings/people", data=twice, headers=OWN)
    assert answer.status_code == 422
    assert "belongs to two people" in answer.text
    assert 'value="Somebody Else"' in answer.text
    client.post("/settings/people", data={"remove": person["name"]}, headers=OWN)
    assert "people" not in document(scene)


def test_who_takes_a_person_out_whom_another_changed_settles_it(page: tuple[Scene, FlaskClient]) -> None:
    scene, client = page
    ids = ["northlight-jira:a", "northlight-asana:b"]
    by_hand(scene, lambda one: one.update(people=[{"name": "Ada Berg", "ids": ids}]))
    form = {"base": base_of(client.get("/settings/people").text), "remove": "Ada Berg"}
    by_hand(scene, lambda one: one["people"][0].update(hours_per_week=32))
    answer = client.post("/settings/people", data=form, headers=OWN)
    assert answer.status_code == 409
    assert "Settle it" in answer.text
    assert document(scene)["people"][0]["hours_per_week"] == 32
    theirs, field = re.search(r'name="theirs" value="(\w+)"', answer.text), re.search(r'name="(choice:[^"]*)"', answer.text)
    assert theirs is not None
    assert field is not None
    again = form | {"theirs": theirs[1], html.unescape(field[1]): "mine"}
    assert client.post("/settings/people", data=again, headers=OWN).status_code == 303
    assert "people" not in document(scene)
