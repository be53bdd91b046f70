"""Single tasks and their histories as raw payloads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.asana.client import AT_ONCE, INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.payloads import Task, dumps, loads, read_payload
from connector.asana.tree import Found, has_subtasks, places
from model.errors import NotFoundError, RefusedError, SkippableError
from model.ids import item_id, record_id
from model.sync import RawPayload, Skipped

MOVES = ("section_changed", "added_to_project", "removed_from_project")
_ROOTS_REMEMBERED = 2000


class Items:
    """Reads tasks and what belongs to them, a few at a time.

    ``sections``: the names of the sections already known, by id; one that only a story names is asked for and added.
    None: no section is looked up.
    """

    def __init__(
        self, client: AsanaClient, now: Callable[[], datetime], *, via: str = "sync",
        sections: dict[str, str] | None = None,
    ) -> None:
        self._client = client
        self._now = now
        self._via = via
        self._sections = sections
        self._moves: dict[str, list[Json]] = {}
        self._no_times = False

    def raw(self, kind: str, gid: str, body: Any) -> RawPayload:
        """One payload as it is kept."""
        return RawPayload(
            connection=self._client.name, kind=kind, vendor_id=gid, body=dumps(body), fetched_at=self._now(),
            via=self._via,
        )  # fmt: skip

    def tasks(self, found: Iterable[Found]) -> tuple[list[RawPayload], list[Skipped]]:
        """The payloads of tasks, and those that can't be read: what is kept of them must not be overwritten."""
        raw: list[RawPayload] = []
        skipped: list[Skipped] = []
        for each in found:
            payload = self.raw("task", each.gid, each.body())
            try:
                read_payload(Task, payload)
            except SkippableError as exc:
                skipped.append(self.skip(each.gid, exc.what, each))
            else:
                raw.append(payload)
        return raw, skipped

    def ids(self, found: Iterable[Found]) -> tuple[str, ...]:
        """The ids of the items that tasks are."""
        return tuple(item_id(self._client.name, each.gid) for each in found)

    def skip(self, gid: str, why: str, found: Found | None = None) -> Skipped:
        """A task that was left out, with the places it would have counted in."""
        name = self._client.name
        seen = [*places(found.task), *(places(found.root) if found.root else ())] if found else []
        containers = [record_id(name, "project", project) for project, _ in seen]
        containers += [record_id(name, "section", str(section["gid"])) for _, section in seen if section]
        return Skipped(
            item=f"{name}:{gid}", why=why, item_id=item_id(name, gid), containers=tuple(dict.fromkeys(containers))
        )

    def read(self, gids: Sequence[str]) -> tuple[list[Json], list[str]]:
        """The tasks of these ids, and the ids of those that are not there or not visible."""
        tasks = self._client.in_parallel(self._read_one, gids)
        missing = [gid for gid, task in zip(gids, tasks, strict=True) if task is None]
        return [task for task in tasks if task is not None], missing

    def _read_one(self, gid: str) -> Json | None:
        try:
            return self._client.task(gid)
        except INVISIBLE:
            return None

    # -- histories ----------------------------------------------------------------------------------------------------

    def affordable(self, found: Sequence[Found]) -> Sequence[Found]:
        """The first of some tasks, one at least: those whose histories need no more requests than go out at once."""
        for count in range(2, len(found) + 1):
            if len(self._requests(found[:count])) > AT_ONCE:
                return found[: count - 1]
        return found

    def histories(self, found: Sequence[Found]) -> list[RawPayload]:
        """Stories and booked time of tasks: one request for each task, one more where time was booked, all at once.

        A subtask's payload also holds the moves of its top ancestor. A task that vanished has no payload here.
        """
        requests = self._requests(found)
        answers = dict(zip(requests, self._client.in_parallel(self._ask, requests), strict=True))
        told = {gid: stories for (kind, gid), stories in answers.items() if kind == "stories"}
        self._remember(found, told)
        made: list[RawPayload] = []
        for each in found:
            stories = told[each.gid]
            if stories is None:
                continue
            made.extend(self._unknown_sections(stories))
            made.append(self.raw("stories", each.gid, self._body(each, stories)))
            # An empty list where none is left, nothing for what can't be read.
            entries = answers.get(("times", each.gid), [])
            if entries is not None:
                made.append(self.raw("time_entries", each.gid, {"entries": entries}))
        return made

    def _requests(self, found: Sequence[Found]) -> list[tuple[str, str]]:
        """What has to be asked for, by kind and task: also the stories of top ancestors whose moves nobody remembers."""
        tops = (str(each.root["gid"]) for each in found if each.root is not None)
        asked = dict.fromkeys([*(each.gid for each in found), *(gid for gid in tops if gid not in self._moves)])
        booked = [each.gid for each in found if (each.task.get("actual_time_minutes") or 0) > 0]
        return [*(("stories", gid) for gid in asked), *(("times", gid) for gid in dict.fromkeys(booked))]

    def _ask(self, request: tuple[str, str]) -> list[Json] | None:
        kind, gid = request
        return self._stories(gid) if kind == "stories" else self._times(gid)

    def _body(self, found: Found, stories: list[Json]) -> Json:
        if found.root is None:
            return {"stories": stories}
        return {"stories": stories, "root_stories": self._moves.get(str(found.root["gid"]), [])}

    def _stories(self, gid: str) -> list[Json] | None:
        """None for a task that was deleted after it was listed."""
        try:
            return self._client.stories(gid)
        except INVISIBLE:
            return None

    def _remember(self, found: Sequence[Found], told: Mapping[str, list[Json] | None]) -> None:
        """Keep the moves of top ancestors: what is below the same one often comes on several pages."""
        tops = {str(each.root["gid"]) for each in found if each.root is not None}
        tops |= {each.gid for each in found if each.root is None and has_subtasks(each.task)}
        known = {gid: self._moves[gid] for gid in tops if gid in self._moves}
        if len(self._moves) > _ROOTS_REMEMBERED:
            self._moves = known
        for gid in tops & told.keys():
            self._moves[gid] = [story for story in told[gid] or () if story.get("resource_subtype") in MOVES]

    def forget(self, gids: Iterable[str]) -> None:
        """Tasks that have changed: their moves have to be read again."""
        for gid in gids:
            self._moves.pop(gid, None)

    def _times(self, gid: str) -> list[Json] | None:
        """None where the plan or the token has no time tracking: the total on the task is all there is."""
        if self._no_times:
            return None
        try:
            return self._client.time_entries(gid)
        except NotFoundError:
            return None
        except (PlanError, RefusedError):
            self._no_times = True
            return None

    def _unknown_sections(self, stories: Iterable[Json]) -> list[RawPayload]:
        """Sections that only a move names: without their project nobody knows where the move was."""
        if self._sections is None:
            return []
        made = []
        for story in stories:
            if story.get("resource_subtype") != "section_changed" or story.get("project"):
                continue
            for section in (story.get("old_section"), story.get("new_section")):
                gid = str((section or {}).get("gid") or "")
                if gid and gid not in self._sections:
                    self._sections[gid] = _name(section or {})
                    made.extend(self._section(gid))
        return made

    def _section(self, gid: str) -> list[RawPayload]:
        try:
            return [self.section(self._client.section(gid))]
        except INVISIBLE:
            return []  # It was deleted: the move stays without a place.

    def section(self, body: Json) -> RawPayload:
        """A section that was read by itself, known by its name from now on."""
        gid = str(body["gid"])
        if self._sections is not None:
            self._sections[gid] = _name(body)
        return self.raw("section", gid, body)

    def sections_of(self, found: Iterable[Found]) -> list[RawPayload]:
        """The sections that these tasks show and that were not known yet: they need no request of their own.

        A known one keeps its name here: with another name, all of its tasks have to be read (``renamed``).
        """
        shown = {str(section["gid"]): (project, section) for each in found
                 for project, section in places(each.task) if section and section.get("gid")}  # fmt: skip
        known = self._sections
        return [
            self.section({**section, "project": {"gid": project}}) for gid, (project, section) in shown.items()
            if known is not None and gid not in known
        ]  # fmt: skip

    def renamed(self, sections: Iterable[Json]) -> list[str]:
        """The ids of those of these sections that are known by another name."""
        known = self._sections or {}
        return [gid for each in sections if known.get(gid := str(each.get("gid")), _name(each)) != _name(each)]


def section_names(reference: Iterable[RawPayload]) -> dict[str, str]:
    """The names of the sections that are kept, by id."""
    return {each.vendor_id: _name(loads(each.body)) for each in reference if each.kind == "section"}


def _name(section: Json) -> str:
    return str(section.get("name") or "")
