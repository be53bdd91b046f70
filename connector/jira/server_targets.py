"""What a server shows of the issues that targets name, of their projects and comments.

No search of a server tells properties (JRASERVER-62898, unresolved), so each costs a request; four are read at a time.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from connector.jira import server_shapes as shapes
from connector.jira.ahead import read_ahead
from connector.jira.client import JiraClient, quoted
from connector.jira.issues_by_name import ask_alone, by_name
from connector.jira.server_shapes import Names
from connector.jira.site import Json, Standing
from model.errors import NotFoundError
from model.tree import Audience

COMMENT_PAGE = 1000
Listed = Callable[[str, Sequence[str], Sequence[str]], list[Json]]


@dataclass(frozen=True)
class ServerTargets:
    """``listed``: the issues of a JQL clause with some values, what does not exist being left out."""

    client: JiraClient
    listed: Listed

    def named(
        self, names: Sequence[str], fields: Sequence[str], *, noted: tuple[str, Collection[str]], alone: bool
    ) -> dict[str, Json]:
        """By the thousand; what no index shows (archived, moved) and each property by itself."""
        key, wanted = noted
        ids = [name for name in names if name.isdigit()]
        keys = [name for name in names if not name.isdigit()]
        issues = [*(self.listed("id", ids, fields) if ids else ()), *(self.listed("key", keys, fields) if keys else ())]
        found = by_name(names, issues, lambda name: ask_alone(self.client, name, fields, ()) if alone else None)
        told = read_ahead([name for name in found if name in wanted], lambda name: self._note(found[name], key))
        for name, note in told:
            found[name] = {**found[name], "properties": {} if note is None else {key: note}}
        return found

    def _note(self, issue: Json, key: str) -> object:
        try:
            return self.client.read(f"api/issue/{issue['id']}/properties/{quoted(key)}").get("value")
        except NotFoundError:
            return None

    def standings_by_key(self, keys: Sequence[str]) -> dict[str, Standing]:
        """One list of all projects, archived ones too; what is in it neither is left out."""
        wanted = set(keys)
        return {
            key: Standing.ARCHIVED if one.get("archived") else Standing.LIVE
            for one in self.client.read("api/project", {"includeArchived": "true"})
            if (key := str(one["key"]).upper()) in wanted
        }

    def comments(self, issue: str, by: str | None) -> Iterator[list[Json]]:
        start = 0
        while True:
            page = self.client.read(
                f"api/issue/{quoted(issue)}/comment",
                {"startAt": start, "maxResults": COMMENT_PAGE, "orderBy": "-created", "expand": "properties"},
            )
            found = [shapes.value(one, Names()) for one in page.get("comments") or ()]
            shown = [one for one in found if by is None or (one.get("author") or {}).get("accountId") == by]
            if shown:
                yield shown
            start += len(found)
            if not found or start >= page.get("total", 0):
                return

    def comment(self, issue: str, comment_id: str) -> Json:
        found: Json = shapes.value(
            self.client.read(f"api/issue/{quoted(issue)}/comment/{quoted(comment_id)}"), Names()
        )
        return found


def visibility(audience: Audience) -> Json:
    """A server knows groups and roles by name only."""
    if audience.group is not None:
        return {"type": "group", "value": audience.group}
    return {"type": "role", "value": audience.role}
