"""The health pages over the small company: the tree by levels, what moved, forecasts, dependencies, bands by hand."""

import gzip
import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.wsgi import create_app
from config.loader import load_text
from model.health import Band, RollupResult
from model.tree import Tree
from service import scoring
from service.outlook import burn_up
from service.workspace import Workspace
from tests.support.office import TREE, Office, made_score

OWN = {"Origin": "http://localhost"}
CONFIGURATION = """
connections:
  acme: {tool: jira, url: https://acme.example, auth: {type: personal_access_token, token: env:T}}
"""
ODD_NAMES = {
    "growth": "<script>alert(1)</script><b>Growth</b>",
    "reach": "x" * 10_000,
    "web": "אתר חדש \u202eabc",
    "shop": "{{ 7 * 7 }} ' \" & %s",
}
PLACES = ("", "/moved", "/outlook", "/dependencies", "/load", "/load/people", "/registers", "/exports", "/override")


@pytest.fixture
def odd(office: Callable[..., Office]) -> tuple[Office, FlaskClient]:
    """Pages over nodes that are called what no page expects."""
    made = office()
    nodes = tuple(node.model_copy(update={"name": ODD_NAMES[node.id]}) for node in TREE.nodes)
    made.workspace.grow(Tree(nodes=nodes), ())
    with made.workspace.db.begin() as uow:
        scores = tuple(
            made_score(node, Band.AT_RISK).model_copy(
                update={"name": name, "declared_band": Band.ON_TRACK, "declared_at": made.moment[0] - timedelta(days=30)}
            )
            for node, name in ODD_NAMES.items()
        )
        uow.scores.save(RollupResult(as_of=made.moment[0], known_at=made.moment[0], policy="p", nodes=scores))
    configuration = load_text(CONFIGURATION, Path("bellwether.yaml"), environment={"T": "not used"})
    return made, create_app(lambda: made.workspace, lambda: configuration).test_client()


