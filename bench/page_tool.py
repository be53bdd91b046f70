"""What the benchmark of pages knows of the tool: a real connector, which nobody asks, and payloads as the tool sends them.

Some pages read kept payloads with another mapping, or ask the connector what it can write. The payloads are those of the
sandbox's Jira, fetched once; the tree's projects keep the containers that the items were made with.
"""

from dataclasses import replace
from typing import Any

from app.bootstrap import Connectors
from bench.portfolio import NOW, TOOL, Standin
from config.configuration import Configuration
from config.loader import load_text
from config.settings import Settings
from connector.sdk.base import Connector
from model.tree import Source
from sandbox.company import make_company
from sandbox.server import build, start
from service.workspace import Workspace
from store.database import Database


class _Both(Standin):
    """Where items belong is as the benchmark made them; all else is the connector's."""

    def __init__(self, real: Connector) -> None:
        self._real = real
        self.reference_kinds = real.reference_kinds  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def with_tool(workspace: Workspace, plain: Configuration) -> Workspace:
    """The workspace with the connector of its configuration, and with payloads where it has none."""
    connectors = Connectors(plain, workspace.db, Settings())
    _fill(workspace.db, connectors(TOOL))
    both: Any = _Both(connectors(TOOL))
    return replace(workspace, connector=lambda _name: both, connector_with=connectors.with_mapping)


def _fill(db: Database, real: Connector) -> None:
    with db.read() as uow:
        if uow.raw.hashes(TOOL, real.item_kinds[:1]):
            return
    running = start(build(make_company(seed=7, now=NOW), clock=lambda: NOW, speed=1000))
    words = running.sandbox.credentials
    text = (
        f"connections: {{{TOOL}: {{tool: jira, url: {running.sandbox.jira_url}, "
        f"auth: {{type: api_token, email: {words.jira_email}, token: env:T}}}}}}"
    )
    connectors = Connectors(load_text(text, None, environment={"T": words.jira_token}), db, Settings())
    projects = sorted({issue.key.partition("-")[0] for issue in running.sandbox.jira.issues.values()})
    sources = [Source(connection=TOOL, kind="project", value=key) for key in projects]
    for page in connectors(TOOL).pull(sources, cursor=None, checkpoint=None):
        with db.begin() as uow:
            uow.raw.save(page.raw)
    connectors.close()
    running.stop()
