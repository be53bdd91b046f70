"""What left the tool: the keys of everything that is there, compared with what the store holds.

One pass over the lists (100 tasks a request, one request a parent with subtasks) finds what is missing, moved, changed
or back. What differs is at hand then; only what is missing is asked for by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.asana.client import INVISIBLE, AsanaClient
from connector.asana.items import Items, section_names
from connector.asana.keys import Key, KeyPass, Standing
from connector.asana.sources import kept_bodies, wanted_projects
from connector.asana.tree import Found, with_root
from model.errors import NotFoundError, RefusedError
from model.ids import record_id
from model.sync import Census, KnownItem, Page, RawPayload, Skipped, Stage
from model.tree import Source


@dataclass
class _Verdicts:
    """Item ids, each in one list at most."""

    deleted: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)


class Counter:
    """One census."""

    def __init__(
        self, client: AsanaClient, now: Callable[[], datetime], sources: Sequence[Source],
        reference: Sequence[RawPayload],
    ) -> None:  # fmt: skip
        self._client = client
        self._kept = {(each.kind, each.vendor_id): each.body for each in reference}
        self._items = Items(client, now, via="census", sections=section_names(reference))
        self._sources = sources
        self._found = _Verdicts()
        self._held: dict[str, KnownItem] = {}
        self._keys: KeyPass

    def count(self, known: Sequence[KnownItem]) -> Census:
        """Compare and tell apart. Whatever stops a list from being read whole is raised: it proves nothing."""
        self._held = {each.vendor_id: each for each in known}
        self._keys = KeyPass(self._client, self._projects(), self._again)
        there = self._keys.read()
        self._compare(there)
        missing = [each for each in known if each.vendor_id not in there and not each.gone]
        inside = self._confirm(missing)
        raw, skipped = self._read([*self._keys.whole.values(), *inside])
        return self._census(len(known), raw, skipped)

    def _projects(self) -> list[str]:
        homes: dict[str, str] = {}
        for source in self._sources:
            if source.kind == "section":
                try:
                    homes[source.value] = str(self._client.section(source.value)["project"]["gid"])
                except INVISIBLE:
                    continue  # Its project can't be known; what was in it is confirmed one by one.
        return list(wanted_projects(self._sources, kept_bodies(self._kept, "portfolio"), homes))

    def _census(self, checked: int, raw: Sequence[RawPayload], skipped: Sequence[Skipped]) -> Census:
        found = self._found
        return Census(
            checked=checked, deleted=tuple(found.deleted), moved=tuple(found.moved), archived=tuple(found.archived),
            gone_or_hidden=tuple(found.hidden), back=tuple(found.back),
            page=Page(stage=Stage.HISTORY, raw=tuple(raw), skipped=tuple(skipped), done=checked, total=checked),
        )  # fmt: skip

    # -- what is there ------------------------------------------------------------------------------------------------

    def _compare(self, there: dict[str, Key]) -> None:
        """What is archived, and what is new to the store or back."""
        for gid, key in there.items():
            item = self._held.get(gid)
            if self._keys.all_archived(key.projects):
                if item is not None and not item.gone:
                    self._found.archived.append(item.id)
            elif item is None or item.gone:
                self._found.back.append(record_id(self._client.name, "item", gid))

    def _again(self, gid: str, key: Key) -> bool:
        """Whether a task is to be stored again: it is new to the store, back, or not as it is held."""
        item = self._held.get(gid)
        if self._keys.all_archived(key.projects):
            return False
        return item is None or item.gone or self._differs(key, item)

    def _differs(self, key: Key, item: KnownItem) -> bool:
        parent = record_id(self._client.name, "item", key.parent) if key.parent else None
        return key.modified_at != item.updated_at or parent != item.parent_id or self._moved(key, item)

    def _moved(self, key: Key, item: KnownItem) -> bool:
        ours = (f"{self._client.name}:project:", f"{self._client.name}:section:")
        held = {each for each in item.containers if each.startswith(ours)}
        return held != {record_id(self._client.name, kind, gid) for kind, gid in key.containers}

    # -- what is missing ----------------------------------------------------------------------------------------------

    def _confirm(self, missing: Sequence[KnownItem]) -> list[Found]:
        """Ask for each missing task by itself. Returns those that are still inside our projects after all.

        Nothing less proves a deletion: a task that left all our projects is missing from the lists just the same.
        """
        inside: list[Found] = []
        answers = self._client.in_parallel(self._ask, missing)
        for item, answer in zip(missing, answers, strict=True):
            if isinstance(answer, Found):
                projects = Key.of(answer.task, answer.root).projects
                if self._keys.all_archived(projects):
                    self._found.archived.append(item.id)
                elif self._keys.knows_any(projects):
                    inside.append(answer)
                else:
                    self._found.moved.append(item.id)
            elif answer is NotFoundError and self._readable_home(item):
                self._found.deleted.append(item.id)
            else:
                self._found.hidden.append(item.id)
        return inside

    def _ask(self, item: KnownItem) -> Found | type[NotFoundError] | type[RefusedError]:
        try:
            return with_root(self._client, self._client.task(item.vendor_id), {})
        except NotFoundError:
            return NotFoundError
        except RefusedError:
            return RefusedError

    def _readable_home(self, item: KnownItem) -> bool:
        """Whether a project that held the item is there to be read: then its absence proves that it was deleted."""
        prefix = f"{self._client.name}:project:"
        homes = [each.removeprefix(prefix) for each in item.containers if each.startswith(prefix)]
        return any(self._keys.standing(gid) in (Standing.READABLE, Standing.ARCHIVED) for gid in homes)

    # -- what is stored again -----------------------------------------------------------------------------------------

    def _read(self, found: Sequence[Found]) -> tuple[list[RawPayload], list[Skipped]]:
        """Present payloads with histories, each task with the top ancestor that the pass has met."""
        raw, skipped = self._items.tasks(found)
        good = {payload.vendor_id for payload in raw}
        raw += self._items.sections_of(found)
        raw += self._items.histories([each for each in found if each.gid in good])
        return raw, skipped