def test_every_page_of_every_node_stands_and_says_what_it_is_about(company: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = company
    for node in workspace.tree.nodes:
        for place in PLACES:
            answer = client.get(f"/nodes/{node.id}{place}")
            assert answer.status_code == 200, (node.id, place)
            assert html.escape(node.name) in answer.text
            assert "style=" not in answer.text
    for place in ("/", "/search?q=web", "/search?q=", "/organisation", "/watermelons"):
        assert client.get(place).status_code == 200
    assert [client.get(f"/nodes/nobody{place}").status_code for place in PLACES] == [404] * len(PLACES)


def test_the_tree_opens_by_level(company: tuple[Workspace, FlaskClient]) -> None:
    _, client = company
    closed, opened = client.get("/?open=").text, client.get("/?open=growth").text
    assert 'id="at-reach"' not in closed
    assert 'aria-expanded="false"' in closed
    assert 'id="at-reach"' in opened
    assert 'id="at-web"' not in opened
    assert 'href="/?open=growth,reach#at-reach"' in opened


def test_a_movement_is_split_with_the_page_or_after_it_and_the_days_are_checked(
    company: tuple[Workspace, FlaskClient]
) -> None:
    workspace, client = company
    today = workspace.clock().date()
    asked = f"since={today - timedelta(days=20)}&until={today}"
    later, whole = (client.get(f"/nodes/growth/moved?{asked}{more}").text for more in ("", "&whole=1"))
    part = client.get(f"/nodes/growth/moved/split?{asked}").text
    assert "hx-get" in later
    assert part.strip() in whole
    assert "All of it sums to the movement exactly" in part or "Cause" in part
    for bad in (f"since={today}&until={today}", "since=soon", f"until={today + timedelta(days=2)}"):
        answer = client.get(f"/nodes/growth/moved?{bad}")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert client.get(f"/nodes/growth/moved/split?{bad}").status_code == 422


def test_a_table_is_parted_and_its_numbers_are_written_as_somebody_s_spreadsheet_reads_them(
    company: tuple[Workspace, FlaskClient],
) -> None:
    _, client = company
    told = {way: client.get(f"/nodes/web/report?format=csv&separator={way}").text for way in ("comma", "semicolon")}
    assert told["comma"].startswith("\ufeffas_of,node,name")
    assert told["semicolon"].startswith("\ufeffas_of;node;name")
    assert re.search(r";\d+,\d+;", told["semicolon"])
    assert client.get("/nodes/web/report?format=csv&separator=tab").status_code == 400


def test_a_burn_up_shows_what_the_tool_holds_and_ends_today(company: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = company
    found = burn_up(workspace, workspace.node("web"))
    assert found.weeks[-1].scope == max(week.scope for week in found.weeks)
    assert all(one.closed <= two.closed and one.closed <= one.scope for one, two in pairwise(found.weeks))
    page = client.get("/nodes/web/outlook").text
    assert f"{found.weeks[-1].closed} of {found.weeks[-1].scope} items closed" in page
    assert "<table>" in page


def test_dependencies_are_drawn_over_both_tools_with_what_could_be_done(company: tuple[Workspace, FlaskClient]) -> None:
    _, client = company
    program = client.get("/nodes/reach/dependencies").text
    for said in ("northlight-asana:", "northlight-jira:", "<svg", "or take the link away", "Launch", "Website"):
        assert said in program
    assert "As scored at" in client.get("/nodes/web/dependencies").text


def test_a_band_is_set_by_hand_with_a_reason_until_a_day_and_taken_back(company: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = company
    computed = next(one for one in scoring.latest_scores(workspace) if one.id == "web").computed_band
    typed = {"band": "OFF_TRACK", "reason": "the supplier <left>", "until": (date.today() + timedelta(days=9)).isoformat()}
    for wrong in ({"band": "NO_DATA"}, {"reason": " "}, {"until": "2020-01-01"}, {"until": "soon"}):
        answer = client.post("/nodes/web/override", data=typed | wrong, headers=OWN)
        assert answer.status_code == 422
        assert f'aria-describedby="fault-{next(iter(wrong))}"' in answer.text
        assert "reason" in wrong or "the supplier &lt;left&gt;" in answer.text
    assert client.post("/nodes/web/override", data=typed).status_code == 403
    assert client.post("/nodes/web/override", data=typed, headers=OWN).status_code == 303
    assert scoring.score_dirty(workspace)
    page = client.get("/nodes/web").text
    assert "Band set by hand to" in page
    assert "the supplier &lt;left&gt;" in page
    assert f"</span> {computed.words}</span>" in page
    shown = re.search(r'name="seen" value="([^"]+)"', client.get("/nodes/web/override").text)
    assert shown is not None
    clear = {"do": "clear", "seen": shown[1]}
    assert client.post("/nodes/web/override", data=clear, headers=OWN).status_code == 303
    assert "Band set by hand" not in client.get("/nodes/web").text
    scoring.score_dirty(workspace)


def test_names_of_any_kind_break_no_page(odd: tuple[Office, FlaskClient]) -> None:
    _, client = odd
    pages = [client.get(f"/nodes/{node}{place}") for node in ODD_NAMES for place in PLACES if "people" not in place]
    pages += [client.get(place) for place in ("/", "/search?q=x", "/search?q=%3Cscript%3E", "/organisation", "/watermelons")]
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "x" * 400 not in answer.text
        assert "\u202e" not in answer.text
        assert len(answer.data) < 60_000
    assert "{{ 7 * 7 }}" in html.unescape(client.get("/nodes/shop").text)
    assert "</bdi> <small>project</small></h1>" in client.get("/nodes/web").text


def test_pages_and_files_are_compressed_for_who_takes_it_and_known_files_are_not_sent_again(
    odd: tuple[Office, FlaskClient]
) -> None:
    _, client = odd
    plain, small, after = (client.get("/", headers={"Accept-Encoding": kind}) for kind in ("", "gzip", ""))
    assert gzip.decompress(small.data) in (plain.data, after.data)  # a page tells the time
    assert small.headers["Cache-Control"] == "no-store"
    assert "Accept-Encoding" in plain.headers["Vary"]
    first = client.get("/static/bellwether.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert gzip.decompress(first.data) == (Path(__file__).parents[3] / "config/web/static/bellwether.css").read_bytes()
    known = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    again = client.get("/static/bellwether.css", headers=known, buffered=True)
    assert again.status_code == 304
    assert not client.get("/", headers={"Accept-Encoding": "gzip;q=0"}).headers.get("Content-Encoding")


def test_every_image_of_the_pages_is_told_in_words(company: tuple[Workspace, FlaskClient]) -> None:
    _, client = company
    drawn = [f"/nodes/{end}" for end in ("web", "web/outlook", "reach/outlook", "reach/dependencies")]
    for place in ("/", *drawn, "/organisation"):
        for svg in re.findall(r"<svg[^>]*>", client.get(place).text):
            assert "aria-label=" in svg or 'aria-hidden="true"' in svg
