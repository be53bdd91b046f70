"""The API over the small company: shapes, ETags, pages, problems, and a plan that is written and undone."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from app.wsgi import create_app
from config.export import LEFT_OUT, as_yaml, without_secrets
from config.loader import load
from config.web.api.blueprint import ROOT, endpoints
from config.web.rights import Role
from model.health import Band
from model.jobs import POLL, name_of
from model.push import Channel, Write, WriteResult
from service import overrides, setup
from store.pushes import Made
from tests.support.stage import JIRA, Stage, stage

SCHEMAS = Path(__file__).parents[4].parent / "shared" / "design" / "schemas"
DAY = "2099-12-31"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("api"), migrated_sqlite) as set_:
        setup.setup(set_.workspace, apply=True)
        yield set_


@pytest.fixture
def client(played: Stage) -> FlaskClient:
    return played.app.test_client(use_cookies=False)  # a program, no browser


def _get(client: FlaskClient, path: str, **headers: str) -> Any:
    answer = client.get(f"{ROOT}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def _send(client: FlaskClient, method: str, path: str, body: object = None, **headers: str) -> Any:
    return client.open(f"{ROOT}{path}", method=method, json=body, headers=headers)


def test_the_tree_is_read_level_by_level_and_page_by_page(client: FlaskClient) -> None:
    (top,) = _get(client, "/nodes")["nodes"]
    (program,) = _get(client, f"/nodes?parent={top['id']}")["nodes"]
    first = _get(client, f"/nodes?parent={program['id']}&limit=1")
    second = _get(client, f"/nodes?parent={program['id']}&limit=1&cursor={first['next']}")
    assert [first["nodes"][0]["id"], second["nodes"][0]["id"]] == ["web", "launch"]
    assert second["next"] is None
    assert (program["children"], first["nodes"][0]["parent"]) == (2, program["id"])
    assert [one["id"] for one in _get(client, "/nodes/web")["path"]] == [top["id"], program["id"]]
    assert client.get(f"{ROOT}/nodes?cursor=nobody").status_code == 404


def test_a_receipt_and_writes_have_the_shapes_that_others_read(played: Stage, client: FlaskClient) -> None:
    if not SCHEMAS.exists():
        pytest.skip(f"{SCHEMAS} is not there: the shapes of the contract can't be held against the answers")
    receipts = [_get(client, f"/nodes/{node.id}/receipt") for node in played.workspace.tree.nodes]
    whole = {"as_of": receipts[0]["as_of"], "known_at": receipts[0]["known_at"], "policy": "p", "nodes": receipts}
    _send(client, "POST", "/plans", {})
    for name, document in (("rollup", whole), ("writes", {"writes": _get(client, "/plan?limit=200")["writes"]})):
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []


def test_what_is_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    answer = client.get(f"{ROOT}/nodes/web/receipt")
    again = client.get(f"{ROOT}/nodes/web/receipt", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(f"{ROOT}/nodes/launch/receipt", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


def test_what_was_changed_since_is_a_problem_for_who_wants_what_they_have(client: FlaskClient) -> None:
    tag = client.get(f"{ROOT}/nodes/web/receipt").headers["ETag"]
    for method in ("GET", "HEAD"):
        assert _send(client, method, "/nodes/web/receipt", **{"If-Match": tag}).status_code == 200
        other = _send(client, method, "/nodes/web/receipt", **{"If-Match": '"another"'})
        assert (other.status_code, other.content_type) == (412, "application/problem+json")
    held = _send(client, "GET", "/nodes/web/receipt", **{"If-Match": tag, "If-None-Match": tag})
    assert (held.status_code, held.data) == (304, b"")
    described = _get(client, "/openapi.json")["paths"]["/nodes/{node_id}/receipt"]["get"]
    assert "412" in described["responses"]


def test_a_body_is_json_in_utf_8_whose_keys_stand_in_it_once(client: FlaskClient) -> None:
    good = json.dumps({"band": "AT_RISK", "reason": "late", "until": DAY})
    twice = good.replace("{", '{"until": "2099-01-01", ')
    for sent, status in ((twice.encode(), 422), (good.encode("utf-16"), 400), (good.encode("utf-8-sig"), 400)):
        answer = client.put(f"{ROOT}/nodes/web/override", data=sent, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert _get(client, "/nodes/web/override")["override"] is None


def test_of_two_who_decide_at_once_the_second_is_told(played: Stage, client: FlaskClient) -> None:
    path = "/nodes/web/override"
    seen = client.get(f"{ROOT}{path}").headers["ETag"]
    mine = {"band": "AT_RISK", "reason": "The vendor is late.", "until": DAY}
    first = _send(client, "PUT", path, mine, **{"If-Match": seen})
    second = _send(client, "PUT", path, {**mine, "band": "OFF_TRACK"}, **{"If-Match": seen})
    assert (first.status_code, second.status_code) == (200, 412)
    assert first.json["override"]["band"] == "AT_RISK"
    assert _get(client, "/overrides")["overrides"][0]["reason"] == mine["reason"]
    with played.workspace.db.read() as uow:
        assert "web" in {mark.node for mark in uow.dirty.pending()}
    assert _send(client, "PUT", path, {**mine, "until": "2001-01-01"}).status_code == 409
    assert _send(client, "DELETE", path).json["override"] is None
    assert _send(client, "DELETE", path).status_code == 404
    assert overrides.standing(played.workspace, "web") == ()


def test_of_many_who_decide_at_the_same_moment_one_does(played: Stage) -> None:
    """Each has seen the state that stands when all of them send, so the first look alone lets every one of them through."""
    path, rounds = "/nodes/launch/override", 5
    for _ in range(rounds):
        clients = [played.app.test_client(use_cookies=False) for _ in range(4)]
        seen = clients[0].get(f"{ROOT}{path}").headers["ETag"]
        together = threading.Barrier(len(clients))

        def send(client: FlaskClient, seen: str = seen, together: threading.Barrier = together) -> int:
            together.wait()
            wanted = {"band": "AT_RISK", "reason": "The vendor is late.", "until": DAY}
            return int(_send(client, "PUT", path, wanted, **{"If-Match": seen}).status_code)

        with ThreadPoolExecutor(len(clients)) as pool:
            assert sorted(pool.map(send, clients)) == [200, 412, 412, 412]
    assert _send(clients[0], "DELETE", path).status_code == 200


def test_a_plan_is_written_and_undone_by_a_program(played: Stage, client: FlaskClient) -> None:
    made = _send(client, "POST", "/plans", {"only": ["web"]})
    assert (made.status_code, made.json["state"]) == (202, "done")
    assert made.headers["Location"] == f"{ROOT}/errands/{made.json['id']}"
    assert {write["node"] for write in made.json["writes"]} == {"web"}
    pushed = _send(client, "POST", f"/plans/{made.json['id']}/push")
    assert pushed.json["counts"]["written"] > 0
    assert _send(client, "POST", f"/plans/{made.json['id']}/push").status_code == 409
    run = _get(client, "/audit?result=written&channel=field")["writes"][0]["run"]
    preview = _send(client, "POST", "/undos", {"run": run}).json
    assert {write["result"] for write in preview["writes"]} == {"planned"}
    undone = _send(client, "POST", f"/undos/{preview['id']}/apply")
    assert undone.json["counts"] == {"written": len(preview["writes"])}
    assert _send(client, "POST", f"/undos/{made.json['id']}/apply").status_code == 409
    assert _send(client, "POST", "/undos", {}).status_code == 409


def test_the_log_comes_in_pages_that_hold_each_line_once(played: Stage, client: FlaskClient) -> None:
    write = Write(connection=JIRA, target=f"{JIRA}:issue:WEB-7", node="web", channel=Channel.FIELD, why="", new=1,
                  result=WriteResult.WRITTEN)  # fmt: skip
    with played.workspace.db.begin() as uow:
        for number in range(7):
            uow.pushes.record(write.model_copy(update={"new": number}), Made(run="push-7000"), at=played.workspace.clock())
    found: list[int] = []
    path: str | None = "/audit?run=push-7000&limit=3"
    while path:
        page = _get(client, path)
        found += [one["new"] for one in page["writes"]]
        path = f"/audit?run=push-7000&limit=3&cursor={page['next']}" if page["next"] else None
    assert found == [6, 5, 4, 3, 2, 1, 0]


def test_connections_and_jobs_are_read_and_asked_for(client: FlaskClient) -> None:
    assert _get(client, "/connections")["connections"][0]["name"] == JIRA
    job = name_of(POLL, JIRA)
    asked = _send(client, "POST", f"/connections/{JIRA}/sync")
    assert (asked.status_code, asked.headers["Location"]) == (202, f"{ROOT}/jobs/{job}")
    assert _get(client, f"/jobs/{job}")["state"] == "waiting"
    assert _send(client, "POST", f"/lanes/{JIRA}/pause").status_code == 200
    assert _get(client, f"/connections/{JIRA}")["paused"]["by"]
    assert _send(client, "POST", f"/lanes/{JIRA}/resume").status_code == 200
    assert _send(client, "POST", f"/jobs/{job}/drop").status_code == 200
    assert _get(client, f"/jobs/{job}")["state"] == "idle"
    assert _send(client, "POST", "/rollup").json == {"job": "rollup"}


def test_what_moved_a_node_between_any_two_moments_and_its_forecast(client: FlaskClient) -> None:
    moved = _get(client, "/nodes/growth/change?since=2026-01-01T00:00:00Z&language=de")
    assert moved["moved"] is None or abs(sum(one["points"] for one in moved["causes"]) - moved["moved"]) < 1e-9
    assert set(_get(client, "/nodes/web/forecast")) == {"node", "forecast", "refused"}
    assert _get(client, "/nodes/web/trend?weeks=4")["points"]
    assert client.get(f"{ROOT}/nodes/web/change?since=2999-01-01T00:00:00Z").status_code == 409


REPORTS = {"text/markdown": b"# ", "text/csv": b"", "application/json": b"{", "text/html": b"<!doctype html>"}


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_comes_in_the_form_that_is_accepted(client: FlaskClient, kind: str) -> None:
    answer = client.get(f"{ROOT}/nodes/growth/report", headers={"Accept": kind})
    assert answer.content_type.startswith(kind)
    assert answer.data.lower().startswith(REPORTS[kind])
    assert "Accept" in answer.headers["Vary"]


def test_a_table_is_parted_as_is_asked_for(client: FlaskClient) -> None:
    path, csv_alone = f"{ROOT}/nodes/growth/report", {"Accept": "text/csv"}
    plain, other = (client.get(f"{path}{query}", headers=csv_alone).text for query in ("", "?separator=semicolon"))
    heads = [text.splitlines()[0] for text in (plain, other)]
    assert heads[1] == heads[0].replace(",", ";") != heads[0]
    assert client.get(f"{path}?separator=tab", headers=csv_alone).status_code == 422


PROBLEMS: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {
    ("GET", "/nowhere"): (404, {}),
    ("GET", "/nodes/nobody"): (404, {}),
    ("GET", "/nodes/" + "n" * 10_000): (422, {}),
    ("GET", "/nodes/مشروع/receipt"): (404, {}),
    ("GET", "/nodes?limit=0"): (422, {}),
    ("GET", "/nodes?limit=1&limit=2"): (422, {}),
    ("GET", "/nodes?unknown=1"): (422, {}),
    ("GET", "/audit?since=yesterday"): (422, {}),
    ("GET", "/audit?node=%00"): (422, {}),
    ("GET", "/errands/99999999999999999999"): (422, {}),
    ("GET", "/errands/424242"): (404, {}),
    ("GET", "/configuration?x"): (422, {}),
    ("DELETE", "/nodes"): (405, {}),
    ("PUT", "/nodes/web/override"): (415, {"data": "{}", "content_type": "text/plain"}),
    ("PUT", "/nodes/growth/override"): (400, {"data": "{", "content_type": "application/json"}),
    ("PUT", "/nodes/reach/override"): (422, {"json": {"band": "GREAT", "reason": "", "until": "soon"}}),
    ("PUT", "/nodes/launch/override"): (413, {"data": " " * 1_100_000, "content_type": "application/json"}),
    ("POST", "/plans"): (404, {"json": {"only": ["<script>"]}}),
    ("POST", "/jobs/delivery:99999999999999999999/retry"): (404, {}),
}


@pytest.mark.parametrize(("method", "path"), PROBLEMS, ids=lambda text: text[:40])
def test_whatever_goes_wrong_is_told_as_a_problem(client: FlaskClient, method: str, path: str) -> None:
    status, sent = PROBLEMS[method, path]
    answer = client.open(f"{ROOT}{path}", method=method, **sent)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    told = json.loads(answer.text)
    assert (told["status"], told["type"]) == (status, "about:blank")
    assert told["title"]
    assert told["detail"]
    assert status != 405 or "GET" in answer.headers["Allow"]


def test_a_form_that_nothing_is_answered_in_is_not_acceptable(client: FlaskClient) -> None:
    assert client.get(f"{ROOT}/nodes", headers={"Accept": "image/png"}).status_code == 406


def test_a_fault_of_ours_is_a_problem_that_tells_nothing_of_it(played: Stage) -> None:
    broken = replace(played.workspace)
    broken.clock = lambda: 1 / 0  # type: ignore[assignment,return-value]
    app = create_app(lambda: broken, lambda: load(played.scene.path, environment=played.scene.environment))
    answer = app.test_client().get(f"{ROOT}/connections")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "division" not in answer.text


def test_another_site_may_not_ask_for_changes_through_somebodys_browser(client: FlaskClient) -> None:
    answer = client.post(f"{ROOT}/rollup", headers={"Origin": "http://elsewhere.example"})
    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")


def test_the_configuration_is_told_without_what_is_a_secret_itself(client: FlaskClient) -> None:
    document = _get(client, "/configuration")["configuration"]
    assert set(document["connections"]) >= {JIRA}
    text = client.get(f"{ROOT}/configuration", headers={"Accept": "application/yaml"})
    assert text.content_type == "application/yaml"
    assert JIRA in text.text


def test_secrets_are_left_out_of_an_export_and_references_stay() -> None:
    text = """
