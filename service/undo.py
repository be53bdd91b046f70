"""Undo: putting back what our writes replaced, where nobody has changed it since.

For each place the earliest write of the time undone says what stood there before, the latest what should stand there
now. What differs from that was changed by somebody else and stays. A target that was undone is held: nothing is written
there until a person pushes its node by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.errors import AppError, RetryableError, UsageError
from model.push import (
    Channel,
    FieldValue,
    HealthFields,
    HealthRole,
    PresentState,
    Receipt,
    Remark,
    Write,
    WriteResult,
)
from model.reminder import Reminded
from model.tree import Language, Target
from service.push_back import alone, refuse_read_only
from service.pushing import settle as settling
from service.pushing.carry_out import Run
from service.pushing.job import message_of
from service.pushing.reminders import reminder_said
from service.scoring import read
from service.workspace import Workspace
from store.agenda import Hold
from store.pushes import AuditEntry, Made

COMMENTS = (Channel.COMMENT, Channel.REMINDER)
ON_PAPER = Run("", "")
SENT = "Mails that the tool sent about it can't be called back."


@dataclass(frozen=True)
class Extent:
    """What to undo: everything since a moment, or of one run, of one node or of all."""

    since: datetime | None = None
    run: str | None = None
    node: str | None = None


@dataclass(frozen=True)
class Spot:
    """One place with what was written there in the time undone, oldest first."""

    target: Target
    entries: tuple[AuditEntry, ...]

    @property
    def first(self) -> AuditEntry:
        return self.entries[0]

    @property
    def last(self) -> AuditEntry:
        return self.entries[-1]

    def write(self, old: JsonValue, why: str, result: WriteResult) -> Write:
        """Putting back what stood here before the first of them."""
        return Write(
            connection=self.first.connection, target=self.first.target, node=self.first.node, channel=self.first.channel,
            field=self.first.field, old=old, new=self.first.previous, why=why, result=result,
        )  # fmt: skip

    def fields(self, known: HealthFields | None) -> HealthFields | None:
        """The tool's field that was written then, which need not be the one that is written now."""
        role, number = HealthRole(self.first.field or ""), self.first.field_id
        if number is None or (known is not None and known.ids.get(role) == number):
            return known
        return HealthFields(connection=self.first.connection, ids={role: number})


def plan_undo(workspace: Workspace, extent: Extent) -> tuple[Write, ...]:
    """What ``undo`` would put back, and what it would leave; writes nothing."""
    done: list[Write] = []
    for name in _connections(workspace, extent):
        spots = _spots(workspace, extent, name)
        try:
            done += Undoing(workspace, _connector(workspace, name), on_paper=True).go(spots)
        except AppError as error:
            done += [spot.write(spot.last.new, str(error), WriteResult.FAILED) for spot in spots]
    return tuple(done)


def undo(workspace: Workspace, extent: Extent, *, by: str = "cli") -> tuple[Write, ...]:
    """Put back what stood in the tools before our writes. Each place tells what became of it.

    Raises RefusedError in read-only mode, UsageError for a run that wrote nothing.
    """
    refuse_read_only(workspace, "nothing has to be undone then.")
    names = _connections(workspace, extent)
    with workspace.db.begin() as uow:
        run = uow.runs.start("undo", at=workspace.clock())
    done: list[Write] = []
    for name in names:
        done += _undo_connection(workspace, name, extent, Run(run, by))
    with workspace.db.begin() as uow:
        counts: dict[str, JsonValue] = {result: sum(w.result is result for w in done) for result in WriteResult}
        uow.runs.finish(run, at=workspace.clock(), outcome="done", summary=counts)
    return tuple(done)


def _connections(workspace: Workspace, extent: Extent) -> list[str]:
    """Where something was written, or may have been. Raises UsageError for a run that wrote nothing."""
    with workspace.db.read() as uow:
        named = dict.fromkeys(e.connection for e in uow.pushes.audit(since=extent.since, node=extent.node, run=extent.run))
        open_ = [name for name in workspace.connections if uow.pushes.intents(name)]
    if extent.run and not named and not open_:
        raise UsageError(
            f"The run {extent.run!r} wrote nothing.", where="--run", fix="`bellwether audit` lists every write with its run."
        )
    return list(dict.fromkeys((*named, *open_)))


