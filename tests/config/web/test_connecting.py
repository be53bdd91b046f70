"""Connecting tools in the pages: what goes wrong is said where it went wrong, and nothing that was typed is lost or shown."""

import html
import re
import stat
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from config.loader import load
from config.settings import Settings
from config.writer import write_new
from sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Running
from service import connecting
from tests.support.first_run import begun
from tests.support.first_steps import Desk


def test_an_empty_folder_leads_to_the_first_steps_and_back_to_the_next_one(desk: Desk) -> None:
    assert desk.client.get("/").location == "/start"
    assert desk.client.get("/start").location == "/start/connect"
    assert desk.client.get("/start/tree").location == "/start/connect"
    desk.connect()
    assert desk.client.get("/start").location == "/start/pick"


def test_who_comes_back_goes_on_at_the_step_that_was_left_unfinished(desk: Desk) -> None:
    desk.picked()
    assert desk.client.get("/start").location == "/start/mapping"
    desk.post("/start/pick", {"seen": desk.seen("/start/pick"), "pick": "jira WEB", "do": "more:asana"})
    assert desk.client.get("/start").location == "/start/pick", "one more tool was to be connected"
    assert desk.post("/start/pick", {"seen": desk.seen("/start/pick"), "pick": "jira WEB"}).status_code == 302
    desk.post("/start/mapping", {"seen": desk.seen("/start/mapping")})
    assert desk.client.get("/start").location == "/start/tree"
    desk.post("/start/tree", {"seen": desk.seen("/start/tree"), "portfolio": "Growth"})
    assert desk.client.get("/start").location != "/start/tree"
    desk.until("/start/sync", "Your first scores")
    assert desk.client.get("/start").location == "/start/publish"


def test_a_reading_that_nobody_asked_for_is_offered_and_not_said_to_go_on(desk: Desk) -> None:
    desk.picked()
    page = desk.get("/start/sync")
    assert "Nothing is being read yet" in page
    assert '<a class="button main" href="/start/mapping">Check the mapping</a> <button>Read now</button>' in page
    assert ("it goes on" in page, "about to begin" in page, 'hx-get="/start/sync"' in page) == (False, False, False)
    assert desk.post("/start/sync", {}).status_code == 302
    assert "Website" in desk.until("/start/sync", "Your first scores")
    assert desk.client.get("/start").location == "/start/publish", "it was read without that step on purpose"


def test_a_configuration_written_by_hand_is_read_without_the_steps_before(desk: Desk) -> None:
    desk.connect()
    source = "sources: [{connection: jira, project: WEB}]"
    projects = f"{{name: Shop, projects: [{{name: Website, {source}}}]}}"
    written = desk.written().partition("portfolios:")[0] + f"portfolios: [{{name: Growth, programs: [{projects}]}}]\n"
    write_new(desk.deployment.path, written, overwrite=True)
    assert desk.client.get("/start").location == "/start/sync"
    assert '<button class="main">Read now</button>' in desk.get("/start/sync")


def test_a_file_that_vanished_is_a_mistake_and_no_new_beginning(desk: Desk) -> None:
    desk.connect()
    desk.deployment.path.rename(desk.deployment.path.with_suffix(".away"))
    answer = desk.client.get("/")
    assert answer.status_code == 500
    assert "There is no such configuration" in answer.text


def test_a_first_account_is_a_step_of_its_own_for_whoever_has_none(desk: Desk) -> None:
    app = desk.deployment.app
    app.add_url_rule("/accounts/first", "first_account", lambda: "")
    who = {"by": "machine"}
    app.context_processor(lambda: {"visitor": who})
    assert "Make the first account" in desk.get("/start/connect")
    who["by"] = "ada"
    assert "/accounts/first" not in desk.get("/start/connect")


def test_a_typed_credential_is_kept_encrypted_and_never_shown_again(desk: Desk, tmp_path: Path) -> None:
    secret = desk.jira["auth.token"]
    refused = desk.connect(url=f"{desk.tools.url}/nothing")
    assert refused.status_code == 422
    assert secret not in refused.text
    held = re.search('name="held.token" value="([^"]*)"', refused.text)
    assert held is not None
    # The address is mended; the credential needs not be typed again.
    assert desk.connect(**{"auth.token": "", "held.token": held[1]}).status_code == 302
    assert 'token: "stored:jira/token"' in desk.written()
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in everything
    assert secret not in desk.get("/connections/jira")
    key = tmp_path / "bellwether.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert str(key) in desk.get("/connections")
    assert desk.post("/connections/jira", {**desk.jira, "auth.token": "", "name": "jira", "do": "test"}).status_code == 200


