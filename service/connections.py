"""Looking at connections: is each usable, and what does it offer."""

from collections.abc import Sequence

from model.errors import AppError
from model.sync import CheckReport, Discovery, Problem
from service.workspace import Workspace


def check(workspace: Workspace, names: Sequence[str] = ()) -> tuple[CheckReport, ...]:
    """Each connection's state; one that can't even be made says why."""
    chosen = tuple(workspace.known_connection(name) for name in names) or workspace.connections
    return tuple(_check(workspace, name) for name in chosen)


def _check(workspace: Workspace, name: str) -> CheckReport:
    try:
        return workspace.connector(name).check()
    except AppError as error:
        problem = Problem(what=error.what, fix=error.fix or "See the message.")
        return CheckReport(name=name, ok=False, problems=(problem,))


def discover(workspace: Workspace, names: Sequence[str] = ()) -> tuple[Discovery, ...]:
    """What each connection offers. Raises what the connector raises."""
    chosen = tuple(workspace.known_connection(name) for name in names) or workspace.connections
    return tuple(workspace.connector(name).discover() for name in chosen)