def _connector(workspace: Workspace, name: str) -> Connector:
    if name not in workspace.connections:
        raise UsageError(f"There is no connection {name!r} any more.", where=name, fix="Put it back to undo.")
    return workspace.connector(name)


def _undo_connection(workspace: Workspace, name: str, extent: Extent, run: Run) -> list[Write]:
    """What is to be undone is known only when no push is at work and nothing is open any more."""
    with workspace.db.alone(alone(name)) as got:
        try:
            if not got:
                raise RetryableError("A push is writing to this connection.", where=name, reason="busy")
            connector = _connector(workspace, name)
            settling.settle(workspace, connector)
            return list(Undoing(workspace, connector, run).go(_spots(workspace, extent, name)))
        except AppError as error:
            spots = _spots(workspace, extent, name)
            return [spot.write(spot.last.new, str(error), WriteResult.FAILED) for spot in spots]


def _spots(workspace: Workspace, extent: Extent, connection: str) -> list[Spot]:
    """The places of a connection written in the time undone; what an earlier undo put back counts as written."""
    with workspace.db.read() as uow:
        entries = uow.pushes.audit(since=extent.since, node=extent.node, run=extent.run)
        if extent.run:  # what was written at its places since belongs to what stands there now
            begins: dict[tuple[str, ...], datetime] = {}
            for entry in entries:
                begins.setdefault(_key(entry), entry.at)
            later = uow.pushes.audit(since=min(begins.values())) if begins else ()
            entries = tuple(e for e in later if _key(e) in begins and e.at >= begins[_key(e)])
    by_place: dict[tuple[str, ...], list[AuditEntry]] = {}
    for entry in entries:
        if entry.result is WriteResult.WRITTEN and entry.connection == connection:
            by_place.setdefault(_key(entry), []).append(entry)
    return [Spot(Target.of_label(found[0].target), tuple(found)) for found in by_place.values()]


def _key(entry: AuditEntry) -> tuple[str, ...]:
    return (entry.connection, entry.target, entry.channel.value, entry.field or "", entry.field_id or "")


