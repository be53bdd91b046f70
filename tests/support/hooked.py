"""Our webhook endpoint at a real address, and deliveries as the tools sign them."""

import hashlib
import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from app import bootstrap
from config.loader import from_mapping
from config.settings import read_settings
from service.reception import Reception
from service.workspace import Workspace
from store.hooks import HookRegistration
from tests.support.scene import Scene
from webhooks.blueprint import blueprint

JIRA, ASANA = "northlight-jira", "northlight-asana"
SECRET = "agreed upon"


@contextmanager
def listening(workspace: Workspace) -> Iterator[str]:
    """The endpoint over HTTP; its address."""
    app = Flask("hooks")
    app.register_blueprint(blueprint(lambda: workspace, Reception()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
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


def heard(scene: Scene, workspace: Workspace) -> int:
    """Have the tools tell all that they have to tell now; how many deliveries wait to be worked off.

    A delivery is over once it was answered, and it is answered once it was taken.
    """
    scene.asana.hooks.deliver_now()
    assert scene.jira.hooks.flush()
    with workspace.db.read() as uow:
        return sum(uow.inbox.waiting().values())


OFFLINE = {
    "allow_plain_secrets": True,
    "connections": {
        "acme-jira": {
            "tool": "jira", "url": "http://127.0.0.1:9/jira",
            "auth": {"type": "api_token", "email": "bot@acme.example", "token": "a-token-of-no-use"},
        },
        "acme-app": {
            "tool": "jira", "url": "http://127.0.0.1:9/jira",
            "auth": {"type": "oauth2", "client_id": "app", "client_secret": "the secret of the app", "cloud_id": "c-1"},
        },
        "acme-asana": {
            "tool": "asana", "url": "http://127.0.0.1:9/api/1.0", "workspace": "1100",
            "auth": {"type": "token", "token": "a-token-of-no-use"},
        },
    },
}  # fmt: skip


@contextmanager
def offline(folder: Path, database_url: str | None = None) -> Iterator[Workspace]:
    """A workspace whose tools are out of reach, with a webhook agreed for each: taking deliveries needs no tool."""
    document = {**OFFLINE, "database": database_url or f"sqlite:///{folder / 'offline.db'}"}
    configuration = from_mapping(document, base=folder, environment={})
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        now = workspace.clock()
        with workspace.db.begin() as uow:
            for name, key in (("acme-jira", ""), ("acme-app", ""), ("acme-asana", "1201-abc")):
                secret = None if name == "acme-app" else SECRET
                uow.hooks.save(HookRegistration(
                    connection=name, key=key, secret=secret, created_at=now, active_since=now, subject=key,
                ))  # fmt: skip
        yield workspace


def token(secret: str, **claims: Any) -> str:
    """A bearer token of an OAuth app, HS256."""
    head = {"alg": claims.pop("alg", "HS256"), "typ": "JWT"}
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)]
    signed = ".".join(parts)
    mac = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
