"""The reception: kept once whoever takes it, remembered for seconds only, counted, or told to come back."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.current import Current
from app.wsgi import create_app
from config.settings import read_settings
from model.errors import UsageError
from model.events import EventKind
from model.jobs import HEAR, name_of
from service import hooks, losses
from service.reception import COUNTED_EVERY, HANDSHAKE_WITHIN, Reception
from service.workspace import Workspace
from store.hooks import HookRegistration
from tests.support.hooked import (
    OFFLINE,
    SECRET,
    MovedClock,
    asana_body,
    asana_signed,
    jira_body,
    jira_signed,
    offline,
    token,
)
from tests.support.jobs import work_through
from tests.support.processes import run_together
from webhooks.blueprint import blueprint
from webhooks.presence import Presence

JIRA, APP, ASANA, KEY = "acme-jira", "acme-app", "acme-asana", "1201-abc"


@pytest.fixture
def away(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    with offline(tmp_path, database_url) as workspace:
        yield workspace


def take(desk: Reception, workspace: Workspace, body: bytes, **more: str) -> str:
    headers = {**jira_signed(body), **{name.replace("_", "-"): value for name, value in more.items()}}
    return desk.receive(workspace, JIRA, "", headers=headers, body=body).reason


def waiting(workspace: Workspace) -> list[str]:
    with workspace.db.read() as uow:
        return [event.vendor_id for entry in uow.inbox.pending() for event in entry.events]


def test_a_title_that_was_cut_within_a_character_is_a_delivery_like_any_other(away: Workspace) -> None:
    body = jira_body(7, changelog={"items": [{"field": "summary", "toString": "cut \ud83d"}]})
    assert b"\\ud83d" in body
    assert take(Reception(), away, body) == "accepted"
    assert waiting(away) == ["7"]


def test_threads_of_two_processes_take_each_delivery_once(away: Workspace) -> None:
    desks = (Reception(), Reception())
    said: list[str] = []

    def send(number: int) -> None:
        said.extend(take(desks[number % 2], away, jira_body(one)) for one in range(25))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waiting(away), key=int) == [str(number) for number in range(25)]
    assert (said.count("accepted"), said.count("seen_before")) == (25, 175)


PROGRAM = """
import sys
from pathlib import Path
from service.reception import Reception
from tests.support.hooked import jira_body, jira_signed, offline
url, folder, number = sys.argv[1:]
with offline(Path(folder), url) as workspace:
    desk = Reception()
    print("ready", flush=True)
    sys.stdin.read()
    bodies = [jira_body(one) for one in range(40)]
    print(sum(
        desk.receive(workspace, "acme-jira", "", headers=jira_signed(body), body=body).reason == "accepted"
        for body in bodies
    ))
