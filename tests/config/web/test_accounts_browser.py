"""Logins in a real browser: by keyboard alone, on a phone, in the dark, and what axe says of each page."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from model.access import Right, Role, Scope
from tests.support.browser import Chromium, served, settle, sideways, violations
from tests.support.lodge import PEOPLE, Lodge

if TYPE_CHECKING:
    from playwright.sync_api import Page

POLICY = "/settings/policies/default"
MENU = "nav[aria-label=Pages]"
MAY = {
    "/": ("viewer", "editor", "admin", "viewer of web"), "/running/plan": ("editor", "admin"),
    "/tree": ("admin",), "/running": ("admin",), "/accounts": ("admin",),
}  # fmt: skip
"""Who finds which pages in the navigation."""
PASSWORD = "correct horse battery staple"


def _type_in(page: "Page", name: str) -> None:
    """Log in with the keyboard alone."""
    page.focus("input[name=name]")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _sound(page: "Page", chromium: Chromium, name: str) -> None:
    chromium.picture(page, name)
    assert violations(page) == [], name
    assert sideways(page) == 0, name


def test_an_admin_uses_the_pages_of_accounts(house: Lodge, chromium: Chromium) -> None:
    house.add("Grace Hopper", (Right(role=Role.ADMIN),), PASSWORD)
    house.token("Grace Hopper", Scope.READ)
    here = house.people["editor of web"].id
    with served(house.app) as url:
        for phone, dark in ((False, False), (True, True)):
            kind = "phone" if phone else "wide"
            with chromium.window(url, phone=phone, dark=dark) as page:
                page.goto("/accounts")
                _sound(page, chromium, f"login-{kind}")
                _type_in(page, "Grace Hopper")
                assert page.url == f"{url}/accounts"
                for path, name in (
                    ("/accounts", "accounts"), (f"/accounts/{here}", "account"), ("/account", "me"),
                    ("/accounts/changes", "deeds"),
                ):  # fmt: skip
                    page.goto(path)
                    if not dark:
                        _sound(page, chromium, f"{name}-{kind}")
                    assert sideways(page) == 0, name
                page.goto("/accounts")
                page.fill("input[name=name]", "Somebody")
                page.fill("input[name=password]", "short")
                page.click("button.main")
                assert page.input_value("input[name=name]") == "Somebody"
                assert page.get_attribute("input[name=password]", "aria-invalid") == "true"
                _sound(page, chromium, f"fault-{kind}")
                page.goto("/")
                _sound(page, chromium, f"home-{kind}")
                page.click("text=Log out")
                assert page.url == f"{url}/login"


@pytest.mark.parametrize("who", ["viewer", "editor", "admin", "viewer of web"])
def test_each_role_opens_its_pages_from_the_navigation(house: Lodge, chromium: Chromium, who: str) -> None:
    house.add(f"Rosa, {who}", PEOPLE[who], PASSWORD)
    with served(house.app) as url, chromium.window(url) as page:
        page.goto("/")
        _type_in(page, f"Rosa, {who}")
        entries = [str(one.get_attribute("href")) for one in page.locator(f"{MENU} a").all()]
        assert {path: path in entries for path in MAY} == {path: who in some for path, some in MAY.items()}
        faults: dict[str, object] = {}
        for path in entries:
            part = page.locator(f"{MENU} details", has=page.locator(f"a[href='{path}']"))
            part.locator("summary").click()
            with page.expect_navigation():
                part.locator(f"a[href='{path}']").click()
            settle(page)
            found = (*violations(page), sideways(page))
            if found != (0,):
                faults[path] = found
        assert faults == {}
        page.goto("/nodes/web")
        assert page.is_visible("text=Set the band by hand") == (who in ("editor", "admin"))
        page.click("text=Log out")
        assert page.url == f"{url}/login"


def test_a_login_that_ran_out_in_mid_form_loses_nothing(house: Lodge, chromium: Chromium) -> None:
    house.add("Katherine", (Right(role=Role.ADMIN),), PASSWORD)
    try:
        with served(house.app) as url, chromium.window(url) as page:
            page.goto("/accounts")
            _type_in(page, "Katherine")
            page.fill("input[name=name]", "Dorothy Vaughan")
            page.fill("input[name=password]", PASSWORD)
            page.select_option("select[name=role]", "editor")
            house.later = timedelta(hours=3)
            page.click("button.main")
            assert "What you typed is kept" in page.content()
            _type_in(page, "Katherine")
            assert page.input_value("input[name=name]") == "Dorothy Vaughan"
            assert page.input_value("input[name=role]") == "editor"
            assert page.input_value("input[name=password]") == "", "secrets are typed again"
            _sound(page, chromium, "kept-wide")
            page.fill("input[name=password]", PASSWORD)
            page.click("button.main")
            assert page.url == f"{url}/accounts?done=added"
            assert "Dorothy Vaughan" in page.content()
    finally:
        house.later = timedelta()


def test_a_long_form_goes_on_in_its_own_page_after_a_login_also_in_a_second_window(house: Lodge, chromium: Chromium) -> None:
    house.add("Ada Lovelace", (Right(role=Role.ADMIN),), PASSWORD)
    try:
        with served(house.app) as url, chromium.window(url) as page:
            page.goto(POLICY)
            _type_in(page, "Ada Lovelace")
            page.fill("[name='weight:risk']", "19")
            page.uncheck("[name='required:schedule']")
            other = page.context.new_page()
            other.goto("/tree/web")
            other.fill("input[name=sponsor]", "Grace")
            house.later = timedelta(hours=3)
            assert page.context.request.get(POLICY, headers={"HX-Request": "true"}).status == 401, "asked by a page itself"
            for window, button in ((page, "[value=save]"), (other, "button.main")):
                window.click(button)
                assert "What you typed is kept" in window.content()
            _type_in(page, "Ada Lovelace")
            _sound(page, chromium, "kept-long")
            page.click("text=Go on in its form")
            assert page.input_value("[name='weight:risk']") == "19"
            assert not page.is_checked("[name='required:schedule']")
            other.reload()
            other.click("text=Go on in its form")
            assert other.input_value("input[name=sponsor]") == "Grace"
    finally:
        house.later = timedelta()
