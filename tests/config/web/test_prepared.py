"""What takes too long for a page is prepared for whoever asks: the exact split of a movement, files of reports."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from model.access import Right, Role
from service import movement, preparing
from service.movement import Span
from service.patience import Patience
from service.presence import place_name
from service.workspace import local_day
from store.errands import ErrandState
from store.prepared import DocumentKind
from tests.support.jobs import work_through
from tests.support.lodge import Lodge, post
from tests.support.page_client import PageClient


@pytest.fixture
def large(house: Lodge) -> Iterator[Lodge]:
    """The pages of an organisation that is too large for anything to be waited for."""
    house.space.patience = Patience(around=0, split=0, report=0)
    yield house
    house.space.patience = Patience()
    with house.space.db.begin() as uow:
        uow.prepared.forget_everything()


@pytest.fixture
def worker(large: Lodge) -> Iterator[None]:
    claim = large.space.db.claim(place_name("w1"))
    assert claim.held()
    yield
    claim.release()


def _span(large: Lodge) -> Span:
    today = local_day(large.space)
    return Span(today - timedelta(days=20), today)


def _asked(large: Lodge) -> dict[str, str]:
    span = _span(large)
    return {"since": span.since.isoformat(), "until": span.until.isoformat()}


def _number(client: PageClient, node: str, **asked: str) -> str:
    """Have a file made by a form; the number under which it is."""
    answer = post(client, f"/nodes/{node}/exports", asked)
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"]).text
    return re.findall(rf"/nodes/{node}/documents/(\d+)", page)[0]


@pytest.mark.usefixtures("worker")
def test_a_split_is_asked_for_waited_for_and_shown(large: Lodge) -> None:
    viewer, asked = large.enter("viewer"), _asked(large)
    query = "&".join(f"{name}={day}" for name, day in asked.items())
    assert "Have it split" in viewer.get(f"/nodes/reach/moved?{query}").text
    answer = post(viewer, "/nodes/reach/moved", asked)
    assert answer.headers["Location"] == f"/nodes/reach/moved?{query}"
    waiting = viewer.get(f"/nodes/reach/moved?{query}").text
    assert "It waits for its turn" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "Have it split" not in waiting
    assert "Have it split" in large.enter("editor").get(f"/nodes/reach/moved?{query}").text, "it is not theirs"
    work_through(large.space)
    part = viewer.get(f"/nodes/reach/moved/split?{query}").text
    assert "hx-get" not in part
    assert part.strip() in viewer.get(f"/nodes/reach/moved?{query}").text
    shown = movement.split(large.space, "reach", _span(large))
    assert shown.causes
    found = re.findall(r'<td class="n">([^<]+)</td><th scope="row">([^<]+)</th>', part)
    assert [cause for _, cause in found] == [cause.words for cause in shown.causes]


@pytest.mark.usefixtures("worker")
def test_what_would_be_split_is_told_in_good_words(large: Lodge) -> None:
    """Of a project nothing below it, and nowhere "1 projects"."""
    admin, told = large.enter("admin"), {"web": "reads the project at both moments", "growth": "each of the 2 projects below"}
    for node, words in told.items():
        address = f"/nodes/{node}/moved"
        assert words in admin.get(address).text
        assert ("or go down to what moved most" in admin.get(address).text) == (node == "growth")
        assert post(admin, address, _asked(large)).status_code == 303
        span = "&".join(f"{name}={day}" for name, day in _asked(large).items())
        assert words.removeprefix("reads ").removesuffix(" at both moments") in admin.get(f"{address}?{span}").text
        assert "1 projects" not in admin.get(address).text


def test_a_split_of_days_that_do_not_fit_is_not_begun(large: Lodge) -> None:
    viewer, today = large.enter("viewer"), local_day(large.space).isoformat()
    assert post(viewer, "/nodes/web/moved", {"since": today, "until": today}).status_code == 409
    assert post(large.enter("viewer of web"), "/nodes/launch/moved", _asked(large)).status_code == 404
    with large.space.db.read() as uow:
        assert uow.prepared.first_ended_at() is None


@pytest.mark.usefixtures("worker")
def test_a_split_that_failed_says_why_and_can_be_asked_for_again(large: Lodge) -> None:
    viewer, asked = large.enter("viewer"), _asked(large)
    post(viewer, "/nodes/web/moved", asked)
    with large.space.db.begin() as uow:
        (number,) = (one.id for one in uow.prepared.same(DocumentKind.SPLIT, "web", asked | {"lens": None}))
        uow.prepared.refuse(number, ErrandState.FAILED, "The disk is <full>.", at=large.space.clock())
    page = viewer.get(f"/nodes/web/moved?since={asked['since']}&until={asked['until']}").text
    assert "The disk is &lt;full&gt;." in page
    assert "Have it split" in page


def test_a_file_is_made_and_is_the_one_that_a_smaller_organisation_gets_at_once(large: Lodge) -> None:
    editor = large.enter("editor")
    asked = {"format": "csv", "language": "de", "days": "9", "separator": "semicolon"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    sent = editor.get(f"/nodes/reach/report?{query}")
    assert sent.status_code == 303
    page = editor.get(sent.headers["Location"]).text
    assert '<option value="csv" selected>' in page
    assert 'name="days" value="9"' in page
    number = _number(editor, "reach", **asked)
    packed = editor.get(f"/nodes/reach/documents/{number}", headers={"Accept-Encoding": "gzip"})
    plain = editor.get(f"/nodes/reach/documents/{number}")
    large.space.patience = Patience()
    at_once = editor.get(f"/nodes/reach/report?{query}")
    assert (at_once.status_code, at_once.headers["Content-Disposition"]) == (200, plain.headers["Content-Disposition"])
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_type == plain.content_type == at_once.content_type
    moments = rb"\d{4}-\d\d-\d\dT[^;]*"
    assert re.sub(moments, b"", plain.data) == re.sub(moments, b"", at_once.data)
    assert post(editor, "/nodes/reach/exports", asked).headers["Location"].startswith("/nodes/reach/report?")


@pytest.mark.parametrize("kind", ["html", "md"])
@pytest.mark.usefixtures("worker")
def test_a_report_with_the_causes_of_its_movement_is_made_by_a_worker(large: Lodge, kind: str) -> None:
    viewer = large.enter("viewer")
    assert 'name="causes"' in viewer.get("/nodes/reach/exports").text
    asked = {"format": kind, "days": "20", "causes": "yes"}
    sent = viewer.get("/nodes/reach/report", query_string=asked)
    assert sent.headers["Location"].endswith("&causes=yes"), "nobody waits for it"
    answer = post(viewer, "/nodes/reach/exports", asked)
    waiting = viewer.get(answer.headers["Location"]).text
    assert "The file is being made" in waiting
    assert re.search(r'name="causes" value="yes" checked', waiting)
    work_through(large.space)
    (number,) = re.findall(r"/nodes/reach/documents/(\d+)", viewer.get(answer.headers["Location"]).text)
    made = viewer.get(f"/nodes/reach/documents/{number}")
    assert (made.status_code, made.headers["Content-Disposition"]) == (200, f'attachment; filename="reach.{kind}"')


def test_where_there_is_nothing_to_wait_for_no_report_is_asked_for_with_causes(large: Lodge) -> None:
    viewer = large.enter("viewer")
    large.space.patience = Patience()
    assert 'name="causes"' not in viewer.get("/nodes/reach/exports").text
    assert viewer.get("/nodes/reach/report", query_string={"causes": "yes"}).status_code == 200


@pytest.mark.parametrize("kind", ["html", "md"])
def test_what_is_to_be_read_comes_at_once(large: Lodge, kind: str) -> None:
    viewer = large.enter("viewer")
    answer = post(viewer, "/nodes/reach/exports", {"format": kind, "days": "8"})
    assert answer.headers["Location"] == f"/nodes/reach/report?format={kind}&language=en&days=8&separator=comma"
    assert viewer.get(answer.headers["Location"]).status_code == 200


def test_a_document_is_for_whoever_asked_for_it_and_for_admins(large: Lodge) -> None:
    number = _number(large.enter("viewer of web"), "web", format="xlsx")
    allowed = {
        who: large.enter(who).get(f"/nodes/web/documents/{number}").status_code
        for who in ("viewer of web", "viewer", "editor", "editor of web", "admin")
    }  # fmt: skip
    assert allowed == {"viewer of web": 200, "viewer": 404, "editor": 404, "editor of web": 404, "admin": 200}
    assert large.enter("admin").get(f"/nodes/reach/documents/{number}").status_code == 404, "it is of another node"
    assert large.enter("admin").get("/nodes/web/documents/2147483647").status_code == 404


def test_rights_that_were_taken_since_count_when_a_document_is_read(large: Lodge) -> None:
    rights = {
        "names": (Right(role=Role.EDITOR),), "none": (Right(role=Role.VIEWER),), "web": (Right(role=Role.EDITOR, node="web"),),
    }  # fmt: skip
    account = large.add("mover", rights["names"])
    client = large.enter("mover")
    number = _number(client, "launch", format="json")
    found = {}
    for what, held in rights.items():
        with large.space.db.begin() as uow:
            uow.accounts.grant(account.id, held)
        found[what] = client.get(f"/nodes/launch/documents/{number}").status_code
    assert found == {"names": 200, "none": 404, "web": 404}
    with large.space.db.read() as uow:
        assert preparing.one(large.space, int(number)) is not None
