"""The site's own lists, which every other payload is read with: fields, statuses, types, projects, versions, boards."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from pydantic_core import to_json

from connector.jira.ahead import THREADS, read_ahead
from connector.jira.client import AGILE_PAGE, JiraClient, quoted
from connector.jira.site import Json, Site
from connector.jira.vocabulary import Vocabulary
from connector.sdk.http import UnexpectedAnswerError
from model.errors import NotFoundError, RefusedError
from model.sync import RawPayload

_BOARDS = "rest/agile/1.0/board"
ListReader = Callable[[], Iterable[RawPayload]]


class ReferenceReader:
    """Reads the lists as raw payloads. ``now`` stamps them."""

    def __init__(self, client: JiraClient, site: Site, connection: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._site = site
        self._connection = connection
        self._now = now

    def raw(self, kind: str, vendor_id: str, document: Any, *, via: str = "sync") -> RawPayload:
        """A document as a raw payload."""
        return self.kept(kind, vendor_id, to_json(document), via=via)

    def kept(self, kind: str, vendor_id: str, body: bytes, *, via: str = "sync") -> RawPayload:
        """A JSON text as a raw payload."""
        return RawPayload(
            connection=self._connection, kind=kind, vendor_id=vendor_id, body=body, fetched_at=self._now(), via=via
        )

    def read(self, project_keys: Sequence[str], roots: Sequence[str]) -> list[RawPayload]:
        """Everything for issues of these projects and below these issues."""
        found = [one for _, part in self.in_parts(project_keys, roots, after=0) for one in part]
        return list({(one.kind, one.vendor_id): one for one in found}.values())

    def in_parts(
        self, project_keys: Sequence[str], roots: Sequence[str], *, after: int
    ) -> Iterator[tuple[int, list[RawPayload]]]:
        """The same, a few lists at a time, each time with how many were read; ``after``: how many to leave out."""
        steps = islice(self._steps(project_keys, roots), after, None)
        while part := list(islice(steps, THREADS)):
            after += len(part)
            yield after, list(self._together(part))

    def _steps(self, project_keys: Sequence[str], roots: Sequence[str]) -> Iterator[ListReader]:
        yield from (*self._vocabulary(), self.projects)
        yield from (partial(self.versions, key) for key in project_keys)
        yield from (partial(self._root, key) for key in roots)
        yield from self._board_steps(project_keys)

    def words(self) -> Iterator[RawPayload]:
        """What seldom changes: the vocabulary and the projects."""
        yield from self._together([*self._vocabulary(), self.projects])

    def lists(self, project_keys: Sequence[str]) -> Iterator[RawPayload]:
        """What changes often: the projects' versions, boards and sprints."""
        yield from self._together([partial(self.versions, key) for key in project_keys])
        yield from self.boards(project_keys)

    def _together(self, lists: Sequence[ListReader]) -> Iterator[RawPayload]:
        """Lists in their order, a few being read at the same time."""
        for _, found in read_ahead(lists, lambda read: list(read())):
            yield from found

    def vocabulary(self) -> Iterator[RawPayload]:
        """Fields, statuses, types, priorities and link types: five small lists."""
        yield from self._together(self._vocabulary())

    def _vocabulary(self) -> list[ListReader]:
        read = self._client.read
        return [
            lambda: [self.raw("field", field["id"], field) for field in read("api/field")],
            lambda: [self.raw("status", str(status["id"]), status) for status in read("api/status")],
            lambda: [self.raw("issuetype", str(kind["id"]), kind) for kind in self._site.issue_types()],
            lambda: [
                self.raw("priority", str(priority["id"]), {**priority, "rank": rank})
                for rank, priority in enumerate(read("api/priority"))
            ],
            lambda: [
                self.raw("linktype", str(link["id"]), link)
                for link in read("api/issueLinkType").get("issueLinkTypes") or ()
            ],
        ]

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

    def boards(self, keys: Sequence[str]) -> Iterator[RawPayload]:
        """The projects' boards with what they estimate with and show, and their sprints. None without Jira Software."""
        yield from self._together(list(self._board_steps(keys)))

    def _board_steps(self, keys: Sequence[str]) -> Iterator[ListReader]:
        try:
            boards = self._boards_of(keys)
        except (NotFoundError, RefusedError, UnexpectedAnswerError):
            return
        for board, projects in boards:
            yield partial(self._board, board, sorted(projects))
            if board.get("type") != "kanban":  # Jira refuses to list sprints of a kanban board
                yield partial(self._sprints, board)

    def _boards_of(self, keys: Sequence[str]) -> list[tuple[Json, set[str]]]:
        """Each board with its projects, by key or id.

        One list of all boards where that is cheaper than a list a project: its first page says how long it is.
        """
        if len(keys) < 2:
            return self._boards_by_project(keys)
        first = self._client.read(_BOARDS, {"startAt": 0, "maxResults": AGILE_PAGE})
        placed = any("location" in board for board in first.get("values") or ())  # Data Center tells none
        if not placed or (first.get("isLast") is not True and first.get("total", 0) > AGILE_PAGE * (len(keys) + 1)):
            return self._boards_by_project(keys)
        every = list(first.get("values") or ())
        while first.get("isLast") is not True and first.get("values"):
            first = self._client.read(_BOARDS, {"startAt": len(every), "maxResults": AGILE_PAGE})
            every += first.get("values") or ()
        wanted = {key.upper() for key in keys}
        return [(board, _home(board)) for board in every if not wanted.isdisjoint(_home(board))]

    def _boards_by_project(self, keys: Sequence[str]) -> list[tuple[Json, set[str]]]:
        found: dict[int, tuple[Json, set[str]]] = {}
        for key in keys:
            for board in self._client.offset_list(_BOARDS, "values", params={"projectKeyOrId": key}):
                found.setdefault(board["id"], (board, _home(board)))[1].add(key.upper())
        return list(found.values())

    def _board(self, board: Json, projects: Sequence[str]) -> list[RawPayload]:
        number = board["id"]
        configuration = self._client.read(f"{_BOARDS}/{number}/configuration")
        estimation = (configuration.get("estimation") or {}).get("field") or {}
        columns = (configuration.get("columnConfig") or {}).get("columns") or []
        statuses = {str(status["id"]) for column in columns for status in column.get("statuses") or ()}
        told = {
            "id": number, "name": board.get("name", ""), "projects": projects,
            "estimation_field": estimation.get("fieldId"), "statuses": sorted(statuses),
        }  # fmt: skip
        return [self.raw("board", str(number), told)]

    def _sprints(self, board: Json) -> Iterator[RawPayload]:
        try:
            for sprint in self._client.offset_list(f"{_BOARDS}/{board['id']}/sprint", "values"):
                yield self.raw("sprint", str(sprint["id"]), sprint)
        except UnexpectedAnswerError:
            return  # a board that is simple may or may not have sprints; Jira answers 400 where it has none

    def _root(self, key: str) -> Iterator[RawPayload]:
        try:
            issue = self._client.read(f"api/issue/{quoted(key)}", {"fields": "summary"})
        except NotFoundError:
            return  # the search for what lies below it says so, naming the source
        yield self.raw("root", str(issue["id"]), {"id": issue["id"], "name": key})


def _home(board: Json) -> set[str]:
    """The project a board lives in, by key and by id; nothing for one that lives with a person."""
    place = board.get("location") or {}
    return {str(place[name]).upper() for name in ("projectKey", "projectId") if place.get(name) is not None}


def has_words(reference: Sequence[RawPayload]) -> bool:
    """Whether kept payloads hold a vocabulary to read issues with."""
    return {"field", "status", "issuetype"} <= {one.kind for one in reference}


def unknown_words(issues: Iterable[Json], words: Vocabulary) -> tuple[bool, tuple[str, ...]]:
    """(a status, a type or a project is unknown, keys of projects with an unknown version) among some issues."""
    strange = False
    projects: dict[str, None] = {}
    for issue in issues:
        fields = issue.get("fields") or {}
        named = {name: str((fields.get(name) or {}).get("id", "")) for name in ("status", "issuetype", "project")}
        strange = strange or any((
            named["status"] not in words.statuses, named["issuetype"] not in words.types,
            named["project"] not in words.projects,
        ))
        versions = (str(one.get("id")) for one in fields.get("fixVersions") or ())
        if any(one not in words.versions for one in versions):
            projects[str((fields.get("project") or {}).get("key", ""))] = None
    return strange, tuple(key for key in projects if key)
