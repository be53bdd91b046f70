"""Our status updates on projects, portfolios and goals: each goes to all followers and can't be changed afterwards.

So none may be posted twice: every one carries a mark in its last line, by which it is found again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from connector.asana.client import AsanaClient
from connector.asana.comments import check_audience, saved
from connector.asana.payloads import StatusUpdate
from connector.asana.richtext import render, title
from connector.asana.signs import marked
from model.errors import AmbiguousWriteError, FatalError, NotFoundError
from model.health import Band
from model.push import HealthMessage
from model.tree import Target

_PLANNED_WORK = {Band.ON_TRACK: "on_track", Band.AT_RISK: "at_risk", Band.OFF_TRACK: "off_track"}
STATUS_TYPES = {
    "project": _PLANNED_WORK,
    "portfolio": _PLANNED_WORK,
    "goal": {Band.ON_TRACK: "on_track", Band.AT_RISK: "at_risk", Band.OFF_TRACK: "off_track"},
}
"""What a band is called in each kind's own set of words; we never call anything complete, achieved or missed."""

CLOCK_SKEW = timedelta(minutes=10)


class StatusUpdates:
    """Posts, finds and deletes our status updates. ``own_account`` gives the vendor id of the account we act as."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], own_account: Callable[[], str]) -> None:
        self._client = client
        self._now = now
        self._own_account = own_account

    def write(self, target: Target, message: HealthMessage, *, mark: str) -> str:
        """Post one; its id.

        Raises AmbiguousWriteError when it may or may not have been posted: it is not posted again, because it may still
        turn up.
        """
        check_audience(target)
        status_type = STATUS_TYPES.get(target.kind, {}).get(message.band)
        if status_type is None:
            raise FatalError(
                f"Asana has no status for {message.band.words!r} at {target.label}.", where=target.connection,
                fix="It shows in the fields only.", reason="no_status_here",
            )
        begun = self._now()
        head = {"parent": target.value, "status_type": status_type, "title": title(message)}
        try:
            posted = saved(
                lambda data: self._client.create_status_update({**head, **data}), render(message, mark=mark)
            )
        except AmbiguousWriteError:
            found = self.find(target, mark, since=begun)
            if found is None:
                raise
            return found
        return str(posted["gid"])

    def find(self, target: Target, mark: str, *, since: datetime) -> str | None:
        """The id of ours with this mark, posted since a moment of our clock; Asana's may differ by minutes."""
        if target.kind not in STATUS_TYPES:
            return None
        own = self._own_account()
        for body in self._client.status_updates(target.value, since=since - CLOCK_SKEW):
            update = StatusUpdate.model_validate(body)
            if update.author and update.author.gid == own and marked(update.text, mark):
                return update.gid
        return None

    def delete(self, target: Target, update_id: str) -> None:
        """Take one away; one that is gone already is fine. What was sent to followers stays sent."""
        del target
        try:
            self._client.delete_status_update(update_id)
        except NotFoundError:
            return
