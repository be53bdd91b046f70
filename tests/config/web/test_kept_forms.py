"""What was sent after a login had run out: a file and a long form come back as any other field does."""

import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from model.access import Right, Role
from service import kept_forms
from tests.support.lodge import Lodge, post
from tests.support.page_client import OWN, PageClient
from tests.support.tree_desk import fields

FILE, PASSWORD = "/settings/file", "a long enough password of ours"


@pytest.fixture(scope="module")
def admin(house: Lodge) -> str:
    return house.add("importer", (Right(role=Role.ADMIN),), PASSWORD).name


@pytest.fixture
def late(house: Lodge, admin: str) -> Iterator[PageClient]:
    """A browser whose login runs out now."""
    client = house.browser()
    assert post(client, "/login", {"name": admin, "password": PASSWORD}).status_code == 303
    client.proof()
    yield client
    house.later = timedelta()


def _sent(house: Lodge, client: PageClient, typed: dict[str, object]) -> str:
    """Sent after three hours, and logged in again: the page that shows what was typed."""
    proof = client.proof()
    house.later = timedelta(hours=3)
    sent = client.post(FILE, data={"csrf_token": proof, **typed}, headers={"Origin": OWN})
    assert sent.status_code == 303
    door = client.get(sent.headers["Location"]).text
    assert "What you typed is kept" in door
    kept = re.findall(r'name="kept" value="([^"]+)"', door)[0]
    back = post(client, "/login", {"name": "importer", "password": PASSWORD, "kept": kept, "next": FILE})
    return client.get(back.headers["Location"]).text


def test_a_file_that_was_sent_too_late_is_checked_after_the_login(house: Lodge, late: PageClient) -> None:
    text = house.scene.path.read_text().replace("\n", "\r\n").replace("Zeppelin", "Zeppelin LZ")
    page = _sent(house, late, {"do": "check", "text": "", "file": (io.BytesIO(text.encode("utf-8-sig")), "b.yaml")})
    assert "Zeppelin LZ" in page
    form = re.search(rf'<form method="post" action="{FILE}">.*?</form>', page, re.S)
    assert form is not None
    found = re.search(r'<textarea name="file"[^>]*>\n(.*?)</textarea>', form[0], re.S)
    assert found is not None
    checked = post(late, FILE, fields(form[0]) | {"file": html.unescape(found[1])})
    assert checked.status_code == 200
    assert "<ins>Zeppelin LZ</ins>" in checked.text


def test_a_configuration_of_a_large_organisation_is_kept_too(house: Lodge, late: PageClient) -> None:
    comment = "# a comment of eighty characters or so, again and again and again and again\n"
    text = house.scene.path.read_text() + comment * 30_000
    assert len(text) > 2_000_000
    assert text[-400_000:] in html.unescape(_sent(house, late, {"do": "check", "text": text}))


def test_what_is_too_long_to_be_kept_is_not_given_up_without_a_word(house: Lodge, late: PageClient) -> None:
    proof = late.proof()
    house.later = timedelta(hours=3)
    typed = {"csrf_token": proof, "do": "check", "text": "x" * (kept_forms.MOST + 1)}
    told = late.post(FILE, data=typed, headers={"Origin": OWN})
    assert told.status_code == 401
    assert "too long to be kept for you. Log in in another tab" in told.text


def test_of_long_forms_few_are_kept_for_one_account(house: Lodge) -> None:
    who = house.add("eager", (Right(role=Role.VIEWER),)).id
    long = [kept_forms.keep(house.space, who, "/x", [("a", "x" * (kept_forms.LONG + 1))]) for _ in range(4)]
    with house.space.db.read() as uow:
        since = house.space.clock() - timedelta(hours=1)
        assert sum(uow.logins.kept_form(one or "", who, since=since) is not None for one in long) == kept_forms.MOST_LONG