FORBIDDEN = {
    "missing": ({"auth.token": ""}, "API token is missing"),
    "another's": ({"auth.token": "stored:jira/token"}, "Enter the credential itself"),
    "ours": ({"auth.token": "env:BELLWETHER_SECRET_KEY"}, "Enter the credential itself"),
    "no mail": ({"auth.email": ""}, "Mail address of the account is missing"),
    "no address": ({"url": "acme"}, "This is no web address"),
    "no host": ({"url": "https://acme.invalid"}, "There is no host acme.invalid"),
    "a private one": ({"url": "http://10.0.0.1/jira"}, "BELLWETHER_ALLOWED_HOSTS=10.0.0.1"),
    "the name": ({"name": "no name"}, "can't name a connection"),
    "the variable": ({"auth.token": "env:NOBODY_SET_THIS"}, "The environment variable NOBODY_SET_THIS is not set"),
    "a file": ({"auth.token": "file:/nowhere"}, "is not there"),
}


def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: Desk) -> None:
    for what, (other, told) in FORBIDDEN.items():
        answer = desk.connect(**other)
        text = html.unescape(answer.text)
        assert answer.status_code == 422, what
        assert told in text, what
        assert f'value="{other.get("url", desk.jira["url"])}"' in text, what
    assert desk.written() == ""


def test_only_hosts_that_the_operator_named_may_be_private(
    tools: Running, tmp_path: Path, migrated_sqlite: Callable[[Path], str]
) -> None:
    migrated_sqlite(tmp_path / "bellwether.db")
    with begun(tmp_path, working=False, process=Settings()) as deployment:
        answer = Desk(tools, deployment).connect()
        assert answer.status_code == 422
        assert "127.0.0.1 is inside a private network" in html.unescape(answer.text)


def test_a_page_instead_of_an_api_and_a_tool_that_does_not_answer_are_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.tools.sandbox.jira.faults.set("html", times=1)
    assert "HTML page instead of JSON" in html.unescape(desk.connect().text)
    monkeypatch.setattr(connecting, "PATIENCE_S", 0.001)
    assert "No answer within" in desk.connect().text
    assert desk.written() == ""


def test_a_credential_that_ends_between_two_steps_is_told_and_can_be_mended(desk: Desk) -> None:
    desk.picked()
    jira, words = desk.tools.sandbox.jira, desk.tools.sandbox.credentials
    known = dict(jira.credentials)
    jira.credentials.clear()
    desk.post("/start/tree", {"seen": desk.seen("/start/tree"), "portfolio": "Growth"})
    page = desk.until("/start/sync", "refused the credential")
    assert 'href="/connections/jira"' in page
    jira.credentials.update(known)
    assert desk.post("/connections/jira", {**desk.jira, "name": "jira", "auth.token": words.jira_token}).status_code == 200
    assert desk.post("/start/sync", {}).status_code == 302
    assert "Growth" in desk.until("/start/sync", "Your first scores")


def test_a_tool_that_is_not_connected_yet_is_offered_by_its_name_beside_the_projects(desk: Desk) -> None:
    desk.picked()
    page = desk.get("/start/pick")
    assert ('value="more:asana">Connect Asana<' in page, 'value="more:jira"' in page) == (True, False)
    chosen = {"seen": desk.seen("/start/pick"), "pick": "jira WEB", "do": "more:asana"}
    assert desk.post("/start/pick", chosen).location == "/start/connect?tool=asana"
    assert desk.post("/start/pick", {"seen": desk.seen("/start/pick"), "do": "more:nothing"}).location == "/start/connect"


