"""The page in a real browser, wide and at phone width."""

import shutil
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from app import bootstrap
from app.wsgi import create_app
from config.settings import read_settings
from service import scoring
from service.sync import sync
from tests.support.scene import Scene, no_progress

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium")


@pytest.fixture
def url(scene: Scene) -> Iterator[str]:
    configuration = scene.configuration()
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        server = make_server("127.0.0.1", 0, create_app(lambda: workspace, scene.configuration), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_from_the_tree_to_an_issue_in_three_clicks_also_on_a_phone(url: str, scene: Scene) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 390, "height": 800})
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(url)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.click("main >> text=Website")
            page.click("details.dimension:has(ul.items) summary")
            link = page.locator("details.dimension[open] ul.items a").first
            assert str(link.get_attribute("href")).startswith(scene.running.sandbox.browse_url(""))
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert errors == []
        finally:
            browser.close()
