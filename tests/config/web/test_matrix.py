"""Every route times every role: who is let in where. No view is run here, only the doors before it."""

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.wsgi import create_app
from config.web import pages
from config.web.rights import Need, Role, whole_need_of
from config.web.safety import HEADERS
from model.access import Scope
from service import jobs_by_hand
from tests.support.lodge import PEOPLE, Lodge
from tests.support.page_client import OWN, PageClient

SEEN, HIDDEN = "web", "launch"
NAMED = {"name": "northlight-jira", "connection": "northlight-jira"}
TOKENS = {"read": Scope.READ, "write": Scope.WRITE, "admin": Scope.ADMIN}
ASKING = ["nobody", *PEOPLE, *(f"token to {name}" for name in TOKENS)]
WHOLE = {"viewer": 1, "editor": 2, "admin": 3}
OF_WEB = {"viewer of web": 1, "editor of web": 2}


def _reached(**_named: object) -> Response:
    return Response("reached", 200)


@pytest.fixture
def doors(house: Lodge) -> Iterator[dict[str, tuple[PageClient, str]]]:
    """Everybody's browser (or program), and what proves their forms; behind every route stands an empty view."""
    found: dict[str, tuple[PageClient, str]] = {}
    for name in ASKING:
        client = house.enter(name)
        found[name] = (client, client.proof())
    views = dict(house.app.view_functions)
    for endpoint, view in views.items():
        house.app.view_functions[endpoint] = functools.wraps(view)(functools.partial(_reached))
    yield found
    house.app.view_functions.update(views)


def _routes(app: Flask) -> list[tuple[Rule, str]]:
    return [(rule, method) for rule in app.url_map.iter_rules() for method in sorted(rule.methods or ()) if method != "OPTIONS"]


def _address(app: Flask, rule: Rule, node: str) -> str:
    values: dict[str, Any] = {}
    for name in rule.arguments:
        kind = rule._converters[name]
        number = 1 if "Integer" in type(kind).__name__ else None
        choice = sorted(getattr(kind, "items", ()))[0] if getattr(kind, "items", None) else None
        values[name] = node if name == "node_id" else number or choice or NAMED.get(name, "x")
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def _expected(need: Need, who: str, address: str, method: str, node: str | None) -> str:
    """The cell of the matrix, by the words of docs/accounts.md."""
    api = address.startswith("/api/")
    if need.plain or need.monitored:
        return "in"  # the tests ask from this machine itself, which may monitor
    if who.startswith("token"):
        if not api:
            who = "nobody"  # a token opens the API, no page
        else:
            return "in" if TOKENS[who.removeprefix("token to ")].role >= need.role else "refused"
    if need.role is Role.ANYBODY:
        return "in"
    if who == "nobody":
        return "unknown" if api or method not in ("GET", "HEAD") else "login"
    if who in WHOLE:
        return "in" if WHOLE[who] >= need.role else "refused"
    if node == HIDDEN:
        return "hidden"
    local = node == SEEN or need.anywhere or need.role is Role.VIEWER
    return "in" if local and OF_WEB[who] >= need.role else "refused"


def _told(answer: TestResponse) -> str:
    if answer.status_code in (302, 303) and answer.headers["Location"].startswith("/login?next="):
        return "login"
    return {200: "in", 401: "unknown", 403: "refused", 404: "hidden"}[answer.status_code]


