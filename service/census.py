"""Census: find what left a tool without a word, and tell apart what became of it as far as evidence goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from connector.sdk.base import Connector
from model.errors import AppError
from model.ids import ref
from model.sync import Census, CensusReport, Counted, Departure, KnownItem
from service.pages import PageStore, Tally, exclusive
from service.workspace import Workspace, containers_by_node, reference
from store.feeding import ITEM_CONTAINER
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class CensusOutcome:
    """Reports of the connections that could be counted, and what stopped the others."""

    reports: tuple[CensusReport, ...]
    failures: tuple[tuple[str, AppError], ...]


def census(workspace: Workspace, names: Sequence[str] = ()) -> CensusOutcome:
    """Count the named connections (none named: all). One that can't be counted does not stop the others."""
    chosen = tuple(workspace.known_connection(name) for name in names) or workspace.connections
    reports, failures = [], []
    for name in chosen:
        try:
            reports.append(census_connection(workspace, workspace.connector(name)))
        except AppError as error:
            failures.append((name, error))
    return CensusOutcome(tuple(reports), tuple(failures))


def census_connection(workspace: Workspace, connector: Connector) -> CensusReport:
    """Compare what is held with what the tool shows, and keep what comes of it.

    Raises what the connector raises; then nothing is concluded.
    """
    with exclusive(workspace, connector.name):
        return _census_connection(workspace, connector)


def _census_connection(workspace: Workspace, connector: Connector) -> CensusReport:
    before = connector.traffic()
    with workspace.db.read() as uow:
        known = _meant(workspace, uow, connector)
        kept = reference(workspace, uow, connector)
    found = connector.census(workspace.sources(connector.name), known, reference=kept)
    PageStore(workspace, connector).keep(found.page, Tally())
    _mark_gone(workspace, connector, found)
    keys = {item.id: item.key for item in known}
    with workspace.db.read() as uow:
        keys |= {item.id: item.key for item in uow.records.items(found.back)}
    return CensusReport(
        name=connector.name,
        checked=found.checked,
        requests=connector.traffic().requests - before.requests,
        deleted=_counted(connector.name, found.deleted, keys),
        moved=_counted(connector.name, found.moved, keys),
        archived=_counted(connector.name, found.archived, keys),
        gone_or_hidden=_counted(connector.name, found.gone_or_hidden, keys),
        back=_counted(connector.name, found.back, keys),
    )


def _meant(workspace: Workspace, uow: UnitOfWork, connector: Connector) -> tuple[KnownItem, ...]:
    """What is held and should be shown: items that moved out of everything we take were counted when they did."""
    every = uow.inventory.known_items(connector.name)
    containers = {one for ids in containers_by_node(workspace, uow).values() for one in ids}
    roots = {one.removeprefix(ITEM_CONTAINER) for one in containers if one.startswith(ITEM_CONTAINER)}
    parents = {item.id: item.parent_id for item in every}

    def below_a_root(item: KnownItem) -> bool:
        above, seen = item.parent_id, set[str]()
        while above is not None and above not in seen:
            if above in roots:
                return True
            seen.add(above)
            above = parents.get(above)
        return False

    return tuple(
        item for item in every
        if item.gone or not containers.isdisjoint(item.containers) or (roots and below_a_root(item))
    )


def _mark_gone(workspace: Workspace, connector: Connector, found: Census) -> None:
    """Note who is gone and why; the nodes they fed are to be scored again."""
    store = PageStore(workspace, connector)
    parts = ((found.deleted, Departure.DELETED), (found.archived, Departure.ARCHIVED),
             (found.gone_or_hidden, Departure.HIDDEN))  # fmt: skip
    with workspace.db.begin() as uow:
        now = uow.sync.learning(connector.name, workspace.clock())
        gone = [id_ for ids, why in parts for id_ in uow.records.mark_gone(ids, at=now, known_at=now, why=why)]
        store.mark_dirty(uow, gone, why="census")


def _counted(connection: str, ids: Sequence[str], keys: dict[str, str]) -> tuple[Counted, ...]:
    return tuple(Counted(id=id_, ref=ref(connection, keys.get(id_, id_.rpartition(":")[2]))) for id_ in ids)
