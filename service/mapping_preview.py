"""What another mapping would make of items we already have: no call to the tool, nothing is kept."""

from collections import Counter
from dataclasses import dataclass

from model.mapping import Mapping
from model.sync import Skipped
from model.work import WorkItem
from service.workspace import Workspace, reference

SAMPLE = 400
SHOWN = 5


@dataclass(frozen=True)
class PreviewRow:
    """One live item as it is read now and as it would be read."""

    before: WorkItem
    after: WorkItem | None

    @property
    def differs(self) -> bool:
        return self.after is None or self.after != self.before


@dataclass(frozen=True)
class Preview:
    """Up to five items, those that would change first; how many of the sample would; what would be unreadable."""

    rows: tuple[PreviewRow, ...]
    changed: int
    sampled: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class WordsInUse:
    """The statuses and types the tool's items really carry, with counts and the meaning they have now."""

    statuses: tuple[tuple[str, int, str], ...]
    types: tuple[tuple[str, int, str], ...]
    fields: tuple[tuple[str, str], ...]


def preview(workspace: Workspace, connection: str, candidate: Mapping) -> Preview:
    """Read a sample of kept payloads with the mapping in force and with another one."""
    before, _ = _read(workspace, connection, None)
    after, skipped = _read(workspace, connection, candidate)
    rows = [PreviewRow(item, after.get(item.id)) for item in before.values()]
    changed = [row for row in rows if row.differs]
    shown = (changed + [row for row in rows if not row.differs])[:SHOWN]
    return Preview(tuple(shown), len(changed), len(rows), skipped)


def words_in_use(workspace: Workspace, connection: str) -> WordsInUse:
    """What the mapping page lists: statuses and types by how often they occur, and the tool's fields."""
    items, _ = _read(workspace, connection, None)
    statuses = Counter((item.original_status, item.status.value) for item in items.values())
    types = Counter((item.original_type, item.type.value) for item in items.values())
    with workspace.db.read() as uow:
        connector = workspace.connector(connection)
        fields = connector.known_fields(reference(uow, connector))
    return WordsInUse(
        tuple((name, count, meaning) for (name, meaning), count in statuses.most_common()),
        tuple((name, count, meaning) for (name, meaning), count in types.most_common()),
        fields,
    )


def _read(
    workspace: Workspace, connection: str, candidate: Mapping | None
) -> tuple[dict[str, WorkItem], tuple[Skipped, ...]]:
    """The sample's items by id, read with the candidate (None: with the mapping in force)."""
    kept, tried = workspace.connector, workspace.connector_with
    connector = kept(connection) if candidate is None else tried(connection, candidate)
    with workspace.db.read() as uow:
        known = reference(uow, connector)
        batch = next(iter(uow.raw.batches(connection, connector.item_kinds[:1], SAMPLE)), ())
    records = connector.normalise(batch, known)
    return {item.id: item for item in records.items}, records.skipped
