"""Two admins at one tree: what both did to a node is brought together in it, or told; it is neither lost nor doubled."""

import html
import re
from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.yaml_text import block
from tests.support.scene import Scene
from tests.support.tree_desk import Desk, fields


@pytest.fixture
def desk(followed: tuple[Scene, FlaskClient]) -> Desk:
    """The small company with two more programs; no id of a project is written down."""
    scene, client = followed
    document = deepcopy(scene.document)
    portfolio = document["portfolios"][0]
    for project in portfolio["programs"][0]["projects"]:
        del project["id"]
    portfolio["programs"] += [{"name": "Two"}, {"name": "Three"}]
    scene.path.write_text("".join(f"{line}\n" for line in block(document, 0)))
    return Desk(client, scene)


def _programs(desk: Desk) -> dict[str, list[Any]]:
    return {one["name"]: one.get("projects", []) for one in desk.portfolios[0]["programs"]}


def _move(desk: Desk, into: str) -> dict[str, Any]:
    return {**desk.form(f"/tree/website/move?into={into}", "/tree/website/move"), "do": "save"}


def test_who_changes_a_project_that_another_moves_changes_it_where_it_stands_now(desk: Desk) -> None:
    mine, other = desk.form("/tree/website", "/tree/website"), _move(desk, "two")
    desk.post("/tree/website/move", other)
    desk.post("/tree/website", {**mine, "sponsor": "Ada Berg", "do": "save"})
    (moved,) = _programs(desk)["Two"]
    assert (moved["name"], moved["sponsor"]) == ("Website", "Ada Berg")
    assert [one["name"] for one in _programs(desk)["Reach"]] == ["Launch"]


@pytest.mark.parametrize("chosen", ["mine", "theirs"])
def test_of_two_who_move_a_project_elsewhere_the_second_chooses(desk: Desk, chosen: str) -> None:
    forms = [_move(desk, "three"), _move(desk, "two")]
    desk.post("/tree/website/move", forms[0])
    page = desk.post("/tree/website/move", forms[1], 409).text
    assert "place of Website" in page
    typed = fields(page.split('action="/tree/website/move"')[1])
    (choice,) = set(map(html.unescape, re.findall(r'name="(choice:[^"]*)"', page)))
    desk.post("/tree/website/move", {**typed, choice: chosen})
    place = {"mine": "Two", "theirs": "Three"}[chosen]
    assert {name: [one["name"] for one in own] for name, own in _programs(desk).items()} == {
        "Reach": ["Launch"], "Two": [], "Three": [], place: ["Website"],
    }


def test_a_move_into_a_program_that_another_took_out_says_so(desk: Desk) -> None:
    mine = _move(desk, "two")
    desk.post("/tree/two/out", desk.form("/tree/two/out", "/tree/two/out"))
    told = html.unescape(desk.post("/tree/website/move", mine, 422).text)
    assert "Nothing was moved: there is no 'two' to move it into." in told
    assert 'name="into" value="two"' not in told
    assert [one["name"] for one in _programs(desk)["Reach"]] == ["Website", "Launch"]


def test_two_who_change_one_target_both_find_their_change_in_it(desk: Desk) -> None:
    forms = [desk.form("/tree/website", "/tree/website") | {"do": "save"} for _ in range(2)]
    desk.post("/tree/website", forms[0] | {"publish.0.language": "de"})
    desk.post("/tree/website", forms[1] | {"publish.0.quiet_hours": "22:00-07:00"})
    (target,) = next(one for one in _programs(desk)["Reach"] if one["name"] == "Website")["publish"]
    assert (target["language"], target["quiet_hours"]) == ("de", "22:00-07:00")


def test_a_plan_that_another_set_meanwhile_is_not_approved_unseen(desk: Desk) -> None:
    place = "/tree/website/baseline"
    desk.post(place, {"do": "set"})
    seen = desk.form("/tree/website", place)
    desk.post(place, {"do": "set"})
    told = html.unescape(desk.post(place, seen | {"do": "approve"}, 422).text)
    assert "has set another plan of Website while this page was open: nothing is approved. Look at it" in told
    assert "None is approved" in told
    desk.post(place, desk.form("/tree/website", place) | {"do": "approve"})
    assert "Approved" in desk.get("/tree/website")
