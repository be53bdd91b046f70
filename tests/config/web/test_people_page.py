"""People across tools: the form holds all that a person has, saves exactly what stands in it, and loses nobody's change."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.places import parse
from config.splice import become
from tests.support.scene import Scene
from tests.support.stage import OWN

PAGE = "/settings/people"
ADA = {
    "name": "Ada Berg", "ids": [f"northlight-{tool}:{one}" for tool in ("jira", "asana") for one in "ab"],
    "hours_per_week": 30, "skills": ["ux"], "email": "ada@northlight.example",
}  # fmt: skip
Desk = tuple[Scene, FlaskClient]


@pytest.fixture
def desk(followed: Desk) -> Desk:
    """The company with one person who has two accounts in each tool."""
    followed[0].write()
    _write(followed[0], [ADA])
    return followed


def _write(scene: Scene, people: list[dict[str, Any]]) -> None:
    text = scene.path.read_text()
    scene.path.write_text(become(text, {**parse(text, "x")[0], "people": people}))


def _people(scene: Scene) -> Any:
    return parse(scene.path.read_text(), "x")[0]["people"]


def _form(text: str) -> dict[str, Any]:
    """The form of one person, as a browser sends it."""
    fields: dict[str, Any] = {"do": "person", "id": []}
    for name, value in re.findall(r'name="([\w_]+)" value="([^"]*)"', text[text.index('id="person"') :]):
        if name == "id":
            fields["id"].append(html.unescape(value))
        elif name not in ("csrf_token", "do"):
            fields[name] = html.unescape(value)
    return fields


def _post(desk: Desk, form: dict[str, Any]) -> TestResponse:
    return desk[1].post(PAGE, data=form, headers=OWN)


def test_a_person_is_changed_with_all_accounts_and_what_is_emptied_is_not_set_any_more(desk: Desk) -> None:
    scene, client = desk
    assert '<a href="?change=Ada%20Berg#person"' in client.get(PAGE).text
    form = _form(client.get(f"{PAGE}?change=Ada%20Berg").text)
    assert [one for one in form["id"] if one] == ADA["ids"]
    assert len(form["id"]) > len(ADA["ids"])
    assert _post(desk, form).status_code == 303
    assert _people(scene) == [ADA], "saved as it was"
    form = _form(client.get(f"{PAGE}?change=Ada%20Berg").text) | {"hours_per_week": "", "skills": ""}
    form["id"] = [*ADA["ids"][1:], "northlight-jira:new"]
    assert _post(desk, form).status_code == 303
    assert _people(scene) == [{"name": "Ada Berg", "ids": form["id"], "email": ADA["email"]}]
    taken = _post(desk, {"do": "person", "name": "Ada Berg", "id": ["northlight-jira:x"], "base": form["base"]})
    assert (taken.status_code, "a person of this name already" in taken.text) == (422, True)


WRONG = [("hours_per_week", one) for one in ("many", "nan", "200", "9" * 400)] + [("name", "")]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_fault_stands_at_its_field_and_what_was_typed_stays(desk: Desk, field: str, value: str) -> None:
    scene, client = desk
    answer = _post(desk, _form(client.get(f"{PAGE}?change=Ada%20Berg").text) | {field: value, "skills": "typed"})
    assert answer.status_code == 422
    marked = rf'name="{field}" value="{value}"[^>]* aria-invalid="true" aria-describedby="said-{field}">' \
             rf'<span id="said-{field}" class="fault">'  # fmt: skip
    assert re.search(marked, answer.text)
    assert 'value="typed"' in answer.text
    assert _people(scene) == [ADA]


def test_two_who_change_one_person_lose_nothing(desk: Desk) -> None:
    scene, client = desk
    form = _form(client.get(f"{PAGE}?change=Ada%20Berg").text)
    _write(scene, [{**ADA, "skills": ["law"]}])
    assert _post(desk, form | {"hours_per_week": "20"}).status_code == 303
    assert _people(scene) == [{**ADA, "hours_per_week": 20, "skills": ["law"]}], "another place: both stand"
    both = _post(desk, form | {"hours_per_week": "10"})
    assert both.status_code == 409
    assert ("Changed meanwhile" in both.text, 'name="hours_per_week" value="10"' in both.text) == (True, True)
    assert _people(scene)[0]["hours_per_week"] == 20
    theirs, choice = (re.search(rf'name="({one}[^"]*)"(?: value="(\w+)")?', both.text) for one in ("theirs", "choice:"))
    assert theirs is not None
    assert choice is not None
    settled = form | {"hours_per_week": "10", "theirs": theirs[2], html.unescape(choice[1]): "mine"}
    assert _post(desk, settled).status_code == 303
    assert _people(scene)[0]["hours_per_week"] == 10
    lost = _post(desk, form | {"base": "0" * 64, "hours_per_week": "5"})
    assert ("is not kept any more" in lost.text, 'value="5"' in lost.text) == (True, True)
    assert _people(scene)[0]["hours_per_week"] == 10


def test_of_two_people_of_one_name_the_one_is_changed_or_taken_out_that_was_meant(desk: Desk) -> None:
    scene, client = desk
    other, third = ({"name": name, "ids": [f"northlight-jira:{name[0]}9"]} for name in ("Ada Berg", "Bo Lund"))
    _write(scene, [ADA, other, third])
    links = re.findall(r'href="(\?change=Ada[^"#]*)', client.get(PAGE).text)
    assert len(set(links)) == 2
    form = _form(client.get(PAGE + html.unescape(links[1])).text)
    assert [one for one in form["id"] if one] == other["ids"]
    assert _post(desk, form | {"hours_per_week": "20"}).status_code == 303
    assert _people(scene) == [ADA, other | {"hours_per_week": 20}, third]
    pattern = r'name="base" value="(\w+)">\s*<input type="hidden" name="of" value="([^"]*)"><button name="remove"'
    base, first = re.findall(pattern, client.get(PAGE).text)[0]
    assert _post(desk, {"base": base, "of": html.unescape(first), "remove": "Ada Berg"}).status_code == 303
    assert _people(scene) == [other | {"hours_per_week": 20}, third]
