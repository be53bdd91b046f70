"""The page in a real browser, at phone width."""

from collections.abc import Iterator

import pytest

from app import bootstrap
from app.wsgi import create_app
from config.settings import read_settings
from service import scoring
from service.sync import sync
from tests.support.browser import Chromium, served, sideways
from tests.support.scene import Scene, no_progress


@pytest.fixture
def url(scene: Scene) -> Iterator[str]:
    configuration = scene.configuration()
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        with served(create_app(lambda: workspace, scene.configuration)) as address:
            yield address


def test_from_the_tree_to_an_issue_in_three_clicks_also_on_a_phone(chromium: Chromium, url: str, scene: Scene) -> None:
    with chromium.window(url, phone=True) as page:
        page.goto("/")
        assert sideways(page) == 0
        page.click("main >> text=Website")
        page.click("details.dimension:has(ul.items) summary")
        link = page.locator("details.dimension[open] ul.items a").first
        assert str(link.get_attribute("href")).startswith(scene.running.sandbox.browse_url(""))
        assert sideways(page) == 0
