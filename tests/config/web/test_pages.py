"""The web page over the small company: what a manager and an admin see, and what another site may not do."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import bootstrap
from app.wsgi import create_app
from config.loader import load
from config.settings import read_settings
from config.web.pages import HERE
from model.language.pages import page_words
from model.policy import Predicate
from service import scoring
from service.workspace import Workspace
from tests.support.scene import Scene
from tests.support.stage import Stage, stage

MAPPING = "/connections/northlight-jira/mapping"
OWN = {"Origin": "http://localhost"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    """The small company after a sync and a roll-up; whoever changes something takes it back."""
    with stage(tmp_path_factory.mktemp("pages"), migrated_sqlite) as set_:
        yield set_


@pytest.fixture
def client(played: Stage) -> FlaskClient:
    """The page of somebody who was never there before."""
    return played.client


def test_the_tree_shows_every_node_with_band_score_and_trend(client: FlaskClient) -> None:
    page = client.get("/").text
    for name in ("Growth", "Reach", "Website", "Launch"):
        assert name in page
    assert "At risk" in page or "On track" in page
    assert "<svg" in page


def test_a_node_opens_to_its_receipt_down_to_issues_in_their_tool(client: FlaskClient, played: Stage) -> None:
    page = client.get("/nodes/web").text
    assert "Why −" in page
    assert f"{played.scene.running.sandbox.browse_url('WEB-100')}" in page
    assert "coverage" in page


def test_a_node_says_what_its_trust_suffers_from_with_the_items_and_how_to_mend_them(
    client: FlaskClient, played: Stage
) -> None:
    score = next(one for one in scoring.latest_scores(played.workspace) if one.untrusted)
    with played.workspace.db.read() as uow:
        labels = uow.records.labels([item for one in score.untrusted for item in one.items])
    page = html.unescape(client.get(f"/nodes/{score.id}").text)
    for one in score.untrusted:
        what, mend = page_words("en").check(one.check)
        assert what in page
        assert mend in page
        assert all(labels[item].ref in page for item in one.items if item in labels)


def test_a_node_tells_its_numbers_with_units_and_how_far_its_data_can_be_trusted(client: FlaskClient) -> None:
    page = client.get("/nodes/web").text
    assert "SPI(t)" in page
    assert page_words("en").say("untrusted") in page
    assert "/nodes/web/exports" in page


def test_the_registers_of_a_node_name_the_rules_and_no_person(client: FlaskClient) -> None:
    page = client.get("/nodes/growth/registers?whole=1").text
    for said in ("Open risks", "Benefits", "Standards", page_words("en").standard("has_sponsor", None).meaning):
        assert said in page
    part = client.get("/nodes/growth/registers/body").text
    assert part.removeprefix('<div id="registers">').removesuffix("</div>") in page
    assert not [name for name in ("Ada Berg", "Bo Lund", "Cy Holm") if name in page]
    assert "<style" not in page


def test_a_report_is_a_page_of_its_own_that_may_not_run_or_load_anything(client: FlaskClient) -> None:
    answer = client.get("/nodes/growth/report?days=30&language=de")
    assert answer.status_code == 200
    assert '<html lang="de">' in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    book = client.get("/nodes/growth/report?format=xlsx")
    assert book.data[:2] == b"PK"
    assert book.headers["Content-Disposition"] == 'attachment; filename="growth.xlsx"'


BAD_REPORTS = {
    "/nodes/nobody/report": 404,
    "/nodes/growth/report?format=pdf": 404,
    "/nodes/growth/report?language=tlh": 400,
    "/nodes/growth/report?days=0": 400,
    "/nodes/growth/report?lens=nothing": 404,
    "/?lens=nothing": 404,
}


@pytest.mark.parametrize("address", BAD_REPORTS)
def test_a_report_that_can_not_be_made_says_so(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == BAD_REPORTS[address]


def test_what_is_reported_otherwise_than_computed_stands_on_a_page_both_ways(client: FlaskClient) -> None:
    page = client.get("/watermelons").text
    assert "Declared better than computed" in page
    assert "Declared worse than computed" in page


def test_a_lens_can_be_entered_and_left_and_keeps_its_place_in_every_link(synced: Scene) -> None:
    synced.document["lenses"] = {"kind": {"by": "class"}}
    configuration = synced.configuration()
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        scoring.score(workspace, as_of=None)
        page = create_app(lambda: workspace, lambda: configuration).test_client()
        home, inside = page.get("/").text, page.get("/?lens=kind").text
        node = page.get("/nodes/lens--kind?lens=kind").text
    assert 'href="/?lens=kind"' in home
    assert 'href="/nodes/lens--kind?lens=kind"' in inside
    assert 'href="/"' in inside
    assert "Growth" in home
    assert "Growth" not in inside
    assert "/nodes/lens--kind/registers?lens=kind" in node
    assert "/nodes/lens--kind/moved?lens=kind" in node
    assert "/nodes/lens--kind/outlook" not in node
    assert "/nodes/web?lens=kind" in node


def test_an_unknown_page_says_so(client: FlaskClient) -> None:
    answer = client.get("/nodes/nobody")
    assert answer.status_code == 404
    assert "no node" in answer.text


def test_the_mapping_page_previews_on_live_items_and_keeps_nothing(client: FlaskClient, played: Stage) -> None:
    before = played.scene.write().read_text()
    page = client.post(MAPPING, data={"do": "preview", "statuses:To Do": "in_progress"}, headers=OWN).text
    assert "would be read differently" in page
    assert "<ins>in_progress</ins>" in page
    assert played.scene.path.read_text() == before


def test_a_saved_mapping_stands_in_the_configuration_file(client: FlaskClient, played: Stage) -> None:
    scene = played.scene
    answer = client.post(MAPPING, data={"do": "save", "statuses:To Do": "in_progress"}, headers=OWN)
    assert "Saved" in client.get(answer.location).text
    kept = load(scene.path, environment=scene.environment).connections["northlight-jira"].mapping
    scene.write()
    assert {word: meaning.value for word, meaning in kept.statuses.items()} == {"To Do": "in_progress"}


def test_a_choice_that_does_not_exist_is_refused(client: FlaskClient, played: Stage) -> None:
    before = played.scene.write().read_text()
    answer = client.post(MAPPING, data={"do": "save", "statuses:To Do": "whatever"}, headers=OWN)
    assert answer.status_code == 422
    assert played.scene.path.read_text() == before


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://elsewhere.example"}], ids=["no origin", "another origin"])
def test_a_form_of_another_site_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post(MAPPING, data={"do": "save"}, headers=headers).status_code == 403


def test_a_name_that_was_rebound_to_this_machine_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403


def test_only_our_own_scripts_may_run(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_the_operator_sees_up_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_webhooks_answer_as_the_contract_says(client: FlaskClient) -> None:
    assert client.post("/webhooks/nobody", data=b"{}").status_code == 404
    assert client.post("/webhooks/northlight-jira", data=b"{}").status_code == 404
    large = {"CONTENT_LENGTH": str(30 * 1024 * 1024)}
    assert client.post("/webhooks/northlight-jira", data=b"x", environ_overrides=large).status_code == 413


def test_a_configuration_that_was_broken_meanwhile_is_told_on_the_page(scene: Scene) -> None:
    """The page can't be made, and what it says instead must not need what is broken."""
    def broken() -> Workspace:
        load(scene.path, environment={})
        raise AssertionError("it could be read")

    app = create_app(broken, scene.configuration)
    scene.path.write_text("timezone: Mars/Olympus\n")
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "Mars/Olympus" in answer.text