def test_what_the_first_steps_change_is_kept_as_versions_and_brought_together(desk: Desk) -> None:
    desk.picked()
    seen = desk.seen("/start/tree")
    desk.deployment.path.write_text(desk.written().replace("timezone: UTC", "timezone: Europe/Berlin   # by hand"))
    assert desk.post("/start/tree", {"seen": seen, "portfolio": "Growth"}).status_code == 302
    assert "timezone: Europe/Berlin   # by hand" in desk.written()
    page = desk.get("/settings/versions")
    for why in ("connection jira", "first steps: projects", "by hand", "first steps: tree"):
        assert why in page


def test_of_two_admins_at_once_neither_loses_what_was_entered(desk: Desk) -> None:
    desk.picked()
    seen = desk.seen("/start/tree")
    mine = {"seen": seen, "portfolio": "Growth", "name.website": "Shop", "target.website": "2027-03-01"}
    assert desk.post("/start/tree", mine).status_code == 302
    theirs = desk.post("/start/tree", {"seen": seen, "portfolio": "Growth", "name.website": "Site"})
    text = html.unescape(theirs.text)
    assert theirs.status_code == 422
    assert "Somebody has changed the configuration meanwhile" in text
    assert 'value="Site"' in text
    assert "holds now: Shop" in text
    assert "name: Shop" in desk.written()
    again = re.search('name="seen" value="([^"]*)"', text)
    assert again is not None
    assert desk.post("/start/tree", {"seen": again[1], "portfolio": "Growth", "name.website": "Site"}).status_code == 302
    assert "name: Site" in desk.written()


def test_a_mapping_that_another_admin_saved_meanwhile_stays_or_is_chosen_against(desk: Desk) -> None:
    desk.picked()
    assert desk.post("/start/mapping", {"seen": desk.seen("/start/mapping")}).status_code == 302, "as it was suggested"
    seen = desk.seen("/start/mapping")
    fields = {"jira:story_points": "customfield_901", "jira:severity": "priority"}
    assert desk.post("/start/mapping", {"seen": seen, **fields}).status_code == 302
    mine = {"seen": seen, "jira:estimate_hours": "customfield_907"}
    assert desk.post("/start/mapping", mine).status_code == 302, "another place: both stand"
    assert [one in desk.written() for one in ("customfield_901", "customfield_907")] == [True, True]
    answer = desk.post("/start/mapping", {**mine, "jira:story_points": "customfield_902"})
    text = html.unescape(answer.text)
    assert answer.status_code == 422
    assert "Somebody has changed the configuration meanwhile" in text
    assert "holds now: customfield_901" in text
    assert '<option value="customfield_902" selected>' in text
    assert '<option value="priority" selected>' in text, "what only the other one changed"
    assert "customfield_902" not in desk.written()
    again = re.search('name="seen" value="([^"]*)"', text)
    assert again is not None
    chosen = {"seen": again[1], "jira:story_points": "customfield_902"}
    assert desk.post("/start/mapping", chosen).status_code == 302
    assert [one in desk.written() for one in ("customfield_901", "customfield_902", "priority")] == [False, True, True]


def test_the_mapping_says_that_done_means_there_what_nobody_ticked_off(desk: Desk) -> None:
    words = desk.tools.sandbox
    typed = {"url": f"{words.asana_url}/api/1.0", "auth.token": words.credentials.asana_token}
    assert desk.post("/start/connect?tool=asana", typed).status_code == 302
    desk.until("/start/pick", 'name="pick"')
    page = desk.get("/start/mapping")
    assert '<th scope="row">Done <span class="quiet">not ticked off</span></th><td>in progress</td><td class="n">0</td>' in page
    assert desk.post("/start/mapping", {"seen": desk.seen("/start/mapping")}).status_code == 302
    assert "Doing: in_progress" in desk.written()
    assert "Done:" not in desk.written()


def test_the_tools_own_words_about_a_query_stand_at_its_field(desk: Desk) -> None:
    desk.picked()
    wrong = {"seen": desk.seen("/start/tree"), "portfolio": "Growth", "query.jira": "issuetype == ((", "name.website": "Shop"}
    answer = desk.post("/start/tree", wrong)
    text = html.unescape(answer.text)
    assert answer.status_code == 422
    field = re.search(r'name="query.jira" value="issuetype == \(\(".*?aria-invalid="true".*?class="fault">(.*?)<', text, re.S)
    assert field is not None
    assert "jql" in field[1].lower()
    assert 'value="Shop"' in text


