"""The histories of tasks that are held already: stories where there is something to tell, and booked time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from connector.asana.client import AT_ONCE, AsanaClient, Json
from connector.asana.items import Items
from connector.asana.payloads import Task, loads, read_payload
from connector.asana.status import Standing, read_status
from connector.asana.tree import Found
from connector.asana.words import Words
from model.errors import SkippableError
from model.sync import Page, RawPayload, Stage
from model.work import StatusCategory

BATCH = AT_ONCE - 2
"""Tasks on one page: their stories, an ancestor's and their booked time are hardly more than what may be on its way at
once, so that a crash wastes nothing else."""

PER_SYNC = 3000
"""Two minutes of a paid plan's requests."""

_AT_ONCE_WITH_CREATION = timedelta(seconds=10)


class Backfill:
    """Reads histories for kept task payloads."""

    def __init__(
        self, client: AsanaClient, now: Callable[[], datetime], words: Words, reference: Sequence[RawPayload]
    ) -> None:
        sections = {each.vendor_id for each in reference if each.kind == "section"}
        self._items = Items(client, now, sections=sections)
        self._words = words

    def pages(self, batches: Iterable[Sequence[RawPayload]]) -> Iterator[Page]:
        """One page a batch. A payload that can't be read is named there; it has no history."""
        done = 0
        for batch in batches:
            found: list[Found] = []
            untold: set[str] = set()
            skipped = []
            for payload in batch:
                try:
                    task = read_payload(Task, payload)
                except SkippableError as exc:
                    skipped.append(self._items.skip(payload.vendor_id, exc.what))
                    continue
                found.append(_found(loads(payload.body)))
                if untouched(task, self._words):
                    untold.add(payload.vendor_id)
            done += len(batch)
            raw = self._items.histories(found, untold=frozenset(untold))
            yield Page(stage=Stage.HISTORY, raw=tuple(raw), skipped=tuple(skipped), done=done)


def _found(body: Json) -> Found:
    root = body.pop("root", None)
    return Found(body, root)


def untouched(task: Task, words: Words) -> bool:
    """Whether a task surely has no history worth a request: as it was made, so it still is.

    A move between sections leaves ``modified_at`` alone, so one that does not look like new work has moved, and one
    whose section is withheld may have; one in several projects was added to them.
    """
    return (
        task.modified_at - task.created_at <= _AT_ONCE_WITH_CREATION
        and not task.completed
        and not task.dependencies
        and not task.actual_time_minutes
        and len(task.memberships) <= 1
        and all(home.section and home.section.name for home in task.memberships)
        and task.approval_status in (None, "pending")
        and read_status(Standing.of(task), words).category is StatusCategory.TODO
    )
