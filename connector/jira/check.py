"""Is the site there, who are we, and what may we do. Finding out is the point, so nothing is raised."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from connector.jira.client import JiraClient
from connector.sdk.credentials import expiry_problem
from connector.sdk.http import mending
from connector.sdk.mapped import unknown_fields
from model.errors import AppError, NotFoundError
from model.mapping import Mapping
from model.sync import CheckReport, Problem

MOST_SKEW_S = 120.0
RENEW = "Make a new token, put it where the connection reads its token, and set auth.expires to the new last day."
BOARD_SCOPES = (
    "read:board-scope:jira-software", "read:board-scope.admin:jira-software", "read:sprint:jira-software",
    "read:project:jira",
)
NOT_HERE = {
    "cloud": "Check the connection's url. For Data Center use auth: {type: personal_access_token, token: …}.",
    "datacenter": "Check the connection's url: a context path such as /jira belongs to it.",
}
RIGHTS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "ADD_COMMENTS", "ADMINISTER")
BULK = "BULK_CHANGE"  # of Jira Cloud: Data Center has no such job


def check(client: JiraClient, name: str, now: Callable[[], datetime], mapping: Mapping) -> CheckReport:
    """What works and what does not, each problem with its cure."""
    problems = [*_credential(client, now())]
    try:
        info = client.read("api/serverInfo")
    except NotFoundError as exc:
        return _report(name, None, [*problems, Problem(what=exc.what, fix=NOT_HERE[client.access.deployment])])
    except AppError as exc:
        return _report(name, None, [*problems, _problem(exc)])
    problems += _site(info, client.access.deployment, now())
    if any(problem.fatal for problem in problems):
        return _report(name, None, problems)
    try:
        me = client.read("api/myself")
    except AppError as exc:
        return _report(name, None, [*problems, _problem(exc, "read:jira-user")])
    who = str(me.get("displayName") or me.get("accountId") or me.get("name") or "")
    if not (me.get("accountId") or me.get("name")):
        # Many reads answer 200 to nobody in particular, with nothing in them.
        problems.append(Problem(
            what="Jira takes us for an anonymous visitor, who sees little or nothing.",
            fix="Check email and token of the connection: the token may have been revoked or belong to another site.",
        ))
        return _report(name, None, problems)
    problems += _rights(client)
    problems += _fields(client, mapping)
    problems += _boards(client)
    return _report(name, who, problems)


def _report(name: str, who: str | None, problems: list[Problem]) -> CheckReport:
    return CheckReport(
        name=name, ok=not any(problem.fatal for problem in problems), who=who, problems=tuple(problems)
    )


def _problem(exc: AppError, *scopes: str, fatal: bool = True) -> Problem:
    """An error as a problem. ``scopes``: what the refused request needs, for an answer that does not name it."""
    fix = mending(exc)
    if exc.reason == "missing_scope" and scopes:
        fix = f"Make a token (or log in again) with the scope {' '.join(scopes)}."
    return Problem(what=exc.what, fix=fix, fatal=fatal)


def _credential(client: JiraClient, now: datetime) -> list[Problem]:
    """Ends of the credential that come near, as far as anybody can know them."""
    if client.oauth is not None:
        return client.oauth.problems()
    problem = expiry_problem(client.access.expires, now, fix=RENEW)
    return [problem] if problem is not None else []


def _site(info: Any, deployment: str, now: datetime) -> Iterator[Problem]:
    kind = str(info.get("deploymentType", "") if isinstance(info, dict) else "")
    is_cloud = kind.lower() == "cloud"
    if is_cloud and deployment == "datacenter":
        yield Problem(
            what="This is Jira Cloud, and the connection is set up for Data Center.",
            fix="Use auth: {type: api_token, …} (or scoped_token, oauth2) and deployment: auto.",
        )
    elif not is_cloud and deployment == "cloud":
        yield Problem(
            what=f"This is Jira {kind or 'of an unknown kind'}, and the connection is set up for Jira Cloud.",
            fix="For Data Center use auth: {type: personal_access_token, token: …} and deployment: auto.",
        )
    yield from _skew(info, now)


def _skew(info: Any, now: datetime) -> Iterator[Problem]:
    server = server_time(info)
    skew_s = (server - now).total_seconds() if server is not None else 0.0
    if abs(skew_s) > MOST_SKEW_S:
        yield Problem(
            what=f"The clock of this machine is {abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} Jira's.",
            fix="Set the machine's clock by NTP.", fatal=False,
        )


def server_time(info: Any) -> datetime | None:
    """The site's own time; None where it gives none."""
    try:
        return datetime.strptime(str(info["serverTime"]), "%Y-%m-%dT%H:%M:%S.%f%z")
    except (KeyError, ValueError, TypeError):
        return None


def _rights(client: JiraClient) -> Iterator[Problem]:
    asked = (*RIGHTS, BULK) if client.access.deployment == "cloud" else RIGHTS
    try:
        found = client.read("api/mypermissions", {"permissions": ",".join(asked)}).get("permissions") or {}
    except AppError as exc:
        yield _problem(exc, "read:jira-work")
        return
    have = {key for key, value in found.items() if value.get("havePermission")}
    if "BROWSE_PROJECTS" not in have:
        yield Problem(what="The account may not see any project.", fix="Give it Browse Projects where it should read.")
    if "EDIT_ISSUES" not in have:
        yield Problem(
            what="The account may not edit issues, so health can't be written.",
            fix="Give it Edit Issues in the projects of the target issues.", fatal=False,
        )
    if "ADD_COMMENTS" not in have:
        yield Problem(what="The account may not comment.", fix="Give it Add Comments where it should.", fatal=False)
    if BULK in asked and BULK not in have:
        yield Problem(
            what="The account lacks the global permission Make bulk changes, so equal fields are written issue by issue.",
            fix="Give it Make bulk changes (Jira settings, System, Global permissions), or leave it: it only costs requests.",
            fatal=False,
        )
    if "ADMINISTER" not in have:
        yield Problem(
            what="The account is no Jira administrator, so setup can only say what to do.",
            fix="Let an administrator run setup once, or map existing fields.", fatal=False,
        )


def _fields(client: JiraClient, mapping: Mapping) -> list[Problem]:
    try:
        known = {str(field["id"]) for field in client.read("api/field")}
    except AppError as exc:
        return [_problem(exc, "read:jira-work")]
    return list(unknown_fields(mapping, known))


def _boards(client: JiraClient) -> list[Problem]:
    """Boards tell of sprints and of the story point field, and need scopes of their own."""
    if client.access.auth_type not in ("scoped_token", "oauth2"):
        return []
    try:
        client.read("rest/agile/1.0/board", {"maxResults": 1})
    except AppError as exc:
        return [_problem(exc, *BOARD_SCOPES, fatal=False)] if exc.reason == "missing_scope" else []
    return []
