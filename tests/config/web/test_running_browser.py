"""Running it in a real browser: a plan made, written and undone by keyboard, on a phone, in the dark, and what axe says."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service import jobs, setup
from service.office import Office
from service.patience import Patience
from service.presence import place_name
from tests.support.browser import Chromium, served, sideways, violations
from tests.support.jobs import work_through
from tests.support.stage import JIRA, Stage, stage

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("browser"), migrated_sqlite) as set_:
        setup.setup(set_.workspace, apply=True)
        jobs.start_up(Office(set_.workspace))
        yield set_


def _sound(page: "Page", chromium: Chromium, name: str) -> None:
    chromium.picture(page, name)
    assert violations(page) == [], name
    assert sideways(page) == 0, name


def _press(page: "Page", words: str | re.Pattern[str]) -> None:
    """A button by the keyboard alone."""
    page.get_by_role("button", name=words).first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_plan_is_made_written_and_undone_by_keyboard(played: Stage, chromium: Chromium) -> None:
    with served(played.app) as url, chromium.window(url) as page:
        page.goto("/running/plan")
        _press(page, "Make a plan")
        _sound(page, chromium, "plan-wide")
        _press(page, "Write these")
        _sound(page, chromium, "written-wide")
        page.get_by_role("link", name="it can be undone").click()
        _press(page, "Show what it would do")
        _sound(page, chromium, "undo-wide")
        _press(page, "back")
        assert page.get_by_role("heading", name="Undone").is_visible()
    with served(played.app) as url, chromium.window(url, phone=True, dark=True) as page:
        for path, name in (
            ("/running", "running"), (f"/running/connections/{JIRA}", "connection"), ("/running/jobs", "jobs"),
            ("/running/losses", "losses"), ("/running/plan", "plan"), ("/running/audit", "audit"), ("/running/undo", "undo"),
        ):  # fmt: skip
            page.goto(path)
            _sound(page, chromium, f"{name}-phone")


def test_a_page_shows_by_itself_that_a_worker_has_done_what_it_waits_for(played: Stage, chromium: Chromium) -> None:
    claim = played.workspace.db.claim(place_name("w1"))
    assert claim.held()
    try:
        with served(played.app) as url, chromium.window(url) as page:
            page.goto("/running/plan")
            _press(page, re.compile("Make a plan|Plan anew"))
            page.wait_for_selector("text=It waits for its turn")
            work_through(played.workspace)
            page.wait_for_selector("text=Made ")
    finally:
        claim.release()


def test_pages_show_by_themselves_what_a_worker_prepared(played: Stage, chromium: Chromium) -> None:
    claim = played.workspace.db.claim(place_name("w1"))
    assert claim.held()
    played.workspace.patience = Patience(around=0, split=0, report=0)
    try:
        with served(played.app) as url, chromium.window(url) as page:
            page.goto("/nodes/reach/moved")
            _press(page, "Have it split")
            page.wait_for_selector("text=It waits for its turn")
            work_through(played.workspace)
            page.wait_for_selector("text=Split for you")
            _sound(page, chromium, "moved-prepared")
            page.goto("/nodes/reach/exports?format=xlsx")
            page.get_by_label("With what caused the movement").check()
            _press(page, "Make the report")
            page.wait_for_selector("text=It waits for its turn")
            work_through(played.workspace)
            page.wait_for_selector("text=was made for you")
            _sound(page, chromium, "exports-prepared")
    finally:
        played.workspace.patience = Patience()
        claim.release()
