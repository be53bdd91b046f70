"""Looking at connections: is each usable, does it rest, and what does it offer."""

from collections.abc import Sequence
from datetime import datetime

from model.errors import AppError
from model.sync import CheckReport, Discovery, Problem
from service import hook_state
from service.workspace import Workspace


def check(workspace: Workspace, names: Sequence[str] = ()) -> tuple[CheckReport, ...]:
    """Each connection's state; one that can't even be made says why."""
    chosen = tuple(workspace.known_connection(name) for name in names) or workspace.connections
    return tuple(_with_webhooks(workspace, _check(workspace, name)) for name in chosen)


def _with_webhooks(workspace: Workspace, report: CheckReport) -> CheckReport:
    heard = hook_state.state(workspace, report.name)
    return report.model_copy(update={"webhooks": heard.text, "problems": (*report.problems, *heard.problems)})


def paused(workspace: Workspace) -> dict[str, datetime]:
    """The connections whose tool asked us to come back later, and until when they rest."""
    pauses = workspace.db.limits.pauses(workspace.clock())
    return {name: pauses[name] for name in workspace.connections if name in pauses}


def _check(workspace: Workspace, name: str) -> CheckReport:
    rests = paused(workspace).get(name)
    if rests is not None:
        # Asking now would only be refused again, and counts against the limit.
        what = f"Paused until {rests:%Y-%m-%d %H:%M} UTC: the tool asked to come back later."
        return CheckReport(name=name, ok=False, problems=(Problem(what=what, fix="Wait: it goes on by itself."),))
    try:
        return workspace.connector(name).check()
    except AppError as error:
        problem = Problem(what=error.what, fix=error.fix or "See the message.")
        return CheckReport(name=name, ok=False, problems=(problem,))


def discover(workspace: Workspace, names: Sequence[str] = ()) -> tuple[Discovery, ...]:
    """What each connection offers. Raises what the connector raises."""
    chosen = tuple(workspace.known_connection(name) for name in names) or workspace.connections
    return tuple(workspace.connector(name).discover() for name in chosen)
