"""What is to be written into a tool, what stands there, and what became of it."""

from datetime import date
from enum import StrEnum

from pydantic import Field, JsonValue

from model.base import Instant, Record
from model.health import Band
from model.work import Declared


class Channel(StrEnum):
    FIELD = "field"
    COMMENT = "comment"
    PROPERTY = "property"
    STATUS_UPDATE = "status_update"


class HealthRole(StrEnum):
    """The three fields of ours, by what they hold."""

    HEALTH = "health"
    SCORE = "score"
    REASON = "reason"


FIELD_NAMES = {
    HealthRole.HEALTH: "Bellwether health",
    HealthRole.SCORE: "Bellwether score",
    HealthRole.REASON: "Bellwether reason",
}
PROPERTY_KEY = "bellwether.health"


class Cause(Record):
    """One line of a message: points lost, where, why, and the items behind it (title and URL)."""

    points: float
    dimension: str
    reason: str
    items: tuple[tuple[str, str | None], ...] = ()


class HealthMessage(Record):
    """What a person should read about a node, free of any tool's markup. A connector renders it.

    ``score`` is rounded for display (one decimal). ``reason``: one short sentence, at most 250 characters.
    ``receipt`` is the JSON document of the property.
    """

    node: str
    node_name: str
    band: Band
    score: float | None
    previous_band: Band | None = None
    previous_score: float | None = None
    reason: str = Field(max_length=250)
    causes: tuple[Cause, ...] = ()
    cheapest_help: str | None = None
    p50: date | None = None
    p85: date | None = None
    odds_words: str | None = None
    coverage: float
    trust: float
    as_of: Instant
    receipt: dict[str, JsonValue] = Field(default_factory=dict)


class HealthFields(Record):
    """The ids of our fields in one connection; ``options``: the option id of each band in the health field."""

    connection: str
    ids: dict[HealthRole, str]
    options: dict[Band, str] = Field(default_factory=dict)


class PresentState(Record):
    """What stands at a target now. ``fields`` holds a Band value, a number, a text; missing role: the field is not there.

    ``comment_id``: our living comment, if the tool still has it. ``human_status_at``: the newest status update that
    somebody else wrote. ``missing``: a sentence when the target itself can't be written.
    """

    fields: dict[HealthRole, str | float | None] = Field(default_factory=dict)
    property: dict[str, JsonValue] | None = None
    comment_id: str | None = None
    human_status: Declared | None = None
    human_status_at: Instant | None = None
    our_status_id: str | None = None
    missing: str | None = None


class WriteResult(StrEnum):
    PLANNED = "planned"
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"


class Write(Record):
    """One write into a tool, planned or made. ``target`` is the target's label, ``field`` the role or property key."""

    connection: str
    target: str
    node: str
    channel: Channel
    field: str | None
    old: JsonValue = None
    new: JsonValue = None
    why: str
    result: WriteResult = WriteResult.PLANNED


class SetupStep(Record):
    """One thing ``setup`` would do (or an admin must do by hand: ``by_hand``)."""

    connection: str
    what: str
    why: str
    by_hand: bool = False
    done: bool = False


class SetupResult(Record):
    """What was planned or done, and the field ids to keep; ``fields`` None when not all are there yet."""

    connection: str
    steps: tuple[SetupStep, ...] = ()
    fields: HealthFields | None = None
