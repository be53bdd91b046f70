"""Every page that a route answers with, in a real browser: it stands still, fits, has its headers, says nothing on the
console, and axe finds nothing.

A new route is opened by itself; what stands in its path is named in ``PARTS``, or made in ``lived_in``.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.routing import Rule

from config.web.cookies import LOGIN
from config.web.rights import whole_need_of
from config.web.safety import HEADERS
from tests.support.browser import PHONE, WIDE, Chromium, served, settle, shifted, sideways, violations, watch
from tests.support.first_run import begun
from tests.support.lived_in import LENS, WHO, LivedIn, lived_in
from tests.support.stage import JIRA

if TYPE_CHECKING:
    from playwright.sync_api import Page

PARTS: Mapping[str, str] = {"name": JIRA, "entry": "web", "node_id": "web"}
"""What stands for a part of a path."""
OTHERWISE: Mapping[str, str] = {
    "pages.choose": "growth", "pages.policy": "default", "pages.tree_lens": LENS, "pages.what_budgets_buy": "growth",
}  # fmt: skip
"""What stands for it in the path of one route alone."""
BESIDE = (
    "/search?q=we", "/tree?in=reach", "/tree/reach", "/nodes/growth", "/nodes/growth/moved", "/nodes/growth/registers",
    "/nodes/reach", "/nodes/reach/dependencies", "/nodes/reach/load", "/nodes/reach/load/people", "/nodes/reach/outlook",
)  # fmt: skip
"""Pages that look another way on another level, or when they are asked for something."""
NOBODYS = frozenset({"pages.login"})
"""Pages of who is not logged in."""
WITHIN: Mapping[str, str] = {"pages.moved_split": "pages.moved", "pages.registers_body": "pages.node_registers"}
"""What is no page of its own, and by which page it is asked for."""
NONE: Mapping[str, str] = {
    "pages.first": "only before there is an account: see the test of it",
    "pages.start": "leads to the step that is next",
    "pages.log_in": "sends the browser to the vendor",
    "pages.came_back": "comes from the vendor, with a code",
    "pages.go_elsewhere": "sends the browser to the login elsewhere",
    "pages.come_back": "comes from the login elsewhere",
    "pages.prepared_file": "a file that a job made",
}
"""Routes that answer with no page here, and why."""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[LivedIn]:
    with lived_in(tmp_path_factory.mktemp("used"), migrated_sqlite) as found:
        yield found


def _routes(app: Flask) -> Iterator[Rule]:
    """Those that may answer a browser with a page: neither the API's nor those that only carry files and figures."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        need = whole_need_of(app, rule.endpoint)
        assert need is not None, rule
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("api.") and not need.plain:
            yield rule


def _address(used: LivedIn, rule: Rule) -> str:
    """The one address of a route."""
    ids = {**OTHERWISE, **used.ids}
    values = {name: ids.get(rule.endpoint) or PARTS.get(name, "1") for name in rule.arguments}
    adapter = used.lodge.app.url_map.bind("localhost")
    return adapter.build(rule.endpoint, {name: int(one) if one.isdigit() else one for name, one in values.items()})


def _pages(used: LivedIn) -> Iterator[tuple[str, str]]:
    """Route and address of every page, as what answers with a page when it is asked says it is one."""
    client, nobody = used.lodge.enter(WHO), used.lodge.browser()
    for rule in _routes(used.lodge.app):
        if rule.endpoint in NONE:
            continue
        address = _address(used, rule)
        answer = (nobody if rule.endpoint in NOBODYS else client).get(address)
        assert answer.status_code == 200, f"{rule.endpoint}: say which address it has, {address} answers {answer.status}"
        whole = answer.text.startswith("<!doctype html>") if answer.mimetype == "text/html" else None
        assert whole is not False or rule.endpoint in WITHIN, f"{rule.endpoint}: is no whole page"
        if whole:
            yield rule.endpoint, address
    yield from ((one, one) for one in BESIDE)


def _wrong(page: "Page", address: str) -> list[object]:
    """What is wrong with a page."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.ok, address
    settle(page)
    found: list[object] = [f"without {name}" for name in HEADERS if name.lower() not in answer.headers]
    found += [f"moved by {shifted(page)}"] if shifted(page) else []
    return found + _fits(page) + violations(page)


def _on_a_phone(page: "Page") -> list[object]:
    """What is wrong with the same page on a phone in the dark: its width, and its colours."""
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    found = _fits(page) + violations(page, "color-contrast")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    return [f"on a phone in the dark: {one}" for one in found]


def _fits(page: "Page") -> list[object]:
    return [f"{sideways(page)} pixels too wide"] if sideways(page) else []


def test_every_page_is_sound(chromium: Chromium, used: LivedIn) -> None:
    cookie = used.lodge.enter(WHO).get_cookie(LOGIN)
    assert cookie is not None
    wrong: dict[str, list[object]] = {}
    seen = set()
    with served(used.lodge.app) as url, chromium.window(url) as page:
        watch(page)
        login = {"name": LOGIN, "value": cookie.value, "url": url}
        for endpoint, address in sorted(_pages(used), key=lambda one: one[0] not in NOBODYS):
            if endpoint not in NOBODYS:
                page.context.add_cookies([login])  # type: ignore[list-item]
            wrong[address] = _wrong(page, address)
            chromium.picture(page, f"page-{endpoint.removeprefix('pages.').strip('/').replace('/', '-')}")
            wrong[address] += _on_a_phone(page)
            seen.add(endpoint)
    assert {address: found for address, found in wrong.items() if found} == {}
    assert {*WITHIN.values(), *NOBODYS} - seen == set()


def test_the_page_of_the_first_account_is_sound(
    chromium: Chromium, tmp_path: Path, migrated_sqlite: Callable[[Path], str]
) -> None:
    migrated_sqlite(tmp_path / "bellwether.db")
    with begun(tmp_path, working=False) as deployment, served(deployment.app) as url, chromium.window(url) as page:
        watch(page)
        assert _wrong(page, "/accounts/first") == []


def test_what_is_no_page_is_a_route_that_answers_with_none(used: LivedIn) -> None:
    rules = {rule.endpoint: rule for rule in _routes(used.lodge.app)}
    client = used.lodge.enter(WHO)
    assert set(NONE) | set(WITHIN) | set(OTHERWISE) | NOBODYS <= rules.keys(), "named here, and no more there"
    assert [one for one in NONE if client.get(_address(used, rules[one])).status_code == 200] == []