def test_a_place_that_is_not_there_is_told_at_its_field(desk: Desk) -> None:
    desk.picked()
    desk.post("/start/tree", {"seen": desk.seen("/start/tree"), "portfolio": "Growth"})
    desk.until("/start/sync", "Your first scores")
    answer = desk.post("/start/publish", {
        "seen": desk.seen("/start/publish"), "shown.website": "1", "item.website": "WEB-9999", "fields.website": "on"
    })  # fmt: skip
    assert answer.status_code == 422
    assert 'value="WEB-9999"' in answer.text
    assert 'class="fault"' in answer.text
    assert "publish" not in desk.written().partition("portfolios:")[2]


def test_an_item_is_named_by_its_address_or_its_key_in_any_case(desk: Desk) -> None:
    desk.picked()
    desk.post("/start/tree", {"seen": desk.seen("/start/tree"), "portfolio": "Growth"})
    desk.until("/start/sync", "Your first scores")
    for other in ("https://elsewhere.example/browse/WEB-1", f"{desk.jira['url']}/projects/WEB", "http://[WEB-1"):
        answer = desk.post("/start/publish", {
            "seen": desk.seen("/start/publish"), "shown.website": "1", "item.website": other, "fields.website": "on"
        })  # fmt: skip
        assert answer.status_code == 422, other
        assert "This is the address of no issue in jira. Write its key." in answer.text
        assert f'value="{other}"' in answer.text
    for typed in ("web-1", f"{desk.jira['url']}/browse/WEB-1"):
        answer = desk.post("/start/publish", {
            "seen": desk.seen("/start/publish"), "shown.website": "1", "item.website": typed, "fields.website": "on"
        })  # fmt: skip
        assert answer.status_code == 302, typed
        assert "issue: WEB-1" in desk.written().partition("portfolios:")[2]
        assert 'value="WEB-1"' in desk.get("/start/publish")


def test_a_project_that_vanished_is_told_where_it_is_read(desk: Desk) -> None:
    desk.picked()
    write_new(desk.deployment.path, desk.written().replace("project: WEB", "project: GONE"), overwrite=True)
    desk.post("/start/tree", {"seen": desk.seen("/start/tree"), "portfolio": "Growth"})
    assert "GONE" in desk.until("/start/sync", "GONE")


def test_a_connection_keeps_its_name_and_its_credential_goes_to_no_other_host(desk: Desk) -> None:
    desk.connect()
    renamed = desk.post("/connections/jira", {**desk.jira, "name": "other"})
    assert renamed.status_code == 422
    assert "A connection keeps its name" in html.unescape(renamed.text)
    moved = desk.post("/connections/jira", {**desk.jira, "name": "jira", "url": "http://localhost:1/jira", "auth.token": ""})
    assert moved.status_code == 422
    assert "enter it again" in html.unescape(moved.text)


def test_a_stale_form_of_a_connection_puts_nothing_back_that_another_admin_changed(desk: Desk) -> None:
    desk.connect()
    path, base = "/connections/jira", re.compile('name="base" value="([0-9a-f]{64})"')
    right, wrong = desk.jira["auth.email"], "old@northlight.example"
    text = desk.written()
    write_new(desk.deployment.path, text.replace(right, wrong), overwrite=True)
    form = {**desk.jira, "auth.email": wrong, "auth.token": "", "name": "jira", "base": base.findall(desk.get(path))[0]}
    write_new(desk.deployment.path, text, overwrite=True)
    assert desk.post(path, form).status_code == 200, "it changes nothing: what the other one mended stays"
    assert (right in desk.written(), wrong in desk.written()) == (True, False)
    both = desk.post(path, {**form, "auth.email": "third@northlight.example"})
    text = html.unescape(both.text)
    assert both.status_code == 422
    assert f"Changed meanwhile (by hand): it is '{right}' now" in text
    assert 'value="third@northlight.example"' in text
    assert "third@" not in desk.written()
    moved = desk.written().replace(desk.jira["url"], "http://127.0.0.1:1/jira")
    write_new(desk.deployment.path, moved, overwrite=True)
    typed = desk.post(path, {**form, "auth.token": desk.jira["auth.token"]})
    assert typed.status_code == 422
    assert "it is 'http://127.0.0.1:1/jira' now" in html.unescape(typed.text), "a credential goes to no address unseen"
    write_new(desk.deployment.path, moved.replace("http://127.0.0.1:1/jira", desk.jira["url"]), overwrite=True)
    again = {**form, "auth.email": right, "base": base.findall(desk.get(path))[0]}
    assert desk.post(path, again).status_code == 200
    lost = desk.post(path, {**again, "base": "0" * 64})
    assert (lost.status_code, "Somebody has changed the configuration meanwhile" in lost.text) == (422, True)


