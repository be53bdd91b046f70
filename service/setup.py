"""Set-up: our health fields in each tool, planned first, made on demand, taken away again.

What was made is kept in a ledger, so that removal takes away that and nothing else.
"""

from collections.abc import Callable, Sequence

from connector.sdk.base import Connector
from model.errors import AppError, RefusedError, RetryableError
from model.push import SetupMade, SetupResult, SetupStep
from model.tree import Target
from service.push_back import alone
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork


def targets(workspace: Workspace, connection: str) -> tuple[Target, ...]:
    """Every place of a connection where a node's fields are published."""
    return tuple(
        target
        for node in workspace.tree.nodes
        for target in node.publish
        if target.connection == connection and target.fields
    )


def setup(workspace: Workspace, *, apply: bool, remove: bool = False) -> tuple[SetupResult, ...]:
    """Plan or make our fields in every connection that publishes, or plan to take them away or do it; ids are kept.

    Removal also covers connections that publish no more. A connection that fails says so in a step of its own; the
    others go on. Raises RefusedError in read-only mode.
    """
    if workspace.read_only and apply:
        raise RefusedError(
            "Nothing is set up: this deployment is read-only.",
            where="read_only",
            fix="Set `read_only: false`; without --apply, `setup` only shows what it would do.",
        )
    results = (_one(workspace, name, apply=apply, remove=remove) for name in workspace.connections)
    return tuple(result for result in results if result is not None)


def _one(workspace: Workspace, name: str, *, apply: bool, remove: bool) -> SetupResult | None:
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
        return _carried_out(workspace, connector, places, remove=remove)
    except AppError as error:
        step = SetupStep(connection=name, what=error.what, why=error.fix or "The tool refused.", by_hand=True)
        return SetupResult(connection=name, steps=(step,), made=made)


def _carried_out(workspace: Workspace, connector: Connector, places: Sequence[Target], *, remove: bool) -> SetupResult:
    """Make or take away, by one process at a time: two would make every field twice."""
    name = connector.name
    with workspace.db.alone(alone(name)) as got:
        if not got:
            raise RetryableError("Somebody else is writing to this connection.", where=name, fix="Try again.", reason="busy")
        with workspace.db.read() as uow:
            known, made = uow.pushes.health_fields(name), uow.setup.made(name)
        if remove:
            result = connector.remove_setup(places, known=known, made=made, apply=True)
        else:
            result = connector.setup(places, known=known, made=made, apply=True, keep=_keeper(workspace, name))
        with workspace.db.begin() as uow:
            _keep(workspace, uow, made, result, remove=remove)
    return result


def _keeper(workspace: Workspace, name: str) -> Callable[[SetupMade], None]:
    def keep(one: SetupMade) -> None:
        with workspace.db.begin() as uow:
            uow.setup.remember(name, one, workspace.clock())

    return keep


def _keep(
    workspace: Workspace, uow: UnitOfWork, before: Sequence[SetupMade], result: SetupResult, *, remove: bool
) -> None:
    """The ledger as the tool stands now; after removal nothing is written into the fields any more."""
    name = result.connection
    for one in set(before) - set(result.made):
        uow.setup.forget(name, one)
    for one in result.made:
        uow.setup.remember(name, one, workspace.clock())
    if remove:
        uow.pushes.forget_health_fields(name)
    elif result.fields is not None:
        uow.pushes.save_health_fields(result.fields)
