"""Bringing raw payloads: everything once, then only what changed."""

from collections.abc import Iterator, Sequence

from connector.asana.changes import Changes
from connector.asana.client import AsanaClient
from connector.asana.cursor import Cursor, State, read_cursor, read_state
from connector.asana.items import Items, section_names
from connector.asana.reference import Reference
from connector.asana.walk import Walker
from connector.sdk.base import Surroundings
from model.sync import Page, RawPayload, Stage
from model.tree import Source


class Puller:
    """One pull at a time over one client."""

    def __init__(self, client: AsanaClient, surroundings: Surroundings) -> None:
        self._client = client
        self._now = surroundings.now

    def pages(
        self, sources: Sequence[Source], *, cursor: str | None, checkpoint: str | None, kept: Sequence[RawPayload]
    ) -> Iterator[Page]:
        """The pages of a pull; the last one is empty and carries the cursor.

        Reference data that is due; the events since the last pull; the items, as they are now, of projects that are new
        to us (in a first pull: of all) or whose events were lost; what changed in the others, with whole histories.
        """
        state = read_state(checkpoint) or State(started=self._now(), cursor=read_cursor(cursor) or Cursor())
        reference = Reference(self._client, self._now, state, sources=sources, kept=kept)
        items = Items(self._client, self._now, sections=section_names(kept))
        if state.stage == "reference":
            yield from reference.pages()
            again = reference.regained()
            state.todo = tuple(gid for gid in state.projects if again or gid not in state.cursor.marks)
            state.listening = tuple(gid for gid in state.projects if gid in state.cursor.marks)
            state.stage = "events"
        changes = Changes(self._client, self._now, state, items=items, reference=reference)
        if state.stage == "events":
            yield from changes.listen()
            state.stage = "items"
        if state.stage == "items":
            yield from Walker(self._client, self._now, state, items).pages()
            state.stage = "changes"
        yield from changes.read()
        yield self._last(state)

    @staticmethod
    def _last(state: State) -> Page:
        marks = {gid: mark for gid, mark in state.cursor.marks.items() if gid in state.projects}
        final = state.cursor.model_copy(update={"marks": marks})
        return Page(stage=Stage.HISTORY, cursor=final.model_dump_json(), done=state.done, total=state.done)