database: postgresql://bellwether:hunter2@db/bellwether
connections:
  acme: {tool: jira, auth: {type: api_token, email: bot@acme.example, token: hunter2}, webhook_secret: "env:HOOK"}
notify:
  - {channel: slack, url: "https://hooks.example/hunter2"}
"""
    told = as_yaml(without_secrets(text, "bellwether.yaml"))
    assert "hunter2" not in told
    assert told.count(LEFT_OUT) == 3
    assert "env:HOOK" in told


def test_every_endpoint_needs_the_role_that_its_page_needs() -> None:
    changes = {one.name: one.role for one in endpoints() if one.method != "GET"}
    assert {name for name, role in changes.items() if role is Role.EDITOR} == {
        "set_override", "end_override", "record_decision", "keep_lesson",
    }  # fmt: skip
    assert {name for name, role in changes.items() if role < Role.EDITOR} == {"ask_change", "ask_report"}, "they only read"
    running = {"list_connections", "read_connection", "list_jobs", "read_job", "read_configuration"}
    assert {one.name for one in endpoints() if one.method == "GET" and one.role is Role.ADMIN} == running
    assert all(one.role >= Role.VIEWER for one in endpoints())


def test_a_lens_is_read_level_by_level(played: Stage) -> None:
    document = dict(played.scene.document)
    played.scene.document["lenses"] = {"kind": {"by": "class"}}
    try:
        configuration = played.scene.configuration()
    finally:
        played.scene.document.clear()
        played.scene.document.update(document)
        played.scene.configuration()
    space = replace(played.workspace, lenses=configuration.lenses)
    client = create_app(lambda: space, lambda: configuration).test_client(use_cookies=False)
    (lens,) = _get(client, "/lenses")["lenses"]
    (top,) = _get(client, "/lenses/kind/nodes")["nodes"]
    assert top["id"] == lens["node"]
    assert top["band"] in set(Band)
    assert _get(client, f"/lenses/kind/nodes?parent={top['id']}")["nodes"]
    assert client.get(f"{ROOT}/lenses/none/nodes").status_code == 404
