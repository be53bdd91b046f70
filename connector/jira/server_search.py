"""Searching a server: pages by ``startAt`` within a result window, and issues by id or key, any number of them.

Sources: the vendor's articles on ``maxResults``, on ``max_result_window`` and on inconsistent paging.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence

from connector.jira import server_shapes as shapes
from connector.jira.client import JiraClient, quoted
from connector.jira.scope import text
from connector.jira.site import Json
from connector.sdk.http import UnexpectedAnswerError
from model.errors import FatalError, NotFoundError

PAGE = 1000
WINDOW = 10_000
ISSUES_AT_ONCE = 1000
_BY_CREATION = "created ASC, key ASC"
# A list of issue ids, which we made: some of them may be gone by now.
_OUR_IDS = re.compile(r"(?:\bid|\bparent|\bcf\[\d+\]) in \(\d")


class ServerSearch:
    """The search of one server. Issues come as the server shapes them.

    ``window``: how many results of one search the site shows at all.
    """

    def __init__(self, client: JiraClient, connection: str, window: int) -> None:
        self._client = client
        self._connection = connection
        self._window = window

    def pages(self, jql: str, fields: Sequence[str]) -> Iterator[list[Json]]:
        """Pages of a query, to its end, in its own order as far as the window reaches, the rest by creation.

        Beyond the window the server answers 500, and pages by ``startAt`` shift while people work. So a query without
        an order is read along the moment of creation, which never changes: each page begins at the second that the
        last one ended in.
        """
        given: set[int] = set()
        bare, order = _parted(jql)
        strict = _OUR_IDS.search(jql) is None
        if order not in ("", _BY_CREATION):
            yield from self._ordered(f"{bare} ORDER BY {order}", fields, given, strict=strict)
            if len(given) < self._window:
                return
        yield from self._by_creation(bare, fields, given, strict=strict)

    def _ordered(
        self, jql: str, fields: Sequence[str], given: set[int], *, strict: bool
    ) -> Iterator[list[Json]]:
        """Pages as far as the window reaches."""
        start = 0
        while start < self._window:
            found = self.page(jql, fields, start=start, size=min(PAGE, self._window - start), strict=strict)
            issues = found.get("issues") or []
            start += len(issues)
            new = _fresh(issues, given)
            if new:
                yield _asked_for(new, fields)
            if not issues or start >= found.get("total", 0):
                return

    def _by_creation(
        self, jql: str, fields: Sequence[str], given: set[int], *, strict: bool
    ) -> Iterator[list[Json]]:
        since_ms: int | None = None
        start = 0
        while True:
            part = jql if since_ms is None else f"({jql}) AND created >= {since_ms}"
            found = self.page(
                f"{part} ORDER BY {_BY_CREATION}", (*fields, "created"), start=start,
                size=min(PAGE, self._window - start), strict=strict,
            )
            issues = found.get("issues") or []
            new = _fresh(issues, given)
            if new:
                yield _asked_for(new, fields)
            if not issues or start + len(issues) >= found.get("total", 0):
                return
            last_ms = shapes.last_second_ms(issues)
            if last_ms is not None and (since_ms is None or last_ms > since_ms):
                since_ms, start = last_ms, 0
            else:
                start += len(issues)
            self._check_depth(start)

    def _check_depth(self, start: int) -> None:
        if start >= self._window:
            raise FatalError(
                f"More than {start} issues were created within one second: Jira's search shows no further.",
                where=self._connection, fix="Narrow the source, for instance by JQL.", reason="result_window",
            )

    def page(
        self, jql: str, fields: Sequence[str], *, start: int, size: int, strict: bool = True,
        expand: Sequence[str] = (),
    ) -> Json:
        """One answer. Not ``strict``: ids and keys that do not exist are let pass."""
        body: Json = {"jql": jql, "startAt": start, "maxResults": size, "fields": list(fields)}
        if not strict:
            body["validateQuery"] = False
        if expand:
            body["expand"] = list(expand)
        found: Json = self._client.ask("api/search", body)
        return found

    def listed(
        self, clause: str, values: Sequence[str], fields: Sequence[str], *, expand: Sequence[str] = ()
    ) -> list[Json]:
        """The issues of some ids or keys, any number of them; those that are gone or hidden are left out."""
        found: dict[str, Json] = {}
        for start in range(0, len(values), ISSUES_AT_ONCE):
            for issue in self._part(clause, values[start:start + ISSUES_AT_ONCE], fields, expand):
                found[str(issue["id"])] = issue
        return list(found.values())

    def _part(self, clause: str, values: Sequence[str], fields: Sequence[str], expand: Sequence[str]) -> list[Json]:
        """One part of ``listed``. Some versions refuse the whole query for one unknown id: it is found by halving."""
        listed = ", ".join(values if clause == "id" else (text(value) for value in values))
        jql = f"{clause} in ({listed}) ORDER BY key ASC"
        issues: list[Json] = []
        try:
            while True:
                page = self.page(jql, fields, start=len(issues), size=PAGE, strict=False, expand=expand)
                issues += page.get("issues") or []
                if not page.get("issues") or len(issues) >= page.get("total", 0):
                    return issues
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            if len(values) == 1:
                with contextlib.suppress(NotFoundError):
                    self._client.read(f"api/issue/{quoted(values[0])}", {"fields": "id"})
                    raise  # it is there, so the refusal was about something else
                return []
        half = len(values) // 2
        return [
            *self._part(clause, values[:half], fields, expand), *self._part(clause, values[half:], fields, expand)
        ]

    def whole(self, ids: Sequence[int], fields: Sequence[str], *, expand: str = "") -> list[Json]:
        """Issues by id. What a search does not show is asked for alone: archived issues are in no index, and new ones
        not at once in that of every node."""
        found = self.listed("id", [str(number) for number in ids], fields, expand=(expand,) if expand else ())
        shown = {int(issue["id"]) for issue in found}
        params = {"fields": ",".join(fields), **({"expand": expand} if expand else {})}
        for number in dict.fromkeys(ids):
            if number not in shown:
                with contextlib.suppress(NotFoundError):
                    found.append(self._client.read(f"api/issue/{number}", params))
        return found


def _parted(jql: str) -> tuple[str, str]:
    """A query and its order."""
    place = jql.lower().rfind("order by")
    return (jql[:place].strip(), jql[place + len("order by"):].strip()) if place > 0 else (jql.strip(), "")


def _fresh(issues: Sequence[Json], given: set[int]) -> list[Json]:
    """The issues that were not given yet, which they are from now on."""
    fresh = [issue for issue in issues if int(issue["id"]) not in given]
    given.update(int(issue["id"]) for issue in fresh)
    return fresh


def _asked_for(issues: Sequence[Json], fields: Sequence[str]) -> list[Json]:
    """Issues without what we asked for ourselves, to page on."""
    if "created" in fields or any(name.startswith("*") for name in fields):
        return list(issues)
    return [
        {**issue, "fields": {key: one for key, one in (issue.get("fields") or {}).items() if key != "created"}}
        for issue in issues
    ]
