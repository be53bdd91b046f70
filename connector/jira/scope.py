"""The tree's sources as questions to Jira: bounded JQL, and what lies below an issue."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connector.jira.site import Json, Site
from connector.sdk.http import UnexpectedAnswerError
from model.errors import UsageError
from model.tree import Source, SourceKind

SOURCE_KINDS: frozenset[SourceKind] = frozenset({"project", "jql", "epic", "version"})
IDS_PER_QUERY = 1000
_DEEPEST = 10
_STABLE = " ORDER BY created ASC, key ASC"  # the same order on every page
T = TypeVar("T")


def text(value: str) -> str:
    """A value as a JQL string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def issue(key_or_id: str) -> str:
    """An issue as JQL: its id bare, its key in quotes."""
    return key_or_id if key_or_id.isdigit() else text(key_or_id)


def query_id(jql: str) -> str:
    """The stable id of a query container."""
    return hashlib.sha256(" ".join(jql.split()).encode()).hexdigest()[:16]


def source_text(source: Source) -> str:
    """A source as the cursor remembers it."""
    return f"{source.kind}:{source.project or ''}:{source.value}"


@dataclass(frozen=True)
class Found:
    """Issue ids in scope, which of them each query brought, which lie below an epic, and the sources Jira refused."""

    ids: tuple[int, ...]
    queries: dict[int, tuple[str, ...]]
    below: tuple[int, ...] = ()
    refused: tuple[tuple[Source, str], ...] = ()


