"""What left the site: ids of the whole scope against what is known, and the missing told apart by evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connector.jira.pull import IssueReader
from connector.jira.scope import Found, Scope, query_id, refusal
from connector.jira.site import Json, ProjectStanding, Site, Standing
from model.errors import RetryableError
from model.ids import item_id, parse_id
from model.sync import Census, KnownItem, Page, Stage


@dataclass
class _Verdicts:
    """Item ids by what became of them; ``fresh``: issues that were read again."""

    deleted: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    fresh: dict[int, Json] = field(default_factory=dict)


class CensusTaker:
    """One census of one connection."""

    def __init__(self, site: Site, connection: str, scope: Scope, reader: IssueReader) -> None:
        self._site = site
        self._connection = connection
        self._scope = scope
        self._reader = reader

    def take(self, known: Sequence[KnownItem]) -> Census:
        """Sweep, compare, confirm. Raises RetryableError when the sweep can't be believed, UsageError for a query
        that Jira refuses: then nothing can be said about its items."""
        found = self._sweep()
        held = {int(one.vendor_id): one for one in known if one.vendor_id.isdigit()}
        told = _Verdicts()
        present = set(found.ids)
        missing = sorted(number for number, one in held.items() if not one.gone and number not in present)
        if missing:
            self._confirm(missing, held, found, told)
        self._returned(present, held, found, told)
        raw = self._reader.raw(told.fresh.values(), found.queries)
        return Census(
            checked=sum(1 for one in held.values() if not one.gone), deleted=tuple(told.deleted),
            moved=tuple(told.moved), archived=tuple(told.archived), gone_or_hidden=tuple(told.hidden),
            back=tuple(told.back), page=Page(stage=Stage.ITEMS, raw=tuple(raw), done=len(raw), total=len(raw)),
        )

    def _sweep(self) -> Found:
        found = self._scope.find()
        for source, why in found.refused:
            if source.kind == "jql":
                raise refusal(self._connection, source, why)
        return found

    def _confirm(self, missing: Sequence[int], held: dict[int, KnownItem], found: Found, told: _Verdicts) -> None:
        """Look at what the sweep did not show: first who we are, then the issues, then their projects."""
        self._site.me()
        shown = {int(issue["id"]): issue for issue in self._reader.present(missing)}
        for number, issue in shown.items():
            told.fresh[number] = issue
            if (issue.get("fields") or {}).get("archiveddate"):
                told.archived.append(held[number].id)
            elif not self._scope.holds(issue, found.below):
                told.moved.append(held[number].id)
            elif not found.ids:
                raise RetryableError(
                    "Jira's search shows nothing while its issues are there; it is not believed.",
                    where=self._connection, reason="search_incomplete",
                )
        left = [held[number] for number in missing if number not in shown]
        if left:
            self._judge(left, held, told)

    def _judge(self, left: Sequence[KnownItem], held: dict[int, KnownItem], told: _Verdicts) -> None:
        """Issues that nobody shows: what their project says of them."""
        projects = {one.id: _project_of(one) for one in left}
        wanted = sorted({project for project in projects.values() if project})
        standings = self._site.standings(wanted) if wanted else {}
        secret = {_project_of(one) for one in held.values() if one.restricted}
        for one in left:
            project = projects[one.id]
            standing = standings.get(project) if project else None
            _list_of(standing, told, secret=project in secret).append(one.id)

    def _returned(self, present: set[int], held: dict[int, KnownItem], found: Found, told: _Verdicts) -> None:
        """What is there and was not known, or was known as gone; and what queries bring other than was known."""
        back = sorted(number for number in present if number not in held or held[number].gone)
        wanted = {query_id(source.value) for source in self._scope.sources if source.kind == "jql"}
        changed = sorted(
            number for number in present if number in held and not held[number].gone and wanted
            and _queries_of(held[number]) & wanted != set(found.queries.get(number, ()))
        )
        for issue in self._reader.present(sorted({*back, *changed})):
            number = int(issue["id"])
            told.fresh[number] = issue
            if number not in held or held[number].gone:
                told.back.append(item_id(self._connection, str(number)))


def _list_of(standing: ProjectStanding | None, told: _Verdicts, *, secret: bool) -> list[str]:
    """Where an issue belongs that is not shown: deleted only where its project hides nothing."""
    if standing is None or standing.standing is Standing.HIDDEN:
        return told.hidden
    if standing.standing is Standing.ARCHIVED:
        return told.archived
    if standing.standing is Standing.DELETED:
        return told.deleted
    return told.deleted if standing.secured is False and not secret else told.hidden


def _project_of(item: KnownItem) -> str | None:
    """The vendor's id of the project an item is known to be in."""
    return next((one.vendor_id for one in map(parse_id, item.containers) if one.kind == "project"), None)


def _queries_of(item: KnownItem) -> set[str]:
    return {one.vendor_id for one in map(parse_id, item.containers) if one.kind == "query"}
