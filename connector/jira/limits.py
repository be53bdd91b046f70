"""Jira's limits, each by the scope the vendor counts in, and what its refusals silence.

Burst: a site, an endpoint and a method. Writes: one issue. Points an hour: one OAuth app over all its sites; token
traffic has none. Source: the vendor's "Rate limiting" page; an unknown reason is taken for the whole connection.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connector.jira.options import JiraAccess
from connector.sdk.http import Answer, Call, Limit

# A site's burst bucket (100 reads, 50 writes a second and endpoint) is shared by every app on it: take a part of it.
READS_PER_SECOND = 50
WRITES_PER_SECOND = 20
# Writes to one issue, in any so many seconds, counted in so many parts.
ISSUE_WRITES = ((20, 2.0, 4), (100, 30.0, 6))
POINTS_PER_HOUR = 65_000
# The rest is for whoever else uses the app, and for what is under way when the line is reached.
USED_SHARE = 0.8

_BURST, _ONE_ISSUE, _QUOTA = "jira-burst-based", "jira-per-issue-on-write", "jira-quota-"
_QUOTA_POLICIES = ("global-app-quota", "tenant-app-quota")
_POLICY = re.compile(r'"([^"]+)"((?:\s*;\s*[a-z]+=\d+)*)')
# Everything else in a path is a key, an id or a name: what is not known here is counted together, never apart.
_WORDS = frozenset({
    "rest", "api", "agile", "webhooks", "1.0", "latest", "application-properties", "applicationrole", "association",
    "attachment", "board", "bulk", "bulkfetch", "changelog", "comment", "component", "components", "configuration",
    "context", "contextdefault", "contextmapping", "defaultValue", "editmeta", "epic", "field", "fields",
    "fieldscheme", "fieldschemes", "filter", "group", "issue", "issues", "issueLink", "issueLinkType",
    "issuesecuritylevelscheme", "issuesecurityschemes", "issuetype", "issuetypescreenscheme", "issuetypescheme",
    "jql", "label", "list", "mapping", "member", "members", "mypermissions", "myself", "option", "permissions",
    "priority", "project", "projects", "projectvalidate", "properties", "queue", "remotelink", "resolution", "role",
    "screens", "screenscheme", "search", "securitylevel", "serverInfo", "sprint", "status", "statuscategory",
    "statuses", "tabs", "task", "transitions", "updated", "deleted", "user", "users", "version", "versions", "votes",
    "watchers", "webhook", "worklog", "worklogs", "multi", "approximate-count", "archive", "oauth", "token",
    "accessible-resources",
})
_SINGLE_POINT = frozenset({"version", "versions", "permissions", "mypermissions", "serverInfo"})
_PEOPLE = ("user", "users", "group", "role", "member")


def template(path: str) -> str:
    """A path with ``{}`` for every part that names one thing: limits count per endpoint, not per address."""
    parts = path.split("?", 1)[0].strip("/").split("/")
    return "/".join(part if part in _WORDS else "{}" for part in parts)


class JiraLimits:
    """The limits of one connection's requests."""

    def __init__(self, access: JiraAccess) -> None:
        self._name = access.name
        site = urlsplit(access.site_url)
        self._site = f"jira:{site.netloc}{site.path}"
        points = int(POINTS_PER_HOUR * USED_SHARE)
        self.quota = Limit(f"jira-quota:{access.oauth.client_id}", points, 3600.0) if access.oauth else None

    def of(self, method: str, path: str, *, writing: bool, issue: str | None) -> tuple[Limit, ...]:
        """What one request is charged to: its endpoint first, then the issue it writes to, then the app."""
        kind, most = ("writes", WRITES_PER_SECOND) if writing else ("reads", READS_PER_SECOND)
        scope = f"{self._site}:{method} {template(path)}"
        limits = [Limit(scope, most, 1.0, shared_by=f"{self._site}:{kind}")]
        if issue is not None:
            limits += [
                Limit(f"{self._site}:issue:{issue}:{int(window_s)}s", capacity, window_s, block=1, slices=slices)
                for capacity, window_s, slices in ISSUE_WRITES
            ]
        return (*limits, self.quota) if self.quota is not None else tuple(limits)

    def silenced_by(self, call: Call, answer: Answer) -> tuple[str, ...]:
        """What rests after a 429; everything of the connection when the reason is unknown or missing."""
        reason = answer.headers.get("ratelimit-reason", "")
        if reason == _BURST:
            return (call.limits[0].scope,)
        issue = next((limit.scope for limit in call.limits if ":issue:" in limit.scope), None)
        if reason == _ONE_ISSUE and issue is not None:
            return (issue,)
        if reason.startswith(_QUOTA) and self.quota is not None:
            return (self.quota.scope, self._name)
        return (self._name,)


def points_of(path: str, document: Any) -> int:
    """What a read costs beside its base of 1: one for each object in the answer, two for each person or group.

    Versions and permissions cost no more than the base, as measured by others.
    """
    words = template(path).split("/")
    if _SINGLE_POINT.intersection(words):
        return 0
    lists = [document] if isinstance(document, list) else []
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
    found = max((len(each) for each in lists), default=1)
    return found * 2 if words[-1] in _PEOPLE else found


def quota_spent_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until the hour's points are new, when less than a fifth is left; None while there is enough.

    Headers that begin with ``Beta-`` tell of a limit that is not enforced, and are not read.
    """
    capacities = {name: numbers.get("q", POINTS_PER_HOUR) for name, numbers in _policies(headers, "ratelimit-policy")}
    waits = [
        float(numbers.get("t", 3600))
        for name, numbers in _policies(headers, "ratelimit")
        if name in _QUOTA_POLICIES and "r" in numbers
        and numbers["r"] <= capacities.get(name, POINTS_PER_HOUR) * (1 - USED_SHARE)
    ]
    return max(waits, default=None)


def _policies(headers: Mapping[str, str], name: str) -> list[tuple[str, dict[str, int]]]:
    """A structured header such as ``"global-app-quota";r=11000;t=600, …`` as names with numbers."""
    found = []
    for policy, numbers in _POLICY.findall(headers.get(name, "")):
        pairs = (pair.strip().split("=") for pair in numbers.split(";") if pair.strip())
        found.append((policy, {key: int(value) for key, value in pairs}))
    return found
