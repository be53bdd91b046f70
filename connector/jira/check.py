"""Is the site there, who are we, and what may we do. Finding out is the point, so nothing is raised."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from connector.jira.client import JiraClient
from connector.sdk.mapped import unknown_fields
from model.errors import AppError
from model.mapping import Mapping
from model.sync import CheckReport, Problem

MOST_SKEW_S = 120.0
RIGHTS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "ADD_COMMENTS", "ADMINISTER")


def check(client: JiraClient, name: str, now: Callable[[], datetime], mapping: Mapping) -> CheckReport:
    """What works and what does not, each problem with its cure."""
    try:
        info = client.read("api/serverInfo")
    except AppError as exc:
        return _report(name, None, [_problem(exc)])
    problems = list(_site(info, now()))
    if any(problem.fatal for problem in problems):
        return _report(name, None, problems)
    try:
        me = client.read("api/myself")
    except AppError as exc:
        return _report(name, None, [*problems, _problem(exc)])
    if not me.get("accountId"):
        # Many reads answer 200 to nobody in particular, with nothing in them.
        problems.append(Problem(
            what="Jira takes us for an anonymous visitor.", fix="Check email and token of the connection.",
        ))
        return _report(name, None, problems)
    problems += _rights(client)
    problems += _fields(client, mapping)
    return _report(name, str(me.get("displayName") or me["accountId"]), problems)


def _report(name: str, who: str | None, problems: list[Problem]) -> CheckReport:
    return CheckReport(
        name=name, ok=not any(problem.fatal for problem in problems), who=who, problems=tuple(problems)
    )


def _problem(exc: AppError) -> Problem:
    return Problem(what=exc.what, fix=exc.fix or "Try again later.")


def _site(info: Any, now: datetime) -> Iterator[Problem]:
    kind = str(info.get("deploymentType", "") if isinstance(info, dict) else "")
    if kind.lower() != "cloud":
        yield Problem(
            what=f"This is Jira {kind or 'of an unknown kind'}; only Jira Cloud is built so far.",
            fix="Use a Jira Cloud site.",
        )
        return
    server = server_time(info)
    if server is not None and abs((server - now).total_seconds()) > MOST_SKEW_S:
        skew_s = (server - now).total_seconds()
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
    try:
        found = client.read("api/mypermissions", {"permissions": ",".join(RIGHTS)}).get("permissions") or {}
    except AppError as exc:
        yield _problem(exc)
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
    if "ADMINISTER" not in have:
        yield Problem(
            what="The account is no Jira administrator, so setup can only say what to do.",
            fix="Let an administrator run setup once, or map existing fields.", fatal=False,
        )


def _fields(client: JiraClient, mapping: Mapping) -> list[Problem]:
    try:
        known = {str(field["id"]) for field in client.read("api/field")}
    except AppError as exc:
        return [_problem(exc)]
    return list(unknown_fields(mapping, known))