def test_every_route_lets_in_exactly_whom_it_says(house: Lodge, doors: dict[str, tuple[PageClient, str]]) -> None:
    wrong, asked = [], 0
    tokens = {f"token to {name}": house.token("admin", scope) for name, scope in TOKENS.items()}
    for rule, method in _routes(house.app):
        need = whole_need_of(house.app, rule.endpoint)
        assert need is not None, rule
        for node in (SEEN, HIDDEN) if "node_id" in rule.arguments else (None,):
            address = _address(house.app, rule, node or "")
            for who in ASKING:
                client, proof = doors[who]
                headers = {"Origin": OWN, "X-CSRFToken": proof}
                headers |= {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
                answer = client.open(address, method=method, headers=headers)
                expected, told = _expected(need, who, address, method, node), _told(answer)
                asked += 1
                if told != expected:
                    wrong.append(f"{method} {address} as {who}: {told} instead of {expected}")
                missing = [name for name in HEADERS if name not in answer.headers]
                if missing:
                    wrong.append(f"{method} {address} as {who}: without {missing}")
    assert wrong == []
    assert asked >= len(_routes(house.app)) * len(ASKING)


def test_a_form_without_the_proof_reaches_no_view(house: Lodge, doors: dict[str, tuple[PageClient, str]]) -> None:
    """Whoever asks, whatever the route: another site can't send anything in their name."""
    client, proof = doors["admin"]
    for rule, method in _routes(house.app):
        need = whole_need_of(house.app, rule.endpoint)
        if method in ("GET", "HEAD") or need is None or need.plain:
            continue
        address = _address(house.app, rule, SEEN)
        other = doors["editor"][1]
        for headers in (
            {"Origin": OWN, "X-CSRFToken": "forged"}, {"Origin": OWN, "X-CSRFToken": other},
            {"Origin": "http://elsewhere.example", "X-CSRFToken": proof}, {"Origin": "null", "X-CSRFToken": proof},
            {"X-CSRFToken": proof},
        ):  # fmt: skip
            answer = client.open(address, method=method, headers=headers)
            assert answer.status_code in (400, 403), (address, headers)
            assert answer.text != "reached"


def test_a_route_that_does_not_say_what_it_needs_is_not_served(house: Lodge) -> None:
    app = Flask("other")
    app.add_url_rule("/silent", view_func=_reached)
    with pytest.raises(TypeError, match="_reached"):
        pages.refuse_silent(app)
    silent = house.app.view_functions["pages.changes"]
    need = silent.__dict__.pop("needs")
    try:
        assert house.enter("admin").get("/accounts/changes").status_code == 403
    finally:
        silent.__dict__["needs"] = need


def test_what_is_wrong_with_the_deployment_is_told_to_whom_all_of_it_concerns(house: Lodge) -> None:
    """It names connections, people, and what a tool answered: neither for who is not logged in nor for who sees a part."""
    jobs_by_hand.pause(house.space, "northlight-jira", by="Somebody")
    anew = replace(house, app=create_app(lambda: house.space, house.scene.configuration))
    try:
        asked = {"nobody": "/login"} | dict.fromkeys(PEOPLE, "/watermelons")
        told = {who for who, address in asked.items() if "paused by Somebody" in anew.enter(who).get(address).text}
    finally:
        jobs_by_hand.resume(house.space, "northlight-jira")
    assert told == set(WHOLE)


PROGRAMS = ("/webhooks/", "/webhooks/a/b/c/d", "/healthz/", "/healthzz", "/readyzx", "/static/", "/static")
"""Addresses beside those that programs call, where no login is looked for."""
ODD = {"/nothing/here": 404, "/accounts/1/nothing": 404, "/api/v1/nothing": 404, "/static/nothing.css": 404, "/nodes/": 404,
       **dict.fromkeys(PROGRAMS, 404), "/webhooks/northlight-jira": 405}  # fmt: skip


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_is_none_says_so_with_every_header(house: Lodge, address: str) -> None:
    for who in ("nobody", "admin"):
        answer = house.enter(who).get(address)
        assert answer.status_code == ODD[address]
        assert [name for name in HEADERS if name not in answer.headers] == []
    assert house.enter("nobody").delete("/login", headers={"Origin": OWN}).status_code in (400, 405)


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/static/bellwether.css", "/webhooks/"])
def test_what_is_sent_where_nothing_takes_it_is_refused_with_every_header(house: Lodge, address: str) -> None:
    for who in ("nobody", "admin"):
        for headers in ({}, {"Origin": OWN}):
            answer = house.enter(who).post(address, data={}, headers=headers)
            assert answer.status_code in (400, 403, 404, 405)
            assert "<h1>" in answer.text
            assert [name for name in HEADERS if name not in answer.headers] == []


def test_no_page_says_of_somebody_logged_in_that_they_are_not(house: Lodge) -> None:
    for address in PROGRAMS:
        assert "Log out" in house.enter("admin").get(address).text
