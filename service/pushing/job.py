"""What is to be said at each target, what was written there last, and what stands there now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.health import Band, NodeScore
from model.landscape import Landscape
from model.push import Channel, HealthFields, HealthMessage, HealthRole, PresentState, Write
from model.tree import Language, Node, Target
from rollup.explain import message
from service.pushing.day import Day, midnight
from service.pushing.faults import present_of
from service.scoring import read
from service.signature import signature
from service.workspace import Workspace
from store.agenda import Hold, Trouble
from store.pushes import Spot, Written
from store.scores import StoredScore
from store.unit_of_work import UnitOfWork

COMMENT = "comment"
STATUS = "status"
TREND = timedelta(weeks=12)
_EVIDENCE = 5


@dataclass(frozen=True, kw_only=True)
class Job:
    """One target of one node: what there is to be known before it is written to.

    ``troubles``: by channel, "" the whole target. ``unsettled``: channels of which it is not known yet what became of an
    earlier write, and until when. ``insist``: somebody asked for this push, so nothing waits for the next try.
    """

    node: Node
    target: Target
    signature: str
    fields: HealthFields | None
    written: Mapping[Spot, Written]
    present: PresentState
    day: Day
    hold: Hold | None = None
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    unsettled: Mapping[Channel, datetime] = field(default_factory=dict)
    insist: bool = False

    def says_the_same(self, channel: Channel, spot: str | None) -> bool:
        """Whether what was last written there means what is to be said now."""
        last = self.last(channel, spot)
        return last is not None and last.signature == self.signature_of(channel)

    def signature_of(self, channel: Channel) -> str:
        """What counts as a change in a channel: for a comment, who may read it does too."""
        return signed(self.signature, channel, self.target)

    def last(self, channel: Channel, spot: str | None) -> Written | None:
        """What we wrote there last; another field of the tool under the same role is another place."""
        found = self.written.get((channel, spot))
        if found is None or channel is not Channel.FIELD or found.field_id is None or self.fields is None:
            return found
        return found if found.field_id == self.fields.ids.get(HealthRole(spot or "")) else None

    def write(self, channel: Channel, spot: str | None, new: JsonValue, why: str) -> Write:
        """A planned write; ``old`` is what stands in the tool, for a channel that is read, else what we said last."""
        old: JsonValue = None
        if channel is Channel.FIELD and spot:
            old = self.present.fields.get(HealthRole(spot))
        elif channel is Channel.PROPERTY:
            old = self.present.property
        elif last := self.last(channel, spot):
            old = last.value
        return Write(
            connection=self.target.connection,
            target=self.target.label,
            node=self.node.id,
            channel=channel,
            field=spot,
            old=old,
            new=new,
            why=why,
        )


def signed(signature: str, channel: Channel, target: Target) -> str:
    """A signature with who may read it, where that matters."""
    audience = target.courtesy.audience
    if channel not in (Channel.COMMENT, Channel.REMINDER) or audience is None:
        return signature
    return f"{signature} {audience.group or ''} {audience.role or ''}".strip()


@dataclass(frozen=True, kw_only=True)
class HealthJob(Job):
    """A target that shows a node's health. ``carries_…``: what its tool can show there.

    ``forgotten``: what the newest status update there says, where it is ours and our books don't know it: they are a copy
    of earlier ones that was put back.
    """

    message: HealthMessage
    carries_receipt: bool
    carries_comment: bool = True
    carries_status: bool = True
    forgotten: Band | None = None

    def said_last(self, channel: Channel, spot: str) -> tuple[Band | None, float | None]:
        """Band and score that this channel told last; None each where it never spoke, or where it is not known."""
        if channel is Channel.STATUS_UPDATE and self.forgotten is not None:
            return self.forgotten, None
        last = self.last(channel, spot)
        return said(last.value) if last else (None, None)

    def said_before(self, channel: Channel, spot: str) -> HealthMessage:
        """The message with the movement since this channel spoke last; since the last other score where it never did."""
        band, score = self.said_last(channel, spot)
        if band is None:
            return self.message
        return self.message.model_copy(update={"previous_band": band, "previous_score": score})


def said(value: JsonValue) -> tuple[Band | None, float | None]:
    """Band and score of what a message said, from what was kept of it."""
    if isinstance(value, dict):
        band, score = value.get("band"), value.get("score")
        return (Band(str(band)) if band else None), (float(score) if isinstance(score, int | float) else None)
    return (Band(value) if isinstance(value, str) else None), None


@dataclass(frozen=True)
class Message:
    """What a node has to say in one language, and what of it counts as a change."""

    text: HealthMessage
    signature: str


def messages(
    workspace: Workspace, only: Collection[str] | None, connection: str
) -> dict[tuple[str, Language], Message]:
    """What each node that publishes in a connection has to say from its newest score, in each language it is said in."""
    nodes = {
        node: dict.fromkeys(t.courtesy.language for t in node.publish if t.connection == connection)
        for node in workspace.published_nodes()
        if only is None or node.id in only
    }
    with workspace.db.read() as uow:
        kept = {stored.score.id: stored for stored in uow.scores.latest()}
        landscape, _ = read(workspace, uow, known_at=None)
        writer = _Writer(workspace, uow, landscape, {stored.score.id: stored.score for stored in kept.values()})
        return {
            (node.id, language): writer.message(kept[node.id], language)
            for node, languages in nodes.items()
            if node.id in kept
            for language in languages
        }


@dataclass
class _Writer:
    workspace: Workspace
    uow: UnitOfWork
    landscape: Landscape
    scores: Mapping[str, NodeScore]

    def message(self, kept: StoredScore, language: Language) -> Message:
        before = self.uow.scores.before(kept.score.id)
        text = message_of(
            self.workspace, self.uow, self.landscape, kept,
            before=before.score if before else None, language=language, below=self.scores,
        )  # fmt: skip
        return Message(text, signature(kept.score, text))


def message_of(
    workspace: Workspace,
    uow: UnitOfWork,
    landscape: Landscape,
    kept: StoredScore,
    *,
    before: NodeScore | None,
    language: Language,
    below: Mapping[str, NodeScore] | None = None,
) -> HealthMessage:
    """What a kept score has to say: with the titles of the items it names, its trend and our page of the node.

    Items that few may see in their tool are not named: more people read a message than its items. Nor are those that
    only show health: nobody finishes them.
    ``below``: the scores of other nodes, which a parent's reasons are told from.
    """
    score = kept.score
    named = uow.records.items(sorted(_named(score)))
    shown_at = {(t.connection, t.value) for node in workspace.published_nodes() for t in node.publish}
    titles = {
        item.id: (item.title, item.url)
        for item in named
        if not item.restricted and not {(item.connection, item.key), (item.connection, item.vendor_id)} & shown_at
    }
    points = uow.scores.trend(score.id, since=kept.as_of - TREND)
    url = f"{workspace.public_url}/nodes/{score.id}" if workspace.public_url else None
    # The curve ends where the score stands now, in place of the last whole week.
    trend = (*(point.score for point in points[:-1] if point.at <= kept.as_of), score.score) if points else ()
    return message(score, landscape, titles, before, kept.as_of, language=language, trend=trend, url=url, below=below)


def _named(score: NodeScore) -> set[str]:
    evidence = {item for d in score.dimensions for item in d.finding.evidence[:_EVIDENCE]}
    return evidence | {i for d in score.dimensions if d.finding.improvement for i in d.finding.improvement.items[:_EVIDENCE]}


Published = tuple[Node, Target, Message]


def published(workspace: Workspace, only: Collection[str] | None, connection: str) -> list[Published]:
    """Every target of a connection with what is to be said there, in the tree's order."""
    if not any(target.connection == connection for node in workspace.published_nodes() for target in node.publish):
        return []
    found = messages(workspace, only, connection)
    return [
        (node, target, found[node.id, target.courtesy.language])
        for node in workspace.published_nodes()
        for target in node.publish
        if target.connection == connection and (node.id, target.courtesy.language) in found
    ]


@dataclass(frozen=True)
class Manner:
    """How jobs are made: ``insist`` on places that failed before; ``unheld``: as if nothing had been undone;
    ``unsettled``: until when a channel of a target waits for an earlier write to turn up.
    """

    insist: bool = True
    unheld: bool = False
    unsettled: Mapping[tuple[str, Channel], datetime] = field(default_factory=dict)

    def unsettled_of(self, target: Target) -> dict[Channel, datetime]:
        """The channels of one target that wait."""
        return {channel: until for (label, channel), until in self.unsettled.items() if label == target.label}


@dataclass(frozen=True)
class Books:
    """What our store knows of the places of one connection."""

    fields: HealthFields | None
    written: Mapping[str, Mapping[Spot, Written]]
    day: Day
    holds: Mapping[str, Hold]
    troubles: Mapping[tuple[str, str], Trouble]
    insist: bool

    def troubles_of(self, target: Target) -> dict[str, Trouble]:
        """What can't be written at one target, by channel."""
        return {what: one for (label, what), one in self.troubles.items() if label == target.label}

    def is_asked(self, target: Target) -> bool:
        """Whether it is worth to ask what stands at a target: it is not held, and not left alone until its next try."""
        trouble = self.troubles.get((target.label, ""))
        resting = trouble is not None and trouble.next_try_at > self.day.now and not self.insist
        return target.label not in self.holds and not resting


