"""Logging in, staying logged in, and being turned away: through the page, over the whole application."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from argon2 import PasswordHasher

from config.web.cookies import LOGIN, named
from model.access import Right, Role, Scope
from model.errors import RefusedError
from service import accounts, logins
from service.passwords import Passwords
from tests.support.lodge import Lodge, lodge, post
from tests.support.page_client import OWN, PageClient
from tests.support.scene import Scene

PASSWORD = "correct horse battery staple"
MAPPING = "/connections/northlight-jira/mapping"
LASTING = logins.Lasting()


@pytest.fixture
def ada(house: Lodge) -> Iterator[str]:
    """Somebody with a password."""
    name = f"ada{len(house.people)}"
    house.add(name, (Right(role=Role.ADMIN),), PASSWORD)
    yield name
    house.later = timedelta()


def _log_in(client: PageClient, name: str, password: str = PASSWORD, **more: str) -> int:
    return post(client, "/login", {"name": name, "password": password, **more}).status_code


def _cookie(client: PageClient) -> str:
    found = client.get_cookie(LOGIN)
    return found.value if found else ""


def test_a_name_and_its_password_open_the_page_and_logging_out_closes_it(house: Lodge, ada: str) -> None:
    client = house.browser()
    assert client.get("/").headers["Location"] == "/login?next=/"
    answer = post(client, "/login", {"name": f"  {ada.upper()} ", "password": PASSWORD, "next": "/nodes/web?lens="})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/nodes/web?lens=")
    page = client.get("/nodes/web").text
    assert ada in page
    assert "Log out" in page
    held = _cookie(client)
    assert post(client, "/logout").status_code == 303
    assert client.get("/").headers["Location"] == "/login?next=/"
    client.set_cookie(LOGIN, held)
    assert client.get("/").status_code == 302, "the login itself has ended, not only the cookie"


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\t/x"])
def test_a_login_leads_nowhere_else(house: Lodge, ada: str, wanted: str) -> None:
    answer = post(house.browser(), "/login", {"name": ada, "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_and_a_name_that_nobody_has_are_told_alike(house: Lodge, ada: str) -> None:
    pages = []
    for name in (ada, "nobody at all"):
        answer = post(house.browser(), "/login", {"name": name, "password": "wrong wrong wrong"})
        assert answer.status_code == 422
        assert "wrong wrong wrong" not in answer.text
        pages.append(re.sub(r'(csrf[^>]*(content|value)=")[^"]*', "", answer.text).replace(name, "NAME"))
    assert pages[0] == pages[1]


def test_a_name_that_nobody_has_costs_the_same_work(house: Lodge, ada: str) -> None:
    """By construction: one check of one hash with the same parameters, whoever is named."""
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            checked.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    passwords = Passwords(Counting())
    passwords.fits("", None)  # the hash that stands for nobody is made once
    for name in (ada, "nobody at all", "viewer"):  # the last one has no password
        checked.clear()
        with pytest.raises(RefusedError) as refused:
            logins.log_in(house.space, name, "wrong wrong wrong", address="192.0.2.9", passwords=passwords)
        assert refused.value.reason == "wrong_login"
        assert checked == ["$argon2id$v=19$m=65536,t=3,p=4"]


class _Never(Passwords):
    """Says no without the work; counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher())
        self.asked = 0

    def fits(self, password: str, kept: str | None) -> bool:
        self.asked += 1
        return False


def _tries(house: Lodge, names: Callable[[int], str], addresses: Callable[[int], str], count: int) -> tuple[int, int]:
    """How many of so many tries were looked at, and how many were turned away before."""
    never, turned = _Never(), 0
    for number in range(count):
        with pytest.raises(RefusedError) as refused:
            logins.log_in(house.space, names(number), "x", address=addresses(number), passwords=never)
        turned += refused.value.reason == "too_many_logins"
    return never.asked, turned


def test_an_account_is_tried_so_often_and_no_more_from_wherever_and_known_or_not(house: Lodge, ada: str) -> None:
    for name in (ada, "some name that nobody has"):
        asked, turned = _tries(house, lambda _n, name=name: name, lambda n: f"198.51.100.{n}", logins.MOST_OF_A_NAME + 5)
        assert (asked, turned) == (logins.MOST_OF_A_NAME, 5)
    answer = post(house.browser(), "/login", {"name": ada, "password": PASSWORD})
    assert answer.status_code == 429, "not even with the right password"
    house.later = logins.WINDOW
    assert _log_in(house.browser(), ada) == 303