def test_a_connection_is_taken_out_once_nothing_needs_it(desk: Desk) -> None:
    desk.picked()
    second = {"name": "second", "auth.email": desk.jira["auth.email"].upper()}
    assert desk.connect(**second).status_code in (302, 422)
    asana = desk.tools.sandbox
    made = desk.post("/connections/new?tool=asana", {
        "url": f"{asana.asana_url}/api/1.0", "auth.token": asana.credentials.asana_token, "name": "second-asana"
    })  # fmt: skip
    assert made.location == "/connections/second-asana"
    assert "still needs it: Website" in desk.get("/connections/jira")
    assert desk.post("/connections/jira", {"do": "remove", "sure": "jira"}).status_code == 422
    assert desk.post("/connections/second-asana", {"do": "remove", "sure": "jira"}).status_code == 422
    base = re.search(r'name="base" value="([0-9a-f]{64})"', desk.get("/connections/second-asana"))
    assert base is not None
    text, stale = desk.written(), {"do": "remove", "sure": "second-asana", "base": base[1]}
    write_new(desk.deployment.path, text.replace("stored:second-asana/token", "stored:second-asana/other"), overwrite=True)
    late = desk.post("/connections/second-asana", stale)
    assert (late.status_code, "Somebody has changed the configuration meanwhile" in late.text) == (422, True)
    assert "second-asana" in desk.written()
    write_new(desk.deployment.path, text, overwrite=True)
    assert desk.post("/connections/second-asana", {"do": "remove", "sure": "second-asana"}).location == "/connections"
    late = desk.post("/connections/second-asana", {"do": "save", "url": "https://new.example", "auth.token": "hush-hush"})
    assert (late.status_code, "url: https://new.example" in late.text, "hush-hush" in late.text) == (409, True, False)
    assert "second-asana" not in desk.written()
    assert desk.deployment.current.workspace().db.tokens.names("stored:second-asana") == ()


def test_logging_in_at_the_vendor_comes_back_to_the_connection(desk: Desk) -> None:
    """The vendor's addresses are put into the file by hand: the form asks for none, they are the same for everybody."""
    login, app = f"{desk.tools.url}/oauth-asana", {"auth.client_id": CLIENT_ID, "auth.client_secret": CLIENT_SECRET}
    saved = desk.post("/start/connect?tool=asana", {"kind": "oauth2", "url": f"{login}/api/1.0", **app})
    assert saved.location.startswith("/connections/asana/login")
    addresses = f'auth_url: "{login}/-/oauth_authorize", token_url: "{login}/-/oauth_token", type: oauth2'
    write_new(desk.deployment.path, desk.written().replace("type: oauth2", addresses), overwrite=True)
    address = re.search('href="([^"]*authorize[^"]*)"', desk.get("/connections/asana/login"))
    assert address is not None
    back = httpx.get(address[1]).headers["location"]
    assert back.startswith("http://localhost/connections/back?")
    assert desk.client.get(back.removeprefix("http://localhost")).location == "/start/pick"
    assert desk.client.get("/connections/back?code=x&state=y").status_code == 409
    assert f'workspace: "{desk.tools.sandbox.asana.workspace.gid}"' in desk.written()
    assert 'name="pick"' in desk.until("/start/pick", 'name="pick"')
    assert CLIENT_SECRET not in desk.written()


def test_what_the_steps_write_is_a_configuration_that_the_commands_read(desk: Desk) -> None:
    desk.picked()
    configuration = load(desk.deployment.path, environment={})
    assert configuration.read_only
    assert [node.id for node in configuration.tree.nodes] == ["portfolio", "first-program", "website"]
