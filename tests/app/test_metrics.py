"""/metrics, /readyz and /healthz: facts of the deployment, named as Prometheus asks, described in the documentation."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from app.wsgi import create_app
from model.errors import AppError
from service import operation, push_back, scoring
from service.setup import setup
from service.sync import sync
from service.workspace import Workspace
from tests.support.scene import Scene, no_progress

DOCS = Path(__file__).parents[2] / "docs" / "operation.md"
BASE_UNITS = ("seconds", "bytes")


@pytest.fixture
def lived(synced: Scene) -> Iterator[tuple[Workspace, FlaskClient]]:
    """A workspace after a sync, a roll-up and a push, with the web application over it."""
    with synced.workspace() as workspace:
        setup(workspace, apply=True)
        scoring.score(workspace, as_of=None)
        push_back.push(workspace)
        configuration = synced.configuration()
        yield workspace, create_app(lambda: workspace, lambda: configuration).test_client()


def _families(client: FlaskClient) -> dict[str, Metric]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def _values(family: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def _sum(family: Metric, **labels: str) -> float:
    return sum(s.value for s in family.samples if labels.items() <= s.labels.items() and not s.name.endswith("_created"))


def test_the_figures_are_those_of_the_deployment(lived: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = lived
    found = _families(client)
    with workspace.db.read() as uow:
        written = [entry for entry in uow.pushes.audit() if entry.result == "written"]
    assert _sum(found["bellwether_writes"], result="written") == len(written) > 0
    assert _sum(found["bellwether_runs"], kind="push", outcome="done") == 1
    assert _values(found["bellwether_last_sync_timestamp_seconds"]).keys() == {(name,) for name in workspace.connections}
    for connection in workspace.connections:
        assert _sum(found["bellwether_syncs"], connection=connection, mode="full") == 1
        assert _sum(found["bellwether_sync_items"], connection=connection, result="created") > 0
        assert _sum(found["bellwether_sync_requests"], connection=connection) > 0
    limits = _values(found["bellwether_limit_capacity"])
    assert limits
    for place, left in _values(found["bellwether_limit_remaining"]).items():
        assert 0 <= left <= limits[place]
    assert _values(found["bellwether_dirty_nodes"]) == {(): 0}
    again = _families(client)
    assert _values(again["bellwether_writes"]) == _values(found["bellwether_writes"])


def test_a_change_is_fresh_when_it_is_written(lived: tuple[Workspace, FlaskClient], synced: Scene) -> None:
    workspace, _ = lived
    passed = [timedelta(0)]
    start: datetime = workspace.clock()
    moving = replace(workspace, clock=lambda: start + passed[0])
    configuration = synced.configuration()
    client = create_app(lambda: moving, lambda: configuration).test_client()
    node = workspace.tree.projects()[0].id
    before = _values(_families(client)["bellwether_freshness_seconds"])
    with moving.db.begin() as uow:
        uow.dirty.mark([node], why="test", at=moving.clock())
    passed[0] = timedelta(seconds=30)
    with moving.db.begin() as uow:
        uow.dirty.mark([node], why="test", at=moving.clock())
    passed[0] = timedelta(seconds=40)
    waiting = _families(client)
    assert _values(waiting["bellwether_node_unwritten_change_age_seconds"])[node,] == pytest.approx(40)
    assert _values(waiting["bellwether_dirty_nodes"]) == {(): 1}
    with moving.db.begin() as uow:
        uow.agenda.note_due([node], at=moving.clock(), now=moving.clock())
    scoring.score_dirty(moving)
    scored = _values(_families(client)["bellwether_node_unwritten_change_age_seconds"])
    assert scored[node,] == pytest.approx(40)  # scored, but not written into the tools
    passed[0] = timedelta(seconds=50)
    push_back.push(moving)
    found = _families(client)
    assert _values(found["bellwether_node_unwritten_change_age_seconds"])[node,] == 0
    assert _values(found["bellwether_node_freshness_seconds"])[node,] == pytest.approx(50)
    after = _values(found["bellwether_freshness_seconds"])
    assert after["60",] == before.get(("60",), 0) + 1
    assert after["30",] == before.get(("30",), 0)


def test_a_failure_is_counted_by_its_slug(lived: tuple[Workspace, FlaskClient], synced: Scene) -> None:
    workspace, client = lived
    synced.jira.faults.set("html", times=1000)
    outcome = sync(workspace, ("northlight-jira",), full=False, progress=no_progress)
    ((_, error),) = outcome.failures
    assert isinstance(error, AppError)
    assert _sum(_families(client)["bellwether_failures"], what="sync", reason=error.reason) == 1


def test_every_metric_is_documented_and_named_as_prometheus_asks(lived: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = lived
    operation.note_failure(workspace, "sync", AppError("x", reason="test"))
    found = _families(client)
    rows = dict(re.findall(r"^\| `(bellwether_\w+)` \| (\w+) \|", DOCS.read_text(), re.MULTILINE))
    exposed = {f"{name}_total" if family.type == "counter" else name: family.type for name, family in found.items()}
    assert exposed == rows
    for name, family in found.items():
        assert re.fullmatch(r"bellwether_[a-z_]+", name)
        assert family.documentation.endswith(".")
        told = [unit for unit in ("_minutes", "_hours", "_ms", "_milliseconds", "_kb", "_percent") if name.endswith(unit)]
        assert told == [], f"{name}: units are {BASE_UNITS}"


def test_no_metric_names_an_item_or_a_person(lived: tuple[Workspace, FlaskClient]) -> None:
    _, client = lived
    body = client.get("/metrics").text
    for person in ("Ada", "Berg", "Lund", "Holm", "example.test"):
        assert person not in body
    assert not re.search(r"WEB-\d|LAUNCH-\d", body)


def _answer(client: FlaskClient, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.text


def test_ready_means_this_version_s_schema(lived: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = lived
    assert _answer(client, "/healthz") == (200, "ok\n")
    assert _answer(client, "/readyz") == (200, "ready\n")
    refusals: Mapping[str, str] = {"9999": "newer version", "0001": "bellwether db upgrade"}
    for revision, said in refusals.items():
        with workspace.db.transaction() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        code, told = _answer(client, "/readyz")
        assert code == 503
        assert said in told


def test_a_database_that_is_gone_is_a_503_and_the_server_is_still_up(scene: Scene) -> None:
    configuration = scene.configuration()

    def away() -> Workspace:
        raise AppError("The database does not answer.")

    asked: Callable[[], Workspace] = away
    client = create_app(asked, lambda: configuration).test_client()
    assert _answer(client, "/healthz")[0] == 200
    assert _answer(client, "/readyz") == (503, "The database does not answer.\n")
    assert _answer(client, "/metrics")[0] == 503
