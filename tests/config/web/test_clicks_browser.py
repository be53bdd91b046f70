"""A form that is sent by two clicks is sent once, in a real browser."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import Chromium, served
from tests.support.lodge import Lodge

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _click_twice(page: "Page", button: str) -> None:
    """Two clicks so far apart that the first request is on its way."""
    page.evaluate("b => { const e = document.querySelector(b); e.click(); setTimeout(() => e.click(), 200); }", button)


@pytest.fixture
def slow(house: Lodge, monkeypatch: pytest.MonkeyPatch) -> Lodge:
    """The house, which takes its time for what it is sent."""
    answer = house.app.wsgi_app

    def late(environ: dict[str, Any], start: Any) -> Any:
        time.sleep(1.0 if environ["REQUEST_METHOD"] == "POST" else 0.0)
        return answer(environ, start)

    monkeypatch.setattr(house.app, "wsgi_app", late)
    return house


def test_a_second_click_sends_nothing_again(slow: Lodge, chromium: Chromium) -> None:
    until = f"{slow.space.clock() + timedelta(days=5):%Y-%m-%d}"
    admin = slow.enter("admin")
    cookie = admin.get_cookie("bellwether-login")
    assert cookie is not None
    sent: list[str] = []
    with served(slow.app) as url, chromium.window(url) as page:
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.goto("/accounts")
        page.fill("input[name=name]", "Twice Clicked")
        page.fill("input[name=password]", "correct horse battery staple")
        _click_twice(page, "button.main")
        page.wait_for_url("**/accounts?done=added")
        page.goto("/nodes/web/override")
        page.check("input[value=AT_RISK]")
        page.fill("input[name=until]", until)
        page.fill("textarea[name=reason]", "the vendor is late")
        _click_twice(page, "button[value=set]")
        page.wait_for_url("**/nodes/web")
        assert [one.removeprefix(url) for one in sent] == ["/accounts", "/nodes/web/override"]
        page.goto("/nodes/web/override")
        _click_twice(page, "button[value=clear]")
        page.wait_for_url("**/nodes/web")
        assert "the vendor is late" not in page.content()
