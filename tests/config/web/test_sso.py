"""Single sign-on, against a provider that can lie."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from config.web.cookies import LOGIN
from model.access import Right, Role, Scope
from service import accounts, logins
from tests.support.identity import CLIENT, SECRET, Provider, _nothing, provider
from tests.support.lodge import Lodge, lodge
from tests.support.page_client import PageClient
from tests.support.scene import Scene

ROLES = [
    {"value": "admins", "role": "admin"},
    {"value": "web-team", "role": "editor", "node": "web"},
    {"value": "staff", "role": "viewer"},
]


class _Stay(HTTPRedirectHandler):
    """Tells where a browser would be sent instead of going there."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _sent(url: str) -> str:
    """Where the provider sends a browser that comes with this address."""
    from urllib.error import HTTPError

    try:
        build_opener(_Stay).open(url, timeout=60)
    except HTTPError as answer:
        with answer:
            return answer.headers["Location"]
    raise AssertionError("the provider did not send the browser on")


@pytest.fixture(scope="module")
def acme() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def house(scene: Scene, acme: Provider) -> Iterator[Lodge]:
    """A page on which nobody has an account yet, but everybody of Acme can have one."""
    before = vars(Provider(acme.url, key=acme.key))
    for name, value in before.items():
        setattr(acme, name, value)
    scene.environment = {**scene.environment, "OIDC_SECRET": SECRET}
    oidc = {"issuer": acme.url, "client_id": CLIENT, "client_secret": "env:OIDC_SECRET", "title": "Acme", "roles": ROLES}
    scene.document |= {"login": {"oidc": oidc}}
    with lodge(scene, people={}) as made:
        yield made


def _come_back(client: PageClient, wanted: str = "/nodes/web") -> TestResponse:
    """Through the whole flow."""
    away = client.get("/login/oidc", query_string={"next": wanted})
    assert away.status_code == 302, away.text
    back = urlsplit(_sent(away.headers["Location"]))
    return client.get(f"{back.path}?{back.query}")


def test_somebody_of_the_provider_gets_in_with_the_rights_of_their_groups(house: Lodge, acme: Provider) -> None:
    client = house.browser()
    assert client.get("/").status_code == 302, "with a provider everybody has to log in, also before the first account"
    assert "Log in with Acme" in client.get("/login").text
    answer = _come_back(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/nodes/web")
    assert "ada@acme.example" in client.get("/nodes/web").text
    assert [one.rights for one in accounts.listed(house.space)] == [(Right(role=Role.VIEWER),)]
    acme.user |= {"groups": ["web-team", "others"], "email": "ada@new.example"}
    _come_back(house.browser())
    assert [one.rights for one in accounts.listed(house.space)] == [(Right(role=Role.EDITOR, node="web"),)]
    assert client.get("/nodes/launch").status_code == 404, "what changed holds for the older login, too"
    acme.user["groups"] = "admins"
    assert _come_back(client).status_code == 303
    page = client.get("/accounts/changes").text
    assert "changed rights" in page
    acme.user["groups"] = []
    assert _come_back(house.browser()).status_code == 403
    assert client.get("/").status_code == 302, "whoever has no right any more is out"


def test_a_token_lives_on_the_logins_of_its_owner_and_has_their_rights_of_the_moment(house: Lodge, acme: Provider) -> None:
    """Whoever was taken out at the provider never comes back from there: their programs end with the days that are set."""
    acme.user["groups"] = ["web-team", "staff"]
    assert _come_back(house.browser()).status_code == 303
    ada = accounts.listed(house.space)[0]
    token = logins.make_token(house.space, ada, "dashboard", scope=Scope.WRITE, node=None, days=300)

    def asked(path: str = "/api/v1/nodes/launch") -> TestResponse:
        return house.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})

    try:
        assert asked().status_code == 200
        acme.user["groups"] = ["web-team"]
        assert _come_back(house.browser()).status_code == 303
        assert (asked().status_code, asked("/api/v1/nodes/web").status_code) == (404, 200), "rights narrow at once"
        house.later = timedelta(days=29)
        assert asked("/api/v1/nodes/web").status_code == 200
        house.later = timedelta(days=30)
        refused = asked("/api/v1/nodes/web")
        assert refused.status_code == 401
        assert "has not logged in for 30 days" in refused.text
        assert acme.url in refused.text
        assert "works for 30 days after my last login" in _in(house, acme).get("/account").text
        assert asked("/api/v1/nodes/web").status_code == 200, "a login mends it"
        house.scene.document["login"]["oidc"]["token_days"] = 0.5
        house.scene.write()
        house.later += timedelta(hours=12)
        assert asked("/api/v1/nodes/web").status_code == 401
        acme.user["groups"] = []
        assert _come_back(house.browser()).status_code == 403
        assert asked("/api/v1/nodes/web").status_code == 404, "a right that was taken away is gone from its tokens"
        del house.scene.document["login"]["oidc"]
        house.scene.write()
        assert "Nobody logs in any more where the owner of this token did" in asked().text
    finally:
        house.later = timedelta()


