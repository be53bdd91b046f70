"""Two admins who enter a credential of one connection at the same time: the second one hears of the first, and decides."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.test import TestResponse

from config.web.cookies import LOGIN
from model.access import Right, Role
from model.ports import StoredToken
from sandbox.server import Running, build, start
from service import logins
from store.accounts import folded
from tests.support.first_run import begun
from tests.support.first_steps import OWN, Desk
from tests.support.page_client import PageClient
from tests.support.small_world import small_world

PATH, KEPT = "/connections/jira", "stored:jira/token"
FIELDS = re.compile(r'<input type="hidden" name="(base|[a-z_]+\.stood)" value="([^"]*)">')


@pytest.fixture
def tools() -> Iterator[Running]:
    running = start(build(small_world(datetime.now(UTC)), clock=lambda: datetime.now(UTC), speed=50.0))
    jira = running.sandbox.jira
    known = jira.credentials[running.sandbox.credentials.jira_token]
    for token in ("ada-token", "bo-token"):
        jira.credentials[f"{running.sandbox.credentials.jira_email}:{token}"] = known
    yield running
    running.stop()


@pytest.fixture
def desk(tools: Running, tmp_path: Path, migrated_sqlite: Callable[[Path], str]) -> Iterator[Desk]:
    """A deployment with Jira connected, whose admins log in."""
    migrated_sqlite(tmp_path / "bellwether.db")
    with begun(tmp_path, working=False) as deployment:
        desk = Desk(tools, deployment)
        assert desk.connect().status_code == 302
        yield desk


def _admin(desk: Desk, name: str) -> PageClient:
    """A browser in which an admin of this name is logged in."""
    space, client = desk.deployment.current.workspace(), desk.deployment.app.test_client()
    with space.db.begin() as uow:
        uow.accounts.grant(uow.accounts.add(name, at=space.clock(), password=None), (Right(role=Role.ADMIN),))
        found = uow.accounts.named(folded(name))
    assert found is not None
    assert isinstance(client, PageClient)
    client.set_cookie(LOGIN, logins.begin(space, found.account.id, agent="a browser"))
    return client


def _shown(page: str) -> dict[str, str]:
    """What the form of the connection holds beside its visible fields."""
    return dict(FIELDS.findall(page))


def _save(desk: Desk, client: PageClient, shown: dict[str, str], **typed: str) -> tuple[TestResponse, str]:
    fields = {**desk.jira, "auth.token": "", "name": "jira", "do": "save", **shown, **typed}
    answer = client.post(PATH, data=fields, headers=OWN)
    return answer, html.unescape(answer.text)


def _kept(desk: Desk) -> tuple[str, str | None]:
    token = desk.deployment.current.workspace().db.tokens.load(KEPT)
    assert token is not None
    return token.access.get_secret_value(), token.granted_by


def test_the_second_admin_is_told_who_entered_another_credential_and_when_and_saves_over_it_knowingly(desk: Desk) -> None:
    ada, bo = _admin(desk, "Ada Berg"), _admin(desk, "Bo Lund")
    seen = _shown(bo.get(PATH).text)
    assert seen["token.stood"]
    assert _save(desk, ada, _shown(ada.get(PATH).text), **{"auth.token": "ada-token"})[0].status_code == 200
    late, page = _save(desk, bo, seen, **{"auth.token": "bo-token", "url": f"{desk.jira['url']}/"})
    assert late.status_code == 422
    when = r"\d\d \w{3} \d{4} \d\d:\d\d UTC"
    assert re.search(f"Ada Berg has entered another one on {when}, while this page was open. Enter yours again", page)
    assert (f'value="{desk.jira["url"]}/"' in page, "bo-token" in page, "ada-token" in page) == (True, False, False)
    assert _kept(desk) == ("ada-token", "Ada Berg"), "nothing is written over unseen"
    over, page = _save(desk, bo, _shown(late.text), **{"auth.token": "bo-token"})
    assert (over.status_code, "Saved." in page) == (200, True)
    assert _kept(desk) == ("bo-token", "Bo Lund")
    again, _ = _save(desk, bo, _shown(over.text), **{"auth.token": "ada-token"})
    assert (again.status_code, _kept(desk)[0]) == (200, "ada-token"), "the page that was saved stands on what it saved"


def test_who_leaves_the_credential_empty_stays_with_the_one_that_another_admin_entered(desk: Desk) -> None:
    ada, bo = _admin(desk, "Ada Berg"), _admin(desk, "Bo Lund")
    seen = _shown(bo.get(PATH).text)
    assert _save(desk, ada, _shown(ada.get(PATH).text), **{"auth.token": "ada-token"})[0].status_code == 200
    assert _save(desk, bo, seen)[0].status_code == 200, "nothing was typed that could be in the way"
    late, page = _save(desk, bo, seen, **{"auth.token": "bo-token", "do": "test"})
    assert (late.status_code, "left empty, that one stays" in page) == (422, True)
    assert _save(desk, bo, _shown(late.text))[0].status_code == 200
    assert _kept(desk) == ("ada-token", "Ada Berg")


def test_a_credential_that_was_held_after_a_failed_test_is_no_way_around(desk: Desk) -> None:
    ada, bo = _admin(desk, "Ada Berg"), _admin(desk, "Bo Lund")
    failed, page = _save(desk, bo, _shown(bo.get(PATH).text), **{"auth.token": "mistyped"})
    held = re.search(r'name="held\.token" value="([^"]+)"', page)
    assert held is not None
    assert _save(desk, ada, _shown(ada.get(PATH).text), **{"auth.token": "ada-token"})[0].status_code == 200
    late, page = _save(desk, bo, _shown(failed.text), **{"held.token": held[1]})
    assert (late.status_code, "Ada Berg has entered another one" in page, "held.token" in page) == (422, True, False)
    assert desk.deployment.current.workspace().db.tokens.load(held[1]) is None


def test_a_credential_that_was_entered_while_another_one_was_tested_stays(desk: Desk) -> None:
    bo, space = _admin(desk, "Bo Lund"), desk.deployment.current.workspace()
    seen, jira = _shown(bo.get(PATH).text), desk.tools.sandbox.jira

    class Meanwhile(dict[str, str]):
        """What Jira knows; when it is asked, another admin has just been faster."""

        def get(self, key: str, default: Any = None) -> Any:
            faster = StoredToken(access=SecretStr("ada-token"), granted_at=space.clock(), granted_by="Ada Berg")
            space.db.tokens.save(KEPT, faster)
            return super().get(key, default)

    jira.credentials = Meanwhile(jira.credentials)
    late, page = _save(desk, bo, seen, **{"auth.token": "bo-token"})
    assert (late.status_code, "Ada Berg has entered another one" in page) == (422, True)
    assert _kept(desk) == ("ada-token", "Ada Berg")


def test_a_credential_that_is_entered_is_told_among_the_changes_without_itself(desk: Desk) -> None:
    ada = _admin(desk, "Ada Berg")
    assert _save(desk, ada, _shown(ada.get(PATH).text), **{"auth.token": "ada-token"})[0].status_code == 200
    page = html.unescape(ada.get("/accounts/changes").text)
    assert re.search(rf"Ada Berg.*entered credential.*{KEPT}", page, re.S)
    assert "ada-token" not in page