class Scope:
    """Finds the issues of some sources of one connection. Raises UsageError for a kind of source that Jira lacks."""

    def __init__(self, site: Site, connection: str, sources: Sequence[Source]) -> None:
        self._site = site
        self._connection = connection
        self.sources = tuple(dict.fromkeys(source for source in sources if source.connection == connection))
        for source in self.sources:
            if source.kind not in SOURCE_KINDS:
                raise UsageError(
                    f"A Jira project has no source of the kind {source.kind!r}.", where=connection,
                    fix="Use project, jql, epic or version.",
                )

    def without(self, refused: Collection[str]) -> "Scope":
        """The same without some sources."""
        return Scope(self._site, self._connection, [one for one in self.sources if source_text(one) not in refused])

    def only(self, wanted: Collection[str]) -> "Scope":
        """The same with some sources alone."""
        return Scope(self._site, self._connection, [one for one in self.sources if source_text(one) in wanted])

    def project_keys(self) -> tuple[str, ...]:
        """Keys of the projects that the sources name, for their versions and boards."""
        named = [source.value for source in self.sources if source.kind == "project"]
        named += [source.project for source in self.sources if source.project]
        named += [source.value.rpartition("-")[0] for source in self.sources if source.kind == "epic"]
        return tuple(dict.fromkeys(key for key in named if key))

    def roots(self) -> tuple[str, ...]:
        """The issues whose descendants are a source."""
        return tuple(source.value for source in self.sources if source.kind == "epic")

    def count(self) -> int | None:
        """How many issues the site says the sources hold; None where one of them lies below an issue.

        Raises UsageError with the site's words where it refuses them.
        """
        if self.roots() or not self.sources:
            return None
        try:
            return self._site.count(" OR ".join(_clause(source) for source in self.sources))
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            raise refusal(self._connection, self.sources[0], exc.what) from None

    # -- everything ---------------------------------------------------------------------------------------------------

    def find(self) -> Found:
        """All issues in scope, sorted by id: one search for projects and versions, one for each query, one for each
        level below the epics. A source that Jira refuses is named in ``refused``; the rest is found.
        """
        ids: set[int] = set()
        queries: dict[int, list[str]] = {}
        refused: list[tuple[Source, str]] = []
        ids.update(self._together([one for one in self.sources if one.kind in ("project", "version")], refused))
        for source in self.sources:
            if source.kind == "jql":
                for number in self._together([source], refused):
                    ids.add(number)
                    queries.setdefault(number, []).append(query_id(source.value))
        below = self._below_all(refused)
        ids.update(below)
        return Found(tuple(sorted(ids)), _named(queries), tuple(sorted(below)), tuple(refused))

    def _together(self, sources: Sequence[Source], refused: list[tuple[Source, str]]) -> list[int]:
        """Ids of some sources by one search; where it is refused, by one each, so that it shows which one was."""
        if not sources:
            return []
        try:
            return self._ids(" OR ".join(_clause(source) for source in sources) + _STABLE)
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            if len(sources) == 1:
                refused.append((sources[0], exc.what))
                return []
        return [number for source in sources for number in self._together([source], refused)]

    def _below_all(self, refused: list[tuple[Source, str]]) -> set[int]:
        found: set[int] = set()
        roots = [source for source in self.sources if source.kind == "epic"]
        try:
            return self.descendants([issue(source.value) for source in roots])
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
        for source in roots:
            try:
                found |= self.descendants([issue(source.value)])
            except UnexpectedAnswerError as exc:
                if exc.answer.status != 400:
                    raise
                refused.append((source, exc.what))
        return found

    def descendants(self, parents: Sequence[str], known: Collection[int] = ()) -> set[int]:
        """Everything below some issues (JQL words), level by level, but for what is ``known``; cycles end by that."""
        every: set[int] = set()
        level = list(parents)
        for _ in range(_DEEPEST):
            children: set[int] = set()
            for part in parts(level, IDS_PER_QUERY):
                children.update(self._ids(self._site.below(part)))
            children -= every
            children.difference_update(known)
            if not children:
                break
            every |= children
            level = [str(number) for number in sorted(children)]
        return every

    # -- what changed -------------------------------------------------------------------------------------------------

    def changed(
        self, minutes: int, below: Sequence[int], *, reconcile: Sequence[int], moved_on: Callable[[], bool]
    ) -> dict[int, Json] | None:
        """Issues updated in the last ``minutes``, with ``updated``, by one search where that holds all sources.

        ``moved_on``: asked after the first page; True when the window was wrong, and None is given.
        """
        found: dict[int, Json] = {}
        first = True
        for clause in self._clauses(below):
            jql = f"({clause}) AND updated >= {text(f'-{minutes}m')}{_STABLE}"
            for page in self._site.search(jql, fields=("updated",), reconcile=reconcile):
                if first and moved_on():
                    return None
                first = False
                found.update({int(issue["id"]): issue for issue in page})
        return found

    def _clauses(self, below: Sequence[int]) -> Iterator[str]:
        """The union of all sources; in several pieces only where thousands of issues lie below epics."""
        plain = [_clause(source) for source in self.sources if source.kind != "epic"]
        roots = self.roots()
        if not roots:
            if plain:
                yield " OR ".join(plain)
            return
        pieces = list(parts(sorted(below), IDS_PER_QUERY)) or [()]
        for place, piece in enumerate(pieces):
            parents = [*(issue(root) for root in roots if place == 0), *(str(number) for number in piece)]
            clauses = [*(plain if place == 0 else ()), self._site.below(parents)]
            if piece:
                clauses.append(f"id in ({_joined(piece)})")
            yield " OR ".join(clauses)

    def queries_of(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Which of the JQL sources bring the given issues."""
        queries: dict[int, list[str]] = {}
        for source in self.sources:
            if source.kind == "jql":
                for part in parts(ids, IDS_PER_QUERY):
                    for number in self._ids(f"id in ({_joined(part)}) AND ({_unordered(source.value)})"):
                        queries.setdefault(number, []).append(query_id(source.value))
        return _named(queries)

    def among(self, ids: Sequence[int], below: Sequence[int]) -> dict[int, Json]:
        """Which of some issues are in scope, with their ``updated``."""
        found: dict[int, Json] = {}
        for part in parts(ids, IDS_PER_QUERY):
            for clause in self._clauses(below):
                for page in self._site.search(f"id in ({_joined(part)}) AND ({clause})", fields=("updated",)):
                    found.update({int(issue["id"]): issue for issue in page})
        return found

    def shows_anything(self, below: Sequence[int]) -> bool:
        """Whether the search finds any issue at all in scope."""
        return any(next(self._site.search(f"({clause}){_STABLE}"), []) for clause in self._clauses(below))

    def holds(self, issue: Json, below: Collection[int]) -> bool:
        """Whether an issue's own payload shows it to be in a project, version or epic of the sources.

        False says nothing about queries.
        """
        fields = issue.get("fields") or {}
        project = fields.get("project") or {}
        names = {str(project.get("key", "")).upper(), str(project.get("id", "")), str(project.get("name", "")).upper()}
        for source in self.sources:
            if source.kind == "project" and source.value.upper() in names:
                return True
            if source.kind == "version" and (source.project is None or source.project.upper() in names):
                shown = [(str(one.get("id")), one.get("name")) for one in fields.get("fixVersions") or ()]
                if any(source.value in one for one in shown):
                    return True
        return self.lies_below(issue, below)

    def lies_below(self, issue: Json, below: Collection[int]) -> bool:
        """Whether an issue's parent is one of the sources' epics, or lies below one."""
        parent = (issue.get("fields") or {}).get("parent") or {}
        roots = {root.upper() for root in self.roots()}
        named = {str(parent.get("key", "")).upper(), str(parent.get("id", ""))}
        return bool(roots) and (not named.isdisjoint(roots) or _number(parent.get("id")) in below)

    def refusal_of(self, source: Source) -> str | None:
        """What Jira says against a source, asked for alone; None where it accepts it."""
        clause = self._site.below([issue(source.value)]) if source.kind == "epic" else _clause(source)
        try:
            next(self._site.search(f"({clause}) AND updated >= -1m"), [])
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            return exc.what
        return None

    def _ids(self, jql: str) -> list[int]:
        return [int(issue["id"]) for page in self._site.search(jql) for issue in page]


def refusal(connection: str, source: Source, said: str) -> UsageError:
    """The error for a source that Jira does not accept."""
    return UsageError(
        f"Jira refuses the source {source.kind}: {source.value}. {said}", where=connection,
        fix="Check that it exists and that the account may see it.", reason="bad_source",
    )


def _clause(source: Source) -> str:
    """A source as JQL that can stand in brackets."""
    if source.kind == "project":
        return f"project = {text(source.value)}"
    if source.kind == "jql":
        return f"({_unordered(source.value)})"
    version = f"fixVersion = {text(source.value)}"
    return f"({version} AND project = {text(source.project)})" if source.project else version


def _unordered(jql: str) -> str:
    """A query without its ORDER BY."""
    place = jql.lower().rfind("order by")
    return jql[:place].strip() if place > 0 else jql.strip()


def _number(value: object) -> int | None:
    return int(str(value)) if str(value).isdigit() else None


def _named(queries: dict[int, list[str]]) -> dict[int, tuple[str, ...]]:
    return {number: tuple(sorted(set(names))) for number, names in queries.items()}


def _joined(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


def parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """A sequence in pieces of at most ``size``."""
    return (values[start:start + size] for start in range(0, len(values), size))
