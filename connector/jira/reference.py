"""The site's own lists, which every other payload is read with: fields, statuses, types, projects, versions, boards."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connector.jira.client import JiraClient, quoted
from connector.jira.site import Site
from connector.sdk.http import UnexpectedAnswerError
from model.errors import NotFoundError, RefusedError
from model.sync import RawPayload


class ReferenceReader:
    """Reads the lists as raw payloads. ``now`` stamps them."""

    def __init__(self, client: JiraClient, site: Site, connection: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._site = site
        self._connection = connection
        self._now = now

    def raw(self, kind: str, vendor_id: str, document: Any, *, via: str = "sync") -> RawPayload:
        """A document as a raw payload."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return RawPayload(
            connection=self._connection, kind=kind, vendor_id=vendor_id, body=body, fetched_at=self._now(), via=via
        )

    def read(self, project_keys: Sequence[str], roots: Sequence[str]) -> list[RawPayload]:
        """Everything for issues of these projects and below these issues."""
        return [
            *self.vocabulary(), *self.projects(),
            *(one for key in project_keys for one in self.versions(key)),
            *(one for key in project_keys for one in self.boards(key)),
            *(self._root(key) for key in roots),
        ]

    def vocabulary(self) -> Iterator[RawPayload]:
        """Fields, statuses, types, priorities and link types: five small lists."""
        read = self._client.read
        for field in read("api/field"):
            yield self.raw("field", field["id"], field)
        for status in read("api/status"):
            yield self.raw("status", str(status["id"]), status)
        for kind in read("api/issuetype"):
            yield self.raw("issuetype", str(kind["id"]), kind)
        for rank, priority in enumerate(read("api/priority")):
            yield self.raw("priority", str(priority["id"]), {**priority, "rank": rank})
        for link in read("api/issueLinkType").get("issueLinkTypes") or ():
            yield self.raw("linktype", str(link["id"]), link)

    def projects(self) -> Iterator[RawPayload]:
        """Every project the account may see."""
        for project in self._site.projects():
            yield self.raw("project", str(project["id"]), project)

    def versions(self, key: str) -> Iterator[RawPayload]:
        try:
            for version in self._site.versions(key):
                yield self.raw("version", str(version["id"]), version)
        except NotFoundError:
            return  # the search for its issues says so, naming the source

    def boards(self, key: str) -> Iterator[RawPayload]:
        """A project's boards with what they estimate with, and their sprints. A site without Jira Software has none."""
        try:
            boards = list(self._client.offset_list("rest/agile/1.0/board", "values", params={"projectKeyOrId": key}))
        except (NotFoundError, RefusedError, UnexpectedAnswerError):
            return
        for board in boards:
            yield self._board(board)
            if board.get("type") != "kanban":  # Jira refuses to list sprints of a kanban board
                yield from self._sprints(board)

    def _board(self, board: dict[str, Any]) -> RawPayload:
        number = board["id"]
        configuration = self._client.read(f"rest/agile/1.0/board/{number}/configuration")
        estimation = (configuration.get("estimation") or {}).get("field") or {}
        told = {"id": number, "name": board.get("name", ""), "estimation_field": estimation.get("fieldId")}
        return self.raw("board", str(number), told)

    def _sprints(self, board: dict[str, Any]) -> Iterator[RawPayload]:
        try:
            for sprint in self._client.offset_list(f"rest/agile/1.0/board/{board['id']}/sprint", "values"):
                yield self.raw("sprint", str(sprint["id"]), sprint)
        except UnexpectedAnswerError:
            return  # a board that is simple may or may not have sprints; Jira answers 400 where it has none

    def _root(self, key: str) -> RawPayload:
        issue = self._client.read(f"api/issue/{quoted(key)}", {"fields": "summary"})
        return self.raw("root", str(issue["id"]), {"id": issue["id"], "name": key})
