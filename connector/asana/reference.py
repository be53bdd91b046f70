"""What items point at: people, projects, portfolios, fields, status updates, goals, budgets, allocations.

It is read in parts, a few requests at a time, each wave on a page of its own: a pull that is cut off loses no more than
what was on its way. What the caller has kept is not asked for again before its time (``cursor.EVERY``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.asana.client import AT_ONCE, INVISIBLE, AsanaClient, Json, OffsetExpiredError, PlanError
from connector.asana.cursor import EVERY, OVERLAP, Declared, State
from connector.asana.items import Items
from connector.asana.payloads import loads
from connector.asana.sources import defined_in, kept_bodies, wanted_projects
from connector.asana.tree import homes
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AppError, NotFoundError
from model.sync import Page, RawPayload, Skipped, Stage
from model.tree import Source

_FEW = 3
"""So many projects are asked for one by one rather than by listing the whole workspace."""
_IN_TASKS = {"fields"}
_PLANS = ("goals", "budgets", "allocations")
_FEATURES = {"budget": "budgets", "allocations": "allocations", "allocations_of": "allocations", "goals": "goals",
             "goal": "goals", "fields": "fields", "status": "statuses"}  # fmt: skip


@dataclass
class _Read:
    """What one part brought: payloads, what could not be read, and the parts that follow from it."""

    raw: list[RawPayload] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    lacking: str | None = None
    unreadable: str | None = None
    declared: tuple[str, Declared] | None = None
    home: tuple[str, str] | None = None


class Reference:
    """Reads the reference data of one pull, and finds out which projects it is about."""

    def __init__(
        self, client: AsanaClient, now: Callable[[], datetime], state: State, *, sources: Sequence[Source],
        kept: Sequence[RawPayload],
    ) -> None:  # fmt: skip
        self._client = client
        self._raw = Items(client, now).raw
        self._state = state
        self._sources = sources
        self._kept: dict[tuple[str, str], bytes] = {(each.kind, each.vendor_id): each.body for each in kept}
        self._goals: dict[str, Json] = {}
        self._fields: set[str] | None = None
        if not kept and state.stage == "reference":
            state.phase, state.parts = 0, ()  # Whatever was stored of it is not at hand: it is read again.

    # -- the walk -----------------------------------------------------------------------------------------------------

    def pages(self) -> Iterator[Page]:
        """Everything that is due; ``state.projects`` is set in the end. A source that can't be read is skipped."""
        phases = (self._first, self._lists, self._missing, self._details)
        while True:
            while self._state.parts:
                yield self._wave()
            if self._state.phase == len(phases):
                break
            self._state.parts = tuple(dict.fromkeys(phases[self._state.phase]()))
            self._state.phase += 1
        self._state.projects = tuple(self.wanted())
        self._state.cursor.read_at.update(dict.fromkeys(self._state.due, self._state.started))

    def regained(self) -> bool:
        """Whether a feature was refused when it was last asked for and is not now: then tasks show more than is held.

        What was not asked for this time stays as it was.
        """
        before, asked = set(self._state.cursor.lacking), set(self._state.due)
        if "people" not in asked:
            return False
        self._state.cursor.lacking = tuple(sorted(self._state.lacking))
        return bool(before & _IN_TASKS - self._state.lacking)

    def _wave(self) -> Page:
        """A few parts at once, as one page."""
        now, rest = self._state.parts[:AT_ONCE], self._state.parts[AT_ONCE:]
        raw, skipped, more = self.read(now)
        self._state.parts = tuple(dict.fromkeys([*more, *rest]))
        return Page(stage=Stage.REFERENCE, raw=raw, skipped=skipped, checkpoint=self._state.text())

    def read(self, parts: Sequence[str]) -> tuple[tuple[RawPayload, ...], tuple[Skipped, ...], list[str]]:
        """Some parts: what differs from what is kept, what could not be read, and the parts that follow."""
        self._state.opened.update(part for part in parts if part.startswith("portfolio:"))
        results = self._client.in_parallel(self._part, parts)
        fresh: list[RawPayload] = []
        for each in results:
            fresh.extend(raw for raw in each.raw if self._kept.get((raw.kind, raw.vendor_id)) != raw.body)
            self._state.listed.update(raw.vendor_id for raw in each.raw if raw.kind == "project")
            self._kept.update(((raw.kind, raw.vendor_id), raw.body) for raw in each.raw)
            self._state.lacking |= {each.lacking} if each.lacking else set()
            self._state.unreadable |= {each.unreadable} if each.unreadable else set()
            if each.declared:
                self._state.cursor.statuses[each.declared[0]] = each.declared[1]
            if each.home:
                self._state.cursor.sections[each.home[0]] = each.home[1]
        skipped = tuple(skip for each in results for skip in each.skipped)
        return tuple(fresh), skipped, [p for each in results for p in each.more if p not in self._state.opened]

    # -- what is to be read -------------------------------------------------------------------------------------------

    def _due(self, part: str) -> bool:
        return part in self._state.due

    def _first(self) -> list[str]:
        read_at = self._state.cursor.read_at
        self._state.due = tuple(
            part for part, every in EVERY.items()
            if part not in read_at or self._state.started - read_at[part] >= every or not self._kept
        )  # fmt: skip
        people = ["me", "workspace", "users", "fields"] if self._due("people") else []
        return [*people, *self._first_places()]

    def _first_places(self) -> Iterator[str]:
        for source in self._sources:
            if source.kind == "section" and source.value not in self._state.cursor.sections:
                yield f"section:{source.value}"
            elif source.kind == "portfolio" and (
                self._due("projects") or ("portfolio", source.value) not in self._kept
            ):
                yield f"portfolio:{source.value}"

    def _lists(self) -> list[str]:
        wanted = self.wanted()
        missing = [gid for gid in wanted if ("project", gid) not in self._kept]
        if not self._due("projects"):
            return [f"project:{gid}" for gid in missing]
        return ["projects"] if len(wanted) > _FEW else [f"project:{gid}" for gid in wanted]

    def projects_meant(self) -> list[str]:
        """The ids of the projects that the sources mean, by reading their portfolios and sections only."""
        waiting = list(self._first_places())
        while waiting:
            waiting = self.read(waiting)[2]
        return self.wanted()

    def _missing(self) -> list[str]:
        """Projects that the workspace's list does not show, such as private ones of somebody else."""
        return [f"project:{gid}" for gid in self.wanted() if self._due("projects") and gid not in self._state.listed]

    def _details(self) -> list[str]:
        wanted = self.wanted()
        parts = [f"status:{gid}" for kind in ("project", "portfolio") for gid in self._newly_declared(kind, wanted)]
        if self._due("plans"):
            parts += ["goals", "allocations", *(f"budget:{gid}" for gid in wanted)]
        else:
            parts += self._plans_of([gid for gid in wanted if gid not in self._state.cursor.marks])
        return parts

    def _plans_of(self, projects: Sequence[str]) -> Iterator[str]:
        """What is planned for projects that are new to us, where it was not refused when it was last asked for."""
        refused = self._state.cursor.lacking
        if "allocations" not in refused:
            yield from ["allocations"] if len(projects) > _FEW else [f"allocations_of:{gid}" for gid in projects]
        if "budgets" not in refused:
            yield from (f"budget:{gid}" for gid in projects)

    def wanted(self) -> list[str]:
        """The ids of the projects the sources mean, as far as they can be read, in the sources' order."""
        bodies = kept_bodies(self._kept, "portfolio")
        found = wanted_projects(self._sources, bodies, self._state.cursor.sections)
        return [gid for gid in found if gid not in self._state.unreadable]

    def project(self, gid: str) -> tuple[list[RawPayload], list[Skipped]]:
        """One project that events name, with the statuses declared on it since the last one read."""
        raw, skipped, _ = self.read([f"project:{gid}"])
        newest = (loads(self._kept.get(("project", gid), b"{}")).get("current_status_update") or {}).get("gid")
        last = self._state.cursor.statuses.get(gid)
        if not newest or (last is not None and last.gid == str(newest)):
            return [*raw], [*skipped]
        more, missed, _ = self.read([f"status:{gid}"])
        return [*raw, *more], [*skipped, *missed]

    def homes_of_unknown_fields(self, tasks: Sequence[Json]) -> list[str]:
        """The projects whose records define what these tasks show and nobody knows; each is named once in a pull."""
        if self._fields is None:
            self._fields = {gid for kind, gid in self._kept if kind == "custom_field"}
            for body in kept_bodies(self._kept, "project").values():
                self._fields.update(defined_in(body))
        wanted: dict[str, None] = {}
        for task in tasks:
            shown = {str(value.get("gid")) for value in task.get("custom_fields") or () if value}
            if not shown <= self._fields:
                self._fields |= shown
                wanted.update(dict.fromkeys(gid for gid in homes(task) if gid in self._state.projects))
        return list(wanted)

    def _newly_declared(self, kind: str, wanted: Sequence[str]) -> Iterator[str]:
        """Parents whose newest status update is not the one read last: when projects are due, and of new projects."""
        marks, last = self._state.cursor.marks, self._state.cursor.statuses
        for gid, body in kept_bodies(self._kept, kind).items():
            newest = str((body.get("current_status_update") or {}).get("gid") or "")
            known = last[gid].gid if gid in last else ""
            if not newest or newest == known or (kind == "project" and gid not in wanted):
                continue
            if self._due("projects") or (kind == "project" and gid not in marks):
                yield gid

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _part(self, part: str) -> _Read:
        """One part: its name, an id behind ":" and a page token behind "@"."""
        head, _, offset = part.partition("@")
        name, _, gid = head.partition(":")
        feature = _FEATURES.get(name)
        if feature in self._state.lacking:
            return _Read()
        try:
            return getattr(self, f"_read_{name}")(gid, offset or None)  # type: ignore[no-any-return]
        except OffsetExpiredError:
            if not offset:
                raise
            return _Read(more=[head])
        except UnexpectedAnswerError as exc:
            if feature not in _PLANS:
                raise
            # Whatever Asana has against it: a plan that can't be read stops no sync.
            why = f"{feature} can't be read: {exc.what}".capitalize()
            return _Read(skipped=[Skipped(item=f"{self._client.name}:{feature}", why=why)], lacking=feature)
        except (PlanError, *INVISIBLE) as exc:
            if feature is None:
                return self._unreadable(name, gid, exc)
            missing = isinstance(exc, NotFoundError) and gid != ""
            return _Read(lacking=None if missing else feature)  # ``check`` says what the plan or the account lacks.

    def _unreadable(self, kind: str, gid: str, error: AppError) -> _Read:
        """A source that can't be read is named; a portfolio inside another adds nothing, as in Asana's own view."""
        meant = kind != "portfolio" or any(each.kind == kind and each.value == gid for each in self._sources)
        if not meant:
            return _Read()
        item = f"{self._client.name}:{kind}:{gid}"
        why = f"{error.what} What was last known of it is kept."
        containers = (item,) if kind in ("project", "section") else ()
        skip = Skipped(item=item, why=why, containers=containers)
        return _Read(skipped=[skip], unreadable=gid if kind == "project" else None)

    def _listed(self, kind: str, page: tuple[list[Json], str | None], part: str) -> _Read:
        bodies, following = page
        raw = [self._raw(kind, str(each["gid"]), each) for each in bodies]
        return _Read(raw=raw, more=[f"{part}@{following}"] if following else [])

    def _read_me(self, _gid: str, _offset: str | None) -> _Read:
        return _Read(raw=[self._raw("me", "me", self._client.me())])

    def _read_workspace(self, _gid: str, _offset: str | None) -> _Read:
        return _Read(raw=[self._raw("workspace", self._client.workspace, self._client.get_workspace())])

    def _read_users(self, _gid: str, offset: str | None) -> _Read:
        return self._listed("user", self._client.users_page(offset), "users")

    def _read_fields(self, _gid: str, _offset: str | None) -> _Read:
        return _Read(raw=[self._raw("custom_field", str(each["gid"]), each) for each in self._client.custom_fields()])

    def _read_section(self, gid: str, _offset: str | None) -> _Read:
        section = self._client.section(gid)
        return _Read(raw=[self._raw("section", gid, section)], home=(gid, str(section["project"]["gid"])))

    def _read_portfolio(self, gid: str, _offset: str | None) -> _Read:
        """A portfolio with its items. Those inside it follow, once each, however they hold each other."""
        body = {**self._client.portfolio(gid), "items": self._client.portfolio_items(gid)}
        inside = [str(item["gid"]) for item in body["items"] if item.get("resource_type") == "portfolio"]
        return _Read(raw=[self._raw("portfolio", gid, body)], more=[f"portfolio:{each}" for each in inside])

    def _read_projects(self, _gid: str, offset: str | None) -> _Read:
        """A page of the workspace's projects: those that are meant, and the next page while some are missing."""
        bodies, following = self._client.projects_page(offset)
        wanted = set(self.wanted())
        meant = [each for each in bodies if str(each["gid"]) in wanted]
        missing = wanted - self._state.listed - {str(each["gid"]) for each in meant}
        return self._listed("project", (meant, following if missing else None), "projects")

    def _read_project(self, gid: str, _offset: str | None) -> _Read:
        return _Read(raw=[self._raw("project", gid, self._client.project(gid))])

    def _read_status(self, parent: str, _offset: str | None) -> _Read:
        """The status updates of a parent since the newest that was read."""
        last = self._state.cursor.statuses.get(parent)
        since = last.at - OVERLAP if last and last.at else None
        updates = self._client.status_updates(parent, since=since)
        raw = [self._raw("status_update", str(each["gid"]), each) for each in updates]
        newest = max(updates, key=lambda each: str(each.get("created_at") or ""), default=None)
        if newest is None:
            return _Read(raw=raw)
        at = newest.get("created_at")
        return _Read(raw=raw, declared=(parent, Declared(gid=str(newest["gid"]), at=at)))

    def _read_goals(self, _gid: str, offset: str | None) -> _Read:
        bodies, following = self._client.goals_page(offset)
        self._goals.update((str(each["gid"]), each) for each in bodies)
        more = [f"goals@{following}"] if following else []
        return _Read(more=[*(f"goal:{each['gid']}" for each in bodies), *more])

    def _read_goal(self, gid: str, _offset: str | None) -> _Read:
        """One goal with what supports it."""
        body = self._goals.pop(gid, None) or self._client.goal(gid)
        return _Read(raw=[self._raw("goal", gid, {**body, "relationships": self._client.relationships(gid)})])

    def _read_budget(self, project: str, _offset: str | None) -> _Read:
        body = {"project": project, "budgets": self._client.budgets(project)}
        return _Read(raw=[self._raw("budgets", project, body)])

    def _read_allocations(self, _gid: str, _offset: str | None) -> _Read:
        """All of the workspace at once, by project; by project one by one where Asana does not take that."""
        wanted = self.wanted()
        try:
            every = self._client.allocations(workspace=self._client.workspace)
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            return _Read(more=[f"allocations_of:{gid}" for gid in wanted])
        of = {gid: [each for each in every if (each.get("parent") or {}).get("gid") == gid] for gid in wanted}
        return _Read(raw=[self._allocated(gid, found) for gid, found in of.items()])

    def _read_allocations_of(self, project: str, _offset: str | None) -> _Read:
        return _Read(raw=[self._allocated(project, self._client.allocations(parent=project))])

    def _allocated(self, project: str, found: list[Json]) -> RawPayload:
        return self._raw("allocations", project, {"project": project, "allocations": found})
