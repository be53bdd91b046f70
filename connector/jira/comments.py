"""One comment a node and target: found again by its property, edited in place, never where customers would read it.

A reminder is a comment, too; it calls whoever the issue is assigned to.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connector.jira import wiki
from connector.jira.adf import plain_text
from connector.jira.client import JiraClient, quoted
from connector.jira.edits import QuietEdits, field_errors, issue_path, refusal
from connector.jira.present import is_public
from connector.jira.site import Json, Site
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AmbiguousWriteError, FatalError, NotFoundError, RefusedError
from model.push import PresentState, Question, Remark
from model.reminder import Reminder, Says
from model.tree import Target

COMMENT_PROPERTY = "bellwether.comment"
QUESTION = "/bellwether why"
# Said once more with the comment itself, should a request be taken for something else: elsewhere it means nothing.
_INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}


class CommentWriter:
    """The comments of one connection. ``own``: the id of our account, which is asked for once."""

    def __init__(self, client: JiraClient, site: Site, edits: QuietEdits, own: Callable[[], str]) -> None:
        self._client = client
        self._site = site
        self._edits = edits
        self._own = own
        self._lock = threading.Lock()
        self._public: dict[str, bool] = {}

    def note(self, states: dict[str, PresentState]) -> None:
        """Remember who could read a comment at each target that was just looked at."""
        with self._lock:
            self._public.update({label: state.public for label, state in states.items() if state.missing is None})

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, target: Target, message: Remark, comment_id: str | None) -> str:
        """Edit a comment, or the one for the node, or make it; its id. Raises NotFoundError for a given one that is gone."""
        self._refuse_customers(target)
        if isinstance(message, Reminder) and message.says is Says.ASKED:
            message = message.model_copy(update={"owner": self._assignee(target)})
        if comment_id is not None:
            self._edit(target, message, comment_id)
            return comment_id
        found = self.find(target, message.known_by)
        if found is not None:
            try:
                self._edit(target, message, found)
                return found
            except NotFoundError:
                pass  # somebody deleted it in this moment
        try:
            return self._make(target, message)
        except AmbiguousWriteError:
            # The answer was lost, perhaps not the comment: look before anybody writes a second one.
            found = self.find(target, message.known_by)
            if found is None:
                raise
            return found

    def delete(self, target: Target, comment_id: str) -> None:
        """Take a comment away; one that is gone already is fine."""
        try:
            self._client.send("DELETE", _path(target, comment_id), issue=target.value)
        except RefusedError as exc:
            raise refusal(exc, target, "delete its comment on") from exc
        except NotFoundError:
            return

    def _edit(self, target: Target, message: Remark, comment_id: str) -> None:
        try:
            self._edits.put(target, _path(target, comment_id), self._body(target, message))
        except RefusedError as exc:
            raise refusal(exc, target, "edit its comment on") from exc
        except UnexpectedAnswerError as exc:
            raise _clear(exc, target) from exc

    def _make(self, target: Target, message: Remark) -> str:
        body = self._body(target, message)
        ours = {"key": COMMENT_PROPERTY, "value": {"node": message.known_by}}
        try:
            return self._post(target, {**body, "properties": [ours, _INTERNAL]})
        except UnexpectedAnswerError as exc:
            # Older servers keep no properties with a comment; its last line tells it from others then.
            if exc.answer.status != 400 or not isinstance(body["body"], str) or field_errors(exc):
                raise _clear(exc, target) from exc
        try:
            return self._post(target, body)
        except UnexpectedAnswerError as exc:
            raise _clear(exc, target) from exc

    def _post(self, target: Target, body: Json) -> str:
        try:
            made = self._client.send("POST", f"{issue_path(target.value)}/comment", body, issue=target.value)
        except RefusedError as exc:
            raise refusal(exc, target, "comment on") from exc
        return str(made.json()["id"])

    def _body(self, target: Target, message: Remark) -> dict[str, Any]:
        body: dict[str, Any] = {"body": self._site.comment_body(message)}
        audience = target.courtesy.audience
        if audience is not None:
            # Also in an edit: an audience that was set later is for the words that are there already, too.
            body["visibility"] = self._site.visibility(audience)
        return body

    def _assignee(self, target: Target) -> str | None:
        """Whoever the issue is assigned to, as a comment calls people: a server knows them by name only."""
        issue = self._client.read(issue_path(target.value), {"fields": "assignee"})
        who = (issue.get("fields") or {}).get("assignee") or {}
        return who.get("accountId") or who.get("name")

    def _refuse_customers(self, target: Target) -> None:
        with self._lock:
            public = self._public.get(target.label)
        if public is None:
            public = is_public(self._client.read(issue_path(target.value), {"fields": "project"}))
            with self._lock:
                self._public[target.label] = public
        if public:
            raise RefusedError(
                f"{target.value} is a request of a service project: its customers could read the comment.",
                where=target.label, fix="Take comment out of this target; its fields are written all the same.",
                reason="public_comments",
            )

    # -- looking ------------------------------------------------------------------------------------------------------

    def find(self, target: Target, node: str) -> str | None:
        """Our comment for a node, by its property, or by its last line where it has none; the newest first."""
        for comments in self._site.comments(target.value, by=self._own()):
            for comment in comments:
                if _is_for(comment, node):
                    return str(comment["id"])
        return None

    def is_ours(self, target: Target, comment_id: str) -> bool | None:
        """Whether nobody else has edited a comment of ours; None when it is gone."""
        try:
            comment = self._site.comment(target.value, comment_id)
        except NotFoundError:
            return None
        return _account(comment, "author") == self._own() == _account(comment, "updateAuthor")

    def questions(self, target: Target, since: datetime) -> tuple[Question, ...]:
        """Comments of others, from a moment on, that ask for an explanation; oldest first."""
        asked: list[Question] = []
        for comments in self._site.comments(target.value):
            for comment in comments:
                at = datetime.fromisoformat(str(comment["created"])).astimezone(UTC)
                if at < since:
                    return tuple(reversed(asked))
                if _account(comment, "author") != self._own() and _asks(comment):
                    asked.append(Question(id=str(comment["id"]), at=at))
        return tuple(reversed(asked))


def _path(target: Target, comment_id: str) -> str:
    return f"{issue_path(target.value)}/comment/{quoted(comment_id)}"


def _account(comment: Json, part: str) -> str | None:
    return (comment.get(part) or {}).get("accountId")


def _asks(comment: Json) -> bool:
    return " ".join(plain_text(comment.get("body")).split()).casefold() == QUESTION


def _is_for(comment: Json, node: str) -> bool:
    for one in comment.get("properties") or ():
        if one.get("key") == COMMENT_PROPERTY:
            return bool((one.get("value") or {}).get("node") == node)
    said = comment.get("body")
    return isinstance(said, str) and wiki.signature(node) in said


def _clear(exc: UnexpectedAnswerError, target: Target) -> FatalError:
    """What a refusal means for the one who has to mend it."""
    if exc.answer.status == 413:
        return FatalError(
            f"{target.value} holds as many comments as Jira allows.", where=target.label,
            fix="Delete some of them, or take comment out of this target.", reason="comment_limit",
        )
    if "commentLevel" in field_errors(exc):
        return FatalError(
            f"Jira refuses the audience of the comment on {target.value}: {field_errors(exc)['commentLevel']}",
            where=target.label, reason="audience",
            fix="Name a group by its id (Data Center: by its name) or a role of the project, which our account is in.",
        )
    return FatalError(
        f"Jira refuses the comment on {target.value}: {exc.what}", where=target.label, reason="comment_refused",
        fix="Look at the issue's status and at the account's right to add and edit comments.",
    )
