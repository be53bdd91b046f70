"""What items point at: people, projects, sections, portfolios, fields, status updates."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.cursor import State
from connector.asana.items import Items
from model.errors import AppError
from model.sync import RawPayload, Skipped
from model.tree import Source


class Reference:
    """Reads the reference data of a pull, and finds out which projects it is about."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], state: State) -> None:
        self._client = client
        self._raw = Items(client, now).raw
        self._state = state

    def read(self, sources: Sequence[Source]) -> tuple[list[RawPayload], list[Skipped]]:
        """All reference payloads; ``state.projects`` is set. A source that can't be read is skipped by name."""
        raw: list[RawPayload] = []
        skipped: list[Skipped] = []
        if self._state.full:
            raw.append(self._raw("me", "me", self._client.me()))
            raw.append(self._raw("workspace", self._client.workspace, self._client.get_workspace()))
        raw.extend(self._raw("user", str(user["gid"]), user) for user in self._client.users())
        raw.extend(self._custom_fields())
        wanted = self._wanted(sources, raw, skipped)
        projects = self._projects(wanted, skipped)
        self._state.projects = tuple(projects)
        for gid, project in projects.items():
            raw.append(self._raw("project", gid, project))
            raw.extend(self._statuses(gid, project))
            if gid not in self._state.cursor.marks:
                raw.extend(self.sections_of(gid))
        return raw, skipped

    def sections_of(self, project: str) -> list[RawPayload]:
        """A project's sections."""
        return [self._raw("section", str(each["gid"]), each) for each in self._client.sections(project)]

    def _custom_fields(self) -> list[RawPayload]:
        try:
            return [self._raw("custom_field", str(each["gid"]), each) for each in self._client.custom_fields()]
        except (PlanError, *INVISIBLE):
            return []  # The free plan has none; ``check`` says so.

    def projects_meant(self, sources: Sequence[Source]) -> list[str]:
        """The ids of the projects that the sources mean, in the sources' order; unreadable sources mean none."""
        return self._wanted(sources, [], [])

    def _wanted(self, sources: Sequence[Source], raw: list[RawPayload], skipped: list[Skipped]) -> list[str]:
        wanted: dict[str, None] = {}
        for source in sources:
            try:
                wanted.update(dict.fromkeys(self._projects_of(source, raw)))
            except (PlanError, *INVISIBLE) as exc:
                skipped.append(_unreadable(self._client.name, source.kind, source.value, exc))
        return list(wanted)

    def _projects_of(self, source: Source, raw: list[RawPayload]) -> Iterable[str]:
        if source.kind == "portfolio":
            return self._portfolio(source.value, raw, {})
        if source.kind == "section":
            known = self._state.cursor.sections
            if source.value not in known:
                known[source.value] = str(self._client.section(source.value)["project"]["gid"])
            return [known[source.value]]
        return [source.value]

    def _portfolio(self, gid: str, raw: list[RawPayload], seen: dict[str, None]) -> list[str]:
        """The projects in a portfolio and in those inside it; one that contains itself is read once."""
        if gid in seen:
            return []
        seen[gid] = None
        portfolio = self._client.portfolio(gid)
        items = self._client.portfolio_items(gid)
        raw.append(self._raw("portfolio", gid, {**portfolio, "items": items}))
        raw.extend(self._statuses(gid, portfolio))
        found: list[str] = []
        for item in items:
            if item.get("resource_type") == "portfolio":
                found.extend(self._nested(str(item["gid"]), raw, seen))
            else:
                found.append(str(item["gid"]))
        return found

    def _nested(self, gid: str, raw: list[RawPayload], seen: dict[str, None]) -> list[str]:
        """The projects of a portfolio inside another; one we may not see adds nothing, as in Asana's own view."""
        try:
            return self._portfolio(gid, raw, seen)
        except INVISIBLE:
            return []

    def _projects(self, wanted: Sequence[str], skipped: list[Skipped]) -> dict[str, Json]:
        """The projects by id, in the wanted order: 100 a request, those that are not listed one by one."""
        listed: dict[str, Json] = {}
        missing = set(wanted)
        for page in self._client.projects() if missing else ():
            listed.update({str(each["gid"]): each for each in page if str(each["gid"]) in missing})
            missing -= listed.keys()
            if not missing:
                break
        for gid in sorted(missing):
            try:
                listed[gid] = self._client.project(gid)
            except INVISIBLE as exc:
                skipped.append(_unreadable(self._client.name, "project", gid, exc))
        return {gid: listed[gid] for gid in wanted if gid in listed}

    def _statuses(self, parent: str, body: Json) -> list[RawPayload]:
        """The status updates of a parent, when the newest is not the one read last."""
        newest = str((body.get("current_status_update") or {}).get("gid") or "")
        if not newest or self._state.cursor.statuses.get(parent) == newest:
            return []
        updates = self._client.status_updates(parent)
        self._state.cursor.statuses[parent] = newest
        return [self._raw("status_update", str(each["gid"]), each) for each in updates]


def _unreadable(connection: str, kind: str, gid: str, error: AppError) -> Skipped:
    return Skipped(item=f"{connection}:{kind}:{gid}", why=f"{error.what} What was last known of it is kept.")
