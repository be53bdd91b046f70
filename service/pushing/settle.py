"""After a kill or a lost answer: what was about to be written and has no result is looked for in the tool first."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connector.sdk.base import Connector
from model.errors import ConnectionUnusableError, RetryableError
from model.push import Channel, HealthRole, PresentState, Write, WriteResult
from model.reminder import KNOWN_BY, REMINDER, Reminded
from model.tree import Target
from service.pushing.faults import present_of
from service.pushing.job import COMMENT
from service.workspace import Workspace
from store.pushes import Intent, Made, Spot, Written

CLOCKS_APART = timedelta(minutes=10)
MAY_TURN_UP = timedelta(minutes=5)
LOOK_AGAIN = timedelta(minutes=15)

Unsettled = dict[tuple[str, Channel], datetime]
"""Until when a channel of a target is left alone."""


def settle(workspace: Workspace, connector: Connector) -> Unsettled:
    """Find out what became of every open intent of a connection.

    Returns the channels of which it is not known yet: the target can't be seen, or the tool may still be at it. Raises
    RetryableError or ConnectionUnusableError where the tool can't be asked at all.
    """
    with workspace.db.read() as uow:
        intents = uow.pushes.intents(connector.name)
        fields = uow.pushes.health_fields(connector.name)
        written = uow.pushes.written(connector.name)
    if not intents:
        return {}
    targets = {one.target: Target.of_label(one.target) for one in intents}
    present = present_of(connector, tuple(targets.values()), fields=fields)
    unsettled: Unsettled = {}
    for intent in intents:
        state = present.get(intent.target, PresentState())
        look = _Look(workspace, connector, intent, targets[intent.target], state)
        until = look.settle(written.get(intent.target, {}))
        if until is not None:
            unsettled[intent.target, intent.channel] = until
    return unsettled


class _Look:
    """One intent and what stands at its target."""

    def __init__(
        self, workspace: Workspace, connector: Connector, intent: Intent, target: Target, state: PresentState
    ) -> None:
        self._workspace, self._connector = workspace, connector
        self._intent, self._target, self._state = intent, target, state

    def settle(self, written: Mapping[Spot, Written]) -> datetime | None:
        """Record what was done after all, the rest is planned anew; None, or until when it is not known."""
        now, intent = self._workspace.clock(), self._intent
        if self._state.missing:  # what can't be seen may have been written all the same
            return now + LOOK_AGAIN
        try:
            made, vendor_id = self._made(written)
        except (RetryableError, ConnectionUnusableError):
            raise
        except Exception:  # gone, hidden, refused, or a fault of ours: this target's trouble, nobody else's
            return now + LOOK_AGAIN
        if not made and self._may_turn_up(now):
            return (intent.unanswered_at or now) + MAY_TURN_UP
        self._keep(made, vendor_id)
        return None

    def _made(self, written: Mapping[Spot, Written]) -> tuple[Sequence[Write], str | None]:
        """The writes that were done, and the tool's id of what came to be. An edit of a comment is simply made again."""
        intent = self._intent
        if intent.channel in (Channel.FIELD, Channel.PROPERTY):
            return [write for write in intent.writes if self._stands(write)], None
        vendor_id: str | None = None
        if intent.channel is Channel.STATUS_UPDATE:
            since = intent.at - CLOCKS_APART
            vendor_id = self._connector.find_status_update(self._target, intent.mark, since=since)
        elif intent.channel is Channel.REMINDER:
            found, last = self._connector.find_comment(self._target, KNOWN_BY), written.get((Channel.REMINDER, REMINDER))
            vendor_id = found if last is None or found != last.vendor_id else None
        elif (Channel.COMMENT, COMMENT) not in written:
            vendor_id = self._connector.find_comment(self._target, intent.node)
        return (intent.writes, vendor_id) if vendor_id is not None else ((), None)

    def _may_turn_up(self, now: datetime) -> bool:
        """A message that got no answer a moment ago: the tool may still be about to show it."""
        at = self._intent.unanswered_at
        spoken = self._intent.channel in (Channel.STATUS_UPDATE, Channel.COMMENT, Channel.REMINDER)
        first = any(map(_is_new, self._intent.writes)) or self._intent.channel is Channel.STATUS_UPDATE
        return spoken and first and at is not None and now < at + MAY_TURN_UP

    def _stands(self, write: Write) -> bool:
        if write.channel is Channel.PROPERTY:
            return self._state.property == write.new
        role = HealthRole(write.field or "")
        return role in self._state.fields and self._state.fields[role] == write.new

    def _keep(self, made: Sequence[Write], vendor_id: str | None) -> None:
        intent = self._intent
        with self._workspace.db.begin() as uow:
            for write in made:
                done = write.model_copy(update={"result": WriteResult.WRITTEN})
                how = Made(
                    run=intent.run, by=intent.by, previous=write.old, vendor_id=vendor_id, signature=intent.signature,
                    field_id=intent.field_ids.get(write.field or ""),
                )  # fmt: skip
                uow.pushes.record(done, how, at=intent.at)
            uow.pushes.settle(intent.connection, intent.target, intent.channel)


def _is_new(write: Write) -> bool:
    """Whether a comment is made, not edited: each time that something is asked for, it is a new one."""
    if write.channel is not Channel.REMINDER or write.old is None:
        return write.old is None
    old, new = Reminded.of(write.old), Reminded.of(write.new)
    return old is not None and new is not None and old.asked_on != new.asked_on
