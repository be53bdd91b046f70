"""Webhooks from both tools, as they send them: signed, kept once, fetched again, scored, pushed."""

import hashlib
import hmac
import json

import pytest

from service import hooks, push_back, scoring
from service import setup as set_up
from service.reception import Reception
from service.workspace import Workspace
from tests.support.jobs import work_through
from tests.support.scene import Scene

JIRA, ASANA = "northlight-jira", "northlight-asana"
SECRET = "agreed upon"


def _jira_event(scene: Scene, key: str) -> bytes:
    issue = scene.jira.issue(key)
    body = {"timestamp": 1, "webhookEvent": "jira:issue_updated", "issue": {"id": issue.id, "key": key, "fields": {}}}
    return json.dumps(body).encode()


def _signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.fixture
def ready(synced: Scene) -> Scene:
    """Synced, set up, scored and pushed."""
    with synced.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        scoring.score(workspace, as_of=None)
        push_back.push(workspace)
        hooks.agree(workspace, JIRA, SECRET)
    return synced


def _receive(workspace: Workspace, body: bytes, headers: dict[str, str], connection: str = JIRA) -> int:
    return Reception().receive(workspace, connection, "", headers=headers, body=body).status


def test_a_signed_delivery_is_kept_once_and_its_item_becomes_health_in_the_tool(ready: Scene) -> None:
    with ready.workspace() as workspace:
        ready.jira.edit_issue("WEB-100", status="Done")
        body = _jira_event(ready, "WEB-100")
        assert _receive(workspace, body, _signed(body)) == 202
        assert _receive(workspace, body, _signed(body)) == 202
        done = work_through(workspace)
        idle = work_through(workspace)
        with workspace.db.read() as uow:
            item = uow.records.item("WEB-100")
    assert done.count("deliveries") == 1
    assert item is not None
    assert item.status.value == "done"
    assert done.count("scored") > 0
    assert done.count("written") > 0
    assert idle == []


def test_a_forged_delivery_is_refused_and_kept_nowhere(ready: Scene) -> None:
    with ready.workspace() as workspace:
        body = _jira_event(ready, "WEB-100")
        assert _receive(workspace, body, _signed(body, "a guess")) == 401
        assert _receive(workspace, body, {}) == 401
        assert work_through(workspace).count("deliveries") == 0


def test_a_signed_body_that_is_no_document_is_malformed(ready: Scene) -> None:
    with ready.workspace() as workspace:
        assert _receive(workspace, b"{", _signed(b"{")) == 400


def test_a_delivery_to_nobody_is_unknown(ready: Scene) -> None:
    with ready.workspace() as workspace:
        assert _receive(workspace, b"{}", {}, "no-such") == 404
        assert _receive(workspace, b"{}", {}, ASANA) == 404


def test_an_asana_handshake_counts_only_while_a_registration_waits_for_it(ready: Scene) -> None:
    shake = {"x-hook-secret": "from the tool"}
    with ready.workspace() as workspace:
        gid = ready.asana.keys["LAUNCH"]
        with workspace.db.begin() as uow:
            uow.hooks.save(
                hooks.HookRegistration(
                    connection=ASANA, key=gid, secret=None, pending=True, created_at=workspace.clock()
                )
            )
        first = Reception().receive(workspace, ASANA, gid, headers=shake, body=b"")
        again = Reception().receive(workspace, ASANA, gid, headers={"x-hook-secret": "mine"}, body=b"")
    assert first.status == 200
    assert {name.lower(): value for name, value in first.headers.items()}["x-hook-secret"] == "from the tool"
    assert again.status == 401
