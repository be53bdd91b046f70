"""Every page there is, as somebody sees it: nothing of nodes that are not theirs, and no secret for anybody."""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.cli.demo import SANDBOX_SECRETS
from config.web.rights import whole_need_of
from model.access import Right, Role, Scope
from service import logins
from tests.support.lodge import Lodge, post
from tests.support.page_client import PageClient

NAMED = {"name": "northlight-jira", "connection": "northlight-jira"}
PASSWORD = "a password that is looked for"
HIDDEN = ("Hoarding", "Quarry", "Zeppelin")
"""What the nodes are called that somebody with a right on "web" alone does not see."""


def _addresses(app: Flask, node: str, account: int) -> Iterator[str]:
    """Every address of a page or of the API that answers to GET, with values that are there where we know some."""
    for rule in app.url_map.iter_rules():
        need = whole_need_of(app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or need is None or need.plain or rule.endpoint == "pages.come_back":
            continue
        values: dict[str, Any] = {}
        for name in rule.arguments:
            number = account if "Integer" in type(rule._converters[name]).__name__ else None
            values[name] = node if name == "node_id" else number or NAMED.get(name, "x")
        yield app.url_map.bind("localhost").build(rule.endpoint, values)


def _walk(house: Lodge, client: PageClient, node: str, **headers: str) -> Iterator[tuple[str, TestResponse]]:
    account = house.people["admin"].id
    for address in _addresses(house.app, node, account):
        for query in ("", "?format=json", "?lens=kind"):
            if not query or "report" in address or address == "/":
                yield address + query, client.get(address + query, headers=headers)


def test_a_reader_of_one_node_finds_no_other_on_any_page(house: Lodge) -> None:
    seen, leaks = set(), set()
    for who in ("viewer of web", "editor of web"):
        client = house.enter(who)
        for node in ("web", "launch", "reach"):
            for address, answer in _walk(house, client, node):
                leaks |= {(who, address, name) for name in HIDDEN if name in answer.text}
                seen |= {address} if answer.status_code == 200 else set()
    assert sorted(leaks) == []
    assert {"/", "/nodes/web", "/watermelons", "/nodes/web/registers", "/nodes/web/report"} <= seen
    assert "Website" in house.enter("viewer of web").get("/").text


def test_no_page_breaks_at_numbers_and_days_that_nothing_has(house: Lodge) -> None:
    """Vast ones, none, and those before all: as parts of addresses and in every query that takes one."""
    client, vast = house.enter("admin"), "9" * 30
    asked = "&".join(f"{name}={vast}" for name in ("page", "before", "after", "days", "beside", "made"))
    first, last = ("&".join(f"{name}={day}" for name in ("since", "until", "by")) for day in ("0001-01-01", "9999-12-31"))
    queries = (f"{asked}&{first}", f"page=-1&before=x&after=&days=1.5&{last}")
    broken = set()
    for rule in house.app.url_map.iter_rules():
        need = whole_need_of(house.app, rule.endpoint)
        if need is None or need.plain or rule.rule.startswith("/api/"):
            continue
        path = rule.rule.replace("<node_id>", "web").replace("<name>", NAMED["name"])
        path = re.sub(r"<any\((\w+).*?>", r"\1", re.sub(r"<int:\w+>", vast, path))
        path = re.sub(r"<\w+>", "x", path)
        if "POST" in (rule.methods or ()) and vast in path and post(client, path).status_code >= 500:
            broken.add(f"POST {path}")
        if "GET" in (rule.methods or ()):
            broken |= {f"{path}?{query}" for query in queries if client.get(f"{path}?{query}").status_code >= 500}
    assert broken == set()


def test_no_page_shows_a_secret_to_anybody(house: Lodge) -> None:
    house.add("walker", (Right(role=Role.ADMIN),), PASSWORD)
    client = house.enter("walker")
    token = house.token("walker", Scope.ADMIN)
    assert post(client, "/accounts", {"name": "x", "password": PASSWORD, "role": "nonsense"}).status_code == 422
    with house.space.db.read() as uow:
        credential = uow.accounts.named("walker")
    assert credential is not None
    cookie = client.get_cookie("bellwether-login")
    assert cookie is not None
    secrets = {*SANDBOX_SECRETS.values(), PASSWORD, token, cookie.value, credential.password or "", "argon2id"}
    for client_, headers in ((client, {}), (house.browser(), {"Authorization": f"Bearer {token}"})):
        for address, answer in _walk(house, client_, "web", **headers):
            assert answer.status_code < 500, address
            found = [one for one in secrets if one in answer.text]
            assert found == [], (address, found)
            told = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
            assert not [one for one in secrets - {cookie.value} if one in told], address


def test_the_menu_leads_nowhere_where_one_may_not_go(house: Lodge) -> None:
    import re

    for who in ("viewer", "viewer of web", "editor of web", "editor", "admin"):
        client = house.enter(who)
        menu = client.get("/").text.split('aria-label="Pages"')[1].split("</nav>")[0]
        entries = re.findall(r'href="([^"]+)"', menu)
        assert "/" in entries
        assert ("/accounts" in entries) == (who == "admin")
        assert [one for one in entries if client.get(one).status_code != 200] == [], who


NAMES = ("Ada Berg", "Bo Lund", "Cy Holm")


@pytest.mark.parametrize(("people", "shown"), [("named", True), ("aggregate", False)])
def test_people_are_named_to_roles_that_may_see_them_and_only_where_the_policy_says_so(
    house: Lodge, people: str, shown: bool
) -> None:
    policies = dict(house.space.policies)
    try:
        house.space.policies = {name: one.model_copy(update={"people": people}) for name, one in policies.items()}
        page = {who: house.enter(who).get("/nodes/web/load/people").text for who in ("viewer", "editor", "editor of web")}
    finally:
        house.space.policies = policies
    found = {who: any(name in text for name in NAMES) for who, text in page.items()}
    assert found == {"viewer": False, "editor": shown, "editor of web": shown}


def test_every_change_is_noted_with_who_and_what_it_was(house: Lodge) -> None:
    before = house.scene.path.read_text()
    admin = house.enter("admin")
    try:
        sent = {"do": "preview", "statuses:To Do": "in_progress"}
        assert post(admin, "/connections/northlight-jira/mapping", sent).status_code == 200
        with house.space.db.read() as uow:
            assert not [one for one in uow.deeds.newest(50) if one.place.endswith("/mapping")], "a preview changes nothing"
        assert post(admin, "/connections/northlight-jira/mapping", sent | {"do": "save"}).status_code == 303
    finally:
        house.scene.path.write_text(before)
    with house.space.db.read() as uow:
        deed = uow.deeds.newest(1)[0]
    assert (deed.who, deed.what, deed.place) == ("admin", "mapping", "/connections/northlight-jira/mapping")
    assert "in_progress" in (deed.after or "")
    page = admin.get("/accounts/changes").text
    assert "in_progress" in page


def test_no_two_files_of_pages_give_templates_something_else_under_one_name(house: Lodge) -> None:
    """What is given to templates is one pool for all pages: who is registered last would take the others' words away."""
    given: dict[str, set[str]] = {}
    with house.app.test_request_context("/"):
        house.app.preprocess_request()
        for giver in house.app.template_context_processors[None]:
            for name in house.app.ensure_sync(giver)():
                given.setdefault(name, set()).add(f"{giver.__module__}.{giver.__qualname__}")
    assert {"moment", "menu", "tabs"} <= set(given)
    assert {name: sorted(by) for name, by in given.items() if len(by) > 1} == {}


def test_every_entry_of_the_menu_has_one_name_that_its_page_begins_with(house: Lodge) -> None:
    import re

    client = house.enter("admin")
    menu = client.get("/").text.split('aria-label="Pages"')[1].split("</nav>")[0]
    entries = re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', menu)
    titles = [title for _, title in entries]
    assert sorted(titles) == sorted(set(titles))
    heads = {path: re.findall(r"<h1[^>]*>([^<]+)", client.get(path).text) for path, _ in entries}
    assert [(path, title, heads[path]) for path, title in entries if not heads[path][0].startswith(title)] == []


def test_a_reader_is_offered_no_settings_on_the_first_page(house: Lodge) -> None:
    assert "/mapping" not in house.enter("viewer").get("/").text
    assert "/connections/northlight-jira/mapping" in house.enter("admin").get("/").text


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_days_of_accounts_and_tokens_are_those_of_the_deployments_zone(house: Lodge, zone: str) -> None:
    """One of the two zones has another day than UTC, whatever the time is."""
    house.token("admin", Scope.READ)
    made = logins.tokens(house.space, house.people["admin"].id)[0]
    before = house.scene.path.read_text()
    try:
        house.scene.path.write_text(f"timezone: {zone}\n{before}")
        client = house.enter("admin")
        pages = client.get("/account").text, client.get("/accounts").text
    finally:
        house.scene.path.write_text(before)
    for page, at in zip(pages, (made.until, house.people["admin"].made_at), strict=True):
        assert f'<td class="day">{at.astimezone(ZoneInfo(zone)):%d %b %Y}</td>' in page