def test_an_address_tries_so_many_names_and_no_more(house: Lodge, ada: str) -> None:
    for network in ("203.0.113.7", "2001:db8:0:1::"):
        asked, turned = _tries(
            house, lambda n: f"name {n}", lambda n, base=network: base if "." in base else f"{base}{n:x}",
            logins.MOST_OF_AN_ADDRESS + 5,
        )  # fmt: skip
        assert (asked, turned) == (logins.MOST_OF_AN_ADDRESS, 5)
    assert _log_in(house.browser(), ada) == 303, "another address still may"


def test_a_login_that_succeeds_takes_its_failures_back(house: Lodge, ada: str) -> None:
    _tries(house, lambda _n: ada, lambda _n: "127.0.0.1", logins.MOST_OF_A_NAME - 1)
    assert _log_in(house.browser(), ada) == 303
    assert _tries(house, lambda _n: ada, lambda _n: "127.0.0.1", logins.MOST_OF_A_NAME)[1] == 0


def test_a_login_takes_nothing_over_that_was_there_before(house: Lodge, ada: str) -> None:
    """Whoever planted a cookie, of a login or of forms, knows nothing of what comes after."""
    client = house.browser()
    client.set_cookie(LOGIN, "planted")
    before = client.proof()
    assert _log_in(client, ada) == 303
    first = _cookie(client)
    assert first != "planted"
    assert post(client, "/account/sessions", **{"X-CSRFToken": before}).status_code == 400
    assert _log_in(client, ada) == 303
    assert _cookie(client) != first
    client.set_cookie(LOGIN, first)
    assert client.get("/").status_code == 302, "a new login in the same browser ends the old one"


def test_the_cookie_of_a_login_is_for_us_alone(house: Lodge, ada: str) -> None:
    answer = post(house.browser(), "/login", {"name": ada, "password": PASSWORD})
    for line in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Domain" not in line
        assert "Secure" not in line, "http on this machine itself"
    with house.space.db.read() as uow:
        content = SimpleCookie(next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(LOGIN)))
        found = uow.logins.session(logins.digest(content[LOGIN].value))
    assert found is not None
    assert content[LOGIN].value not in repr(found)


def test_beyond_this_machine_cookies_go_over_https_only(scene: Scene) -> None:
    scene.document |= {"public_url": "https://health.example", "login": {"hosts": ["inner.example"], "proxies": 1}}
    with lodge(scene) as house:
        for base in ("https://health.example", "http://inner.example"):
            answer = house.browser().get("/login", base_url=base)
            assert answer.status_code == 200
            for line in answer.headers.getlist("Set-Cookie"):
                assert line.startswith("__Host-")
                assert "Secure" in line
            assert "Strict-Transport-Security" in answer.headers
        assert house.browser().get("/login", base_url="https://other.example").status_code == 403
        client = house.browser()
        client.set_cookie(LOGIN, "x", domain="health.example")
        planted = client.get("/", base_url="https://health.example")
        assert planted.status_code == 302, "only the one that can't be planted counts"
        held = logins.begin(house.space, house.people["admin"].id, agent="")
        client.set_cookie(named(LOGIN, True), held, domain="health.example", secure=True)
        assert client.get("/", base_url="https://health.example").status_code == 200


@pytest.mark.parametrize(("idle", "after"), [(True, timedelta(minutes=120)), (False, timedelta(hours=12))])
def test_a_login_ends_when_it_is_not_used_and_in_any_case_in_the_end(house: Lodge, idle: bool, after: timedelta) -> None:
    client = house.enter("viewer")
    try:
        step = timedelta(minutes=100)
        while not idle and house.later + step < after:
            house.later += step
            assert client.get("/watermelons").status_code == 200, house.later
        house.later = after - timedelta(seconds=1) if not idle else house.later
        house.later = after
        assert client.get("/").status_code == 302
    finally:
        house.later = timedelta()


def test_what_was_typed_when_the_login_ran_out_is_shown_again_and_sent_once(house: Lodge, ada: str) -> None:
    client = house.browser()
    _log_in(client, ada)
    proof = client.proof()
    typed = {"do": "preview", "statuses:To Do": "in_progress", "note": "a\nb <b>", "auth.token": "hush-hush"}
    house.later = timedelta(hours=3)
    sent = client.post(MAPPING, data=typed | {"csrf_token": proof}, headers={"Origin": OWN})
    assert sent.status_code == 303
    door = client.get(sent.headers["Location"]).text
    assert "What you typed is kept" in door
    kept = re.findall(r'name="kept" value="([^"]+)"', door)[0]
    back = post(client, "/login", {"name": ada, "password": PASSWORD, "kept": kept, "next": MAPPING})
    shown = client.get(back.headers["Location"])
    assert shown.status_code == 200
    assert 'action="/connections/northlight-jira/mapping"' in shown.text
    for said in ('name="statuses:To Do" value="in_progress"', "a\nb &lt;b&gt;", 'type="password" name="auth.token"'):
        assert said in shown.text
    assert "hush-hush" not in shown.text
    again = client.post(MAPPING, data=typed, headers={"Origin": OWN})
    assert again.status_code == 200, "sent with a fresh proof it goes through"
    assert "would be read differently" in again.text
    other = house.enter("viewer")
    assert other.get(back.headers["Location"]).status_code == 404, "it is its owner's alone"
    assert post(client, f"/login/kept/{kept}/drop").status_code == 303
    assert client.get(back.headers["Location"]).status_code == 404


