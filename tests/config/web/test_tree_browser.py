"""The tree editor in a real browser: with the keyboard alone, a row dragged once, and nothing for axe to find."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.current import Current
from app.wsgi import create_app
from config.places import parse
from config.settings import read_settings
from tests.support.browser import Chromium, served, sideways, violations
from tests.support.scene import Scene, shared

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Scene]:
    with shared(tmp_path_factory.mktemp("tree"), migrated_sqlite) as played:
        yield played


@pytest.fixture
def url(scene: Scene) -> Iterator[str]:
    scene.write()
    current = Current(scene.path, read_settings({}))
    with served(create_app(current.workspace, current.configuration)) as address:
        yield address
    current.close()


def _programs(scene: Scene) -> Any:
    return parse(scene.path.read_text(), "x")[0]["portfolios"][0]["programs"]


def _go(page: "Page", selector: str, key: str = "Enter") -> None:
    """Walk to something with the tab key alone, and press a key there."""
    wanted = page.locator(selector).first.element_handle()
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement === one", wanted):
            page.keyboard.press(key)
            return
    raise AssertionError(f"the tab key never comes to {selector}")


def _type(page: "Page", selector: str, text: str) -> None:
    _go(page, selector, "ControlOrMeta+a")
    page.keyboard.type(text)


def test_a_program_and_a_project_are_made_moved_and_dated_with_the_keyboard_and_a_row_is_dragged(
    chromium: Chromium, url: str, scene: Scene
) -> None:
    with chromium.window(url) as page:
        page.goto("/tree?in=growth")
        _type(page, "form.add input[name=name]", "Outreach")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Added.")
        page.goto("/tree?in=reach")
        _type(page, "form.add input[name=name]", "Shop")
        _type(page, "form.add input[name=value]", "WEB")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Added.")
        _go(page, "button[aria-label='Move Shop up']")
        page.wait_for_selector("text=Moved.")
        assert [one["name"] for one in _programs(scene)[0]["projects"]] == ["Website", "Shop", "Launch"]
        _go(page, "a[aria-label='Move Shop into another']")
        page.wait_for_selector("h1:has-text('Move')")
        _go(page, "select[name=into]", "O")
        _go(page, "button:has-text('Show what it does')")
        page.wait_for_selector("button:has-text('Move it')")
        _go(page, "button:has-text('Move it')")
        page.wait_for_selector("text=Moved.")
        _go(page, "th a:has-text('Shop')")
        page.wait_for_selector("legend:has-text('What it is')")
        day = (datetime.now(UTC) + timedelta(weeks=9)).date().isoformat()
        _type(page, "input[name=target_date]", day)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Nothing is saved yet")
        assert violations(page) == []
        chromium.picture(page, "tree-effect")
        _go(page, "button.main")
        page.wait_for_selector("text=Saved.")
        assert _programs(scene)[1]["projects"][0]["target_date"] == day
        page.goto("/tree?in=reach")
        page.drag_and_drop("[data-row=launch] th", "[data-row=web] th")
        page.wait_for_selector("text=Moved.")
        assert [one["name"] for one in _programs(scene)[0]["projects"]] == ["Launch", "Website"]
        page.drag_and_drop("[data-row=launch] th", "[data-into=outreach]")
        page.wait_for_selector("button:has-text('Move it')")
        chromium.picture(page, "tree-move")


def test_each_page_is_clean_for_axe_and_fits_a_phone_also_without_scripts(
    chromium: Chromium, url: str, scene: Scene
) -> None:
    pages = {
        "tree": "/tree", "level": "/tree?in=reach", "project": "/tree/web", "program": "/tree/reach", "out": "/tree/reach/out",
        "share": "/tree/web/share", "sources": "/tree-sources", "lenses": "/tree-lenses", "long": "/tree/launch/out",
    }  # fmt: skip
    launch = next(one for one in scene.document["portfolios"][0]["programs"][0]["projects"] if one["id"] == "launch")
    launch["name"] = "W" * 4000
    scene.write()
    for phone in (False, True):
        with chromium.window(url, phone=phone, dark=phone) as page:
            for name, path in pages.items():
                page.goto(path)
                assert (name, violations(page), sideways(page)) == (name, [], 0)
                chromium.picture(page, f"tree-{name}-{'phone' if phone else 'wide'}")
    launch["name"] = "Launch"
    scene.write()
    with chromium.window(url, scripts=False) as page:
        page.goto("/tree?in=reach")
        page.click("button[aria-label='Move Launch up']")
        assert "Moved." in page.inner_text("main")
