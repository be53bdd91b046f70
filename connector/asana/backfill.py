"""The histories of tasks that are held already: stories, and booked time.

A task that looks as it was made is asked for, too: a move between projects or sections leaves ``modified_at`` alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from connector.asana.client import AsanaClient, Json
from connector.asana.items import Items, section_names
from connector.asana.payloads import Task, loads, read_payload
from connector.asana.tree import Found
from model.errors import SkippableError
from model.sync import Page, RawPayload, Skipped, Stage

BATCH = 60
"""Tasks taken from the store at once; a page holds fewer of them."""

PER_SYNC = 3000
"""Two minutes of a paid plan's requests."""


class Backfill:
    """Reads histories for kept task payloads."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], reference: Sequence[RawPayload]) -> None:
        self._items = Items(client, now, sections=section_names(reference))

    def pages(self, batches: Iterable[Sequence[RawPayload]]) -> Iterator[Page]:
        """A page for as many tasks as cost no more requests than may be on their way at once: a crash wastes no others.

        A payload that can't be read is named there; it has no history.
        """
        done = 0
        for batch in batches:
            found: list[Found] = []
            skipped: list[Skipped] = []
            for payload in batch:
                try:
                    read_payload(Task, payload)
                except SkippableError as exc:
                    skipped.append(self._items.skip(payload.vendor_id, exc.what))
                else:
                    found.append(_found(loads(payload.body)))
            if skipped:
                done += len(skipped)
                yield Page(stage=Stage.HISTORY, skipped=tuple(skipped), done=done)
            while found:
                now = self._items.affordable(found)
                done, found = done + len(now), found[len(now):]
                yield Page(stage=Stage.HISTORY, raw=tuple(self._items.histories(now)), done=done)


def _found(body: Json) -> Found:
    root = body.pop("root", None)
    return Found(body, root)
