"""Messages to people outside of the tools: who is told what and when, and what one message says."""

from datetime import date, time
from enum import StrEnum
from typing import Literal

from pydantic import Field

from model.base import Instant, Record
from model.health import Band
from model.push import HealthMessage
from model.tree import Language, NodeKind, Quiet

MailSecurity = Literal["starttls", "tls", "none"]
SPONSOR = "sponsor"
"""Instead of addresses: whoever is the sponsor of the node that a message is about."""


class ChatChannel(Record):
    """A channel of a chat tool. ``url``: a reference to its address, which is the secret itself."""

    kind: Literal["slack", "teams"]
    url: str


class WebhookChannel(Record):
    """A signed webhook. ``url``: an address or a reference to one; ``secret``: a reference to ``whsec_…``."""

    kind: Literal["webhook"] = "webhook"
    url: str
    secret: str


class MailChannel(Record):
    """Mail by one server. ``to_by_node``: the sponsor's address by node id, where sponsors are written to.

    ``password``: a reference. No address is ever logged.
    """

    kind: Literal["mail"] = "mail"
    host: str
    port: int
    security: MailSecurity
    user: str | None = None
    password: str | None = None
    sender: str
    to: tuple[str, ...] = ()
    to_by_node: dict[str, str] = Field(default_factory=dict)

    def recipients(self, node: str) -> tuple[str, ...]:
        """Who is told of a node."""
        return self.to or tuple(address for id_, address in self.to_by_node.items() if id_ == node)


NotifyChannel = ChatChannel | WebhookChannel | MailChannel


class Rhythm(Record):
    """When a digest is due, by the deployment's clocks: at ``at`` every day, or on one ``weekday`` (0 = Monday)."""

    at: time
    weekday: int | None = Field(default=None, ge=0, le=6)


class Subscription(Record):
    """Who is told, of which nodes, when. ``name`` stays the same while channel, rhythm and language do.

    ``rhythm`` None: told when a band changes, or, with ``about`` "reported", when somebody reports otherwise than we
    compute. ``where``: its place in the configuration.
    """

    name: str
    where: str
    channel: NotifyChannel = Field(discriminator="kind")
    nodes: tuple[str, ...]
    rhythm: Rhythm | None = None
    about: Literal["band", "reported"] = "band"
    language: Language = "en"
    quiet: Quiet = Quiet()


class ChildState(Record):
    """How a node below another stands. ``previous_…``: at the last digest; both None where there was none."""

    node: str
    name: str
    band: Band
    score: float | None
    previous_band: Band | None = None
    previous_score: float | None = None
    url: str | None = None

    @property
    def moved(self) -> bool:
        """Whether it is in another band than at the last digest."""
        return self.previous_band is not None and self.previous_band is not self.band


class Decision(Record):
    """Something that somebody had to decide until a day that has passed."""

    title: str
    due_on: date
    url: str | None = None


class Digest(Record):
    """What a digest says beside the message about its node.

    ``period`` names the day that it was due on. ``since``: when the last one was made, None for the first.
    ``decisions``: the longest overdue first, at most as many as are shown of ``decisions_total``.
    """

    period: date
    since: Instant | None = None
    children: tuple[ChildState, ...] = ()
    decisions: tuple[Decision, ...] = ()
    decisions_total: int = 0

    @property
    def moved(self) -> tuple[ChildState, ...]:
        """The children that are in another band than at the last digest."""
        return tuple(child for child in self.children if child.moved)


class Reported(Record):
    """A band that a person declared against the computed one. ``better``: than computed. ``since``: so for that long, or
    longer (``earlier``). ``above_from``: from that day on it is shown to others than the node's own people, too.
    """

    declared: Band
    computed: Band
    better: bool
    bands: int
    points: float
    since: Instant
    earlier: bool
    above_from: date


class Notice(Record):
    """One message to one subscription. ``key`` is the same however often it is sent: by it a receiver knows it again.

    ``message.previous_band`` is the band of the last notice before. Without ``digest`` and ``reported`` the band has
    changed.
    """

    key: str
    notifier: str
    node: str
    node_kind: NodeKind
    made_at: Instant
    message: HealthMessage
    digest: Digest | None = None
    reported: Reported | None = None


class Gone(StrEnum):
    """Why a kept notice is not (or no longer) on its way, beside having been sent."""

    FIRST = "first"  # nothing to tell: where the story begins
    SENDING = "sending"  # one process is sending it right now
    SUPERSEDED = "superseded"  # another one says what is true now
    UNCLEAR = "unclear"  # it may have arrived; sending it again might tell people twice
    GIVEN_UP = "given_up"  # it never went through
