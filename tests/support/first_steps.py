"""The first steps as a browser takes them: what is typed is sent, and pages are looked at until they say something."""

import html
import re
import time
from typing import Any

from werkzeug.test import TestResponse

from sandbox.server import Running
from tests.support.first_run import Begun

OWN = {"Origin": "http://localhost"}
WITHIN_S = 90.0


class Desk:
    """Somebody at the pages of a deployment that has just begun, beside both fake tools."""

    def __init__(self, tools: Running, deployment: Begun) -> None:
        self.tools, self.deployment, self.client = tools, deployment, deployment.app.test_client()

    @property
    def jira(self) -> dict[str, str]:
        words = self.tools.sandbox.credentials
        return {"url": self.tools.sandbox.jira_url, "auth.email": words.jira_email, "auth.token": words.jira_token}

    def get(self, path: str) -> str:
        return html.unescape(self.client.get(path).text)

    def post(self, path: str, data: dict[str, Any]) -> TestResponse:
        return self.client.post(path, data=data, headers=OWN)

    def connect(self, **other: str) -> TestResponse:
        return self.post("/start/connect?tool=jira", {**self.jira, **other})

    def until(self, path: str, words: str) -> str:
        """The page once it says something."""
        end = time.monotonic() + WITHIN_S
        while words not in (page := self.get(path)):
            assert time.monotonic() < end, f"{path} never said {words!r}: {page}"
            time.sleep(0.1)
        return page

    def seen(self, path: str) -> str:
        found = re.search('name="seen" value="([^"]*)"', self.get(path))
        assert found is not None
        return found[1]

    def picked(self) -> None:
        """Connected, with one project in the tree."""
        assert self.connect().status_code == 302
        self.until("/start/pick", 'name="pick"')
        assert self.post("/start/pick", {"seen": self.seen("/start/pick"), "pick": "jira WEB"}).status_code == 302

    def written(self) -> str:
        path = self.deployment.path
        return path.read_text() if path.exists() else ""