def test_whoever_is_let_in_finds_the_menu_on_a_page_that_is_not_there(client: FlaskClient, played: Stage) -> None:
    workspace = played.workspace
    page = client.get("/nodes/nowhere")
    assert page.status_code == 404
    assert "There is no such page" in client.get("/nowhere").text
    menu = page.text.split('aria-label="Pages"')[1].split("</nav>")[0]
    assert 'href="/organisation"' in menu
    assert 'href="/settings/versions"' in menu
    assert ('href="/start"' in menu) == (workspace.read_only and not workspace.published_nodes())


def test_the_first_steps_stand_in_the_menu_until_something_is_to_be_shown(client: FlaskClient, played: Stage) -> None:
    workspace = played.workspace
    was = workspace.connections
    workspace.connections = ()
    try:
        assert 'href="/start"' in client.get("/organisation").text
    finally:
        workspace.connections = was


def test_every_standard_is_explained_where_a_rule_leads_to_with_the_rules_that_ask_it(client: FlaskClient) -> None:
    page = client.get("/guidance").text
    assert [one for one in Predicate if f'id="{one.value}"' not in page] == []
    assert "recently_updated" in page.partition('id="recently_updated"')[2].partition("</section>")[0]
    assert 'href="/guidance"' in client.get("/pmo").text


def test_a_page_that_asks_by_itself_how_something_stands_brings_what_asks() -> None:
    texts = {path.name: path.read_text() for path in (HERE / "templates").glob("*.html")}
    above = {name: re.search(r'{% extends "([^"]+)" %}', text) for name, text in texts.items()}
    asking = {name for name, text in texts.items() if "hx-" in text and above[name]}
    without = {name for name in asking if "htmx.min.js" not in texts[name] + texts[above[name][1]]}  # type: ignore[index]
    assert "policy.html" in asking
    assert without == set()
