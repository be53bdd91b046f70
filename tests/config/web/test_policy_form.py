"""The form of a policy: it gives back what stands in the document, to the last digit, under any name."""

import html
import re

import pytest
from flask.testing import FlaskClient

from config.places import parse
from config.splice import become
from tests.support.page_client import OWN
from tests.support.scene import Scene
from tests.support.tree_desk import fields

Site = tuple[Scene, FlaskClient]


def _policies(scene: Scene, own: dict[str, object]) -> None:
    document = parse(scene.path.read_text(), "x")[0]
    scene.path.write_text(become(scene.path.read_text(), {**document, "policies": own}))


def _form(client: FlaskClient, path: str) -> dict[str, str]:
    found = re.search(r'<form method="post">.*?</form>', client.get(path).text, re.S)
    assert found is not None
    return fields(found[0])


def test_a_value_with_more_than_six_digits_stays_when_another_is_changed(page: Site) -> None:
    scene, client = page
    own = {"extends": "default", "weights": {"cost": 33.33333333, "scope": 1234567.5}, "cap_share": 0.12345678}
    _policies(scene, {"default": own})
    form = _form(client, "/settings/policies/default")
    assert (form["weight:cost"], form["weight:scope"], form["cap_share"]) == ("33.33333333", "1234567.5", "0.12345678")
    answer = client.post("/settings/policies/default", data=form | {"margin": "4", "do": "save"}, headers={"Origin": OWN})
    assert answer.status_code == 303
    assert parse(scene.path.read_text(), "x")[0]["policies"]["default"] == own | {"margin": 4}


@pytest.mark.parametrize("name", ["research/medical", "a?b#c", "R&D", "Forschung & Lehre", "<b>"])
def test_a_policy_of_any_name_has_a_page(page: Site, name: str) -> None:
    _, client = page
    form = {**_form(client, "/settings/policies"), "do": "add", "name": name, "extends": "default"}
    assert client.post("/settings/policies", data=form, headers={"Origin": OWN}).status_code == 303
    listed = client.get("/settings/policies").text
    (link,) = re.findall(r'<th scope="row"><a href="([^"]+)">' + re.escape(html.escape(name)), listed)
    assert client.get(html.unescape(link)).status_code == 200


@pytest.mark.parametrize("name", ["x" * 65, "..", "a\nb", "a\x08b", "inline"])
def test_a_name_that_no_page_can_have_is_refused(page: Site, name: str) -> None:
    scene, client = page
    before = scene.path.read_text()
    form = {**_form(client, "/settings/policies"), "do": "add", "name": name, "extends": "default"}
    answer = client.post("/settings/policies", data=form, headers={"Origin": OWN})
    assert answer.status_code == 422
    assert "can't name a policy" in html.unescape(answer.text)
    assert scene.path.read_text() == before


def test_a_word_with_two_fields_is_told_and_both_stay(page: Site) -> None:
    scene, client = page
    before, path = scene.path.read_text(), "/connections/northlight-jira/mapping"
    rows = {"facet:1": "team", "facet_field:1": "labels", "facet:2": "team", "facet_field:2": "components"}
    base = re.search(r'name="base" value="(\w+)"', client.get(path).text)
    assert base is not None
    answer = client.post(path, data={"base": base[1], "do": "save", **rows}, headers={"Origin": OWN})
    assert answer.status_code == 422
    assert "'team' for lenses has two fields." in html.unescape(answer.text)
    assert answer.text.count('value="team"') == 2
    assert scene.path.read_text() == before


@pytest.mark.parametrize("typed", [
    {"look": "add", "name": "standard", "extends": "small"}, {"look": "choose", "chosen": "regulated"},
])  # fmt: skip
def test_what_another_policy_would_change_is_told_before_it_is_used(page: Site, typed: dict[str, str]) -> None:
    scene, client = page
    before, path = scene.path.read_text(), "/settings/policies"
    form = {**_form(client, path), **typed}
    shown = client.post(path, data=form, headers={"Origin": OWN})
    text = html.unescape(shown.text)
    assert shown.status_code == 200
    assert re.search(r"[1-9] of 4 nodes would change, \d of them in their band. Nothing is saved yet.", text)
    assert re.search(r'<a href="/nodes/web"><bdi>Website</bdi>', text)
    assert scene.path.read_text() == before
    again = {key: value for key, value in form.items() if key != "look"} | {"do": typed["look"]}
    assert client.post(path, data=again, headers={"Origin": OWN}).status_code == 303
    assert scene.path.read_text() != before
    wrong = client.post(path, data={**form, "name": "default", "chosen": "nothing"}, headers={"Origin": OWN})
    assert wrong.status_code == 422
