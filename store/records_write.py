"""Saving normalised records: bitemporal, only what differs, with the ids of the items it touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, insert, select, update

from model.base import Record
from model.sync import Departure, Records
from model.work import Allocation, Budget, Change, Link, Membership, WorkItem, Worklog
from store import tables
from store.dialect import AT, among_listed, chunked, listed, lock, replace_row, write_many
from store.kinds import (
    ALLOCATIONS,
    BUDGETS,
    CHANGES,
    DECLARED,
    GOALS,
    ITEMS,
    ITERATIONS,
    LINKS,
    MEMBERSHIPS,
    MILESTONES,
    PEOPLE,
    PROJECTS,
    WORKLOGS,
    Current,
    Kind,
    Row,
)
from store.present_state import dropped_links, fit_links, fit_memberships, left_containers
from store.untold import keep_late
from store.versions import Outcome, current_by, retract, write_versions


class Saved(Record):
    """Item ids by what a save did to them, each in the order it was named.

    ``updated``: the item's row differs, or its history (changes, memberships, links, worklogs, or that its history is
    complete now, or that it is back); also the far end of a link that differs. ``unchanged`` are those, too, of which
    only the tool's own time of change differs (a comment, a value of ours): they are ``stamped`` besides.
    ``subjects``: projects, milestones, goals and items about which something beside items differs: its dates, its name, a
    status declared by hand.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    stamped: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Batch:
    """One save: the ids whose histories are complete, the item ids the batch speaks for, and when it was learned."""

    complete: frozenset[str]
    items: frozenset[str]
    known_at: datetime


