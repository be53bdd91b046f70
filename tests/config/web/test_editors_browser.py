"""The editors in a real browser, with the keyboard alone: what is typed, previewed and saved."""

from collections.abc import Iterator
from typing import Any

import pytest

from app import bootstrap
from app.wsgi import create_app
from config.places import parse
from config.settings import read_settings
from service import scoring
from service.sync import sync
from tests.support.browser import Chromium, served, sideways
from tests.support.scene import Scene, no_progress

MAPPING, POLICY = "/connections/northlight-jira/mapping", "/settings/policies/default"
PAGES = (MAPPING, POLICY, "/settings/policies", "/settings/people", "/settings/versions", "/settings/file")
MOST_TABS = 400

@pytest.fixture
def url(scene: Scene) -> Iterator[str]:
    with bootstrap.workspace(scene.configuration(), read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        read = bootstrap.read_configuration
        with served(create_app(lambda: workspace, lambda: read(scene.path))) as address:
            yield address


def tab_to(page: Any, wanted: str) -> None:
    """Press Tab until the focus stands on what a selector names."""
    for _ in range(MOST_TABS):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def document(scene: Scene) -> Any:
    return parse(scene.path.read_text(), "a.yaml")[0]


def test_mapping_and_policy_with_the_keyboard_alone(url: str, scene: Scene, chromium: Chromium) -> None:
    with chromium.window(url, phone=True) as page:
        page.goto(MAPPING)
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
        page.goto(POLICY)
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
            page.goto(address)
            assert sideways(page) == 0, address