def test_a_provider_that_a_page_gave_leads_into_no_private_network(house: Lodge, acme: Provider) -> None:
    """Neither by its own name nor by the addresses that it tells of."""
    with house.space.db.begin() as uow:
        uow.page_hosts.add(["127.0.0.1"], at=house.space.clock())
    refused = house.browser().get("/login/oidc")
    assert refused.status_code == 403
    assert "leads into a private network" in refused.text
    assert "BELLWETHER_ALLOWED_HOSTS" in refused.text


def _in(house: Lodge, acme: Provider) -> PageClient:
    client = house.browser()
    assert _come_back(client).status_code == 303
    return client


def test_a_claim_may_stand_deeper_or_with_the_user_alone(house: Lodge, acme: Provider) -> None:
    house.scene.document["login"]["oidc"]["role_claim"] = "realm_access.roles"
    house.scene.write()
    acme.user |= {"realm_access": {"roles": ["staff"]}, "groups": []}
    assert _come_back(house.browser()).status_code == 303
    acme.only_in_userinfo = ("realm_access",)
    assert _come_back(house.browser()).status_code == 303


def test_a_name_that_somebody_has_here_stays_theirs(house: Lodge, acme: Provider) -> None:
    mine = house.add("Ada@Acme.example", (Right(role=Role.ADMIN),))
    assert _come_back(house.browser()).status_code == 303
    found = accounts.listed(house.space)
    assert len(found) == 2
    assert [one.rights for one in found if one.id == mine.id] == [mine.rights]
    assert [one.rights for one in found if one.id != mine.id] == [(Right(role=Role.VIEWER),)]


def _of(**claims: object) -> Any:
    return lambda token: token.update(claims)


def _bare(subject: object) -> Any:
    """A token with a subject and no name beside it."""
    def lie(token: dict[str, Any]) -> None:
        token.pop("email")
        token["sub"] = subject

    return lie


LIES: dict[str, dict[str, Any]] = {
    "for another client": {"lie": _of(aud="another")},
    "of another issuer": {"lie": _of(iss="https://evil.example")},
    "of another login": {"lie": _of(nonce="another")},
    "without nonce": {"lie": lambda token: token.pop("nonce")},
    "out of date": {"lie": _of(exp=1)},
    "without a subject": {"lie": lambda token: token.pop("sub")},
    **{f"with the subject {told!r}": {"lie": _bare(told)} for told in ("", " \t", None, ["u1"], {})},
    "signed by nobody": {"algorithm": "none"},
    "signed by somebody else": {"signing": RSAKey.generate_key(2048, {"kid": "one"})},
    "metadata of another issuer": {"metadata": {"issuer": "https://evil.example"}},
    "no keys": {"metadata": {"jwks_uri": "ftp://nowhere"}},
}


@pytest.mark.parametrize("name", LIES)
def test_a_login_that_is_not_what_it_says_is_refused(house: Lodge, acme: Provider, name: str) -> None:
    for part, lie in LIES[name].items():
        setattr(acme, part, lie)
    client = house.browser()
    away = client.get("/login/oidc")
    if away.status_code == 302:
        back = urlsplit(_sent(away.headers["Location"]))
        away = client.get(f"{back.path}?{back.query}")
    assert away.status_code == 403, name
    assert SECRET not in away.text
    assert client.get_cookie(LOGIN) is None
    assert accounts.listed(house.space) == ()
    acme.lie = _nothing


def test_somebody_without_a_name_is_called_by_their_subject(house: Lodge, acme: Provider) -> None:
    acme.lie = _bare("u7")
    assert _come_back(house.browser()).status_code == 303
    assert [one.name for one in accounts.listed(house.space)] == ["u7"]


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(house: Lodge, acme: Provider) -> None:
    """State and PKCE: neither a code from another browser nor one that is sent twice opens anything."""
    mine, theirs = house.browser(), house.browser()
    away = mine.get("/login/oidc").headers["Location"]
    asked = parse_qs(urlsplit(away).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = urlsplit(_sent(away))
    assert theirs.get(f"{back.path}?{back.query}").status_code == 403
    assert mine.get(f"{back.path}?{back.query}").status_code == 303
    assert mine.get(f"{back.path}?{back.query}").status_code == 403
    assert mine.get("/login/oidc/back?error=access_denied&error_description=<script>").status_code == 403


def test_a_provider_that_does_not_answer_is_said_plainly(scene: Scene) -> None:
    scene.environment = {**scene.environment, "OIDC_SECRET": SECRET}
    oidc = {"issuer": "http://127.0.0.1:9", "client_id": CLIENT, "client_secret": "env:OIDC_SECRET", "roles": ROLES}
    scene.document |= {"login": {"oidc": oidc}}
    with lodge(scene) as house:
        answer = house.browser().get("/login/oidc")
        assert answer.status_code == 403
        assert "does not answer" in answer.text
        assert house.enter("viewer").get("/").status_code == 200
