"""The editors in a real browser, with the keyboard alone: what is typed, previewed and saved, and what axe finds."""

import shutil
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from werkzeug.serving import make_server

from app import bootstrap
from app.wsgi import create_app
from config.places import parse
from config.settings import read_settings
from service import scoring
from service.sync import sync
from tests.support.scene import Scene, no_progress

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
MAPPING, POLICY = "/connections/northlight-jira/mapping", "/settings/policies/default"
PAGES = (MAPPING, POLICY, "/settings/policies", "/settings/people", "/settings/versions", "/settings/file")
MOST_TABS = 400

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium")


@pytest.fixture
def url(scene: Scene) -> Iterator[str]:
    with bootstrap.workspace(scene.configuration(), read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        read = bootstrap.read_configuration
        server = make_server("127.0.0.1", 0, create_app(lambda: workspace, lambda: read(scene.path)), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def tab_to(page: Any, wanted: str) -> None:
    """Press Tab until the focus stands on what a selector names."""
    for _ in range(MOST_TABS):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def document(scene: Scene) -> Any:
    return parse(scene.path.read_text(), "a.yaml")[0]


def test_mapping_and_policy_with_the_keyboard_alone(url: str, scene: Scene) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 390, "height": 800})
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(url + MAPPING)
            tab_to(page, "select[aria-label^='Read To Do']")
            page.keyboard.type("done")
            tab_to(page, "button[value=preview]")
            page.keyboard.press("Enter")
            assert "would be read differently" in page.inner_text("#preview")
            assert "the tool says todo" in page.inner_text("table.words")
            tab_to(page, "input[name=why]")
            page.keyboard.type("nobody moves cards")
            tab_to(page, "button[value=save]")
            page.keyboard.press("Enter")
            page.wait_for_selector("text=Saved.")
            assert "done" in document(scene)["mapping"]["northlight-jira"]["statuses"].values()
            page.goto(url + POLICY)
            tab_to(page, "[name=on_track]")
            page.keyboard.type("99")
            tab_to(page, "[name=at_risk]")
            page.keyboard.type("98")
            tab_to(page, "button[value=preview]")
            page.keyboard.press("Enter")
            assert "Off track" in page.inner_text("section[aria-labelledby=would]")
            tab_to(page, "button[value=save]")
            page.keyboard.press("Enter")
            page.wait_for_selector("text=Saved.")
            assert document(scene)["policies"]["default"]["on_track"] == 99
            for address in PAGES:
                page.goto(url + address)
                assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
            assert errors == []
        finally:
            browser.close()


@pytest.mark.skipif(find_spec("axe_playwright_python") is None, reason="axe-playwright-python is not installed")
def test_axe_finds_nothing_on_the_editors(url: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-not-found, unused-ignore]
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_context(bypass_csp=True).new_page()
            for address in PAGES:
                page.goto(url + address)
                assert Axe().run(page).response["violations"] == [], address
        finally:
            browser.close()
