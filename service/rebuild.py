"""Records made anew from the payloads that are kept, without one call, where these mean something else now."""

from connector.sdk.base import Connector
from model.sync import RawPayload, Reading
from service.pages import PageStore, Read, Tally, whole_items
from service.workspace import Workspace, reference
from store.unit_of_work import UnitOfWork

AT_ONCE = 100
_NOTE = "reading:{}"


def if_mapping_changed(workspace: Workspace, connector: Connector, *, at_once: int = AT_ONCE) -> bool:
    """Make the records anew from kept payloads when the mapping is not the one they were made with.

    ``at_once``: so many items in one transaction. Returns whether that was so.
    """
    digest = workspace.mapping_digest(connector.name)
    with workspace.db.read() as uow:
        if uow.sync.state(connector.name).mapping_digest == digest:
            return False
    _rebuild(workspace, connector, why="mapping changed", at_once=at_once)
    with workspace.db.begin() as uow:
        if words := reference(workspace, uow, connector):
            _note_reading(workspace, uow, connector, connector.reading(words))
        uow.sync.save_mapping_digest(connector.name, digest)
    return True


def if_read_otherwise(workspace: Workspace, connector: Connector) -> bool:
    """The same when the tool's own words mean something else: a status has another category, a board estimates otherwise.

    Tools tell nothing of it with their items, which stay as they were.
    """
    with workspace.db.read() as uow:
        reading, note = connector.reading(reference(workspace, uow, connector)), uow.notes.get(_NOTE.format(connector.name))
    differs = note is not None and reading.differs(Reading.model_validate(note.body))
    if differs:
        _rebuild(workspace, connector, why="words changed", at_once=AT_ONCE)
    with workspace.db.begin() as uow:
        _note_reading(workspace, uow, connector, reading)
    return differs


def _note_reading(workspace: Workspace, uow: UnitOfWork, connector: Connector, reading: Reading) -> None:
    """Keep how the tool's words were read when the records were made."""
    uow.notes.put(_NOTE.format(connector.name), reading.model_dump(mode="json"), at=workspace.clock())


def _rebuild(workspace: Workspace, connector: Connector, *, why: str, at_once: int) -> None:
    """Some items in a transaction, with their marks: a million take minutes, in which others have to write.

    Whoever is cut off begins again: what was made anew already stays as it is.
    """
    store = PageStore(workspace, connector)
    with workspace.db.read() as uow:
        read = store.read(uow, reference(workspace, uow, connector))
    _keep(workspace, store, read, connector.name, why=why)
    last: RawPayload | None = None
    while True:
        with workspace.db.read() as uow:
            items = next(uow.raw.batches(connector.name, connector.item_kinds[:1], at_once, after=last), ())
            if not items:
                return
            read = store.read(uow, whole_items(uow, connector, items))
        _keep(workspace, store, read, connector.name, why=why)
        last = items[-1]


def _keep(workspace: Workspace, store: PageStore, read: Read, connection: str, *, why: str) -> None:
    with workspace.db.begin() as uow:
        known_at, tally = uow.sync.learning(connection, workspace.clock()), Tally()
        touched = store.save(uow, read, tally, known_at=known_at, seen_now=False)
        store.mark_dirty(uow, (*tally.changed(), *touched), why=why)