class RecordWriter:
    """The writing half of ``uow.records``."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def save(self, records: Records, *, known_at: datetime, seen_now: bool = True) -> Saved:
        """Save a batch; equal content writes nothing. ``known_at``: when it was fetched.

        ``seen_now``: the tool showed these items just now, so one that was gone is back. False when records are rebuilt
        from kept payloads: that is no sign of life. Knowledge older than the store's own is not believed, so the order in
        which batches arrive does not matter.
        """
        for connection in sorted(_connections(records)):
            lock(self._conn, f"records:{connection}")
        subjects = self._save_reference(records, known_at)
        said = self._said({item.id: item.updated_at for item in records.items})
        outcome = self._write(ITEMS, {item.id: item for item in records.items}, known_at)
        stamped = {i.id for i in records.items if i.id in said and i.id in outcome.changed and _same_but_stamp(i, said[i.id])}
        keep_late(self._conn, [item for item in records.items if item.id in outcome.older], known_at=known_at)
        told = _without(records, outcome.older)
        complete = frozenset(told.complete_history_of)
        batch = _Batch(complete, frozenset(item.id for item in told.items) | complete, known_at)
        touched = set(outcome.changed - stamped)
        touched |= self._save_dependents(CHANGES, told.changes, batch)
        touched |= self._save_dependents(WORKLOGS, told.worklogs, batch)
        touched |= self._save_memberships(told.memberships, batch)
        touched |= self._save_links(told.links, batch)
        touched |= self._note_complete(batch)
        if seen_now:
            touched |= self._revive([item.id for item in records.items], known_at)
        return _saved(records, outcome.created, touched, subjects).model_copy(
            update={"stamped": tuple(sorted(stamped - touched))}
        )

    def mark_gone(
        self, item_ids: Sequence[str], *, at: datetime, known_at: datetime, why: Departure = Departure.DELETED
    ) -> tuple[str, ...]:
        """Note that items left the tool at ``at``; nothing is deleted. Returns those newly gone.

        Ids the store has never held, and those gone already, are left out. An item saved again later is back.
        """
        wanted = list(dict.fromkeys(item_ids))
        held: set[str] = set()
        for connection in sorted({id_.split(":", 1)[0] for id_ in wanted}):
            lock(self._conn, f"records:{connection}")
        for chunk in chunked(wanted):
            held.update(self._conn.execute(_HELD, listed(chunk)).scalars())
        gone = self._gone(wanted)
        fresh = [id_ for id_ in wanted if id_ in held and id_ not in gone]
        if fresh:
            rows = [
                {
                    "item_id": id_,
                    "connection": id_.split(":", 1)[0],
                    "gone_at": at,
                    "why": why.value,
                    "known_from": known_at,
                    "known_to": None,
                }
                for id_ in fresh
            ]
            self._conn.execute(replace_row(self._conn, tables.tombstones), rows)
        return tuple(fresh)

    def _save_reference(self, records: Records, known_at: datetime) -> set[str]:
        """Everything that is no item; returns the projects, milestones, goals and items it is about, where it differs."""
        self._write(PEOPLE, {record.id: record for record in records.people}, known_at)
        goals = self._write(GOALS, {record.id: record for record in records.goals}, known_at)
        self._write(ITERATIONS, {record.id: record for record in records.iterations}, known_at)
        projects = self._write(PROJECTS, {record.id: record for record in records.projects}, known_at)
        versions = {record.id: record for record in records.milestones}
        dated = self._write(MILESTONES, versions, known_at)
        moved = dated.created | dated.changed
        subjects = {record.id: record.subject_id for record in records.declared}
        declared = self._write(DECLARED, {record.id: record for record in records.declared}, known_at)
        differing = declared.created | declared.changed
        planned = self._save_plans(BUDGETS, records.budgets, records.complete_budgets_of, known_at)
        planned |= self._save_plans(ALLOCATIONS, records.allocations, records.complete_allocations_of, known_at)
        planned |= goals.created | goals.changed | moved | {versions[id_].project_id for id_ in moved}
        return planned | set(projects.changed) | {subjects[id_] for id_ in differing}

    def _save_plans(
        self, kind: Kind[Any], records: Sequence[Budget | Allocation], complete: Sequence[str], known_at: datetime
    ) -> set[str]:
        """Budgets or allocations; what a complete list of a project no longer names is retracted. Projects touched."""
        if not records and not complete:
            return set()
        rows = {record.id: kind.row(record) for record in records}
        current = current_by(self._conn, kind.table, "project_id", complete)
        outcome = write_versions(self._conn, kind.table, rows, current, known_at=known_at)
        lost = {id_: row for id_, row in current.items() if id_ not in rows and row.row["project_id"] in set(complete)}
        gone = retract(self._conn, kind.table, lost, known_at=known_at)
        touched = {rows[id_]["project_id"] for id_ in outcome.created | outcome.changed}
        return touched | {lost[id_].row["project_id"] for id_ in gone}

    def _write(self, kind: Kind[Any], records: Mapping[str, Any], known_at: datetime) -> Outcome:
        if not records:
            return Outcome()
        rows = {id_: kind.row(record) for id_, record in records.items()}
        return write_versions(self._conn, kind.table, rows, {}, known_at=known_at)

    def _said(self, stamps: Mapping[str, datetime]) -> dict[str, str]:
        """The bodies of the items that the tool has changed since the store learned of them."""
        found: dict[str, str] = {}
        for chunk in chunked(stamps):
            moved = [id_ for id_, at in self._conn.execute(_STAMPS, listed(chunk)) if at != stamps[id_]]
            for part in chunked(moved):
                found.update((id_, body) for id_, body in self._conn.execute(_BODIES, listed(part)))
        return found

    def _save_dependents(self, kind: Kind[Any], records: Sequence[Change | Worklog], batch: _Batch) -> set[str]:
        """Changes or worklogs; returns the ids of items whose history differs."""
        if not records and not batch.complete:
            return set()
        rows = {record.id: kind.row(record) for record in records}
        speaking = {record.item_id for record in records} | batch.complete
        current = current_by(self._conn, kind.table, "item_id", speaking)
        outcome = write_versions(self._conn, kind.table, rows, current, known_at=batch.known_at)
        lost = {id_: row for id_, row in current.items() if id_ not in rows and row.row["item_id"] in batch.complete}
        gone = retract(self._conn, kind.table, lost, known_at=batch.known_at)
        return _item_ids(outcome, rows) | {lost[id_].row["item_id"] for id_ in gone}

    def _save_memberships(self, memberships: Sequence[Membership], batch: _Batch) -> set[str]:
        if not memberships and not batch.complete:
            return set()
        table = tables.memberships
        speaking = {membership.item_id for membership in memberships} | batch.complete
        current = current_by(self._conn, table, "item_id", speaking)
        told = {m.id: m for m in memberships if m.item_id in batch.complete}
        present = {m.id: m for m in memberships if m.item_id not in batch.complete}
        rows = {id_: {**MEMBERSHIPS.row(m), "from_history": True} for id_, m in told.items()}
        rows |= {id_: MEMBERSHIPS.row(m) for id_, m in fit_memberships(present, current).items()}
        outcome = write_versions(self._conn, table, rows, current, known_at=batch.known_at)
        self._now_from_history(MEMBERSHIPS, rows, current, outcome)
        lost = {id_: row for id_, row in current.items() if id_ not in rows and row.row["item_id"] in batch.complete}
        lost |= {id_: row for id_, row in left_containers(present, current).items() if id_ not in rows}
        gone = retract(self._conn, table, lost, known_at=batch.known_at)
        return _item_ids(outcome, rows) | {lost[id_].row["item_id"] for id_ in gone}

    def _save_links(self, links: Sequence[Link], batch: _Batch) -> set[str]:
        """A link is told by the item it ends at: a tool may name it there only. Told by nobody else, it is retracted."""
        if not links and not batch.complete:
            return set()
        table = tables.links
        named = {link.id: link for link in links}
        speaking = {end for link in links for end in (link.source_id, link.target_id) if end} & batch.items
        speaking |= batch.complete
        current = current_by(self._conn, table, "source_id", speaking)
        current |= current_by(self._conn, table, "target_id", speaking)
        current |= current_by(self._conn, table, "id", named.keys() - current.keys())
        told = {link.id: link for link in links if {link.source_id, link.target_id} & batch.complete}
        present = {link.id: link for link in links if link.id not in told}
        rows = {id_: {**LINKS.row(link), "from_history": True} for id_, link in told.items()}
        rows |= {id_: LINKS.row(link) for id_, link in fit_links(present, current).items()}
        outcome = write_versions(self._conn, table, rows, current, known_at=batch.known_at)
        self._now_from_history(LINKS, rows, current, outcome)
        lost = {id_: row for id_, row in current.items() if id_ not in named and _teller(row.row) in batch.complete}
        partly = batch.items - batch.complete
        told_here = {id_: row for id_, row in current.items() if _teller(row.row) in partly}
        lost |= dropped_links(named, told_here, partly)
        gone = retract(self._conn, table, _own(lost), known_at=batch.known_at)
        ends = {end for id_ in outcome.created | outcome.changed for end in _ends(rows[id_])}
        ends |= {end for id_ in outcome.changed | gone for end in _ends(current[id_].row)}
        return self._held(ends, batch)

    def _held(self, ends: Iterable[str], batch: _Batch) -> set[str]:
        """Those of a link's ends that are items of ours."""
        known = {end for end in ends if end in batch.items}
        for chunk in chunked(set(ends) - known):
            known.update(self._conn.execute(_HELD, listed(chunk)).scalars())
        return known

    def _now_from_history(
        self, kind: Kind[Any], rows: Mapping[str, Row], current: Mapping[str, Current], outcome: Outcome
    ) -> None:
        """Mark rows that a present state told and a history now confirms: no new version, as true as before."""
        confirmed = [
            {"b_id": id_}
            for id_, row in rows.items()
            if row["from_history"]
            and id_ in current
            and not current[id_].row["from_history"]
            and id_ not in outcome.changed
            and current[id_].hash == row["hash"]
        ]
        if confirmed:
            write_many(self._conn, _from_history(kind.table), confirmed)

    def _note_complete(self, batch: _Batch) -> set[str]:
        """Remember whose history is complete; returns those whose was not before."""
        before: set[str] = set()
        for chunk in chunked(batch.complete):
            before.update(self._conn.execute(_KNOWN_HISTORIES, listed(chunk)).scalars())
            self._conn.execute(_UP_TO_DATE, listed(chunk))
        fresh = batch.complete - before
        if fresh:
            rows = [{"item_id": id_, "known_from": batch.known_at, "outdated": False} for id_ in sorted(fresh)]
            write_many(self._conn, _NEW_HISTORIES, rows)
        return set(fresh)

    def _gone(self, item_ids: Iterable[str]) -> dict[str, datetime]:
        """Items that are gone as believed now, with when we learned it."""
        found: dict[str, datetime] = {}
        for chunk in chunked(item_ids):
            found.update((id_, learned) for id_, learned in self._conn.execute(_GONE, listed(chunk)))
        return found

    def _revive(self, item_ids: Iterable[str], known_at: datetime) -> set[str]:
        back = {id_ for id_, learned in self._gone(item_ids).items() if learned <= known_at}
        for chunk in chunked(sorted(back)):
            self._conn.execute(_BACK, listed(chunk) | {"at": known_at})
        return back


# Built once: putting such a statement together takes longer than a page's few rows take to be read.
_HELD = select(tables.items.c.id).where(among_listed(tables.items.c.id))
_THESE_ITEMS = (among_listed(tables.items.c.id), tables.items.c.known_to.is_(None))
_STAMPS = select(tables.items.c.id, tables.items.c.updated_at).where(*_THESE_ITEMS)
_BODIES = select(tables.items.c.id, tables.items.c.body).where(*_THESE_ITEMS)
_THESE_GONE = (among_listed(tables.tombstones.c.item_id), tables.tombstones.c.known_to.is_(None))
_GONE = select(tables.tombstones.c.item_id, tables.tombstones.c.known_from).where(*_THESE_GONE)
_BACK = update(tables.tombstones).where(*_THESE_GONE).values(known_to=AT)
_THESE_HISTORIES = among_listed(tables.known_histories.c.item_id)
_KNOWN_HISTORIES = select(tables.known_histories.c.item_id).where(_THESE_HISTORIES)
_UP_TO_DATE = update(tables.known_histories).where(_THESE_HISTORIES, tables.known_histories.c.outdated).values(outdated=False)
_NEW_HISTORIES = insert(tables.known_histories)


@cache
def _from_history(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("b_id"), table.c.known_to.is_(None)).values(from_history=True)