@dataclass(frozen=True)
class Undoing:
    """The undoing of one connection's places; ``on_paper``: only what it would do."""

    workspace: Workspace
    connector: Connector
    run: Run = ON_PAPER
    on_paper: bool = False

    def go(self, spots: Sequence[Spot]) -> Iterator[Write]:
        """Each place's outcome: fields, receipts, comments, status updates."""
        with self.workspace.db.read() as uow:
            known = uow.pushes.health_fields(self.connector.name)
        fields = [spot for spot in spots if spot.first.channel is Channel.FIELD]
        others = [spot for spot in spots if spot.first.channel is not Channel.FIELD]
        together = [spot for spot in fields if spot.fields(known) is known]
        states = self._states([*together, *others], known)
        for target in dict.fromkeys(spot.target for spot in spots):
            state = states.get(target.label, PresentState())
            yield from self._fields_of([spot for spot in together if spot.target == target], state, known)
            for spot in (one for one in fields if one.target == target and one not in together):
                own = spot.fields(known)
                yield from self._fields_of([spot], self._states([spot], own).get(target.label, PresentState()), own)
            for spot in (one for one in others if one.target == target):
                yield from self._keep([(spot, self._one(spot, state))])

    def _states(self, spots: Sequence[Spot], fields: HealthFields | None) -> Mapping[str, PresentState]:
        targets = list(dict.fromkeys(spot.target for spot in spots))
        return self.connector.present(targets, fields=fields) if targets else {}

    # -- fields ---------------------------------------------------------------------------------------------------------

    def _fields_of(self, spots: Sequence[Spot], state: PresentState, fields: HealthFields | None) -> list[Write]:
        """Fields of one target, in one request."""
        if state.missing:
            return self._keep([(s, s.write(s.last.new, state.missing, WriteResult.FAILED)) for s in spots])
        return self._keep(self._fields(spots, state, fields))

    def _fields(
        self, spots: Sequence[Spot], state: PresentState, fields: HealthFields | None
    ) -> list[tuple[Spot, Write]]:
        """All fields of one target in one request; those that somebody changed since stay."""
        done: list[tuple[Spot, Write]] = []
        back: list[Spot] = []
        for spot in spots:
            role = HealthRole(spot.first.field or "")
            if fields is None or role not in fields.ids or role not in state.fields:
                done.append((spot, spot.write(None, "The field is not there any more.", WriteResult.SKIPPED)))
                continue
            stands = state.fields[role]
            if stands == spot.first.previous:
                done.append((spot, spot.write(stands, "It stands so already.", WriteResult.UNCHANGED)))
            elif stands != spot.last.new:
                why = f"Somebody changed it since; we wrote {spot.last.new}. It stays."
                done.append((spot, spot.write(stands, why, WriteResult.SKIPPED)))
            else:
                back.append(spot)
        return done + (self._fields_back(back, fields) if back and fields else [])

    def _fields_back(self, spots: Sequence[Spot], fields: HealthFields) -> list[tuple[Spot, Write]]:
        values = {HealthRole(spot.first.field or ""): _value(spot.first.previous) for spot in spots}
        try:
            refused = {} if self.on_paper else self.connector.write_fields(spots[0].target, values, fields=fields)
        except AppError as error:
            return [(spot, spot.write(spot.last.new, str(error), WriteResult.FAILED)) for spot in spots]
        return [
            (spot, spot.write(spot.last.new, refused[role], WriteResult.FAILED))
            if (role := HealthRole(spot.first.field or "")) in refused
            else (spot, spot.write(spot.last.new, "What stood here before us is back.", WriteResult.WRITTEN))
            for spot in spots
        ]

    # -- the other channels ---------------------------------------------------------------------------------------------

    def _one(self, spot: Spot, state: PresentState) -> Write:
        if state.missing:
            return spot.write(spot.last.new, state.missing, WriteResult.FAILED)
        try:
            if spot.first.channel is Channel.PROPERTY:
                return self._receipt(spot, state)
            if spot.first.channel in COMMENTS:
                return self._comment(spot)
            return self._status_updates(spot)
        except AppError as error:
            return spot.write(spot.last.new, str(error), WriteResult.FAILED)

    def _receipt(self, spot: Spot, state: PresentState) -> Write:
        before = spot.first.previous
        if state.property == before:
            return spot.write(before, "It stands so already.", WriteResult.UNCHANGED)
        if state.property != spot.last.new:
            return spot.write(state.property, "Somebody changed it since. It stays.", WriteResult.SKIPPED)
        receipt = Receipt(
            target=spot.target, vendor_id=state.vendor_id or spot.target.value,
            value=before if isinstance(before, dict) else None,
        )  # fmt: skip
        refused = None if self.on_paper else self.connector.write_properties([receipt]).get(spot.target.label)
        if refused:
            return spot.write(spot.last.new, refused, WriteResult.FAILED)
        return spot.write(spot.last.new, "What stood here before us is back.", WriteResult.WRITTEN)

    def _comment(self, spot: Spot) -> Write:
        """Delete ours where it was made in the time undone; else let it say again what it said before."""
        comment_id = spot.last.vendor_id
        ours = self.connector.comment_is_ours(spot.target, comment_id) if comment_id else None
        if comment_id is None or ours is None:
            return spot.write(None, "Our comment is gone already.", WriteResult.UNCHANGED)
        if not ours:
            return spot.write(spot.last.new, "Somebody edited our comment since. It stays.", WriteResult.SKIPPED)
        earlier = self._earlier(spot)
        if spot.first.previous is None or not earlier or earlier[-1].vendor_id != comment_id:
            if not self.on_paper:
                self.connector.delete_comment(spot.target, comment_id)
            gone = spot.write(spot.last.new, f"Our comment is deleted. {SENT}", WriteResult.WRITTEN)
            return gone.model_copy(update={"new": None})
        message = self._said_before(spot, earlier[-1].at)
        if message is None:
            why = "What the comment said before is not known any more. It stays."
            return spot.write(spot.last.new, why, WriteResult.SKIPPED)
        if not self.on_paper:
            self.connector.write_comment(spot.target, message, comment_id=comment_id)
        return spot.write(spot.last.new, "Our comment says again what it said before.", WriteResult.WRITTEN)

    def _earlier(self, spot: Spot) -> list[AuditEntry]:
        """What was written at the place before the time undone, oldest first."""
        with self.workspace.db.read() as uow:
            return [
                entry for entry in uow.pushes.audit(node=spot.first.node)
                if _key(entry) == _key(spot.first) and entry.result is WriteResult.WRITTEN and entry.at < spot.first.at
            ]  # fmt: skip

    def _said_before(self, spot: Spot, at: datetime) -> Remark | None:
        """The message of a moment, made anew from the score that was kept then; a reminder's from the benefit of today."""
        if spot.first.channel is Channel.REMINDER:
            before = Reminded.of(spot.first.previous)
            return reminder_said(self.workspace, self.connector, spot.target, before.says) if before else None
        with self.workspace.db.read() as uow:
            kept = [stored for stored in uow.scores.history(spot.first.node) if stored.as_of <= at]
            if not kept:
                return None
            landscape, _ = read(self.workspace, uow, known_at=None)
            language = _language(self.workspace, spot)
            last = kept[-2].score if len(kept) > 1 else None
            return message_of(self.workspace, uow, landscape, kept[-1], before=last, language=language)

    def _status_updates(self, spot: Spot) -> Write:
        """A status update can't be changed, only deleted; the one before it is the current one then."""
        posted = [entry for entry in spot.entries if entry.vendor_id]
        if not posted:
            return spot.write(None, "Our status updates are deleted already.", WriteResult.UNCHANGED)
        for entry in reversed(posted):
            if entry.vendor_id and not self.on_paper:
                self.connector.delete_status_update(spot.target, entry.vendor_id)
        return spot.write(spot.last.new, f"Our status updates are deleted. {SENT}", WriteResult.WRITTEN)

    # -- results --------------------------------------------------------------------------------------------------------

    def _keep(self, outcomes: Sequence[tuple[Spot, Write]]) -> list[Write]:
        """Record what was put back; a place that stands as before our very first write is none of ours any more."""
        if self.on_paper:
            return [_planned(write) for _, write in outcomes]
        now = self.workspace.clock()
        with self.workspace.db.begin() as uow:
            written = uow.pushes.written(self.connector.name) if outcomes else {}
            for spot, write in outcomes:
                # No signature: what stands there now means nothing that a score could be compared with.
                made = Made(
                    run=self.run.id, by=self.run.by, previous=write.old, vendor_id=_kept_id(spot, write),
                    field_id=spot.first.field_id,
                )  # fmt: skip
                uow.pushes.record(write, made, at=now)
                known = written.get(write.target, {}).get((write.channel, write.field))
                current = known is None or known.field_id in (None, spot.first.field_id)
                settled = write.result in (WriteResult.WRITTEN, WriteResult.UNCHANGED)
                if settled and current and (known is None or write.new == known.previous):
                    uow.pushes.forget(write)
                if write.result is WriteResult.WRITTEN:
                    hold = Hold(connection=write.connection, target=write.target, run=self.run.id, at=now)
                    uow.agenda.hold(hold)
        return [write for _, write in outcomes]


def _planned(write: Write) -> Write:
    return write.model_copy(update={"result": WriteResult.PLANNED}) if write.result is WriteResult.WRITTEN else write


def _kept_id(spot: Spot, write: Write) -> str | None:
    """The comment that still stands keeps its id."""
    return spot.last.vendor_id if write.channel in COMMENTS and write.new is not None else None


def _value(value: JsonValue) -> FieldValue:
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _language(workspace: Workspace, spot: Spot) -> Language:
    """The language of the target, as the configuration has it now."""
    nodes = {node.id: node for node in workspace.published_nodes()}
    published = nodes[spot.first.node].publish if spot.first.node in nodes else ()
    return next((target.courtesy.language for target in published if target.label == spot.first.target), "en")
