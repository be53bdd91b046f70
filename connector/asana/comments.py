"""Our comment on a task: one for a node, pinned, edited in place; and the questions that people ask beside it.

A reminder is a comment, too; it calls whoever the task is assigned to.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connector.asana import fields as wanted
from connector.asana.client import AsanaClient, Json
from connector.asana.payloads import Moment, Payload, Ref, Text
from connector.asana.richtext import Rendered, render
from connector.asana.signs import signed
from connector.asana.vocabulary import plain
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AmbiguousWriteError, FatalError, NotFoundError, RefusedError
from model.push import Question, Remark
from model.reminder import Reminder, Says
from model.tree import Target, TargetKind

KINDS: frozenset[TargetKind] = frozenset({"task"})
QUESTION = "/bellwether why"


class Comment(Payload):
    """A story as far as it matters here."""

    gid: str
    resource_subtype: Text = ""
    created_at: Moment
    created_by: Ref | None = None
    text: Text = ""


class Comments:
    """Writes and finds our comments. ``own_account`` gives the vendor id of the account we act as."""

    def __init__(self, client: AsanaClient, own_account: Callable[[], str]) -> None:
        self._client = client
        self._own_account = own_account

    def write(self, target: Target, message: Remark, *, comment_id: str | None) -> str:
        """Edit our comment, or make it where ``comment_id`` is None and none of ours is there; its id.

        An edit tells nobody. Raises NotFoundError when the one to be edited is gone, AmbiguousWriteError when it may or
        may not have been made: it is not made again, because it may still turn up.
        """
        _check(target)
        if isinstance(message, Reminder) and message.says is Says.ASKED:
            message = message.model_copy(update={"owner": self._assignee(target.value)})
        said = render(message)
        known = comment_id or self.find(target, message.known_by)
        if known:
            return self._edited(known, said)
        try:
            return self._made(target.value, said)
        except AmbiguousWriteError:
            made = self.find(target, message.known_by)
            if made is None:
                raise
            return made

    def find(self, target: Target, node: str) -> str | None:
        """Our newest comment about a node on a task."""
        if target.kind not in KINDS:
            return None
        own = self._own_account()
        for story in reversed(self._comments(target.value)):
            if story.created_by and story.created_by.gid == own and signed(story.text, node):
                return story.gid
        return None

    def is_ours(self, target: Target, comment_id: str) -> bool | None:
        """Whether it is there and by us: only its author can edit a comment in Asana."""
        del target
        try:
            story = Comment.model_validate(self._client.comment(comment_id))
        except NotFoundError:
            return None
        return story.created_by is not None and story.created_by.gid == self._own_account()

    def delete(self, target: Target, comment_id: str) -> None:
        """Take it away; one that is gone already is fine."""
        del target
        try:
            self._client.delete_comment(comment_id)
        except NotFoundError:
            return

    def questions(self, target: Target, *, since: datetime) -> tuple[Question, ...]:
        """Comments of other people, after a moment, that say nothing but our question; oldest first."""
        if target.kind not in KINDS:
            return ()
        own = self._own_account()
        asked = [
            Question(id=story.gid, at=story.created_at)
            for story in self._comments(target.value)
            if story.created_at > since
            and plain(story.text) == QUESTION
            and (story.created_by is None or story.created_by.gid != own)
        ]
        return tuple(sorted(asked, key=lambda each: (each.at, each.id)))

    def _assignee(self, task: str) -> str | None:
        who = self._client.task(task, wanted.ASSIGNEE).get("assignee")
        return str(who["gid"]) if who else None

    def _comments(self, task: str) -> list[Comment]:
        stories = self._client.stories(task, wanted.COMMENT)
        return [Comment.model_validate(each) for each in stories if each.get("resource_subtype") == "comment_added"]

    def _edited(self, comment_id: str, said: Rendered) -> str:
        return str(saved(lambda data: self._client.update_comment(comment_id, {**data, "is_pinned": True}), said)["gid"])

    def _made(self, task: str, said: Rendered) -> str:
        made = saved(lambda data: self._client.create_comment(task, {**data, "is_pinned": True}), said)
        if not made.get("is_pinned"):
            self._client.update_comment(str(made["gid"]), {"is_pinned": True})
        return str(made["gid"])


def saved(save: Callable[[Mapping[str, Any]], Json], said: Rendered) -> Json:
    """Save rich text; plain text where Asana does not take it."""
    try:
        return save({"html_text": said.html})
    except UnexpectedAnswerError as exc:
        if exc.answer.status != 400:
            raise
    return save({"text": said.text})


def check_audience(target: Target) -> None:
    """Raises RefusedError where only some people may read what is said: Asana shows it to all who see the place."""
    if target.courtesy.audience is not None:
        raise RefusedError(
            f"Asana can't show a text at {target.label} to some people only.", where=target.connection,
            fix="Take audience off this target, or write its fields only.", reason="no_audience_here",
        )


def _check(target: Target) -> None:
    check_audience(target)
    if target.kind not in KINDS:
        raise FatalError(
            f"Asana has comments on tasks only, not on {target.label}.", where=target.connection,
            fix="Use status_update: on_band_change instead of comment.", reason="no_comments_here",
        )
