"""A pytest plugin: the system's Chromium, one for a whole session, and a new window of it for each test.

    def test_something(chromium: Chromium) -> None:
        with chromium.window(url, phone=True) as page:
            page.goto("/")

Whatever a page writes on the console as an error fails the test, and so does a script that breaks. Without a browser the
test is skipped, and says so. Pictures (``chromium.picture``) are kept in $BELLWETHER_PICTURES, else in a folder of the
session's own that pytest keeps for the last three runs.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 800}
ABSENT = "no chromium on this machine: apt-get install chromium"
PICTURES = "BELLWETHER_PICTURES"
SHIFT = """
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => { window.shifted += one.value; }))
  .observe({type: "layout-shift", buffered: true});
"""


@dataclass(frozen=True)
class Chromium:
    """One running browser. ``pictures``: where ``picture`` puts them."""

    browser: "Browser"
    pictures: Path

    @contextmanager
    def window(self, url: str, *, phone: bool = False, scripts: bool = True, dark: bool = False) -> Iterator["Page"]:
        """A page of a context of its own over the pages at ``url``. Raises AssertionError for errors on its console.

        Answers of 422 are no error: forms that fail are meant to.
        """
        context = self.browser.new_context(
            base_url=url, viewport=PHONE if phone else WIDE, java_script_enabled=scripts,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        context.set_default_timeout(90_000)
        faults = Faults()
        page = context.new_page()
        page.on("pageerror", lambda error: faults.told.append(str(error)))
        page.on("console", faults.hear)
        try:
            yield page
            assert faults.told == []
        finally:
            context.close()

    def picture(self, page: "Page", name: str) -> Path:
        """Keep a picture of the whole page as ``name``.png."""
        path = self.pictures / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path


@dataclass
class Faults:
    """What a page complained of."""

    told: list[str] = field(default_factory=list)

    def hear(self, message: Any) -> None:
        if message.type == "error" and "status of 422" not in message.text:
            self.told.append(f"{message.text} at {message.location['url']}")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The browser of this session."""
    if PROGRAM is None:
        pytest.skip(ABSENT)
    from playwright.sync_api import sync_playwright

    given = os.environ.get(PICTURES)
    pictures = Path(given) if given else tmp_path_factory.mktemp("pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield Chromium(browser, pictures)
        browser.close()


@contextmanager
def served(app: "Flask") -> Iterator[str]:
    """An app on a free port of this machine: its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settle(page: "Page") -> None:
    """Wait until what a page fetches by itself is there, and was painted."""
    page.wait_for_selector(".pending, .htmx-request", state="detached")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def violations(page: "Page", *rules: str) -> list[str]:
    """What axe finds wrong on a page, by all its rules or by some: a line each, the rule and the first place."""
    from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]

    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    # Of what axe tells, only the violations come over to us: the rest is the larger part, and slow to carry.
    found = page.evaluate("(options) => axe.run(options).then((told) => told.violations)", options)
    return [f"{one['id']}: {one['help']} at {one['nodes'][0]['target']}" for one in found]


def watch(page: "Page") -> None:
    """Have each page from now on add up by how much its parts moved while it came."""
    page.add_init_script(SHIFT)


def shifted(page: "Page") -> float:
    """The score of layout shift of a page that is watched: three decimals, as in the field."""
    return round(float(page.evaluate("window.shifted")), 3)


def sideways(page: "Page") -> int:
    """How many pixels the page is wider than its window: 0, or it has to be moved sideways to be read."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider
