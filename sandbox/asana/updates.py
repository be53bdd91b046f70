"""Status updates: posted and deleted, never modified; each is sent to every follower of what it is about.

The vendor documents no event for them, so none is emitted: who wants them polls.
"""

from typing import Any

from sandbox.asana import notices
from sandbox.asana.entities import Container, Goal, Project, StatusUpdate, User
from sandbox.asana.errors import RefusedError, bad
from sandbox.asana.richtext import check, from_text, to_text

WORK_TYPES = frozenset({"on_track", "at_risk", "off_track", "on_hold", "complete", "dropped"})
GOAL_TYPES = frozenset({"on_track", "at_risk", "off_track", "achieved", "partial", "missed", "dropped"})


def post(space: Any, parent: Container, data: dict[str, Any], author: User) -> StatusUpdate:
    """Post an update and notify the followers; 400 when its type does not fit the parent or its text is wrong."""
    status_type = data.get("status_type")
    if status_type not in (GOAL_TYPES if isinstance(parent, Goal) else WORK_TYPES):
        raise bad(f"status_type: {status_type} is not a valid status type for this parent")
    if data.get("html_text") is not None:
        html = check(data["html_text"], field="html_text")
        text = to_text(html)
    elif isinstance(data.get("text"), str):
        text = data["text"]
        html = from_text(text)
    else:
        raise bad("text: Missing input")
    now = space.now()
    told = notices.tell(space, parent.followers, author, html)
    gid, title = space.new_gid("status_update"), str(data.get("title") or "")
    made = StatusUpdate(gid, parent, title, text, html, str(status_type), author, now, told)
    space.status_updates[made.gid] = made
    parent.updates.append(made)
    if isinstance(parent, Project):
        parent.completed_at = now if status_type == "complete" else None
        parent.completed_by = author if status_type == "complete" else None
    return made


def delete(space: Any, update: StatusUpdate, by: User) -> None:
    """Delete an update of one's own, 403 for another's; what was sent stays sent."""
    if update.author is not by:
        raise RefusedError(403, "status_update: Only your own status updates can be deleted")
    del space.status_updates[update.gid]
    update.parent.updates.remove(update)
