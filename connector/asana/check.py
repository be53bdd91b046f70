"""Whether a connection works: reachable, who we are, what the account and the plan allow."""

from connector.asana import scopes
from connector.asana.client import AsanaClient, Json
from connector.asana.options import TokenAuth
from connector.asana.plan import features
from connector.sdk.credentials import expiry_problem
from connector.sdk.http import mending
from connector.sdk.mapped import unknown_fields
from connector.sdk.oauth import OAuthCredential
from model.errors import AppError
from model.mapping import Mapping
from model.sync import CheckReport, Problem

MOST_SKEW_S = 120.0
RENEW = "Make a new token, put it where the connection reads its token, and set auth.expires to the new last day."


def check(client: AsanaClient, mapping: Mapping) -> CheckReport:
    """What ``check`` says of a connection. Raises nothing for what it is there to find out."""
    problems = [*_credential(client)]
    try:
        me = client.me()
    except AppError as exc:
        problems.append(Problem(what=exc.what, fix=mending(exc)))
        return CheckReport(name=client.name, ok=False, problems=tuple(problems))
    problems += [each for each in (_workspace(client, me), _skew(client)) if each is not None]
    problems += features(client)
    problems += _fields(client, mapping)
    ok = not any(problem.fatal for problem in problems)
    return CheckReport(name=client.name, ok=ok, who=str(me.get("name") or me["gid"]), problems=tuple(problems))


def _credential(client: AsanaClient) -> list[Problem]:
    """Ends that come near, and what the app may not do whoever logs in."""
    if isinstance(client.options.auth, TokenAuth):
        problem = expiry_problem(client.options.auth.expires, client.now(), fix=RENEW)
        return [problem] if problem is not None else []
    held = client.credential.problems() if isinstance(client.credential, OAuthCredential) else []
    return [*held, *scopes.problems(client.options.auth.scopes)]


def _skew(client: AsanaClient) -> Problem | None:
    """Our clock against the tool's, which it tells with every answer."""
    skew_s = client.skew_s()
    if skew_s is None or abs(skew_s) <= MOST_SKEW_S:
        return None
    return Problem(
        what=f"The clock of this machine is {abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} Asana's.",
        fix="Set the machine's clock by NTP.", fatal=False,
    )


def _workspace(client: AsanaClient, me: Json) -> Problem | None:
    seen = {str(each["gid"]): str(each.get("name") or "") for each in me.get("workspaces") or ()}
    if client.workspace in seen:
        return None
    known = ", ".join(f"{gid} ({name})" for gid, name in seen.items()) or "none"
    return Problem(
        what=f"The account can't see the workspace {client.workspace}.",
        fix=f"Set workspace to one it can see: {known}. A workspace may also have blocked the app.",
    )


def _fields(client: AsanaClient, mapping: Mapping) -> list[Problem]:
    """Mapped fields that are not there; what can't be read is told as a lacking feature already."""
    try:
        known = {str(field["gid"]) for field in client.custom_fields()}
    except AppError:
        return []
    return list(unknown_fields(mapping, known))