def _connections(records: Records) -> set[str]:
    """Every connection a batch speaks of."""
    complete = ("complete_history_of", "complete_budgets_of", "complete_allocations_of")
    fields = (getattr(records, name) for name in Records.model_fields if name not in (*complete, "skipped"))
    found = {record.connection for values in fields for record in values}
    return found | {id_.split(":", 1)[0] for name in complete for id_ in getattr(records, name)}


def _without(records: Records, older: frozenset[str]) -> Records:
    """A batch without the histories of items of which the store knows something newer."""
    if not older:
        return records
    return records.model_copy(
        update={
            "items": tuple(item for item in records.items if item.id not in older),
            "changes": tuple(change for change in records.changes if change.item_id not in older),
            "memberships": tuple(m for m in records.memberships if m.item_id not in older),
            "worklogs": tuple(worklog for worklog in records.worklogs if worklog.item_id not in older),
            "links": tuple(link for link in records.links if not {link.source_id, link.target_id} & older),
            "complete_history_of": tuple(id_ for id_ in records.complete_history_of if id_ not in older),
        }
    )


def _same_but_stamp(item: WorkItem, body: str) -> bool:
    """Whether the tool's own time of change is all that differs from what is kept."""
    (kept,) = ITEMS.load([body])
    return kept.model_copy(update={"updated_at": item.updated_at}) == item


def _item_ids(outcome: Outcome, rows: Mapping[str, Row]) -> set[str]:
    return {rows[id_]["item_id"] for id_ in outcome.created | outcome.changed}


def _ends(row: Row) -> set[str]:
    return {end for end in (row["source_id"], row["target_id"]) if end}


def _teller(row: Row) -> str | None:
    """The item whose payload names a link: the one that waits, or the only end that is an item."""
    teller: str | None = row["target_id"] or row["source_id"]
    return teller


def _own(links: Mapping[str, Current]) -> dict[str, Current]:
    """Links whose connection is that of an end: another tool's history says nothing about this tool's links."""
    return {
        id_: row
        for id_, row in links.items()
        if any(end.split(":", 1)[0] == id_.split(":", 1)[0] for end in _ends(row.row))
    }


def _saved(records: Records, created: frozenset[str], touched: set[str], subjects: set[str]) -> Saved:
    named = dict.fromkeys([item.id for item in records.items] + list(records.complete_history_of))
    named |= dict.fromkeys(sorted(touched))
    return Saved(
        created=tuple(id_ for id_ in named if id_ in created),
        updated=tuple(id_ for id_ in named if id_ in touched and id_ not in created),
        unchanged=tuple(id_ for id_ in named if id_ not in touched and id_ not in created),
        subjects=tuple(sorted(subjects)),
    )
