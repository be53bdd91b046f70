"""Whether a connection works: reachable, who we are, what the account and the plan allow."""

from collections.abc import Callable
from typing import Any

from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.sdk.mapped import unknown_fields
from model.errors import AppError
from model.mapping import Mapping
from model.sync import CheckReport, Problem

_PLAN = "Everything else works; what needs it is left out."


def check(client: AsanaClient, mapping: Mapping) -> CheckReport:
    """What ``check`` says of a connection. Raises nothing for what it is there to find out."""
    try:
        me = client.me()
    except AppError as exc:
        return CheckReport(name=client.name, ok=False, problems=(Problem(what=exc.what, fix=exc.fix),))
    problems = [each for each in (_workspace(client, me), *_features(client)) if each is not None]
    problems += _fields(client, mapping)
    ok = not any(problem.fatal for problem in problems)
    return CheckReport(name=client.name, ok=ok, who=str(me.get("name") or me["gid"]), problems=tuple(problems))


def _workspace(client: AsanaClient, me: Json) -> Problem | None:
    seen = {str(each["gid"]): str(each.get("name") or "") for each in me.get("workspaces") or ()}
    if client.workspace in seen:
        return None
    known = ", ".join(f"{gid} ({name})" for gid, name in seen.items()) or "none"
    return Problem(
        what=f"The account can't see the workspace {client.workspace}.",
        fix=f"Set workspace to one it can see: {known}. A workspace may also have blocked the app.",
    )


def _features(client: AsanaClient) -> list[Problem | None]:
    return [
        _feature(client.custom_fields, "Custom fields", "No field can show our health, and no field is read."),
        _feature(client.portfolios, "Portfolios", "Sources and targets can only be projects, sections and tasks."),
    ]


def _feature(ask: Callable[[], Any], name: str, effect: str) -> Problem | None:
    """A feature the plan or the account lacks: a problem that does not stop the rest."""
    try:
        ask()
    except PlanError:
        return Problem(what=f"{name} are not in the workspace's plan. {effect}", fix=_PLAN, fatal=False)
    except INVISIBLE as exc:
        return Problem(what=f"{name} can't be read: {exc.what} {effect}", fix=_PLAN, fatal=False)
    except AppError as exc:
        return Problem(what=exc.what, fix=exc.fix)
    return None


def _fields(client: AsanaClient, mapping: Mapping) -> list[Problem]:
    """Mapped fields that are not there; what can't be read is told as a lacking feature already."""
    try:
        known = {str(field["gid"]) for field in client.custom_fields()}
    except AppError:
        return []
    return list(unknown_fields(mapping, known))
