"""Pages for decisions: choosing projects, the PMO's view, forecasts; who may use them, and what is refused."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert
from werkzeug.test import TestResponse

from config.web.cookies import LOGIN
from model.access import Right, Role, Scope
from service import choosing, pmo, scoring
from service.backtest import backtest
from service.searching import FOUND, MOST_WAITING
from service.sync import sync
from store.tables import band_turns
from tests.support.browser import Chromium, served, sideways, violations
from tests.support.candidates import give_candidates
from tests.support.lodge import Lodge, lodge, post
from tests.support.scene import no_progress, play
from tests.support.small_world import small_world

CHOOSE = "/portfolios/growth/choose"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Lodge]:
    """The small company with candidates, synced, scored and its forecasts checked."""
    folder = tmp_path_factory.mktemp("board")
    migrated_sqlite(folder / "bellwether.db")
    for scene in play(small_world(datetime.now(UTC)), folder):
        give_candidates(scene.document)
        with lodge(scene) as opened:
            sync(opened.space, (), full=False, progress=no_progress)
            scoring.score(opened.space, as_of=None)
            scoring.fill_trend(opened.space, weeks=3)
            backtest(opened.space)
            opened.add("viewer of launch", (Right(role=Role.VIEWER, node="launch"),))
            yield opened


def _read(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.text[:400]
    return html.unescape(answer.text)


def test_the_organisation_counts_candidates_apart_from_its_projects(board: Lodge) -> None:
    page = _read(board.enter("viewer").get("/organisation"))
    assert "<small>2 projects, 5 candidates</small>" in page
    rows = re.findall(r"<tr><td>[^<]+</td>((?:<td class=\"n\">\d+</td>)+)</tr>", page)
    weeks = [sum(map(int, re.findall(r"\d+", row))) for row in rows]
    assert weeks
    assert max(weeks) == 2
    above = _read(board.enter("viewer").get("/nodes/reach"))
    idea = above.partition('id="at-a"')[2].partition("</tr>")[0]
    assert '<td><span class="quiet">candidate</span>' in idea
    assert "No data" not in idea


def test_what_is_a_mean_of_scores_is_not_told_as_a_share_of_rules(board: Lodge) -> None:
    page = _read(board.enter("viewer").get("/organisation"))
    assert '<th scope="col" class="n">Standards, score</th>' in page
    table = page.partition('id="standards"')[2].partition("</table>")[0]
    assert re.findall(r'<td class="n">[\d.]+</td>', table)
    assert "%" not in re.sub(r"<svg.*?</svg>", "", table, flags=re.DOTALL)


def test_a_proposal_is_shown_with_its_gap_and_what_keeps_the_others_out(board: Lodge) -> None:
    viewer = board.enter("viewer")
    assert "/portfolios/growth/choose" in _read(viewer.get("/portfolios"))
    page = _read(viewer.get(CHOOSE))
    for words in (
        "2 of 5", "cost 100,000 EUR of 100,000 EUR", "proven best",
        "Idea B and Idea C exclude each other", "the cost of Idea E is not known",
        "Value against risk", "Another is worth as much at less risk, or more at no more",
        "Hours by skill and quarter", "needs the role editor",
    ):  # fmt: skip
        assert words in page, words
    changed = _read(viewer.get(f"{CHOOSE}?budget=150000&exclude=b&capacity.design=%2B400h&beside=plain&by=value"))
    assert "3 of 5" in changed
    assert "Beside the proposal without these changes" in changed
    assert 'value="+400h"' in changed
    stuck = _read(viewer.get(f"{CHOOSE}?require=b&require=d"))
    assert "can't be kept together" in stuck
    assert "Idea D needs Idea C" in stuck
    edge = _read(viewer.get("/portfolios/growth/frontier?exclude=a"))
    assert "asked for" in edge
    assert "<svg" in edge


@pytest.mark.parametrize(
    ("query", "field"),
    [("budget=much", "budget"), (f"budget={'9' * 400}", "budget"),
     ("budget=100+GBP", "budget"), ("capacity.design=20%25", "capacity.design"),
     ("capacity.cooking=%2B20%25", None), ("require=nobody", None), ("beside=7", None), ("beside=%00", None)],
)  # fmt: skip
def test_what_cannot_be_read_is_told_at_its_field_and_kept(board: Lodge, query: str, field: str | None) -> None:
    page = _read(board.enter("viewer").get(f"{CHOOSE}?{query}"), 422)
    assert 'role="alert"' in page
    if field:
        typed = page.split(f'name="{field}"')[1].split(">")[0]
        assert 'aria-invalid="true"' in typed
        assert 'value=""' not in typed


def test_a_decision_is_kept_under_the_name_of_whoever_is_logged_in(board: Lodge) -> None:
    editor, path = board.enter("editor"), "/portfolios/growth/decisions"
    empty = _read(post(editor, path, {"budget": "80000", "chosen": ["a", "c"], "reason": " "}), 422)
    assert 'id="reason-said"' in empty
    assert choosing.decisions(board.space, board.space.node("growth")) == ()
    said = {"budget": "80000", "chosen": ["a", "c"], "reason": "the <board> wants C", "by": "Somebody else"}
    answer = post(editor, path, said)
    assert answer.status_code == 303
    (made,) = choosing.decisions(board.space, board.space.node("growth"))
    assert (made.by, made.reason, made.chosen, made.proposal) == ("editor", "the <board> wants C", ("a", "c"), ("a",))
    page = editor.get(f"{CHOOSE}?beside=1").text
    assert "the &lt;board&gt; wants C" in page
    assert "Does not keep" in page
    assert "Beside decision 1" in page
    assert post(board.enter("viewer"), path, said).status_code == 403
    assert post(board.enter("editor of web"), path, said).status_code == 404


def test_who_asks_while_others_search_is_told_and_what_they_typed_is_kept(board: Lodge) -> None:
    editor, path = board.enter("editor"), "/portfolios/growth/decisions"
    for _ in range(MOST_WAITING):
        assert FOUND.places.acquire(blocking=False)
    try:
        answers = [editor.get(f"{CHOOSE}?budget=77123"), editor.get("/portfolios/growth/frontier?budget=77123"),
                   post(editor, path, {"budget": "77123", "chosen": ["a"], "reason": "typed with care"})]  # fmt: skip
        for answer in answers:
            page = _read(answer, 503)
            assert "only one is at a time" in page
            assert 'value="77123"' in page
            assert answer.headers["Retry-After"] == "3"
        assert "typed with care" in answers[-1].text
        assert editor.get("/api/v1/nodes/growth/selection?budget=77123").status_code == 503
        made = choosing.decisions(board.space, board.space.node("growth"))
        assert "typed with care" not in {one.reason for one in made}
    finally:
        for _ in range(MOST_WAITING):
            FOUND.places.release()
    assert editor.get(f"{CHOOSE}?budget=77123").status_code == 200


@contextmanager
def _turned(board: Lodge) -> Iterator[None]:
    """The band of a project came and went."""
    now = board.space.clock()
    with board.space.db.transaction() as conn:
        conn.execute(insert(band_turns), [
            {"node": "web", "at": now - timedelta(days=2), "before": "ON_TRACK", "after": "AT_RISK"},
            {"node": "web", "at": now - timedelta(days=1), "before": "AT_RISK", "after": "ON_TRACK"},
        ])  # fmt: skip
    try:
        yield
    finally:
        with board.space.db.transaction() as conn:
            conn.execute(delete(band_turns))


def test_bands_that_came_and_went_are_told_by_class_with_the_projects_that_one_may_see(board: Lodge) -> None:
    none = "No change of a band was counted in these weeks. They are counted from the scores as they are made"
    assert none in _read(board.enter("viewer").get("/pmo"))
    with _turned(board):
        whole = _read(board.enter("viewer").get("/pmo"))
        assert '<td class="n">2</td><td class="n">1</td><td><a href="/nodes/web">Website</a> 1</td>' in whole
        assert "within 14 days" in whole
        assert none in _read(board.enter("viewer of launch").get("/pmo"))
        figures = board.enter("viewer").get("/api/v1/pmo").json
        assert figures is not None
        assert figures["steadiness"][0]["least"] == [{"node": "web", "went_back": 1}]


def test_the_key_figures_are_those_of_what_somebody_may_see(board: Lodge) -> None:
    whole = _read(board.enter("viewer").get("/pmo?node=Growth"))
    for words in ("key figures at and below", "active projects", "due dates kept", "Standards", "No project has finished"):
        assert words in whole, words
    part = _read(board.enter("viewer of launch").get("/pmo"))
    assert "<b>1</b>active projects" in part
    assert "Website" not in part
    assert "/nodes/web" not in part
    assert "Website" not in _read(board.enter("viewer of launch").get("/pmo?node=web"), 422)
    assert 'aria-invalid="true"' in _read(board.enter("viewer").get("/pmo?node=nowhere"), 422)


def test_a_project_is_closed_by_its_checklist_and_lessons_are_kept_where_one_may(board: Lodge) -> None:
    editor = board.enter("editor of web")
    page = _read(editor.get("/nodes/web/closure"))
    for words in ("Not yet", "all work is closed", "WEB-", "The closing report", "Add a lesson"):
        assert words in page, words
    assert editor.get("/nodes/growth/closure").status_code == 404
    assert board.enter("viewer").get("/nodes/growth/closure").status_code == 404
    assert board.enter("viewer").get("/nodes/nowhere/closure").status_code == 404
    lesson = {"node": "web", "cause": "scope", "text": "It <grew>.", "advice": "Freeze it.", "worked": "1"}
    for wrong, field in (({"text": ""}, "text"), ({"cause": "luck"}, "cause"), ({"node": "launch"}, "node")):
        refused = post(editor, "/lessons", {**lesson, **wrong})
        assert refused.status_code == 422, wrong
        assert "Freeze it." in refused.text, field
    assert pmo.lessons(board.space) == ()
    assert post(editor, "/lessons", lesson).status_code == 303
    (kept,) = pmo.lessons(board.space)
    assert (kept.by, kept.worked, kept.node) == ("editor of web", True, "web")
    assert "It &lt;grew&gt;." in editor.get("/lessons?node=web&cause=scope").text
    assert "grew" not in editor.get("/lessons?cause=dates").text
    assert "grew" not in board.enter("viewer of launch").get("/lessons").text
    assert post(board.enter("viewer"), "/lessons", lesson).status_code == 403


def test_every_tab_of_a_project_leads_to_a_page_of_a_candidate_too(board: Lodge) -> None:
    viewer = board.enter("viewer")
    for node, closes in (("web", True), ("a", False)):
        nav = re.search(r'<nav class="tabs".*?</nav>', _read(viewer.get(f"/nodes/{node}")), re.DOTALL)
        assert nav
        tabs = re.findall(r'href="([^"]+)"', nav[0])
        assert (f"/nodes/{node}/closure" in tabs) == closes
        assert {tab: viewer.get(tab).status_code for tab in tabs} == dict.fromkeys(tabs, 200)


def test_forecasts_say_how_good_they_were_and_refuse_what_they_have_not_earned(board: Lodge) -> None:
    viewer = board.enter("viewer")
    page = _read(viewer.get("/forecasts"))
    for words in ("Do the dates hold?", "not earned, told in words", "Versions and items with a due date", "P85, replayed"):
        assert words in page, words
    assert viewer.get("/forecasts?node=Website").headers["Location"].endswith("/nodes/web/forecast")
    assert board.enter("viewer of launch").get("/forecasts?node=web").status_code == 422
    project = _read(viewer.get("/nodes/web/forecast?scope=%2B10&people=-20%25&by=2027-01-31"))
    assert "What if" in project
    for far in ("0001-01-01", "9999-12-31"):
        assert "What if" in _read(viewer.get(f"/nodes/web/forecast?by={far}&scope=-999999"))
    for query, field in (("scope=many", "scope"), ("people=-200%25", "people"), ("by=soon", "by")):
        assert f'id="{field}-said" role="alert"' in _read(viewer.get(f"/nodes/web/forecast?{query}"), 422)
    together = _read(viewer.get("/nodes/growth/forecast"))
    assert "All of it together" in together
    assert "Launch" in together
    assert "When all of it together will be done" in _read(viewer.get("/nodes/growth/outlook"))
    assert "finished and" in project
    assert "what if is asked of a project" in _read(viewer.get("/nodes/growth/forecast?scope=1"), 422)
    assert viewer.get("/nodes/nowhere/forecast").status_code == 404


def test_programs_read_the_same_documents(board: Lodge) -> None:
    viewer, other, api = board.enter("viewer"), board.enter("viewer of launch"), "/api/v1"
    ranked = viewer.get(f"{api}/nodes/growth/candidates?by=value").json
    assert ranked is not None
    assert [one["id"] for one in ranked["candidates"]][:3] == ["a", "b", "c"]
    changed = viewer.get(f"{api}/nodes/growth/selection?budget=150000&exclude=b&capacity=design%3D%2B400h,writing%3D-5%25").json
    assert changed is not None
    assert changed["selection"]["chosen"] == ["a", "c", "d"]
    for query, status in (("budget=much", 409), ("capacity=design", 409), ("seconds=9", 422)):
        assert viewer.get(f"{api}/nodes/growth/selection?{query}").status_code == status
    assert viewer.get(f"{api}/nodes/growth/decisions").status_code == 200
    assert viewer.get(f"{api}/nodes/web/outlook?people=-20%25").status_code == 200
    assert viewer.get(f"{api}/nodes/web/outlook?by=soon").status_code == 409
    assert viewer.get(f"{api}/forecasts").status_code == 200
    figures = other.get(f"{api}/pmo").json
    assert figures is not None
    assert figures["projects"]["active"] == 1
    for path in ("/pmo?node=web", "/nodes/web/outlook", "/nodes/growth/selection"):
        assert other.get(f"{api}{path}").status_code == 404, path


def test_programs_keep_decisions_and_lessons_once_and_under_their_name(board: Lodge) -> None:
    """With the ETag of the list a request that is sent twice is kept once; who did it stands among the changes."""
    api = "/api/v1/nodes"
    calls = board.app.test_client(use_cookies=False)

    def send(path: str, body: dict[str, object], who: str = "editor", **more: str) -> TestResponse:
        token = board.token(who, Scope.READ if who == "viewer" else Scope.WRITE)
        return calls.post(f"{api}/{path}", json=body, headers={"Authorization": f"Bearer {token}", **more})

    before = len(choosing.decisions(board.space, board.space.node("growth")))
    tag = board.enter("viewer").get(f"{api}/growth/decisions").headers["ETag"]
    said: dict[str, object] = {"reason": "the board", "budget": "80000", "take": ["c"], "capacity": ["design=+400h"]}
    made, again = (send("growth/decisions", said, **{"If-Match": tag}) for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 412)
    assert made.json is not None
    assert (made.json["by"], made.json["reason"], made.json["asked"]["budget"]) == ("editor", "the board", 80_000)
    assert made.json["chosen"] == ["a", "c"]
    assert made.json["broken"]
    assert len(choosing.decisions(board.space, board.space.node("growth"))) == before + 1
    for wrong, status in (
        ({"reason": " "}, 422), ({"budget": "much"}, 409), ({"take": ["nobody"]}, 409),
        ({"take": ["a"], "leave": ["a"]}, 409), ({"by": "Somebody else"}, 422), ({"capacity": "design=+400h"}, 422),
    ):  # fmt: skip
        assert send("growth/decisions", {**said, **wrong}).status_code == status, wrong
    assert send("growth/decisions", said, "viewer").status_code == 403
    assert send("growth/decisions", said, "editor of web").status_code == 404
    lesson = {"cause": "scope", "text": "It came late.", "advice": "Ask first.", "worked": False}
    tag = board.enter("viewer").get(f"{api}/web/lessons").headers["ETag"]
    kept, twice = (send("web/lessons", lesson, "editor of web", **{"If-Match": tag}) for _ in range(2))
    assert (kept.status_code, twice.status_code) == (201, 412)
    assert kept.json is not None
    assert (kept.json["by"], kept.json["cause"], kept.json["node"]) == ("editor of web", "scope", "web")
    told = board.enter("viewer").get(f"{api}/growth/lessons").json
    assert told is not None
    assert [one["text"] for one in told["lessons"]].count("It came late.") == 1
    hidden = board.enter("viewer of launch").get(f"{api}/launch/lessons").json
    assert hidden == {"node": "launch", "lessons": []}
    assert send("web/lessons", {**lesson, "cause": "luck"}).status_code == 422
    assert send("web/lessons", lesson, "viewer").status_code == 403
    assert send("launch/lessons", lesson, "editor of web").status_code == 404
    closure = board.enter("viewer").get(f"{api}/web/closure").json
    assert closure is not None
    assert (closure["ready"], closure["lessons"][-1]["text"]) == (False, "It came late.")
    assert board.enter("viewer").get(f"{api}/growth/closure").status_code == 409
    with board.space.db.read() as uow:
        deeds = [(one.who, one.what, one.place) for one in uow.deeds.newest(60)]
    assert ("editor", "record decision", f"{api}/growth/decisions") in deeds
    assert ("editor of web", "keep lesson", f"{api}/web/lessons") in deeds


def test_the_pages_are_sound_in_a_browser_and_on_a_phone_in_the_dark(board: Lodge, chromium: Chromium) -> None:
    paths = {
        "choose": f"{CHOOSE}?beside=plain&exclude=b", "frontier": "/portfolios/growth/frontier", "pmo": "/pmo",
        "closure": "/nodes/web/closure", "lessons": "/lessons", "forecasts": "/forecasts",
        "ahead": "/nodes/web/forecast?scope=%2B10",
    }  # fmt: skip
    wrong: dict[str, list[str]] = {}
    with served(board.app) as url, _turned(board):
        for phone in (False, True):
            with chromium.window(url, phone=phone, dark=phone) as page:
                cookie = board.enter("editor").get_cookie(LOGIN)
                assert cookie is not None
                page.context.add_cookies([{"name": LOGIN, "value": cookie.value, "url": url}])
                for name, path in paths.items():
                    page.goto(path)
                    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                    chromium.picture(page, f"{name}-{'phone' if phone else 'wide'}")
                    assert sideways(page) == 0, name
                    if not phone or name in ("choose", "pmo", "forecasts"):
                        wrong[f"{name}, phone: {phone}"] = violations(page)
                if phone:
                    page.goto(CHOOSE)
                    page.check("input[name=require][value=d]")
                    page.click("form#ask button.main")
                    assert "require=d" in page.url
                    page.fill("textarea[name=reason]", "asked by the board")
                    page.click("button:has-text('Record this decision')")
                    assert "is kept, and stands below" in page.content()
    assert {name: found for name, found in wrong.items() if found} == {}
