"""What a server knows beside the site it shows: names and keys of people, wiki texts, its own fields and limits."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.jira.catalog import AGILE_PREFIX
from sandbox.jira.records import ApiError, Field, Issue, Json
from sandbox.jira.site import JiraSite

EPIC_LINK, EPIC_NAME, PARENT_LINK = "customfield_10001", "customfield_10002", "customfield_10003"
WINDOW, PAGE = 10_000, 1000
FIRST_USER = 10_000
TOO_MANY = "Rate limit exceeded."


def _field(field_id: str, name: str, type_: str, key: str) -> Field:
    schema: Json = {"type": type_, "custom": key, "customId": int(field_id.removeprefix("customfield_"))}
    return Field(field_id, name, schema, kind=key.rpartition(":")[2], everywhere=True)


OWN_FIELDS = {
    one.id: one for one in (
        _field(EPIC_LINK, "Epic Link", "any", f"{AGILE_PREFIX}gh-epic-link"),
        _field(EPIC_NAME, "Epic Name", "string", f"{AGILE_PREFIX}gh-epic-label"),
        _field(PARENT_LINK, "Parent Link", "any", "com.atlassian.jpo:jpo-custom-field-parent"),
    )
}  # fmt: skip


@dataclass
class RateLimit:
    """A bucket for each account, as an administrator may set one up: refilled by ``fill`` every ``interval_s``."""

    capacity: int
    fill: int
    interval_s: int
    monotonic: Callable[[], float] = time.monotonic
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)  # tokens, when they were counted

    def take(self, account: str) -> dict[str, str]:
        """Take one; the headers of the answer. Raises ApiError 429."""
        now = self.monotonic()
        tokens, at = self.buckets.get(account, (float(self.capacity), now))
        tokens = min(float(self.capacity), tokens + (now - at) / self.interval_s * self.fill)
        left = tokens - 1
        headers = {
            "X-RateLimit-Limit": str(self.capacity), "X-RateLimit-Remaining": str(max(0, int(left))),
            "X-RateLimit-Interval-Seconds": str(self.interval_s), "X-RateLimit-FillRate": str(self.fill),
            "retry-after": "0",
        }  # fmt: skip
        if left < 0:
            self.buckets[account] = (tokens, now)
            wait_s = max(1, round((1 - tokens) * self.interval_s / self.fill))
            raise ApiError(429, TOO_MANY, headers={**headers, "retry-after": str(wait_s)})
        self.buckets[account] = (left, now)
        return headers


@dataclass
class Server:
    """A Data Center around a site.

    ``window``: results that a search shows at all; ``page``: at most so many at once; ``lenient``: it knows
    ``validateQuery``; ``described``: it lists custom fields with descriptions, and deletes them; ``notes``: comments
    keep properties; ``version``: from 10 on hooks are signed, and at another address; ``rate``: off unless an
    administrator switched it on.
    """

    site: JiraSite
    window: int = WINDOW
    page: int = PAGE
    lenient: bool = True
    described: bool = True
    notes: bool = True
    version: tuple[int, int, int] = (10, 3, 6)
    rate: RateLimit | None = None
    tokens: dict[str, str] = field(default_factory=dict)  # personal access token -> account id
    wiki: dict[str, str] = field(default_factory=dict)  # comment id -> the text as it was written
    renamed_epic: str | None = None  # what this site calls its epics, where it calls them otherwise

    def key_of(self, account_id: str) -> str:
        """The key of a person, which never changes; people of an older site have their name for it."""
        accounts = list(self.site.users)
        place = accounts.index(account_id) if account_id in accounts else len(accounts)
        return f"JIRAUSER{FIRST_USER + place}"

    def name_of(self, account_id: str) -> str:
        shown = self.site.users[account_id]["displayName"]
        return re.sub(r"[^a-z0-9]+", ".", shown.lower()).strip(".") or self.key_of(account_id).lower()

    def account_of(self, name_or_key: str) -> str | None:
        """The account behind a name or a key."""
        for account_id in self.site.users:
            if name_or_key in (self.key_of(account_id), self.name_of(account_id)):
                return account_id
        return None

    def fields(self) -> dict[str, Field]:
        """The fields of a server: no parent in the list, no category dates; Epic Link and its like instead."""
        cloud_only = {"parent", "statuscategorychangedate"}
        kept = {name: one for name, one in self.site.fields.items() if name not in cloud_only}
        return {**kept, **OWN_FIELDS}

    def above(self, issue: Issue) -> tuple[str, Issue] | None:
        """The field that names the issue above (``parent`` for a sub-task), and that issue."""
        parent = self.site.issues.get(issue.parent_id or "")
        if parent is None or not self.site.visible(parent):
            return None
        return self.link_field(issue, parent), parent

    def link_field(self, issue: Issue, parent: Issue) -> str:
        if issue.fields["issuetype"]["subtask"]:
            return "parent"
        return EPIC_LINK if parent.fields["issuetype"].get("hierarchyLevel") == 1 else PARENT_LINK
