"""What was taken out of the configuration while its form was open: nothing that was typed is lost, and it can come back."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.places import parse
from config.splice import become
from tests.support.scene import Scene
from tests.support.stage import OWN

POLICY, LENS = "/settings/policies/research", "/tree-lenses/department"
FORMS = {POLICY: {"on_track": "77.5", "do": "save"}, LENS: {"kind": "tag", "key": "team", "title": "Teams", "do": "save"}}
ENTRIES = {POLICY: ("policies", "research", {"extends": "small"}), LENS: ("lenses", "department", {"tag": "department"})}
Desk = tuple[Scene, FlaskClient]


@pytest.fixture
def desk(followed: Desk) -> Desk:
    followed[0].write()
    return followed


def _document(scene: Scene) -> Any:
    return parse(scene.path.read_text(), "x")[0]


def _put(scene: Scene, key: str, entries: dict[str, Any]) -> None:
    rest = {one: value for one, value in _document(scene).items() if one != key}
    scene.path.write_text(become(scene.path.read_text(), {**rest, **({key: entries} if entries else {})}))


@pytest.mark.parametrize("path", FORMS)
def test_who_saves_what_somebody_took_out_chooses_whether_it_comes_back(desk: Desk, path: str) -> None:
    (scene, client), (key, name, entry) = desk, ENTRIES[path]
    _put(scene, key, {name: entry})
    assert client.get("/settings/policies").status_code == 200, "what was put by hand is kept as a version"
    base = re.search(r'name="base" value="([0-9a-f]{64})"', client.get(path).text)
    assert base is not None
    _put(scene, key, {})
    form = {**FORMS[path], "base": base[1]}
    assert client.post(path, data={**form, "do": "look"}, headers=OWN).status_code == 200
    answer = client.post(path, data=form, headers=OWN)
    text = html.unescape(answer.text)
    assert answer.status_code == 409
    assert "Theirs: <code>taken away</code>" in text
    assert key not in _document(scene)
    theirs, choice = (re.search(rf'name="({one}[^"]*)"(?: value="(\w+)")?', answer.text) for one in ("theirs", "choice:"))
    assert theirs is not None
    assert choice is not None
    chosen = {"theirs": theirs[2], html.unescape(choice[1]): "mine"}
    assert client.post(path, data={**form, **chosen}, headers=OWN).status_code == 303
    assert name in _document(scene)[key]


@pytest.mark.parametrize("path", FORMS)
def test_what_was_typed_for_what_nobody_knows_any_more_is_given_back(desk: Desk, path: str) -> None:
    scene, client = desk
    before = scene.path.read_text()
    answer = client.post(path, data={**FORMS[path], "base": "0" * 64}, headers=OWN)
    assert answer.status_code == 409
    assert "is gone</h1>" in answer.text
    typed = (f"{field}: {value}" in answer.text for field, value in FORMS[path].items() if field != "do")
    assert all(typed)
    assert client.get(path).status_code == 404
    assert scene.path.read_text() == before
