"""The contract suite against Jira Data Center: the same world, served by a server with its own token and shapes."""

import hashlib
import hmac
import importlib.util
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connector.sdk.base import ConnectionSettings, Connector, Surroundings
from connector.sdk.politeness import InProcessLedger
from connector.sdk.registry import create
from model.health import Band
from model.mapping import Mapping
from model.push import HealthFields, HealthRole, SetupMade, SetupResult
from model.tree import Target
from sandbox.jira.site import JiraSite
from sandbox.server import build, start

_spec = importlib.util.spec_from_file_location("jira_cloud_case", Path(__file__).parent / "contract_case.py")
assert _spec is not None
assert _spec.loader is not None
cloud: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cloud)


class WithAdministrator:
    """A connector whose administrator does by hand what a plan asks for, as soon as it was applied."""

    def __init__(self, connector: Connector, site: JiraSite) -> None:
        self._connector = connector
        self._site = site

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool
    ) -> SetupResult:
        result = self._connector.setup(targets, known=known, made=made, apply=apply)
        if apply and any(step.by_hand for step in result.steps) and result.fields is not None:
            self._follow(result.fields)
            result = self._connector.setup(targets, known=result.fields, made=result.made, apply=apply)
        return result

    def _follow(self, fields: HealthFields) -> None:
        site = self._site
        with site.lock:
            for screen in site.screens.values():
                screen.tabs[0].field_ids += [one for one in fields.ids.values() if not screen.has(one)]
            health = site.fields[fields.ids[HealthRole.HEALTH]]
            choices = health.options[health.contexts[0].id]
            have = {one["value"] for one in choices}
            choices += [{"id": str(site.next_id("option")), "value": band.words} for band in Band
                        if band.words not in have]


class DataCenterCase(cloud.JiraCase):  # type: ignore[misc]
    """A fake server behind a real loopback address, with a connector to it."""

    secret = cloud.CREDENTIALS.jira_pat

    def connector(
        self, *, secret: str | None = None, url: str | None = None, mapping: Mapping | None = None,
        read_only: bool = False,
    ) -> Any:
        around = Surroundings(
            now=self.clock, sleep=self.clock.sleep, read_secret=lambda _ref: secret or self.secret,
            tokens=cloud.NoTokens(), limits=InProcessLedger(), jitter=lambda: 0.5, read_only=read_only,
        )
        options = {
            "url": url or f"{self.running.url}/jira-dc", "deployment": "datacenter",
            "auth": {"type": "personal_access_token", "token": "env:TOKEN"},
        }
        settings = ConnectionSettings(name="acme", tool=self.tool, options=options, mapping=mapping or Mapping())
        return WithAdministrator(create(settings, around), self.site)

    def fail_write(self) -> None:
        self.site.faults.set("drop", path="/rest/api/2/issue/CRM-1/comment", method="POST")

    def delivery(
        self, *, by: str, name: str = "jira:issue_updated", secret: str = cloud.HOOK_SECRET
    ) -> tuple[dict[str, str], bytes]:
        """A server names people by key and deliveries not at all."""
        body = json.dumps({
            "timestamp": 1, "webhookEvent": name, "user": {"name": "somebody.else", "key": by},
            "issue": {"id": self.site.issue("CRM-2").id, "key": "CRM-2"},
        }).encode()
        return {"x-hub-signature": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}, body


@contextmanager
def open_case() -> Iterator[DataCenterCase]:
    """A fresh case."""
    clock = cloud.Clock()
    running = start(build(cloud.small_world(), clock=clock, speed=1000.0))
    try:
        yield DataCenterCase(running, clock)
    finally:
        running.stop()
