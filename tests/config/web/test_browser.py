"""The health pages in a real browser: wide, at phone width, in the dark, on paper, by keyboard alone."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from service.workspace import Workspace
from tests.support.browser import Chromium, served, settle, shifted, sideways, violations, watch

PLACES = {
    "home": "/",
    "search": "/search?q=we",
    "portfolio": "/nodes/growth",
    "project": "/nodes/web",
    "moved": "/nodes/growth/moved",
    "outlook": "/nodes/web/outlook",
    "outlooks": "/nodes/reach/outlook",
    "dependencies": "/nodes/reach/dependencies",
    "load": "/nodes/reach/load",
    "people": "/nodes/reach/load/people",
    "registers": "/nodes/growth/registers",
    "exports": "/nodes/web/exports",
    "override": "/nodes/web/override",
    "organisation": "/organisation",
    "watermelons": "/watermelons",
}


@pytest.fixture(scope="module")
def url(company: tuple[Workspace, FlaskClient]) -> Iterator[str]:
    with served(company[1].application) as address:
        yield address


@pytest.mark.parametrize("look", ["phone", "dark"])  # what is wide and light is asked of every page: test_every_page
def test_a_page_of_health_stands_still_fits_and_can_be_used_by_everybody(chromium: Chromium, url: str, look: str) -> None:
    faults: dict[str, object] = {}
    with chromium.window(url, phone=look == "phone", dark=look == "dark") as page:
        watch(page)
        for name, place in PLACES.items():
            page.goto(place)
            settle(page)
            found = (*violations(page), sideways(page), shifted(page))
            if found != (0, 0):
                faults[name] = found
            chromium.picture(page, f"health-{name}-{look}")
    assert faults == {}


def test_a_name_in_a_list_has_most_of_a_phones_line(chromium: Chromium, url: str) -> None:
    with chromium.window(url, phone=True) as page:
        for place in ("/", PLACES["portfolio"], "/nodes/reach"):
            page.goto(place)
            settle(page)
            name, table = (page.locator(one).first.bounding_box() for one in (".nodes tbody th", ".nodes"))
            assert name
            assert table
            assert name["width"] > 0.35 * table["width"], place


def test_a_page_stands_still_on_a_slow_phone(chromium: Chromium, url: str) -> None:
    with chromium.window(url, phone=True) as page:
        watch(page)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 20})
        for name in ("portfolio", "project"):
            page.goto(PLACES[name])
            settle(page)
            assert shifted(page) == 0, name


def test_every_page_prints_to_one_sheet(chromium: Chromium, url: str) -> None:
    with chromium.window(url) as page:
        sheets = {}
        for name, place in PLACES.items():
            page.goto(place)
            settle(page)
            sheets[name] = page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n")
    assert sheets == dict.fromkeys(PLACES, 1)


def test_the_tree_is_walked_by_keys_alone(chromium: Chromium, url: str) -> None:
    with chromium.window(url) as page:
        page.goto("/?open=")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url("**/?open=growth**")
        page.wait_for_selector("#at-growth:focus")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/nodes/reach")
        page.keyboard.press("/")
        page.keyboard.type("launch")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=launch")
        assert page.locator("#at-launch").is_visible()


def test_what_takes_long_comes_after_the_page_and_with_it_where_there_are_no_scripts(chromium: Chromium, url: str) -> None:
    with chromium.window(url) as page:
        page.goto("/nodes/web/moved")
        page.wait_for_selector("#causes")
    with chromium.window(url, scripts=False) as page:
        page.goto("/nodes/web/moved")
        page.click("text=Show it with the page")
        assert page.locator("#causes").is_visible()
