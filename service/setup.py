"""Set-up: our health fields in each tool, planned first, made on demand, taken away again.

What was made is kept in a ledger, so that removal takes away that and nothing else.
"""

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.errors import AppError, RefusedError, RetryableError
from model.push import Channel, SetupMade, SetupResult, SetupStep, Write, WriteResult
from model.tree import Target
from service.push_back import alone
from service.workspace import Workspace
from store.pushes import Made
from store.unit_of_work import UnitOfWork


def targets(workspace: Workspace, connection: str) -> tuple[Target, ...]:
    """Every place of a connection where a node's fields are published."""
    return tuple(
        target
        for node in workspace.published_nodes()
        for target in node.publish
        if target.connection == connection and target.fields
    )


def setup(workspace: Workspace, *, apply: bool, remove: bool = False, by: str = "cli") -> tuple[SetupResult, ...]:
    """Plan or make our fields in every connection that publishes, or plan to take them away or do it; ids are kept.

    Removal also covers connections that publish no more. A connection that fails says so in a step of its own; the
    others go on. ``by``: who has it made. Raises RefusedError in read-only mode.
    """
    if workspace.read_only and apply:
        raise RefusedError(
            "Nothing is set up: this deployment is read-only.",
            where="read_only",
            fix="Set `read_only: false`; without --apply, `setup` only shows what it would do.",
        )
    results = (_one(workspace, name, apply=apply, remove=remove, by=by) for name in workspace.connections)
    return tuple(result for result in results if result is not None)


def _one(workspace: Workspace, name: str, *, apply: bool, remove: bool, by: str) -> SetupResult | None:
    places = targets(workspace, name)
    with workspace.db.read() as uow:
        known, made = uow.pushes.health_fields(name), uow.setup.made(name)
    if remove and known is None and not made:
        return SetupResult(connection=name) if places else None
    if not remove and not places:
        return None
    try:
        connector = workspace.connector(name)
        if not apply:
            plan = connector.remove_setup if remove else connector.setup
            return plan(places, known=known, made=made, apply=False)
        return _carried_out(workspace, connector, places, remove=remove, by=by)
    except AppError as error:
        step = SetupStep(connection=name, what=error.what, why=error.fix or "The tool refused.", by_hand=True)
        return SetupResult(connection=name, steps=(step,), made=made)


def _carried_out(workspace: Workspace, connector: Connector, places: Sequence[Target], *, remove: bool, by: str) -> SetupResult:
    """Make or take away, by one process at a time: two would make every field twice."""
    name = connector.name
    with workspace.db.alone(alone(name)) as got:
        if not got:
            raise RetryableError("Somebody else is writing to this connection.", where=name, fix="Try again.", reason="busy")
        with workspace.db.read() as uow:
            known, made = uow.pushes.health_fields(name), uow.setup.made(name)
        with workspace.db.begin() as uow:
            run = uow.runs.start("setup", at=workspace.clock())
        deed = Made(run=run, by=by)
        if remove:
            result = connector.remove_setup(places, known=known, made=made, apply=True)
        else:
            result = connector.setup(places, known=known, made=made, apply=True, keep=_keeper(workspace, name, deed))
        with workspace.db.begin() as uow:
            _keep(workspace, uow, result, deed, remove=remove)
            uow.runs.finish(run, at=workspace.clock(), outcome="done", summary={"made": len(result.made)})
    return result


def _keeper(workspace: Workspace, name: str, deed: Made) -> Callable[[SetupMade], None]:
    def keep(one: SetupMade) -> None:
        with workspace.db.begin() as uow:
            _remember(workspace, uow, name, one, deed)

    return keep


def _remember(workspace: Workspace, uow: UnitOfWork, name: str, one: SetupMade, deed: Made) -> None:
    """What was made, in the ledger and, once, in the audit log."""
    if uow.setup.remember(name, one, workspace.clock()):
        uow.pushes.note_setup(_deed(name, one, made=True), deed, at=workspace.clock())


def _deed(name: str, one: SetupMade, *, made: bool) -> Write:
    """Something made or taken away in a tool, as a write."""
    what: JsonValue = one.model_dump(mode="json", exclude_none=True)
    return Write(
        connection=name,
        target=f"{name}:{one.kind}:{one.id}",
        node="",
        channel=Channel.SETUP,
        old=None if made else what,
        new=what if made else None,
        why="Made by setup, so that health can be shown." if made else "Taken away by setup, which had made it.",
        result=WriteResult.WRITTEN,
    )


def _keep(workspace: Workspace, uow: UnitOfWork, result: SetupResult, deed: Made, *, remove: bool) -> None:
    """The ledger as the tool stands now; after removal nothing is written into the fields any more."""
    name = result.connection
    for one in uow.setup.made(name):
        if one not in result.made:
            uow.setup.forget(name, one)
            uow.pushes.note_setup(_deed(name, one, made=False), deed, at=workspace.clock())
    for one in result.made:
        _remember(workspace, uow, name, one, deed)
    if remove:
        uow.pushes.forget_health_fields(name)
    elif result.fields is not None:
        uow.pushes.save_health_fields(result.fields)