def test_a_form_from_before_a_login_is_shown_again_instead_of_sent(house: Lodge, ada: str) -> None:
    client = house.browser()
    _log_in(client, ada)
    old = client.proof()
    _log_in(client, ada)
    late = client.post("/login", data={"name": ada, "next": MAPPING, "csrf_token": old}, headers={"Origin": OWN})
    assert (late.status_code, "Go on" in late.text) == (400, True), "of another window"
    assert client.get(f"/login?next={MAPPING}").headers["Location"] == MAPPING
    answer = client.post(MAPPING, data={"do": "save", "statuses:To Do": "done", "csrf_token": old},
                         headers={"Origin": OWN, "X-CSRFToken": old})  # fmt: skip
    assert answer.status_code == 400
    assert 'name="statuses:To Do" value="done"' in answer.text


def test_nothing_is_kept_for_whom_nobody_knows(house: Lodge) -> None:
    client = house.browser()
    client.set_cookie(LOGIN, "made up")
    assert post(client, MAPPING, {"do": "save"}).status_code == 401


def test_the_first_account_is_made_on_the_machine_itself_and_closes_that_door(scene: Scene) -> None:
    with lodge(scene, people={}) as house:
        client = house.browser()
        assert "this machine, no login" in client.get("/").text
        assert client.get("/accounts").status_code == 200
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
        made = {"name": "Ada", "password": PASSWORD, "again": PASSWORD}
        faulty: tuple[dict[str, str], ...] = (
            {"again": "another one altogether"}, {"password": "short", "again": "short"}, {"name": " "},
        )  # fmt: skip
        for wrong in faulty:
            answer = post(client, "/accounts/first", made | wrong)
            assert answer.status_code == 422
            assert PASSWORD not in answer.text
        assert post(client, "/accounts/first", made).status_code == 303
        assert client.get("/accounts").status_code == 200
        assert house.browser().get("/").status_code == 302
        assert post(house.browser(), "/accounts/first", made).status_code == 404
        with house.space.db.read() as uow:
            assert [(one.who, one.what, one.place) for one in uow.deeds.newest(9)] == [("this machine", "added account", "Ada")]


def test_who_is_disabled_is_out_at_once_and_the_last_admin_stays(house: Lodge) -> None:
    house.add("temp", (Right(role=Role.VIEWER),))
    client, admin = house.enter("temp"), house.enter("admin")
    token = house.token("temp", Scope.READ)
    assert client.get("/").status_code == 200
    assert post(admin, f"/accounts/{house.people['temp'].id}/disable").status_code == 303
    assert client.get("/").status_code == 302
    assert logins.of_token(house.space, token, LASTING) is None
    assert post(admin, f"/accounts/{house.people['temp'].id}/enable").status_code == 303
    assert client.get("/").status_code == 302, "its logins have ended for good"
    page = admin.get("/accounts/changes").text
    assert "disabled account" in page
    assert "enabled account" in page


def test_a_token_opens_the_api_alone_and_no_more_than_its_scope(house: Lodge, ada: str) -> None:
    made = house.token("admin", Scope.READ)
    known = logins.of_token(house.space, made, LASTING)
    assert isinstance(known, logins.Known)
    assert known.rights == (Right(role=Role.VIEWER),)
    header = {"Authorization": f"Bearer {made}"}
    assert house.browser().get("/", headers=header).status_code == 302
    refused = house.browser().get("/api/v1/nothing", headers={"Authorization": "Bearer bw_wrong"})
    assert (refused.status_code, refused.content_type) == (401, "application/problem+json")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    house.later = timedelta(days=1)
    assert logins.of_token(house.space, made, LASTING) is None
    house.later = timedelta()
    for name, scope, node, days in (
        ("viewer", Scope.WRITE, None, 1), ("editor of web", Scope.WRITE, "launch", 1), ("admin", Scope.READ, None, 400),
    ):  # fmt: skip
        with pytest.raises(Exception, match=r"may not|lasts"):
            house.token(name, scope, node, days)
    below = logins.of_token(house.space, house.token("admin", Scope.WRITE, "web"), LASTING)
    assert isinstance(below, logins.Known)
    assert below.rights == (Right(role=Role.EDITOR, node="web"),)


