"""JQL as a server reads it: ``parent`` means sub-tasks only, epics by Epic Link, unknown issues refused or ignored."""

from datetime import timedelta
from typing import Any

from sandbox.jira.datacenter.state import EPIC_LINK, EPIC_NAME, PARENT_LINK, Server
from sandbox.jira.jql import UNBOUNDED, Parser, Predicate, refuse
from sandbox.jira.jql_fields import sort_key
from sandbox.jira.records import Issue

_ISSUES = frozenset({"id", "key", "issue", "issuekey"})


def _links() -> dict[str, str]:
    named = {"parent": "parent", "epic link": EPIC_LINK, "parent link": PARENT_LINK}
    numbered = {f"cf[{field_id.removeprefix('customfield_')}]": field_id for field_id in (EPIC_LINK, PARENT_LINK)}
    return named | numbered


class ServerParser(Parser):
    """The parser of the Cloud fake with a server's own fields. ``strict``: what does not exist is refused."""

    def __init__(self, server: Server, text: str, *, strict: bool) -> None:
        super().__init__(server.site, text)
        self._server = server
        self._strict = strict

    def _clause(self) -> Predicate:
        begun = self._at
        field = self._take()
        if field.kind == "op":
            raise refuse(f"Error in the JQL Query: Expecting a field name but got '{field.text}'.")
        operator = self._operator()
        values = self._values(listed=operator in ("in", "not in"))
        name = field.text.lower()
        if name in _links() and operator in ("=", "in"):
            return self._linked(_links()[name], field.text, values)
        if name in ("epic name", f"cf[{EPIC_NAME.removeprefix('customfield_')}]"):
            return lambda issue: issue.fields["issuetype"].get("hierarchyLevel") == 1
        if name in _ISSUES and operator in ("=", "in") and not self._strict:
            ids = {issue.id for value in values if (issue := self._site.find_issue(value.text)) is not None}
            return lambda issue: issue.id in ids
        self._at = begun
        return super()._clause()

    def _linked(self, field_id: str, name: str, values: list[Any]) -> Predicate:
        ids: set[str] = set()
        for value in values:
            parent = self._site.find_issue(value.text)
            if parent is not None:
                ids.add(parent.id)
            elif self._strict:
                raise refuse(f"An issue with key '{value.text}' does not exist for field '{name}'.")

        def test(issue: Issue) -> bool:
            above = self._server.above(issue)
            return above is not None and above[0] == field_id and above[1].id in ids

        return test


def search(server: Server, text: str, *, strict: bool) -> list[Issue]:
    """Visible issues that match, in the query's order. A node's index may not have the newest issues yet."""
    query = ServerParser(server, text, strict=strict).parse()
    if query.test is None:
        raise refuse(UNBOUNDED)
    site, oldest = server.site, server.site.clock() - timedelta(seconds=server.site.faults.search_lag_s)
    shown = [issue for issue in site.issues.values() if site.visible(issue) and issue.id not in site.archived_issue_ids]
    shown = [issue for issue in shown if issue.born_at is None or issue.born_at <= oldest]
    for issue in shown:
        issue.indexed_at = issue.updated_at
    found = [issue for issue in shown if query.test(issue)]
    for name, descending in reversed(query.orders or (("key", True),)):
        found.sort(key=sort_key(name), reverse=descending)
    return found


