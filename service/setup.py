"""Set-up: our health fields in each tool, planned first, made on demand, taken away again."""

from model.errors import AppError, RefusedError
from model.push import SetupResult, SetupStep
from model.tree import Target
from service.workspace import Workspace


def targets(workspace: Workspace, connection: str) -> tuple[Target, ...]:
    """Every place of a connection where a node's fields are published."""
    return tuple(
        target
        for node in workspace.tree.nodes
        for target in node.publish
        if target.connection == connection and target.fields
    )


def setup(workspace: Workspace, *, apply: bool, remove: bool = False) -> tuple[SetupResult, ...]:
    """Plan (or make, or take away) our fields in every connection that publishes; the field ids are kept.

    A connection that fails says so in a step of its own; the others go on. Raises RefusedError in read-only mode.
    """
    if workspace.read_only and (apply or remove):
        raise RefusedError(
            "Nothing is set up: this deployment is read-only.",
            where="read_only",
            fix="Set `read_only: false`; without --apply, `setup` only shows what it would do.",
        )
    return tuple(
        _one(workspace, name, apply=apply, remove=remove)
        for name in workspace.connections
        if targets(workspace, name)
    )


def _one(workspace: Workspace, name: str, *, apply: bool, remove: bool) -> SetupResult:
    places = targets(workspace, name)
    with workspace.db.read() as uow:
        known = uow.pushes.health_fields(name)
    try:
        connector = workspace.connector(name)
        if remove:
            if known is None:
                return SetupResult(connection=name)
            result = connector.remove_setup(places, known=known, apply=True)
        else:
            result = connector.setup(places, known=known, apply=apply)
    except AppError as error:
        step = SetupStep(connection=name, what=error.what, why=error.fix or "The tool refused.", by_hand=True)
        return SetupResult(connection=name, steps=(step,))
    with workspace.db.begin() as uow:
        if remove:
            uow.pushes.forget_health_fields(name)
        elif apply and result.fields is not None:
            uow.pushes.save_health_fields(result.fields)
    return result
