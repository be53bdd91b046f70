"""Two at once, beside the configuration: rights of an account, a band set by hand; nobody overwrites the unseen."""

import html
import re
from datetime import timedelta

from tests.support.lodge import Lodge, post
from tests.support.page_client import PageClient


def _form(client: PageClient, path: str, words: str) -> dict[str, list[str]]:
    """The hidden fields and the named button of the form that says something, as its page gave them."""
    found = next(one for one in re.findall(r"<form.*?</form>", client.get(path).text, re.S) if words in html.unescape(one))
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>|<button name[^>]*>', found):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        assert name is not None
        assert value is not None
        if name[1] != "csrf_token":
            fields.setdefault(name[1], []).append(html.unescape(value[1]))
    return fields


def test_a_right_that_is_taken_away_is_the_one_that_was_meant(house: Lodge) -> None:
    admin, account = house.enter("admin"), house.add("Bo Lund", ())
    page = f"/accounts/{account.id}"

    def may() -> list[str]:
        return re.findall(r"<li>(.*?) <form|<li>(.*?) </li>", admin.get(page).text)

    for role, node in (("viewer", "web"), ("editor", "launch")):
        assert post(admin, f"{page}/rights", {"role": role, "node": node}).status_code == 303
    take, give = _form(admin, page, "Take away: viewer on web"), _form(admin, page, "Give a right")
    assert post(admin, f"{page}/rights", {"role": "viewer", "node": "growth"}).status_code == 303, "before both of them"
    assert post(admin, f"{page}/rights", take).status_code == 303
    assert [one or other for one, other in may()] == ["viewer on growth", "editor on launch"]
    gone = post(admin, f"{page}/rights", take)
    assert gone.status_code == 409
    assert "has the right 'viewer on web' no more" in html.unescape(gone.text)
    assert [one or other for one, other in may()] == ["viewer on growth", "editor on launch"]
    lower = post(admin, f"{page}/rights", {**give, "role": "editor", "node": "growth"})
    assert lower.status_code == 409
    assert "gave Bo Lund 'viewer on growth' meanwhile" in html.unescape(lower.text)
    assert 'value="growth"' in lower.text, "what was typed"
    again = {**_form(admin, page, "Give a right"), "role": "editor", "node": "growth"}
    assert post(admin, f"{page}/rights", again).status_code == 303
    assert [one or other for one, other in may()] == ["editor on growth", "editor on launch"]


def test_a_band_that_somebody_else_set_meanwhile_is_neither_replaced_nor_cleared_unseen(house: Lodge) -> None:
    page = "/nodes/web/override"
    one, other = house.enter("editor"), house.enter("editor of web")
    until = f"{house.space.clock() + timedelta(days=5):%Y-%m-%d}"
    mine = {"band": "AT_RISK", "reason": "the vendor is late", "until": until, "do": "set"}
    first = _form(one, page, "Last day")
    assert post(other, page, {**mine, **_form(other, page, "Last day"), "reason": "the board said so"}).status_code == 303
    wrong = post(one, page, {**mine, **first, "until": "soon"})
    assert wrong.status_code == 422
    assert 'name="seen" value=""' in wrong.text, "a fault is no look at what the others did"
    late = post(one, page, {**mine, **first})
    text = html.unescape(late.text)
    assert late.status_code == 409
    assert "editor of web</bdi> set the band while this page was open" in text
    assert ("the board said so" in text, "the vendor is late</textarea>" in text) == (True, True)
    cleared = {"do": "clear", **_form(other, page, "Clear it")}
    seen = re.findall(r'name="seen" value="([^"]+)"', late.text)
    assert post(one, page, {**mine, "seen": seen[-1]}).status_code == 303
    stale = post(other, page, cleared)
    assert stale.status_code == 409
    assert "editor</bdi> set the band while this page was open" in html.unescape(stale.text)
    assert "the vendor is late" in one.get("/nodes/web").text
    again, replace = _form(one, page, "Clear it"), _form(other, page, "Last day")
    assert post(one, page, again).status_code == 303
    gone = post(other, page, {**mine, **replace})
    assert gone.status_code == 409
    assert "editor</bdi> cleared the band on" in html.unescape(gone.text)
    assert "Band set by hand" not in one.get("/nodes/web").text
