"""The JSON document of an outgoing webhook. ``event.schema.json`` beside this file is its schema; a test compares them."""

from datetime import date
from typing import Literal

from connector.notify.letter import letter, plain, safe_url
from model.base import Instant, Record
from model.health import Band
from model.notices import Digest, Notice
from model.push import HealthMessage
from model.tree import Language, NodeKind

EventType = Literal["bellwether.health.changed", "bellwether.digest", "bellwether.reported_otherwise"]


class EventNode(Record):
    id: str
    name: str
    kind: NodeKind
    url: str | None


class EventItem(Record):
    title: str
    url: str | None


class EventCause(Record):
    """``points`` of 100 that are lost."""

    points: float
    dimension: str
    reason: str
    items: tuple[EventItem, ...]


class EventForecast(Record):
    """The days by which an even chance and 85 % are reached; None: beyond a year, or not known."""

    p50: date | None
    p85: date | None
    on_time_words: str | None


class EventChild(Record):
    id: str
    name: str
    band: Band
    score: float | None
    previous_band: Band | None
    previous_score: float | None
    url: str | None


class EventDecision(Record):
    title: str
    due_on: date
    url: str | None


class EventDigest(Record):
    """``since``: when the digest before was made; null for the first."""

    period: date
    since: Instant | None
    children: tuple[EventChild, ...]
    overdue_decisions: tuple[EventDecision, ...]
    overdue_decisions_total: int


class EventReported(Record):
    """A band that a person declared against the computed one. ``better``: than computed. ``above_from``: from that day on
    it is shown to others than the node's own people, too.
    """

    declared: Band
    computed: Band
    better: bool
    bands: int
    points: float
    since: Instant
    earlier: bool
    above_from: date


class EventData(Record):
    """``title`` and ``text`` can be posted as they are; the rest is for programs. Shares are 0..1, scores 0..100."""

    title: str
    text: str
    language: Language
    node: EventNode
    band: Band
    previous_band: Band | None
    score: float | None
    previous_score: float | None
    reason: str
    causes: tuple[EventCause, ...]
    help: str | None
    forecast: EventForecast
    coverage: float
    trust: float
    as_of: Instant
    digest: EventDigest | None
    reported: EventReported | None


class Event(Record):
    """As the Standard Webhooks specification proposes. ``timestamp``: when the notice was made."""

    type: EventType
    timestamp: Instant
    data: EventData


def event(notice: Notice) -> Event:
    """The document of a notice; the same however often it is sent."""
    written = letter(notice)
    kind: EventType = "bellwether.health.changed" if notice.digest is None else "bellwether.digest"
    if notice.reported is not None:
        kind = "bellwether.reported_otherwise"
    return Event(type=kind, timestamp=notice.made_at, data=_data(notice, written.subject, plain(written)))


def _data(notice: Notice, title: str, text: str) -> EventData:
    message = notice.message
    return EventData(
        title=title,
        text=text,
        language=message.language,
        node=EventNode(id=message.node, name=message.node_name, kind=notice.node_kind, url=safe_url(message.url)),
        band=message.band,
        previous_band=message.previous_band,
        score=message.score,
        previous_score=message.previous_score,
        reason=message.reason,
        causes=_causes(message),
        help=message.cheapest_help,
        forecast=EventForecast(p50=message.p50, p85=message.p85, on_time_words=message.odds_words),
        coverage=round(message.coverage, 4),
        trust=round(message.trust, 4),
        as_of=message.as_of,
        digest=_digest(notice.digest) if notice.digest else None,
        reported=EventReported(**dict(notice.reported)) if notice.reported else None,
    )


def _causes(message: HealthMessage) -> tuple[EventCause, ...]:
    return tuple(
        EventCause(
            points=cause.points,
            dimension=cause.dimension,
            reason=cause.reason,
            items=tuple(EventItem(title=title, url=safe_url(url)) for title, url in cause.items),
        )
        for cause in message.causes
    )


def _digest(digest: Digest) -> EventDigest:
    return EventDigest(
        period=digest.period,
        since=digest.since,
        children=tuple(
            EventChild(
                id=child.node,
                name=child.name,
                band=child.band,
                score=child.score,
                previous_band=child.previous_band,
                previous_score=child.previous_score,
                url=safe_url(child.url),
            )
            for child in digest.children
        ),
        overdue_decisions=tuple(
            EventDecision(title=one.title, due_on=one.due_on, url=safe_url(one.url)) for one in digest.decisions
        ),
        overdue_decisions_total=digest.decisions_total,
    )
