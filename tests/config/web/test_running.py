"""Running it, on pages: connections, jobs, the plan and its push, the log of writes and undoing, and the line of status."""

import csv
import html
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.wsgi import create_app
from config.loader import load
from config.web.status import StatusLine
from model.events import ChangeEvent, EventKind
from model.jobs import HEAR, POLL, name_of
from model.push import Channel, Write, WriteResult
from service import deeds, jobs_by_hand, setup, status
from service.presence import place_name
from store.errands import ErrandKind
from store.hooks import Arrival
from store.pushes import Made
from tests.support.jobs import work_through
from tests.support.stage import JIRA, OWN, Stage, stage

MARKUP = "<script>alert(1)</script>"
RIGHT_TO_LEFT = "مشروع \u202eevil"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("running"), migrated_sqlite) as set_:
        setup.setup(set_.workspace, apply=True)
        yield set_


@pytest.fixture
def client(played: Stage) -> FlaskClient:
    return played.client


def _post(client: FlaskClient, path: str, **form: str) -> str:
    """Send a form as a browser does, and follow to the page that it leads to."""
    answer = client.post(path, data=form, headers=OWN, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_each_connection_tells_how_it_stands(client: FlaskClient) -> None:
    page = client.get("/running").text
    for said in (JIRA, "northlight-asana", "Last read", "Quota left", "Credential", "No worker is running"):
        assert said in page
    one = client.get(f"/running/connections/{JIRA}").text
    assert "Read it now" in one
    assert "It works" in _post(client, f"/running/connections/{JIRA}", do="check")


def test_a_connection_is_paused_on_its_page_and_the_top_of_every_page_says_so(played: Stage, client: FlaskClient) -> None:
    assert "Go on" in _post(client, f"/running/connections/{JIRA}", do="pause")
    assert status.lines(played.workspace)[0].startswith(f"{JIRA}: paused by this machine since ")
    fresh = create_app(lambda: played.workspace, lambda: load(played.scene.path, environment=played.scene.environment))
    assert f"{JIRA}: paused by this machine since" in fresh.test_client().get("/").text
    _post(client, "/running/jobs", do="resume", name=JIRA)
    assert status.lines(played.workspace) == ()


def test_reading_now_asks_for_the_job(played: Stage, client: FlaskClient) -> None:
    _post(client, f"/running/connections/{JIRA}", do="sync")
    page = client.get("/running/jobs").text
    assert name_of(POLL, JIRA) in page
    _post(client, "/running/jobs", do="drop", name=name_of(POLL, JIRA))


def test_a_plan_is_looked_through_written_as_it_is_and_undone(played: Stage, client: FlaskClient) -> None:
    plan = _post(client, "/running/plan")
    assert "Bellwether" in plan
    assert "to be written" in plan
    number = _number(played, "plan")
    done = _post(client, f"/running/plans/{number}")
    assert "it can be undone" in done
    run = next(word for word in done.replace("=", " ").replace('"', " ").split() if word.startswith("push-"))
    assert "carried out already" in client.post(f"/running/plans/{number}", headers=OWN).text
    log = client.get(f"/running/audit?run={run}").text
    assert log.count("<tr>") > 3
    _exports_the_same(client, run)
    preview = _post(client, "/running/undo", run=run)
    assert "Put these" in preview
    back = _post(client, f"/running/undo/{_number(played, 'undo_plan')}")
    assert "Undone" in back
    assert "written" in back
    assert "writes here again" in _post(client, "/running/plan")  # what was undone is left alone


def _number(played: Stage, kind: str) -> int:
    with played.workspace.db.read() as uow:
        return uow.errands.newest([ErrandKind(kind)])[0].id


def _exports_the_same(client: FlaskClient, run: str) -> None:
    answer = client.get(f"/running/audit.csv?run={run}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert {row["run"] for row in rows} == {run}
    assert {row["by"] for row in rows} == {"this machine"}
    there = client.get(f"/running/audit.csv?run={run}&separator=semicolon").text
    assert there.startswith("\ufeffat;run;by;")
    assert len(list(csv.reader(io.StringIO(there), delimiter=";"))) == len(rows) + 1


def test_a_plan_that_fits_no_longer_is_refused_and_says_what_differs(played: Stage, client: FlaskClient) -> None:
    _post(client, "/running/plan", only="web")
    number = _number(played, "plan")
    place = {"connection": JIRA, "target": f"{JIRA}:issue:WEB-9", "node": "web", "field": "score"}
    stale = [Write.model_validate({**place, "channel": Channel.FIELD, "new": 1, "why": "so"})]
    with played.workspace.db.begin() as uow:
        uow.errands.keep_writes(number, stale)
    page = html.unescape(_post(client, f"/running/plans/{number}"))
    assert "no longer fits" in page
    assert "planned nothing, now" in page


def test_where_a_worker_is_the_page_does_not_wait_for_what_it_does(played: Stage, client: FlaskClient) -> None:
    claim = played.workspace.db.claim(place_name("w1"))
    assert claim.held()
    try:
        waiting = _post(client, "/running/plan", only="web")
        assert "It waits for its turn" in waiting
        assert "Look again" in waiting
        assert work_through(played.workspace).count("done") == 1
    finally:
        claim.release()
    assert "It waits for its turn" not in client.get("/running/plan").text


BAD = {
    "/running/audit?since=yesterday": 422,
    "/running/audit.csv?since=yesterday": 422,
    "/running/audit.csv?separator=tab": 400,
    "/running/audit?result=whatever": 422,
    "/running/audit?before=x": 200,
    f"/running/audit?node={'n' * 3000}&before=99999999999999999999": 200,
    "/running/plans/999999999999999": 404,
    "/running/written/1": 404,
    "/running/undo/4711": 404,
    "/running/connections/nobody": 404,
    "/running/plan?show=nothing&after=99999999999999": 200,
}


@pytest.mark.parametrize("address", BAD, ids=lambda address: address[:60])
def test_addresses_that_lead_nowhere_say_so(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == BAD[address]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/running/jobs", {"do": "retry", "name": "no"}),
        ("/running/jobs", {"do": "retry", "name": "delivery:99999999999999999999"}),
        ("/running/jobs", {"do": "explode", "name": MARKUP}),
        ("/running/jobs", {}),
        ("/running/jobs", {"do": "pause", "name": "n" * 10_000}),
        (f"/running/connections/{JIRA}", {"do": "resume"}),
        ("/running/plan", {"only": MARKUP}),
        ("/running/plan", {"only": "n" * 10_000}),
        ("/running/undo", {}),
        ("/running/undo", {"since": "tomorrow"}),
        ("/running/undo", {"since": "9999-12-31T23:59"}),
        ("/running/undo", {"run": RIGHT_TO_LEFT}),
        ("/running/undo", {"node": "nobody"}),
    ],
)
def test_what_can_not_be_done_is_refused_on_its_page(client: FlaskClient, path: str, form: dict[str, str]) -> None:
    answer = client.post(path, data=form, headers=OWN)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text or 'class="fault"' in answer.text
    assert MARKUP not in answer.text


def test_a_connection_that_was_deleted_while_its_page_was_open_is_named(played: Stage) -> None:
    page = f"/running/connections/{JIRA}"
    without = load(played.scene.path, environment=played.scene.environment)
    kept = {name: one for name, one in without.connections.items() if name != JIRA}
    gone = replace(played.workspace, connections=("northlight-asana",))
    client = create_app(lambda: gone, lambda: replace(without, connections=kept)).test_client()
    for answer in (client.get(page), client.post(page, data={"do": "sync"}, headers=OWN)):
        assert answer.status_code == 404
        assert "any more" in answer.text


def test_what_a_tool_and_its_people_wrote_stays_text(played: Stage, client: FlaskClient) -> None:
    """Names with markup, right-to-left, ten thousand characters; a vendor's message with markup in it."""
    space = played.workspace
    now = space.clock()
    event = ChangeEvent(connection=JIRA, kind=EventKind.ITEM_CHANGED, vendor_id=MARKUP, name="jira:issue_updated")
    with space.db.begin() as uow:
        for value in (MARKUP, RIGHT_TO_LEFT, "n" * 10_000):
            write = Write(connection=JIRA, target=f"{JIRA}:issue:{value}", node="web", channel=Channel.FIELD, field="reason",
                          old=MARKUP, new=value, why=f"said {MARKUP}", result=WriteResult.WRITTEN)  # fmt: skip
            uow.pushes.record(write, Made(run="push-4000", by=MARKUP), at=now)
        uow.hooks.store_deliveries([Arrival.of(JIRA, (MARKUP,), (event,), now)])
        (waiting,) = uow.inbox.pending(JIRA)
        uow.inbox.failed(waiting.id, f"The tool said {MARKUP}.", given_up_at=now)
        uow.jobs.want(name_of(HEAR, JIRA), at=now)
    pages = [client.get("/running/audit?run=push-4000"), client.get("/running/jobs"), client.get("/running")]
    for answer in pages:
        assert answer.status_code == 200
        assert MARKUP not in answer.text
    assert html.escape(f"The tool said {MARKUP}.") in pages[1].text
    assert RIGHT_TO_LEFT in pages[0].text
    given_up = f"delivery:{waiting.id}"
    assert "1 webhook delivery was given up: a person has to look" in status.lines(space)
    assert "It was dropped." in _post(client, "/running/jobs", do="drop", name=given_up)
    assert jobs_by_hand.overview(space).given_up == ()
    (deed,) = deeds.newest(space, 1)
    assert (deed.who, deed.what, deed.place) == ("this machine", "dropped", given_up)
    assert str(deed.before).splitlines() == [f"{JIRA}:{MARKUP}", f"The tool said {MARKUP}."]


def test_what_fails_stands_first_and_once_it_is_tried_again_it_says_now(played: Stage, client: FlaskClient) -> None:
    space, tidying = played.workspace, "takes away what is needed no more"
    now = space.clock()
    with space.db.begin() as uow:
        for name in ("answers", "tidy"):
            uow.jobs.want(name, at=now)
        uow.jobs.begin("tidy", 1, at=now)
        uow.jobs.put_off("tidy", 1, at=now, due_at=now + timedelta(hours=1), failed=("full", "The disk is full."))
    text = client.get("/running/jobs").text
    assert text.index(tidying) < text.index("answers questions")
    assert "(1 time in a row)" in text
    text = _post(client, "/running/jobs", do="retry", name="tidy")
    assert "It is tried as soon as a worker is free." in text
    assert '<td class="next">now</td>' in text.split(tidying)[1]
    assert "times in a row" not in text
    with space.db.begin() as uow:
        uow.jobs.remove("tidy")
        uow.jobs.remove("answers")


def test_the_status_line_is_read_once_for_all_pages_of_a_few_seconds(played: Stage) -> None:
    moment, asked = [0.0], [0]

    def workspace() -> object:
        asked[0] += 1
        return played.workspace

    line = StatusLine(elapsed_s=lambda: moment[0])
    for _ in range(3):
        line.lines(workspace)  # type: ignore[arg-type]
    moment[0] = 6.0
    line.lines(workspace)  # type: ignore[arg-type]
    assert asked[0] == 2


def test_a_tool_that_asked_to_come_back_later_is_named_with_until_when_and_why(played: Stage) -> None:
    space = played.workspace
    until = space.clock() + timedelta(hours=1)
    space.db.limits.announce("quota", JIRA, capacity=100, window_s=3600.0)
    space.db.limits.pause("quota", until)
    space.db.limits.pause(JIRA, until)
    (line,) = status.lines(space)
    assert line.startswith(f"{JIRA}: paused until ")
    assert line.endswith("(hourly quota)")
    assert "hourly quota" in played.client.get("/running").text
