"""What the page of an entry says that a change does: no more and no less than what comes of it."""

import html
import re
from collections.abc import Iterator

import pytest

from app.current import Current
from app.wsgi import create_app
from config.places import parse
from config.settings import read_settings
from config.splice import become
from service import scoring
from tests.support.scene import Scene
from tests.support.tree_desk import Desk, fields

GOAL = "140000000001"


@pytest.fixture
def current(synced: Scene) -> Iterator[Current]:
    synced.write()
    opened = Current(synced.path, read_settings({}))
    yield opened
    opened.close()


@pytest.fixture
def desk(current: Current, synced: Scene) -> Desk:
    scoring.score(current.workspace(), as_of=None)
    return Desk(create_app(current.workspace, current.configuration).test_client(), synced)


def _look(desk: Desk, id_: str, **typed: str) -> str:
    filled = desk.form(f"/tree/{id_}", f"/tree/{id_}") | {key.replace("__", "."): value for key, value in typed.items()}
    return html.unescape(desk.post(f"/tree/{id_}", filled | {"do": "look"}, 200).text)


def _rows(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'<tr><th scope="row" dir="auto">(.*?)</th><td class="n">(.*?)</td><td class="n">(.*?)</td>', page)
    return {name: (before, after) for name, before, after in found}


def _with(desk: Desk, **more: object) -> None:
    document = parse(desk.scene.path.read_text(), "x")[0]
    desk.scene.path.write_text(become(desk.scene.path.read_text(), {**document, **more}))


def test_a_goal_moves_what_is_above_and_is_not_said_to_change_nothing(current: Current, desk: Desk) -> None:
    goal = {"goals__0__connection": "northlight-asana", "goals__0__value": GOAL}
    before = {one.id: one.score for one in scoring.latest_scores(current.workspace())}
    for id_, told in (("web", {"Website"}), ("reach", set()), ("growth", set())):
        page = _look(desk, id_, **goal)
        assert "the next roll-up tells what this does to them" in page
        assert "It changes no score" not in page
        assert set(_rows(page)) == told
    desk.change("web", **goal)
    after = {one.id: one.score for one in scoring.score(current.workspace(), as_of=None).nodes}
    assert after["web"] == pytest.approx(before["web"], abs=0.05)
    assert after["growth"] != pytest.approx(before["growth"], abs=0.05)


def test_a_sponsor_is_tried_where_rules_that_ask_for_one_count(current: Current, desk: Desk) -> None:
    assert "It changes no score and reads nothing else." in _look(desk, "web", sponsor="Ada Berg")
    _with(desk, policies={"default": {"extends": "default", "weights": {"governance": 50}}})
    scoring.score(current.workspace(), as_of=None)
    told = _rows(_look(desk, "web", sponsor="Ada Berg"))
    assert float(told["Website"][1]) > float(told["Website"][0])
    desk.change("web", sponsor="Ada Berg")
    scored = {one.name: one.score for one in scoring.score(current.workspace(), as_of=None).nodes}
    assert {name: after for name, (_, after) in told.items()} == {name: f"{scored[name]:.1f}" for name in told}


def test_what_a_tool_holds_is_said_not_to_be_tried(desk: Desk) -> None:
    portfolios = parse(desk.scene.path.read_text(), "x")[0]["portfolios"]
    portfolios[0]["programs"][0]["projects"].append({"from": {"connection": "northlight-asana", "portfolio": "1300"}})
    _with(desk, portfolios=portfolios, lenses={"kind": {"by": "class"}, "team": {"tag": "team"}})
    place = "reach~2"
    assert "comes with the next sync" in _look(desk, place, from__value="1301")
    assert "is scored so with the next roll-up" in _look(desk, place, weight="2")
    program = _look(desk, "reach", from__connection="northlight-asana", from__kind="portfolio", from__value="1300")
    assert "comes with the next sync" in program
    assert _rows(program) == {}
    assert "The lens team groups by it" in _look(desk, "web", tags="team: one")
    assert "The lens kind groups by it" in _look(desk, "web", **{"class": "support"})
    assert "It changes no score and reads nothing else." in _look(desk, "web", name="Web site")


@pytest.mark.parametrize(("typed", "said"), [
    ("1.000", "Write 1000, or 1 where that is meant."), ("1,250", "Write 1250, or 1.25 where that is meant."),
    ("1.000.000", "Write 1000000."), ("1.000,5", "'hours' must be a number"),
])  # fmt: skip
def test_a_budget_that_is_another_number_to_others_is_asked_for(desk: Desk, typed: str, said: str) -> None:
    before = desk.scene.path.read_text()
    told = html.unescape(desk.change("web", 422, budget__size=typed, budget__of="hours").text)
    assert re.search(rf'class="fault"[^>]*>[^<]*{re.escape(said)}', told)
    assert f'name="budget.size" value="{typed}"' in told
    assert desk.scene.path.read_text() == before


def test_a_comma_is_a_point_and_what_was_written_before_stays(desk: Desk) -> None:
    portfolios = parse(desk.scene.path.read_text(), "x")[0]["portfolios"]
    budget, tags = {"hours": 33.333}, {"region": ["Paris, France", "Rome"], "a: b": "c", "kind": "web"}
    portfolios[0]["programs"][0]["projects"][0] |= {"budget": budget, "tags": tags}
    _with(desk, portfolios=portfolios)
    lines = desk.form("/tree/web", "/tree/web")["tags"]
    desk.change("web", weight="1,5", tags=lines.replace("kind: web", "kind: shop"))
    assert desk.projects[0]["weight"] == 1.5
    assert desk.projects[0]["budget"] == budget
    assert desk.projects[0]["tags"] == tags | {"kind": "shop"}


def test_what_the_form_of_a_target_lacks_stays_with_it_when_one_above_is_taken_out(desk: Desk) -> None:
    portfolios = parse(desk.scene.path.read_text(), "x")[0]["portfolios"]
    team = {"connection": "northlight-jira", "issue": "WEB-1", "audience": {"role": "Team"}}
    board = {"connection": "northlight-jira", "issue": "WEB-2", "human_edits": "keep"}
    portfolios[0]["programs"][0]["projects"][0]["publish"] = [team, board]
    _with(desk, portfolios=portfolios)
    filled = desk.form("/tree/web", "/tree/web") | {"publish.0.gone": "1", "target_date": "2030-01-31"}
    filled |= {"publish.2.value": "WEB-3", "publish.2.kind": "issue"}
    page = desk.post("/tree/web", filled | {"do": "look"}, 200).text
    again = fields(re.findall(r'<form method="post" action="/tree/web".*?</form>', page, re.S)[0])
    again |= {"publish.0.value": "WEB-4"}
    page = desk.post("/tree/web", again | {"do": "look"}, 200).text
    again = fields(re.findall(r'<form method="post" action="/tree/web".*?</form>', page, re.S)[0])
    desk.post("/tree/web", again | {"do": "save"})
    first, second = desk.projects[0]["publish"]
    assert first == board | {"issue": "WEB-4"}
    assert (second["issue"], "audience" in second) == ("WEB-3", False)
    assert desk.projects[0]["target_date"] == "2030-01-31"
