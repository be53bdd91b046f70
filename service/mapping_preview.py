"""What another mapping would make of items we already have: no call to the tool, nothing is kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model.mapping import Mapping as FieldMapping
from model.sync import BoardRead, RawPayload, Skipped, StatusRead
from model.work import CLOSED, ItemType, Link, LinkKind, StatusCategory, WorkItem
from service.workspace import Workspace, reference

SAMPLE = 400
SHOWN = 5


@dataclass(frozen=True)
class PreviewRow:
    """One live item as it is read now and as it would be read; ``links``: how many dependencies it has, both times."""

    before: WorkItem
    after: WorkItem | None
    links: tuple[int, int]
    relinked: bool

    @property
    def differs(self) -> bool:
        return self.relinked or self.after is None or self.after != self.before


@dataclass(frozen=True)
class Preview:
    """Up to five items, those that would change first; how many of the sample would; what would be unreadable.

    ``more``: there are items beyond the sample.
    """

    rows: tuple[PreviewRow, ...]
    changed: int
    sampled: int
    skipped: tuple[Skipped, ...]
    more: bool


@dataclass(frozen=True)
class WordUse:
    """A status or type of the tool. ``key``: its id, where the tool has one; ``count``: items of the sample that carry it.

    ``meaning``: how it is read; ``category``: what the tool itself says; ``contradiction``: where the two do not fit.
    """

    key: str
    word: str
    count: int
    meaning: str
    category: str = ""
    contradiction: str | None = None


@dataclass(frozen=True)
class MappingPage:
    """What the mapping page shows of a connection: its words as a mapping reads them, its fields, and the preview.

    ``itself``: per key of the mapping the fields that are read without one, the first that is filled counting;
    ``played``: those that are read with it. ``boards``: where the story points of each come from; ``goals``: how many are
    held from the tool.
    """

    statuses: tuple[WordUse, ...]
    types: tuple[WordUse, ...]
    fields: tuple[tuple[str, str], ...]
    itself: Mapping[str, tuple[str, ...]]
    played: Mapping[str, tuple[str, ...]]
    boards: tuple[BoardRead, ...]
    goals: int
    preview: Preview


def mapping_page(workspace: Workspace, connection: str, candidate: FieldMapping, *, in_force: FieldMapping) -> MappingPage:
    """Read a sample of kept payloads with the mapping in force and with another one, where it is another."""
    reader = workspace.connector(connection)
    tried, bare = workspace.connector_with(connection, candidate), workspace.connector_with(connection, FieldMapping())
    with workspace.db.read() as uow:
        known = reference(workspace, uow, reader)
        goals = sum(one.connection == connection for one in uow.records.goals())
        batch: Sequence[RawPayload] = next(iter(uow.raw.batches(connection, reader.item_kinds[:1], SAMPLE)), ())
    present = reader.normalise(batch, known)
    read = present if candidate == in_force else tried.normalise(batch, known)
    before = {item.id: item for item in present.items}
    after = {item.id: item for item in read.items}
    old, new = _links(present.links), _links(read.links)
    rows = [
        PreviewRow(item, after.get(key), (len(old[key]), len(new[key])), old[key] != new[key])
        for key, item in before.items()
    ]
    changed = [row for row in rows if row.differs]
    shown = (changed + [row for row in rows if not row.differs])[:SHOWN]
    told = tried.reading(known)
    return MappingPage(
        statuses=_statuses(told.statuses, read.items),
        types=_types(told.types, read.items),
        fields=tried.known_fields(known),
        itself=bare.reading(known).parts,
        played=told.parts,
        boards=told.boards,
        goals=goals,
        preview=Preview(tuple(shown), len(changed), len(rows), read.skipped, more=len(batch) == SAMPLE),
    )


def _links(links: Iterable[Link]) -> Mapping[str, set[tuple[str | None, ...]]]:
    """The dependencies of each item, whichever end it is."""
    found: dict[str, set[tuple[str | None, ...]]] = defaultdict(set)
    for one in links:
        for end in (one.source_id, one.target_id) if one.kind is LinkKind.BLOCKS else ():
            if end is not None:
                found[end].add((one.source_id, one.source_url, one.target_id, one.target_url))
    return found


def _statuses(known: Sequence[StatusRead], items: Iterable[WorkItem]) -> tuple[WordUse, ...]:
    """The statuses that the tool names, and those that only items name; what items carry most first."""
    keys = {name: one.id for one in known for name in (one.id, one.name.strip().casefold())}
    counts: Counter[str] = Counter()
    others: dict[str, tuple[str, StatusCategory]] = {}
    for item in items:
        key = keys.get(item.status_id or "") or keys.get(item.original_status.strip().casefold())
        if key is None:
            key = item.original_status
            others[key] = (item.original_status, item.status)
        counts[key] += 1
    uses = [
        WordUse(one.id, one.name, counts[one.id], one.means.value, one.category, one.contradiction or _apart(one))
        for one in known
    ]
    uses += [WordUse(key, word, counts[key], means.value) for key, (word, means) in others.items()]
    return tuple(sorted(uses, key=lambda use: (-use.count, use.word, use.key)))


def _apart(status: StatusRead) -> str | None:
    """Where the mapping says something else than the tool: two ways of being closed are not apart."""
    if status.means == status.itself or (status.means in CLOSED and status.itself in CLOSED):
        return None
    ours, theirs = (one.value.replace("_", " ") for one in (status.means, status.itself))
    return f"We read it as {ours}; the tool says {theirs}."


def _types(known: Mapping[str, ItemType], items: Iterable[WorkItem]) -> tuple[WordUse, ...]:
    """The types by name, of which several of the tool may share one; what items carry most first."""
    counts = Counter(item.original_type for item in items)
    means = {item.original_type: item.type for item in items} | dict(known)
    uses = [WordUse(name, name, counts[name], kind.value) for name, kind in means.items()]
    return tuple(sorted(uses, key=lambda use: (-use.count, use.word)))
