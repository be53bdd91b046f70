"""From a portfolio that is off track to the issue behind it, in its tool: clicks of a mouse on real pages, counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.wsgi import create_app
from model.health import Band
from sandbox.world import Item, World
from service import scoring
from service.sync import sync
from tests.support.browser import Chromium, served, sideways
from tests.support.scene import Scene, no_progress

MOST_CLICKS = 3
PORTFOLIO = "growth"


def late(world: World) -> None:
    """All that is open should have been done five weeks ago, and the projects three."""
    for key, project in world.projects.items():
        world.projects[key] = replace(project, target=(world.now - timedelta(weeks=3)).date())
    for item in world.items.values():
        if item.due is not None:
            item.due = (world.now - timedelta(weeks=5)).date()


def broken(world: World) -> None:
    """Severe defects are found and not mended, for months."""
    for project, who in (("WEB", "bo"), ("LAUNCH", "cy")):
        for number in range(16):
            key, found = f"{project}-{200 + number}", world.now - timedelta(days=7 + 8 * number)
            world.items[key] = Item(
                key, project, "bug", f"{project} breaks {number}", found, who, "todo", assignee=who, priority="highest",
                section="To do",
            )  # fmt: skip


def overdue(item: Item) -> bool:
    return item.done_at is None and item.due is not None and item.due < date.today()


def defect(item: Item) -> bool:
    return item.done_at is None and item.kind == "bug"


@dataclass(frozen=True)
class Trouble:
    """What went wrong, the dimension that loses most by it, what its issues look like, and what the organisation weighs."""

    change: Callable[[World], None]
    dimension: str
    is_cause: Callable[[Item], bool]
    weights: dict[str, float] | None = None


TROUBLES = {
    "late": Trouble(late, "schedule", overdue),
    "broken": Trouble(broken, "quality", defect, {"quality": 70.0, "schedule": 10.0, "risk": 10.0, "scope": 10.0}),
}


@dataclass
class Mouse:
    """Somebody who only clicks, and counts."""

    page: Any
    clicks: int = 0

    def click(self, what: Any) -> None:
        self.clicks += 1
        what.click()


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_from_a_portfolio_off_track_to_the_issue_behind_it_are_three_clicks(
    chromium: Chromium, altered: Callable[[Callable[[World], None]], Scene], trouble: Trouble
) -> None:
    scene = altered(trouble.change)
    if trouble.weights:
        scene.document["policies"] = {"default": {"weights": trouble.weights}}
    with scene.workspace() as space:
        sync(space, (), full=False, progress=no_progress)
        scoring.score(space, as_of=None)
        bands = {one.id: one.band for one in scoring.latest_scores(space)}
        assert bands[PORTFOLIO] is Band.OFF_TRACK
        with served(create_app(lambda: space, scene.configuration)) as url:
            for phone in (True, False):
                with chromium.window(url, phone=phone, scripts=False) as page:
                    walk(page, scene, trouble)


def walk(page: Any, scene: Scene, trouble: Trouble) -> None:
    """Begin at the tree; click on the red portfolio, its largest loss, the first issue; end in the tool, at one to blame."""
    sandbox, mouse = scene.running.sandbox, Mouse(page)
    page.route(f"{scene.running.url}/**", lambda route: route.fulfill(body="The issue, in its tool."))
    page.goto("/")
    line = page.locator("main tr", has=page.locator(f"a[href^='/nodes/{PORTFOLIO}']")).first
    assert "off track" in line.inner_text().lower()
    mouse.click(line.locator(f"a[href^='/nodes/{PORTFOLIO}']").first)
    largest = page.locator("details.dimension").first
    assert largest.get_attribute("id") == trouble.dimension
    mouse.click(largest.locator("summary").first)
    assert sideways(page) == 0
    mouse.click(largest.locator("ul.items a").first)
    page.wait_for_url(f"{scene.running.url}/**")
    blamed = [key for key, item in sandbox.source.items.items() if trouble.is_cause(item)]
    ways = {"WEB": sandbox.browse_url, "LAUNCH": sandbox.task_url}
    assert page.url in {ways[key.partition("-")[0]](key) for key in blamed}
    assert mouse.clicks <= MOST_CLICKS