def test_my_account_shows_logins_and_tokens_and_a_token_only_once(house: Lodge, ada: str) -> None:
    client = house.browser()
    _log_in(client, ada)
    house.enter(ada)
    made = post(client, "/account/tokens", {"name": "dashboard", "scope": "read", "days": "9"})
    token = re.findall(r"bw_[\w-]{20,}", made.text)[0]
    page = client.get("/account").text
    assert token not in page
    assert "dashboard" in page
    assert f"browser of {ada}" in page
    assert post(client, "/account/tokens", {"name": "", "scope": "read", "days": "9"}).status_code == 422
    with house.space.db.read() as uow:
        number = uow.logins.tokens(house.people[ada].id)[0].id
    assert post(client, f"/account/tokens/{number}/revoke").status_code == 303
    assert logins.of_token(house.space, token, LASTING) is None
    assert post(house.enter("viewer"), f"/account/tokens/{number}/revoke").status_code == 404
    for wrong in ("", "x", "1.5", "-1", "²", "9" * 40):
        assert post(client, "/account/sessions", {"session": wrong}).status_code == 400, wrong
    assert post(client, "/account/sessions", {"session": "0"}).status_code == 303
    assert f"browser of {ada}" in client.get("/account").text, "what names no login ends none"
    assert post(client, "/account/sessions").status_code == 303
    assert f"browser of {ada}" not in client.get("/account").text
    assert post(client, "/account/password", {"password": "wrong", "new": "n" * 20, "again": "n" * 20}).status_code == 422
    new = "another sentence of mine"
    assert post(client, "/account/password", {"password": PASSWORD, "new": new, "again": new}).status_code == 303
    assert _log_in(house.browser(), ada, new) == 303


def test_another_password_ends_the_other_logins_and_asks_what_becomes_of_tokens(house: Lodge, ada: str) -> None:
    client, other = house.browser(), house.browser()
    _log_in(client, ada)
    _log_in(other, ada)
    token, new = house.token(ada, Scope.READ), "another sentence of mine"
    form = {"password": PASSWORD, "new": new, "again": new}
    asked = post(client, "/account/password", form)
    assert asked.status_code == 422
    assert "Say what becomes of your tokens." in asked.text
    assert "<legend>My 1 token</legend>" in asked.text
    kept = post(client, "/account/password", form | {"tokens": "keep"})
    assert kept.headers["Location"] == "/account?done=password"
    assert isinstance(logins.of_token(house.space, token, LASTING), logins.Known)
    assert (client.get("/account").status_code, other.get("/account").status_code) == (200, 302)
    gone = post(client, "/account/password", {"password": new, "new": PASSWORD, "again": PASSWORD, "tokens": "revoke"})
    assert "no token opens anything any more" in client.get(gone.headers["Location"]).text
    assert logins.of_token(house.space, token, LASTING) is None
    with house.space.db.read() as uow:
        found = [(one.what, one.after) for one in uow.deeds.newest(5) if one.place == ada and "password" in one.what]
    assert found == [("changed password", "1 tokens revoked"), ("changed password", "1 tokens kept")]


def test_a_password_that_an_admin_sets_ends_everything(house: Lodge, ada: str) -> None:
    client = house.browser()
    _log_in(client, ada)
    token = house.token(ada, Scope.READ)
    number = house.people[ada].id
    answer = post(house.enter("admin"), f"/accounts/{number}/password", {"password": "a sentence of the admin"})
    assert answer.status_code == 303
    assert client.get("/").status_code == 302
    assert logins.of_token(house.space, token, LASTING) is None


def test_a_password_that_changes_while_it_is_looked_at_lets_nobody_in(house: Lodge, ada: str) -> None:
    """Neither does the old one come back as a better hash of itself."""
    number = house.people[ada].id

    class Slow(Passwords):
        def fits(self, password: str, kept: str | None) -> bool:
            accounts.set_password(house.space, number, "a sentence of the admin", by="admin")
            return True

        def is_weak(self, kept: str) -> bool:
            return True

    with pytest.raises(RefusedError):
        logins.log_in(house.space, ada, PASSWORD, address="192.0.2.8", passwords=Slow(PasswordHasher()))
    assert _log_in(house.browser(), ada, "a sentence of the admin") == 303


def test_figures_are_for_monitoring_and_admins(house: Lodge) -> None:
    assert house.browser().get("/metrics").status_code == 200
    there = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}}
    assert house.browser().get("/metrics", **there).status_code == 302
    assert house.browser().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 302
    assert house.enter("viewer").get("/metrics", **there).status_code == 403
    assert house.enter("admin").get("/metrics", **there).status_code == 200
