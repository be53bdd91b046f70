"""The tree's sources as questions to Jira: bounded JQL, and what lies below an issue."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connector.jira.site import Site
from connector.sdk.http import UnexpectedAnswerError
from model.errors import UsageError
from model.tree import Source

_PARENTS_PER_QUERY = 200
_IDS_PER_QUERY = 500
_DEEPEST = 10
T = TypeVar("T")


def text(value: str) -> str:
    """A value as a JQL string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def query_id(jql: str) -> str:
    """The stable id of a query container."""
    return hashlib.sha256(" ".join(jql.split()).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Found:
    """Issue ids in scope, and which of them each query brought."""

    ids: tuple[int, ...]
    queries: dict[int, tuple[str, ...]]


class Scope:
    """Finds the issues of some sources of one connection."""

    def __init__(self, site: Site, connection: str, sources: Sequence[Source]) -> None:
        self._site = site
        self._connection = connection
        self._sources = tuple(dict.fromkeys(source for source in sources if source.connection == connection))

    def project_keys(self) -> tuple[str, ...]:
        """Keys of the projects that the sources name, for their versions and boards."""
        named = [source.value for source in self._sources if source.kind == "project"]
        named += [source.project for source in self._sources if source.project]
        named += [source.value.rpartition("-")[0] for source in self._sources if source.kind == "epic"]
        return tuple(dict.fromkeys(key for key in named if key))

    def roots(self) -> tuple[str, ...]:
        """The issues whose descendants are a source."""
        return tuple(source.value for source in self._sources if source.kind == "epic")

    def find(self, since: str | None) -> Found:
        """All issues in scope, or those updated since a moment (JQL text such as ``-90m``), sorted by id.

        Raises UsageError when Jira refuses a source's query.
        """
        ids: set[int] = set()
        queries: dict[int, list[str]] = {}
        for source in self._sources:
            found = self._of_source(source, since)
            ids.update(found)
            if source.kind == "jql":
                for number in found:
                    queries.setdefault(number, []).append(query_id(source.value))
        return Found(tuple(sorted(ids)), {number: tuple(sorted(set(names))) for number, names in queries.items()})

    def queries_of(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Which of the JQL sources bring the given issues."""
        queries: dict[int, list[str]] = {}
        for source in self._sources:
            if source.kind == "jql" and ids:
                for part in _parts(ids, _IDS_PER_QUERY):
                    for number in self._search(source, f"id in ({_joined(part)}) AND ({_unordered(source.value)})"):
                        queries.setdefault(number, []).append(query_id(source.value))
        return {number: tuple(sorted(set(names))) for number, names in queries.items()}

    def _of_source(self, source: Source, since: str | None) -> list[int]:
        if source.kind == "epic":
            return self._below(source, since)
        clause = {
            "project": lambda: f"project = {text(source.value)}",
            "jql": lambda: f"({_unordered(source.value)})",
            "version": lambda: f"fixVersion = {text(source.value)}"
            + (f" AND project = {text(source.project)}" if source.project else ""),
        }.get(source.kind)
        if clause is None:
            raise UsageError(
                f"A Jira project has no source of the kind {source.kind!r}.", where=self._connection,
                fix="Use project, jql, epic or version.",
            )
        return self._search(source, clause() + (f" AND updated >= {text(since)}" if since else ""))

    def _below(self, source: Source, since: str | None) -> list[int]:
        """Everything below an issue, level by level; the issue itself is not part of it."""
        every: set[int] = set()
        level = [source.value]
        for _ in range(_DEEPEST):
            children: set[int] = set()
            for part in _parts(level, _PARENTS_PER_QUERY):
                children.update(self._search(source, f"parent in ({_joined(part)})"))
            children -= every
            if not children:
                break
            every |= children
            level = [str(number) for number in sorted(children)]
        if since is None:
            return sorted(every)
        changed: list[int] = []
        for ids in _parts(sorted(every), _IDS_PER_QUERY):
            changed += self._search(source, f"id in ({_joined(ids)}) AND updated >= {text(since)}")
        return changed

    def _search(self, source: Source, jql: str) -> list[int]:
        try:
            return [int(issue["id"]) for page in self._site.search(jql) for issue in page]
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            raise UsageError(
                f"Jira refuses the source {source.kind}: {source.value}. {exc.what}", where=self._connection,
                fix="Check that it exists and that the account may see it.", reason="bad_source",
            ) from exc


def _unordered(jql: str) -> str:
    """A query without its ORDER BY, so that it can stand in brackets."""
    place = jql.lower().rfind("order by")
    return jql[:place].strip() if place > 0 else jql.strip()


def _joined(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


def _parts(values: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (values[start:start + size] for start in range(0, len(values), size))
