"""After a kill: what a push was about to write and has no result is looked for in the tool, before anything is written."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.push import Channel, HealthRole, PresentState, Write, WriteResult
from model.tree import Target
from service.pushing.job import COMMENT
from service.workspace import Workspace
from store.pushes import Intent, Made

CLOCKS_APART = timedelta(minutes=10)


def settle(workspace: Workspace, connector: Connector) -> None:
    """Find out what became of every open intent of a connection. Raises AppError where the tool can't be asked."""
    with workspace.db.read() as uow:
        intents = uow.pushes.intents(connector.name)
        fields = uow.pushes.health_fields(connector.name)
        written = uow.pushes.written(connector.name)
    if not intents:
        return
    targets = {one.target: Target.of_label(one.target) for one in intents}
    present = connector.present(tuple(targets.values()), fields=fields)
    for intent in intents:
        target = targets[intent.target]
        made: Sequence[Write] = ()
        vendor_id: str | None = None
        if intent.channel in (Channel.FIELD, Channel.PROPERTY):
            state = present.get(intent.target, PresentState())
            made = [write for write in intent.writes if _stands(state, write) == write.new]
        elif intent.channel is Channel.STATUS_UPDATE:
            vendor_id = connector.find_status_update(target, intent.mark, since=intent.at - CLOCKS_APART)
        elif (Channel.COMMENT, COMMENT) not in written.get(intent.target, {}):
            vendor_id = connector.find_comment(target, intent.node)
        if vendor_id is not None:
            made = intent.writes
        _keep(workspace, intent, made, vendor_id)


def _stands(state: PresentState, write: Write) -> JsonValue:
    if write.channel is Channel.PROPERTY:
        return state.property
    return state.fields.get(HealthRole(write.field or ""))


def _keep(workspace: Workspace, intent: Intent, made: Sequence[Write], vendor_id: str | None) -> None:
    """Record what was done after all; the rest is planned anew."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        for write in made:
            done = write.model_copy(update={"result": WriteResult.WRITTEN})
            how = Made(
                run=intent.run, by=intent.by, previous=write.old, vendor_id=vendor_id, signature=intent.signature
            )
            uow.pushes.record(done, how, at=now)
        uow.pushes.settle(intent.connection, intent.target, intent.channel)
