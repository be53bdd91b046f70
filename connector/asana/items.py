"""Single tasks and their histories as raw payloads."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.payloads import dumps
from connector.asana.tree import Found
from model.sync import RawPayload

_MOVES = ("section_changed", "added_to_project", "removed_from_project")


class Items:
    """Reads tasks and what belongs to them, a few at a time."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], *, via: str = "sync") -> None:
        self._client = client
        self._now = now
        self._via = via

    def raw(self, kind: str, gid: str, body: Any) -> RawPayload:
        """One payload as it is kept."""
        return RawPayload(
            connection=self._client.name, kind=kind, vendor_id=gid, body=dumps(body), fetched_at=self._now(),
            via=self._via,
        )  # fmt: skip

    def task(self, found: Found) -> RawPayload:
        return self.raw("task", found.gid, found.body())

    def read(self, gids: Sequence[str]) -> tuple[list[Json], list[str]]:
        """The tasks of these ids, and the labels of those that are not there or not visible."""
        tasks = self._client.in_parallel(self._read_one, gids)
        missing = [f"{self._client.name}:{gid}" for gid, task in zip(gids, tasks, strict=True) if task is None]
        return [task for task in tasks if task is not None], missing

    def _read_one(self, gid: str) -> Json | None:
        try:
            return self._client.task(gid)
        except INVISIBLE:
            return None

    def histories(self, found: Sequence[Found], *, always_times: bool = False) -> list[RawPayload]:
        """Stories and booked time of tasks: one request for each task, one more where time was booked.

        A subtask's payload also holds the moves of its top ancestor. ``always_times``: write down, too, that nothing is
        booked any more.
        """
        told = dict(zip((each.gid for each in found), self._client.in_parallel(self._stories, found), strict=True))
        moves = self._moves_of_roots(found, told)
        booked = [each for each in found if (each.task.get("actual_time_minutes") or 0) > 0]
        times = dict(zip((each.gid for each in booked), self._client.in_parallel(self._times, booked), strict=True))
        made: list[RawPayload] = []
        for each in found:
            stories = told[each.gid]
            if stories is None:
                continue
            body: Json = {"stories": stories}
            if each.root is not None:
                body["root_stories"] = moves.get(str(each.root["gid"]), [])
            made.append(self.raw("stories", each.gid, body))
            entries = times.get(each.gid)
            if entries is not None or always_times:
                made.append(self.raw("time_entries", each.gid, {"entries": entries or []}))
        return made

    def _moves_of_roots(self, found: Iterable[Found], told: dict[str, list[Json] | None]) -> dict[str, list[Json]]:
        roots = {str(each.root["gid"]): Found(each.root, None) for each in found if each.root is not None}
        missing = [root for gid, root in roots.items() if gid not in told]
        fetched = zip((root.gid for root in missing), self._client.in_parallel(self._stories, missing), strict=True)
        known = {**told, **dict(fetched)}
        return {
            gid: [story for story in known[gid] or [] if story.get("resource_subtype") in _MOVES] for gid in roots
        }

    def _stories(self, found: Found) -> list[Json] | None:
        """A task's stories; None when it was deleted after it was listed."""
        try:
            return self._client.stories(found.gid)
        except INVISIBLE:
            return None

    def _times(self, found: Found) -> list[Json] | None:
        try:
            return self._client.time_entries(found.gid)
        except (PlanError, *INVISIBLE):
            return None  # The plan or the token has no time tracking: the total on the task is all there is.
