"""Our webhook endpoint at a real address, and deliveries as the tools sign them."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from service.reception import Reception
from service.workspace import Workspace
from webhooks.blueprint import blueprint

JIRA, ASANA = "northlight-jira", "northlight-asana"
SECRET = "agreed upon"


@contextmanager
def listening(workspace: Workspace) -> Iterator[str]:
    """The endpoint over HTTP; its address."""
    app = Flask("hooks")
    app.register_blueprint(blueprint(lambda: workspace, Reception()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def jira_body(number: str | int, name: str = "jira:issue_updated", **more: Any) -> bytes:
    return json.dumps({"timestamp": 1, "webhookEvent": name, "issue": {"id": str(number), "fields": {}}, **more}).encode()


def jira_signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def asana_body(*gids: str, action: str = "changed", kind: str = "task") -> bytes:
    resources = [{"gid": gid, "resource_type": kind} for gid in gids]
    events = [{"action": action, "user": {"gid": "7"}, "parent": None, "resource": one} for one in resources]
    return json.dumps({"events": events}).encode()


def asana_signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


class MovedClock:
    """Real time, and as much more as a test wants."""

    def __init__(self, workspace: Workspace) -> None:
        self._clock = workspace.clock
        self.passed = timedelta(0)

    def __call__(self) -> datetime:
        return self._clock() + self.passed


def heard(workspace: Workspace) -> int:
    """Wait until the tools have told everything; how many deliveries wait to be worked off."""
    before = -1
    for _ in range(40):
        time.sleep(0.15)
        with workspace.db.read() as uow:
            count = len(uow.hooks.pending())
        if count == before:
            break
        before = count
    return before
