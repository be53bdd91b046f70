"""What the contract suite needs to try the Asana connector: a small fake workspace, ways to break it, a person's edits."""

import hashlib
import hmac
import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from connector.sdk.base import ConnectionSettings, Connector, Surroundings
from connector.sdk.politeness import InProcessLedger
from connector.sdk.registry import create
from model.mapping import Mapping
from model.tree import Source, Target
from sandbox.asana.load import load_company
from sandbox.asana.space import BOT_TOKEN, AsanaSpace

HOOK_SECRET = "the agreed hook secret"
FAULTS = {"429": "rate_limited", "500": "error_500", "html": "html_login", "410": "gone_410"}


def _shared() -> ModuleType:
    """The company and the server of this folder's own tests."""
    spec = importlib.util.spec_from_file_location("asana_company", Path(__file__).with_name("conftest.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class AsanaCase:
    """A fake workspace behind a real loopback server, with a connector to it."""

    tool = "asana"
    secret = BOT_TOKEN
    hook_secret = HOOK_SECRET
    idle_requests = 2  # one a project

    def __init__(self, shared: ModuleType, running: Any, space: AsanaSpace, clock: Any) -> None:
        self._shared = shared
        self.running, self.space, self.clock = running, space, clock
        self._made: list[Connector] = []
        self.sources = tuple(
            Source(connection="acme", kind="project", value=space.keys[key]) for key in ("LAUNCH", "BRAND")
        )
        self.target = Target(connection="acme", kind="project", value=space.keys["LAUNCH"])

    def connector(
        self, *, secret: str | None = None, url: str | None = None, mapping: Mapping | None = None,
        read_only: bool = False,
    ) -> Connector:
        """A connector; ``secret``: another credential than the right one; ``url``: another place."""
        around = Surroundings(
            now=self.clock, sleep=self.clock.sleep, read_secret=lambda _ref: secret or self.secret,
            tokens=self._shared.NoTokens(), limits=InProcessLedger(), jitter=lambda: 0.5, read_only=read_only,
        )  # fmt: skip
        options = {
            "url": url or f"{self.running.url}/api/1.0", "workspace": self.space.workspace.gid,
            "auth": {"type": "token", "token": "env:TOKEN"},
        }  # fmt: skip
        settings = ConnectionSettings(name="acme", tool=self.tool, options=options, mapping=mapping or Mapping())
        self._made.append(create(settings, around))
        return self._made[-1]

    def fail(self, kind: str, *, times: int = 1, retry_after_s: int | None = None) -> None:
        """The next requests go wrong: "429", "500", "html", "410"."""
        self.space.faults.set(FAULTS[kind], times=times, retry_after_s=retry_after_s)  # type: ignore[arg-type]

    def fail_write(self) -> None:
        """The next comment is made, but its answer is lost."""
        self.space.faults.set("drop_after_write", "*/stories", method="POST")

    def spoil_item(self) -> str:
        """Make one item unreadable; the word by which it must be named."""
        task = self.space.task("LAUNCH-4")
        task.due_on = "soon"  # type: ignore[assignment]
        return task.gid

    def edit_item(self) -> str:
        """A person changes one item; its vendor id."""
        self.clock.move(minutes=1)
        return self.space.edit_task("LAUNCH-4", by="ada", name="Another title").gid

    def delete_item(self) -> str:
        """A person deletes one item; its vendor id."""
        gid = self.space.task("LAUNCH-4").gid
        self.space.delete_task("LAUNCH-4", by="ada")
        return gid

    def comments(self) -> int:
        """How many comments of ours the workspace holds."""
        return sum(story.created_by is self.space.bot for story in self.space.stories.values())

    def delivery(self, *, by: str, name: str = "changed", secret: str = HOOK_SECRET) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery about one item, by an account."""
        task = {"gid": self.space.task("LAUNCH-1").gid, "resource_type": "task"}
        body = json.dumps({"events": [{"action": name, "user": {"gid": by}, "resource": task}]}).encode()
        return {"x-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}, body

    def close(self) -> None:
        for each in self._made:
            each.close()
        self.running.stop()


@contextmanager
def open_case() -> Iterator[AsanaCase]:
    """A fresh case."""
    shared = _shared()
    clock = shared.Clock()
    space = AsanaSpace(clock, base_url="https://asana.example")
    load_company(space, shared.company(), url_of=lambda key: f"https://jira.example/browse/{key}")
    space.speed = 1000.0
    case = AsanaCase(shared, shared.Running(space), space, clock)
    try:
        yield case
    finally:
        case.close()
