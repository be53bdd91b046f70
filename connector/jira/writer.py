"""What we write into an issue: three fields at once, one property, one comment edited in place. Nothing else."""

import json
from typing import Any

from connector.jira import wiki
from connector.jira.client import JiraClient, quoted
from connector.jira.site import Json, Site
from connector.jira.values import text_of
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AmbiguousWriteError, FatalError, NotFoundError, RefusedError
from model.health import Band
from model.push import PROPERTY_KEY, HealthFields, HealthMessage, HealthRole, PresentState
from model.tree import Target

COMMENT_PROPERTY = "bellwether.comment"
# Comments on a service request are shown to customers unless they are marked so; elsewhere it means nothing.
_INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
LONGEST_PROPERTY = 32768
LONGEST_TEXT = 255
# Booleans are sent as words: the SDK would write them with a capital letter, which Jira does not read.
_QUIET = {"notifyUsers": "false"}
_BAND_BY_WORDS = {band.words: band for band in Band}


class JiraWriter:
    """Writes to the issues of one connection."""

    def __init__(self, client: JiraClient, site: Site, connection: str) -> None:
        self._client = client
        self._site = site
        self._connection = connection
        self._own: str | None = None

    def present(self, target: Target, *, fields: HealthFields | None, comment_id: str | None) -> PresentState:
        """What stands at an issue, and which of our fields its edit screen shows."""
        if target.kind != "issue":
            return PresentState(missing=f"A Jira connection can't publish to a {target.kind}.")
        ids = dict(fields.ids) if fields else {}
        path = _issue(target)
        params = {"fields": ",".join(ids.values()) or "id", "properties": PROPERTY_KEY}
        try:
            issue = self._client.read(path, params)
            editable = self._client.read(f"{path}/editmeta").get("fields") or {}
        except NotFoundError:
            return PresentState(missing=f"The issue {target.value} is not there, or not visible to this account.")
        if not editable:
            return PresentState(missing=f"The issue {target.value} can't be edited by this account.")
        shown = {role: field_id for role, field_id in ids.items() if field_id in editable}
        values = issue.get("fields") or {}
        return PresentState(
            fields={role: _value(role, values.get(field_id), fields) for role, field_id in shown.items()},
            property=(issue.get("properties") or {}).get(PROPERTY_KEY),
            comment_id=comment_id if comment_id and self._comment_stands(target, comment_id) else None,
        )

    def write_fields(self, target: Target, message: HealthMessage, *, fields: HealthFields) -> None:
        """All three in one edit, without a mail to the watchers."""
        values: dict[str, Any] = {}
        for role, field_id in fields.ids.items():
            if role is HealthRole.HEALTH:
                option = fields.options.get(message.band)
                values[field_id] = {"id": option} if option else {"value": message.band.words}
            elif role is HealthRole.SCORE:
                values[field_id] = message.score
            else:
                values[field_id] = message.reason[:LONGEST_TEXT]
        try:
            self._put(target, _issue(target), {"fields": values}, quiet=True)
        except UnexpectedAnswerError as exc:
            raise FatalError(
                f"Jira refuses the health fields on {target.value}: {exc.what}", where=target.label,
                fix="Run setup to see what is missing on the issue's edit screen.", reason="field_not_editable",
            ) from exc

    def write_property(self, target: Target, message: HealthMessage) -> bool:
        """The JSON receipt, which nobody is told of."""
        size = len(json.dumps(message.receipt))
        if size > LONGEST_PROPERTY:
            raise FatalError(
                f"The receipt has {size} characters; Jira takes {LONGEST_PROPERTY}.", where=target.label,
                fix="Publish fewer causes.", reason="property_too_long",
            )
        self._put(target, f"{_issue(target)}/properties/{quoted(PROPERTY_KEY)}", message.receipt, quiet=False)
        return True

    def write_comment(self, target: Target, message: HealthMessage, *, comment_id: str | None) -> str:
        """Edit our comment where it stands; look for one of ours before making another."""
        known = comment_id if comment_id and self._edit_comment(target, message, comment_id) else None
        if known is not None:
            return known
        found = self._find_comment(target, message.node)
        if found is not None and self._edit_comment(target, message, found):
            return found
        try:
            return self._make_comment(target, message)
        except AmbiguousWriteError:
            # The answer was lost, perhaps not the comment: look before anybody writes a second one.
            found = self._find_comment(target, message.node)
            if found is None:
                raise
            return found

    def _edit_comment(self, target: Target, message: HealthMessage, comment_id: str) -> bool:
        path = f"{_issue(target)}/comment/{quoted(comment_id)}"
        try:
            self._put(target, path, {"body": self._site.comment_body(message)}, quiet=True)
        except NotFoundError:
            return False
        return True

    def _make_comment(self, target: Target, message: HealthMessage) -> str:
        said = self._site.comment_body(message)
        ours = {"key": COMMENT_PROPERTY, "value": {"node": message.node}}
        try:
            return self._post_comment(target, {"body": said, "properties": [ours, _INTERNAL]})
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400 or not isinstance(said, str):
                raise
        # Older servers keep no properties with a comment; its last line tells it from others then.
        return self._post_comment(target, {"body": said})

    def _post_comment(self, target: Target, body: Json) -> str:
        return str(self._client.send("POST", f"{_issue(target)}/comment", body, issue=target.value).json()["id"])

    def _find_comment(self, target: Target, node: str) -> str | None:
        """Our comment for a node, by its property, or by its last line where it has none; the newest first."""
        for comments in self._site.comments(target.value):
            for comment in comments:
                if self._is_ours(comment, node):
                    return str(comment["id"])
        return None

    def _is_ours(self, comment: Json, node: str) -> bool:
        for one in comment.get("properties") or ():
            if one.get("key") == COMMENT_PROPERTY:
                return bool((one.get("value") or {}).get("node") == node)
        said = comment.get("body")
        if not isinstance(said, str) or wiki.signature(node) not in said:
            return False
        if self._own is None:
            self._own = str(self._site.me()["accountId"])
        # Somebody may have quoted ours.
        return bool((comment.get("author") or {}).get("accountId") == self._own)

    def _comment_stands(self, target: Target, comment_id: str) -> bool:
        try:
            self._client.read(f"{_issue(target)}/comment/{quoted(comment_id)}")
        except NotFoundError:
            return False
        return True

    def _put(self, target: Target, path: str, body: Any, *, quiet: bool) -> None:
        params = _QUIET if quiet else None
        try:
            self._client.send("PUT", path, body, params=params, issue=target.value)
        except RefusedError:
            if not quiet:
                raise
            # Only project admins may keep the mail back; some sites refuse the whole edit instead of the wish.
            self._put(target, path, body, quiet=False)


def _issue(target: Target) -> str:
    return f"api/issue/{quoted(target.value)}"


def _value(role: HealthRole, value: Any, fields: HealthFields | None) -> str | float | None:
    """A field's value as PresentState holds it; a choice that is none of ours stays its own words."""
    if value is None:
        return None
    if role is HealthRole.HEALTH:
        by_option = {option: band for band, option in fields.options.items()} if fields else {}
        words = text_of(value)
        band = by_option.get(str(value.get("id"))) if isinstance(value, dict) else None
        band = band or _BAND_BY_WORDS.get(words or "")
        return band.value if band else words
    if role is HealthRole.SCORE and isinstance(value, int | float):
        return float(value)
    return text_of(value)
