"""What no program waits for: asked for with POST, prepared, read by its number."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.web.api.blueprint import ROOT
from service import preparing
from service.documents import instant
from service.patience import Patience
from service.prepared_kinds import SplitOf
from service.presence import place_name
from service.workspace import local_day
from tests.support.jobs import work_through
from tests.support.stage import Stage, stage

REACH = f"{ROOT}/nodes/reach"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("documents"), migrated_sqlite) as set_:
        yield set_


@pytest.fixture
def client(played: Stage) -> Iterator[FlaskClient]:
    """A program that calls an organisation too large for anything to be waited for."""
    played.workspace.patience = Patience(around=0, split=0, report=0)
    yield played.app.test_client(use_cookies=False)
    played.workspace.patience = Patience()
    with played.workspace.db.begin() as uow:
        uow.prepared.forget_everything()


def _moments(played: Stage) -> dict[str, str]:
    now = played.workspace.clock()
    return {"since": instant(now - timedelta(days=20)), "until": instant(now - timedelta(hours=1)), "language": "fr"}


def _problem(client: FlaskClient, path: str, status: int, **headers: str) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json or {}


def test_a_change_is_prepared_and_is_the_one_that_is_told_at_once_elsewhere(played: Stage, client: FlaskClient) -> None:
    asked = _moments(played)
    refused = client.get(f"{REACH}/change", query_string=asked)
    assert (refused.status_code, refused.json["reason"]) == (409, "takes_long")
    assert "POST /nodes/reach/changes" in refused.json["fix"]
    made = client.post(f"{REACH}/changes", json=asked)
    assert (made.status_code, made.json["state"]) == (202, "done")
    assert made.headers["Location"] == f"{ROOT}/documents/{made.json['id']}"
    played.workspace.patience = Patience()
    at_once = client.get(f"{REACH}/change", query_string=asked)
    told = client.get(made.headers["Location"])
    assert told.json["change"] == at_once.json
    assert told.json == made.json
    assert client.get(told.json["file"]).data == at_once.data
    again = client.get(made.headers["Location"], headers={"If-None-Match": told.headers["ETag"]})
    assert again.status_code == 304


def test_a_change_of_moments_that_do_not_fit_is_refused_at_once(played: Stage, client: FlaskClient) -> None:
    asked = _moments(played)
    for wrong in ({"since": asked["until"], "until": asked["since"]}, {"until": "2999-01-01T00:00:00Z"}):
        assert client.post(f"{REACH}/changes", json=wrong).status_code == 409
        assert client.get(f"{REACH}/change", query_string=wrong).json["reason"] != "takes_long"


BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {"json": "application/json", "csv": "text/csv", "xlsx": BOOK}


@pytest.mark.parametrize("kind", FILES)
def test_a_report_with_every_line_is_prepared(client: FlaskClient, kind: str) -> None:
    refused = client.get(f"{REACH}/report", headers={"Accept": FILES[kind]})
    assert (refused.status_code, refused.json["reason"]) == (409, "takes_long")
    made = client.post(f"{REACH}/reports", json={"format": kind, "days": 30}).json
    assert made["change"] is None
    file = client.get(made["file"])
    assert file.content_type.partition(";")[0] == FILES[kind]
    assert f"reach.{kind}" in file.headers["Content-Disposition"]
    assert len(file.data) > 500


def test_a_whole_number_of_days_is_one_however_json_writes_it(client: FlaskClient) -> None:
    assert client.post(f"{REACH}/reports", json={"format": "csv", "days": 31.0}).status_code == 202
    assert client.post(f"{REACH}/reports", json={"format": "csv", "days": 31.5}).status_code == 422


def test_a_report_that_is_to_be_read_comes_at_once(client: FlaskClient) -> None:
    for kind in ("text/html", "text/markdown"):
        assert client.get(f"{REACH}/report", headers={"Accept": kind}).status_code == 200


def test_a_document_tells_how_it_stands_until_it_is_done(played: Stage, client: FlaskClient) -> None:
    claim = played.workspace.db.claim(place_name("w1"))
    assert claim.held()
    try:
        made = client.post(f"{REACH}/reports", json={}).json
        assert (made["state"], made["file"], made["media_type"]) == ("waiting", None, None)
        assert _problem(client, f"{ROOT}/documents/{made['id']}/file", 409)["reason"] == "not_done"
        assert client.post(f"{REACH}/reports", json={}).json["id"] == made["id"]
        work_through(played.workspace)
        assert client.get(f"{ROOT}/documents/{made['id']}").json["state"] == "done"
    finally:
        claim.release()


def test_there_is_no_document_of_another_number_nor_one_that_a_page_shows(played: Stage, client: FlaskClient) -> None:
    today = local_day(played.workspace)
    split = preparing.ask(played.workspace, "web", SplitOf(since=today - timedelta(days=9), until=today), by="this machine")
    for number in (split, 424242):
        for end in ("", "/file"):
            assert _problem(client, f"{ROOT}/documents/{number}{end}", 404)["reason"] == "no_document"
    assert client.post(f"{ROOT}/nodes/nobody/changes", json={}).status_code == 404
