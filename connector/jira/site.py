"""What reading and writing ask of a Jira, whether it is Cloud or Data Center. Each is one implementation.

Whatever a site answers is given in the shape that Cloud's REST v3 documents (``accountId``, sprint objects, ids as
text), so that ``payloads`` knows one shape only.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from model.push import Remark
from model.tree import Audience

Json = dict[str, Any]


class Standing(StrEnum):
    """What became of a project, as far as this account can tell."""

    LIVE = "live"
    ARCHIVED = "archived"
    DELETED = "deleted"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class ProjectStanding:
    """``secured``: whether some of its issues may be shown to a few only; None where this account can't know."""

    standing: Standing
    secured: bool | None = None


class Site(Protocol):
    """One site, one account. Safe for several threads. ``ids`` are numeric issue ids."""

    # -- issues -------------------------------------------------------------------------------------------------------

    def search(
        self, jql: str, *, fields: Sequence[str] = ("id",), reconcile: Sequence[int] = ()
    ) -> Iterator[list[Json]]:
        """Pages of issues (id, and the named fields) that match ``jql``, to the end.

        ``reconcile``: up to 50 ids for which the answer must not lag behind; ignored where there is no such thing.
        """

    def count(self, jql: str) -> int:
        """About how many issues match ``jql``, in one request."""

    def below(self, parents: Sequence[str]) -> str:
        """JQL for the issues directly below some issues, given as JQL words: ids, or keys in quotes."""

    def issues(self, ids: Sequence[int], fields: Sequence[str]) -> list[Json]:
        """Issues with the named fields, ordered by id, any number of ids. What is gone or hidden is left out."""

    def changelogs(self, ids: Sequence[int]) -> dict[int, list[bytes]]:
        """The complete changelog of each issue, oldest first; an empty list for one without.

        Its entries are JSON as it is kept (``documents.kept_history``).
        """

    def worklogs(self, ids: Sequence[int]) -> dict[int, list[Json]]:
        """Every booking on each issue."""

    def is_gone(self, issue_id: int) -> bool:
        """Whether the site answers 404 for an issue: deleted, or not visible to this account."""

    def ids_by_key(self, keys: Sequence[str]) -> dict[str, int]:
        """Issue ids by key, old keys of moved issues too; what is gone or hidden is left out."""

    def named(
        self, names: Sequence[str], fields: Sequence[str], *, noted: tuple[str, Collection[str]], alone: bool = True
    ) -> dict[str, Json]:
        """The issue behind each key (old ones too) or id, with the named fields; what is gone or hidden is left out.

        ``noted``: a property's key, and the names of the issues that it is wanted of (others may tell it, too). An issue
        whose properties were read has ``properties``, be it empty.
        ``alone``: what a list does not show is asked for by itself.
        """

    def booked_since(self, since_ms: int) -> tuple[dict[int, int], int]:
        """Issues of the whole site with bookings written since a moment, each with its newest one; where to go on.

        Moments are milliseconds since the epoch. The last minute may be left out.
        """

    # -- lists --------------------------------------------------------------------------------------------------------

    def issue_types(self) -> Sequence[Json]:
        """Every type, with its ``hierarchyLevel``."""

    def projects(self) -> Iterator[Json]:
        """Every live project the account may see, with its lead."""

    def versions(self, project_key: str) -> Iterator[Json]:
        """A project's versions. Raises NotFoundError for no such project."""

    def standings(self, project_ids: Sequence[str]) -> dict[str, ProjectStanding]:
        """What became of each project, told apart exactly.

        On Cloud at most three requests for fifty; on Data Center one more for each that is there or can't be seen.
        """

    def standings_by_key(self, keys: Sequence[str]) -> dict[str, Standing]:
        """What became of each project, by its key in capitals, as far as one list tells."""

    # -- the account --------------------------------------------------------------------------------------------------

    def site_time(self) -> datetime | None:
        """The site's clock, as its newest answer told it; None where answers tell none. Costs no request."""

    def me(self) -> Json:
        """The account: ``accountId``, ``displayName``, ``timeZone``. Raises ConnectionUnusableError for nobody."""

    # -- comments -----------------------------------------------------------------------------------------------------

    def comment_body(self, message: Remark) -> Any:
        """A comment's body in the form the site takes: a document (Cloud) or wiki markup (Data Center)."""

    def visibility(self, audience: Audience) -> Json:
        """Who may read a comment, as the site names groups and roles."""

    def comments(self, issue: str, *, by: str | None = None) -> Iterator[list[Json]]:
        """Pages of an issue's comments (key or id), newest first.

        ``by``: only those that an account wrote, each with its ``properties`` then.
        """

    def comment(self, issue: str, comment_id: str) -> Json:
        """One comment. Raises NotFoundError."""

    @property
    def bulk_writes(self) -> bool:
        """Whether the site writes into many issues in one call."""