def books_of(workspace: Workspace, connection: str, manner: Manner, *, now: datetime) -> Books:
    """What is known of the places of a connection at this moment."""
    zone = ZoneInfo(workspace.timezone)
    with workspace.db.read() as uow:
        return Books(
            fields=uow.pushes.health_fields(connection),
            written=uow.pushes.written(connection),
            day=Day(now, zone, uow.pushes.made_since(connection, midnight(now, zone))),
            holds={} if manner.unheld else uow.agenda.holds(connection),
            troubles=uow.agenda.troubles(connection),
            insist=manner.insist,
        )


def jobs(
    workspace: Workspace, connector: Connector, places: Sequence[Published], manner: Manner, *, now: datetime
) -> list[HealthJob]:
    """The jobs of one connection: what stands at their targets is read in bulk."""
    books = books_of(workspace, connector.name, manner, now=now)
    present = present_of(
        connector,
        [
            _to_be_read(target, said_here, books.written.get(target.label, {}))
            for _, target, said_here in places
            if books.is_asked(target)
        ],
        fields=books.fields,
    )
    forgotten = _forgotten(workspace, connector.name, present, books.written)
    return [
        HealthJob(
            node=node,
            target=target,
            message=said_here.text,
            signature=said_here.signature,
            fields=books.fields,
            written=books.written.get(target.label, {}),
            present=present.get(target.label, PresentState()),
            day=books.day,
            carries_receipt=target.receipt and target.kind in connector.property_kinds,
            carries_comment=target.kind in connector.comment_kinds,
            carries_status=target.kind in connector.status_kinds,
            hold=books.holds.get(target.label),
            troubles={what: one for what, one in books.troubles_of(target).items() if what != Channel.REMINDER},
            unsettled=manner.unsettled_of(target),
            insist=manner.insist,
            forgotten=forgotten.get(target.label),
        )
        for node, target, said_here in places
    ]


def _forgotten(
    workspace: Workspace, connection: str, present: Mapping[str, PresentState], written: Mapping[str, Mapping[Spot, Written]]
) -> dict[str, Band]:
    """What the newest status updates say that are ours, and that nothing here knows of; by target."""
    unknown: dict[str, Band] = {}
    for label, state in present.items():
        last = written.get(label, {}).get((Channel.STATUS_UPDATE, STATUS))
        if state.own_status is None or state.own_status_id is None or (last and last.vendor_id == state.own_status_id):
            continue
        with workspace.db.read() as uow:
            if state.own_status_id not in uow.pushes.status_updates(connection, label):
                unknown[label] = state.own_status
    return unknown


def _to_be_read(target: Target, message: Message, written: Mapping[Spot, Written]) -> Target:
    """A receipt that says what is to be said is not read: for some tools each costs a request."""
    same = any(w.signature == message.signature for (channel, _), w in written.items() if channel is Channel.PROPERTY)
    return target.model_copy(update={"receipt": False}) if same else target
