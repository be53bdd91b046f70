"""What is to be written into a tool, what stands there, and what became of it."""

from datetime import date
from enum import StrEnum

from pydantic import Field, JsonValue

from model.base import Instant, Record
from model.health import Band
from model.reminder import Reminder
from model.tree import Language, Target
from model.work import Declared


class Channel(StrEnum):
    """Where something is written. SETUP: no health, but what set-up made in the tool or took away. REMINDER: a comment to
    the owner of a benefit, at the benefit itself.
    """

    FIELD = "field"
    COMMENT = "comment"
    PROPERTY = "property"
    STATUS_UPDATE = "status_update"
    REMINDER = "reminder"
    SETUP = "setup"


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
    """One line of a message: points lost, where (the dimension, in the message's language), why, and the items behind
    it (title and URL).
    """

    points: float
    dimension: str
    reason: str
    items: tuple[tuple[str, str | None], ...] = ()


class HealthMessage(Record):
    """What a person should read about a node, free of any tool's markup, in one language. A connector renders it.

    ``score`` is rounded for display (one decimal). ``reason``: one short sentence, at most 250 characters.
    ``receipt`` is the JSON document of the property. ``previous_…``: what was said at this place before.
    ``trend``: the score at the end of each of the last weeks, oldest first, None where there was none.
    ``url``: our own page of the node. ``asked_at``: when somebody asked for it here.
    """

    node: str
    node_name: str
    language: Language = "en"
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
    trend: tuple[float | None, ...] = ()
    url: str | None = None
    asked_at: Instant | None = None
    receipt: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def known_by(self) -> str:
        """By what our comment is known again: a node has one at a target."""
        return self.node


Remark = HealthMessage | Reminder
"""What a comment of ours says."""

FieldValue = str | float | None
"""What one of our fields holds: a Band value or a choice's own words, a number, a text."""


class HealthFields(Record):
    """The ids of our fields in one connection; ``options``: the option id of each band in the health field."""

    connection: str
    ids: dict[HealthRole, str]
    options: dict[Band, str] = Field(default_factory=dict)


class PresentState(Record):
    """What stands at a target now. ``fields`` holds a Band value (or the words of a choice that is none of ours), a
    number, a text; missing role: the field is not there.

    ``vendor_id``: the target's id in the tool, which a new key does not change. ``property_known``: False where the
    receipt was not read. ``human_status_at``: when somebody else posted the newest status update, where it is not ours.
    ``own_status``: the band that it tells, where it is ours, and ``own_status_id`` its id in the tool. ``moved_to``: what
    the target is called now, where that is not what the configuration says. ``public``: what is said here may be read
    outside of the organisation. ``missing``: a sentence when the target can't be written at all, ``missing_reason`` its
    slug.
    """

    vendor_id: str | None = None
    fields: dict[HealthRole, FieldValue] = Field(default_factory=dict)
    property: dict[str, JsonValue] | None = None
    property_known: bool = True
    human_status: Declared | None = None
    human_status_at: Instant | None = None
    own_status: Band | None = None
    own_status_id: str | None = None
    moved_to: str | None = None
    public: bool = False
    missing: str | None = None
    missing_reason: str | None = None


class Receipt(Record):
    """The property to be written at a target; ``value`` None takes it away. ``vendor_id``: of the target."""

    target: Target
    vendor_id: str
    value: dict[str, JsonValue] | None


class Question(Record):
    """Somebody asked for an explanation in a comment at a target. ``id``: the comment's."""

    id: str
    at: Instant


class WriteResult(StrEnum):
    PLANNED = "planned"
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"


class Write(Record):
    """One write into a tool, planned or made. ``target`` is the target's label, ``field`` the role or property key.

    ``reason``: a slug for why it is not made; ``again_at``: when it is looked at again, where it only waits.
    """

    connection: str
    target: str
    node: str
    channel: Channel
    field: str | None = None
    old: JsonValue = None
    new: JsonValue = None
    why: str
    result: WriteResult = WriteResult.PLANNED
    reason: str | None = None
    again_at: Instant | None = None


class SetupMade(Record):
    """Something that set-up made and may take away again. ``kind`` and ``id`` are the tool's own words; ``within``: in
    what it was made (a screen's tab, a project), where that matters.
    """

    kind: str
    id: str
    within: str | None = None


class SetupStep(Record):
    """One thing ``setup`` would do (or an admin must do by hand: ``by_hand``, ``where`` to click).

    ``affects``: the names of what else it changes, e.g. the projects that share a screen.
    """

    connection: str
    what: str
    why: str
    by_hand: bool = False
    done: bool = False
    where: str | None = None
    affects: tuple[str, ...] = ()


class Verified(Record):
    """Whether our fields can be edited on a sample of one kind of target; ``sample`` names it, ``lacking`` the fields."""

    kind: str
    sample: str
    lacking: tuple[str, ...] = ()


class SetupResult(Record):
    """What was planned or done, and the field ids to keep; ``fields`` None when not all are there yet.

    ``made``: everything of ours that stands in the tool now, the things made before included.
    """

    connection: str
    steps: tuple[SetupStep, ...] = ()
    fields: HealthFields | None = None
    made: tuple[SetupMade, ...] = ()
    verified: tuple[Verified, ...] = ()
