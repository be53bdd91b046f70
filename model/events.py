"""What a tool's webhook says, in our words. A hint: what changed is fetched again, never trusted."""

from enum import StrEnum

from pydantic import Field

from model.base import Record


class EventKind(StrEnum):
    ITEM_CHANGED = "item_changed"
    ITEM_DELETED = "item_deleted"
    PROJECT_CHANGED = "project_changed"
    STATUS_DECLARED = "status_declared"
    UNKNOWN = "unknown"


class ChangeEvent(Record):
    """Something happened to ``vendor_id`` (an item's or a project's own id in the tool). ``by``: the account's vendor id.

    ``UNKNOWN``: the tool sent an event nobody here knows; it names nothing, and is a reason to ask what changed.
    """

    connection: str
    kind: EventKind
    vendor_id: str
    by: str | None = None
    name: str  # the vendor's own name of the event, for the log


class Delivery(Record):
    """The verified outcome of one webhook request.

    ``dedupe_key``: equal for repeated deliveries of the same thing. ``answer_headers`` and ``new_secret``: what to answer
    with and what to keep, when the request was a registration's handshake. ``ignored``: event names known and left
    alone; ``unknown``: those nobody here knows, which are among the events as a hint to look.
    """

    dedupe_key: str
    events: tuple[ChangeEvent, ...] = ()
    ignored: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    answer_headers: dict[str, str] = Field(default_factory=dict)
    new_secret: str | None = None