"""


def test_several_processes_take_each_delivery_once(database_url: str, tmp_path: Path) -> None:
    with offline(tmp_path, database_url) as workspace:
        said = run_together(PROGRAM, database_url, str(tmp_path), processes=3)
        assert sum(int(one) for one in said) == 40
        assert len(waiting(workspace)) == 40


def test_a_retry_is_known_by_its_identifier_or_by_its_body(away: Workspace) -> None:
    desk = Reception()
    name = {"x_atlassian_webhook_identifier": "d-1"}
    assert take(desk, away, jira_body(1), **name) == "accepted"
    assert take(desk, away, jira_body(1), **name, x_atlassian_webhook_retry="1") == "seen_before"
    assert take(desk, away, jira_body(1), x_atlassian_webhook_identifier="d-2") == "seen_before"
    assert take(desk, away, jira_body(2), x_atlassian_webhook_identifier="d-3") == "accepted"


def test_a_secret_that_another_process_changed_counts_at_once(away: Workspace) -> None:
    desk, body = Reception(), jira_body(1)
    assert take(desk, away, jira_body(0)) == "accepted"
    hooks.agree(away, JIRA, "the new secret")
    answer = desk.receive(away, JIRA, "", headers=jira_signed(body, "the new secret"), body=body)
    assert answer.reason == "accepted"
    assert take(desk, away, jira_body(2)) == "bad_signature"


def test_a_registration_that_was_taken_away_is_forgotten_within_seconds(away: Workspace) -> None:
    clock = MovedClock(away)
    moving, desk = replace(away, clock=clock), Reception()
    assert take(desk, moving, jira_body(1)) == "accepted"
    with away.db.begin() as uow:
        uow.hooks.remove(JIRA, "")
    clock.passed = timedelta(seconds=11)
    assert take(desk, moving, jira_body(2)) == "unknown_hook"


@pytest.mark.parametrize(("late", "status"), [(timedelta(0), 200), (HANDSHAKE_WITHIN + timedelta(seconds=1), 401)])
def test_a_handshake_is_waited_for_some_minutes_only(away: Workspace, late: timedelta, status: int) -> None:
    clock = MovedClock(away)
    moving, desk = replace(away, clock=clock), Reception()
    with away.db.begin() as uow:
        uow.hooks.save(HookRegistration(connection=ASANA, key="k", pending=True, created_at=away.clock()))
    clock.passed = late
    first = desk.receive(moving, ASANA, "k", headers={"x-hook-secret": "theirs"}, body=b"{}")
    other = desk.receive(moving, ASANA, "k", headers={"x-hook-secret": "a stranger's"}, body=b"{}")
    assert (first.status, other.status) == (status, 401)
    with away.db.read() as uow:
        kept = uow.hooks.registration(ASANA, "k")
    assert kept is not None
    assert kept.secret == ("theirs" if status == 200 else None)


def test_an_event_nobody_knows_is_kept_as_a_hint_and_counted_by_its_name(away: Workspace) -> None:
    desk = Reception()
    assert take(desk, away, jira_body(1, "dashboard_melted")) == "accepted"
    body = asana_body("1", kind="hologram")
    assert desk.receive(away, ASANA, KEY, headers=asana_signed(body), body=body).reason == "accepted"
    desk.flush(away)
    with away.db.read() as uow:
        events = [event for entry in uow.inbox.pending() for event in entry.events]
        counts = uow.hooks.counts()
    assert [event.kind for event in events] == [EventKind.UNKNOWN, EventKind.UNKNOWN]
    assert counts[JIRA, "unknown_event", "dashboard_melted"] == 1
    assert counts[ASANA, "unknown_event", "hologram.changed"] == 1


def test_what_came_of_deliveries_is_counted_and_strangers_get_no_line_each(away: Workspace) -> None:
    clock = MovedClock(away)
    moving, desk = replace(away, clock=clock), Reception()
    take(desk, moving, jira_body(1))
    take(desk, moving, jira_body(1))
    for number in range(3):
        desk.receive(moving, f"no-such-{number}", "", headers={}, body=b"")
        desk.receive(moving, JIRA, "", headers={}, body=b"x")
    clock.passed = COUNTED_EVERY
    take(desk, moving, jira_body(1))
    with away.db.read() as uow:
        assert uow.hooks.counts() == {
            (JIRA, "accepted", ""): 1, (JIRA, "seen_before", ""): 2, (JIRA, "bad_signature", ""): 3,
            ("", "unknown_connection", ""): 3,
        }


def test_a_database_that_is_away_asks_the_tool_to_come_back_and_nothing_is_lost(away: Workspace) -> None:
    desk, body = Reception(), jira_body(1)
    with away.db.transaction() as conn:
        conn.execute(text("ALTER TABLE hook_seen RENAME TO hook_away"))
    refused = desk.receive(away, JIRA, "", headers=jira_signed(body), body=body)
    with away.db.transaction() as conn:
        conn.execute(text("ALTER TABLE hook_away RENAME TO hook_seen"))
    again = desk.receive(away, JIRA, "", headers=jira_signed(body), body=body)
    assert (refused.status, "Retry-After" in refused.headers) == (503, True)
    assert again.reason == "accepted"


def _room(workspace: Workspace, pages: int) -> None:
    """How many pages the file may have; no fewer than it has."""
    with workspace.db.transaction() as conn:
        conn.execute(text(f"PRAGMA max_page_count={pages}"))


def test_a_full_disk_asks_the_tool_to_come_back_and_what_comes_again_is_kept_once(tmp_path: Path) -> None:
    body = asana_body(*(str(number) for number in range(2000)))
    with offline(tmp_path) as workspace:
        app = Flask("full")
        app.register_blueprint(blueprint(lambda: workspace, Reception()))

        def sent() -> TestResponse:
            return app.test_client().post(f"/webhooks/{ASANA}/{KEY}", data=body, headers=asana_signed(body))

        _room(workspace, 1)
        refused = [sent(), sent()]
        assert [(one.status_code, "Retry-After" in one.headers) for one in refused] == [(503, True)] * 2
        assert waiting(workspace) == []
        with workspace.db.read() as uow:
            assert not uow.jobs.known([name_of(HEAR, ASANA)])
        _room(workspace, 1_000_000)
        assert [sent().text for _ in range(2)] == ["accepted\n", "seen_before\n"]
        assert len(waiting(workspace)) == len(set(waiting(workspace))) == 2000


def test_a_configuration_that_was_edited_wrongly_stops_no_delivery(tmp_path: Path) -> None:
    path, body = tmp_path / "bellwether.yaml", jira_body(1)
    path.write_text(json.dumps(OFFLINE))
    current = Current(path, read_settings({}))
    hooks.agree(current.workspace(), JIRA, SECRET)
    app = create_app(current.workspace, current.configuration, hooks_workspace=current.last_good)
    path.write_text("connections: wrong")
    answer = app.test_client().post(f"/webhooks/{JIRA}", data=body, headers=jira_signed(body))
    current.close()
    assert answer.status_code == 202


def test_a_configuration_that_is_wrong_for_now_asks_the_tool_to_come_back() -> None:
    def broken() -> Workspace:
        raise UsageError("Unknown key.", where="bellwether.yaml:3")

    app = Flask("broken")
    app.register_blueprint(blueprint(broken, Reception()))
    answer = app.test_client().post("/webhooks/acme-jira", data=b"{}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_deliveries_that_wait_for_a_connection_that_went_away_are_let_go(away: Workspace) -> None:
    assert take(Reception(), away, jira_body(1)) == "accepted"
    without = replace(away, connections=(ASANA,))
    assert work_through(without).failed == {}
    assert waiting(away) == []


def test_a_tool_that_is_away_leaves_its_deliveries_waiting(away: Workspace) -> None:
    assert take(Reception(), away, jira_body(1)) == "accepted"
    assert list(work_through(away).failed) == [name_of(HEAR, JIRA)]
    assert waiting(away) == ["1"]


@pytest.mark.parametrize(
    ("shift", "status"), [(0, 202), (-60, 202), (60, 202), (-70, 401), (70, 401)], ids=lambda value: str(value)
)
def test_a_token_counts_with_a_clock_that_is_an_hour_off(away: Workspace, shift: int, status: int) -> None:
    issued = int(away.clock().timestamp()) + 60 * shift
    headers = {"authorization": "Bearer " + token("the secret of the app", iss="app", iat=issued, exp=issued + 180)}
    body = jira_body(1)
    assert Reception().receive(away, APP, "", headers=headers, body=body).status == status


def test_a_token_of_another_app_or_of_no_algorithm_is_refused(away: Workspace) -> None:
    now = int(away.clock().timestamp())
    for given in (token("another", iat=now, exp=now + 180), token("the secret of the app", alg="none", exp=now + 180)):
        answer = Reception().receive(away, APP, "", headers={"authorization": f"Bearer {given}"}, body=jira_body(1))
        assert answer.status == 401


def test_presence_says_that_a_process_lives_and_stores_what_was_counted(away: Workspace) -> None:
    desk = Reception()
    desk.note(away, JIRA, "too_large")
    presence = Presence(lambda: away, desk, process="web-1")
    began = away.clock()
    presence.start()
    presence.stop()
    with away.db.read() as uow:
        assert uow.hooks.counts() == {(JIRA, "too_large", ""): 1}
        (span,) = uow.losses.spans(began - timedelta(hours=1), away.clock())
    assert span[0] >= began
    assert losses.downtime(away) == timedelta(0)


def test_a_heartbeat_is_answered_and_noted_without_work(away: Workspace) -> None:
    body = json.dumps({"events": []}).encode()
    answer = Reception().receive(away, ASANA, KEY, headers=asana_signed(body, SECRET), body=body)
    assert (answer.status, answer.reason) == (202, "heartbeat")
    with away.db.read() as uow:
        kept = uow.hooks.registration(ASANA, KEY)
        assert uow.inbox.pending() == ()
    assert kept is not None
    assert kept.heard_at is not None
