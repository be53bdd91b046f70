"""What every tool's connector can do. ``service`` knows this protocol and nothing of any tool.

A connector speaks HTTP and turns payloads into records; it never touches the store. Reading is split in two, so that
records can be rebuilt from kept payloads without one call: ``pull`` brings raw payloads, ``normalise`` maps them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from connector.sdk.reach import Reach, freely
from model.derived import Offspring, Origin
from model.errors import FatalError
from model.events import Delivery
from model.hooks import HookInTool, HookMade
from model.mapping import Mapping
from model.ports import LimitLedger, TokenStore
from model.push import (
    FieldValue,
    HealthFields,
    HealthMessage,
    HealthRole,
    PresentState,
    Question,
    Receipt,
    Remark,
    SetupMade,
    SetupResult,
)
from model.sync import Census, CheckReport, Discovery, KnownItem, Page, RawPayload, Reading, Records, Traffic
from model.tree import Source, SourceKind, Target, TargetKind

SecretReader = Callable[[str], str]
"""Reads "env:NAME" or "file:PATH" (or a literal where allowed). Raises UsageError naming what is missing."""


@dataclass(frozen=True)
class ConnectionSettings:
    """One connection of the configuration. ``options`` is the tool's own part, checked by its ``options.py``."""

    name: str
    tool: str
    options: Dict[str, Any] = field(repr=False)  # may hold a secret where plain ones are allowed
    mapping: Mapping
    allow_insecure: bool = False


Tracer = Callable[..., AbstractContextManager[None]]


def untraced(_name: str, /, **_belongs_to: str) -> AbstractContextManager[None]:
    """Nobody follows requests."""
    return nullcontext()


@dataclass(frozen=True)
class Surroundings:
    """What a connector is given and may not fetch for itself: clock, sleep, secrets, tokens, limits, randomness.

    ``read_only``: no request that writes may leave this deployment. ``trace``: to be entered around each request, told
    its name and what it belongs to. ``reach``: where a client of a URL may connect to.
    """

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    read_secret: SecretReader
    tokens: TokenStore
    limits: LimitLedger
    jitter: Callable[[], float]  # 0..1
    read_only: bool = False
    trace: Tracer = untraced
    reach: Reach = freely


class UnknownSignatureError(FatalError):
    """A delivery that is not signed as agreed: answered 401, kept nowhere."""

    default_reason = "bad_signature"


class MalformedDeliveryError(FatalError):
    """A signed delivery that is no document of the tool: answered 400."""

    default_reason = "malformed_delivery"


class Connector(Protocol):
    """One connection to one tool."""

    name: str
    tool: str

    # reading
    def check(self) -> CheckReport:
        """Reachable, who am I, rights, plan. Never raises for what it is there to find out."""

    def discover(self) -> Discovery:
        """Projects, fields, statuses, types with fill rates, and a suggested mapping."""

    def pull(
        self, sources: Sequence[Source], *, cursor: str | None, checkpoint: str | None,
        reference: Sequence[RawPayload] = (),
    ) -> Iterator[Page]:
        """Raw payloads, page by page: reference data, then the items as they are now.

        A first pull (no cursor) leaves the histories to ``histories``; a later one brings what changed with its whole
        history on the same page.

        Args: the tree's sources of this connection; ``cursor`` of the last finished pull (None: everything);
        ``checkpoint`` of the last page stored when a pull was cut off; ``reference``: the kept payloads of
        ``reference_kinds``, so that an idle pull need not ask for them again (none: the lists are read whatever their
        age).
        Raises: RetryableError, ConnectionUnusableError. One malformed item becomes ``Page.skipped``.
        """

    def histories(
        self, batches: Iterable[Sequence[RawPayload]], *, reference: Sequence[RawPayload]
    ) -> Iterator[Page]:
        """The histories of items that are held already, in the batches' order, a few read ahead.

        ``batches``: kept payloads of the first of ``item_kinds``, at most ``history_batch`` in each; items below a top
        ancestor follow each other, behind the ancestor where its history is wanted, too. A page brings the other kinds
        of some of a batch's items, each item's on one page (not the items again). What an item's payload proves to be
        without history (never touched since it was made) costs no request. Raises as ``pull`` does.
        """

    @property
    def history_batch(self) -> int:
        """How many items one batch of ``histories`` takes."""

    @property
    def histories_per_sync(self) -> int | None:
        """How many histories one sync may read, where each costs a request; None: all of them."""

    def refetch(
        self, vendor_ids: Sequence[str], sources: Sequence[Source], *, reference: Sequence[RawPayload] = (),
        told_at: datetime | None = None,
    ) -> Page:
        """The present payloads of single items; ids that answer 404 or 410 are ``gone``.

        History is included; a tool where it costs a request an item may leave it to the next sync when there are many.
        ``told_at``: when the tool first told of any of them (None: just now), so that what changed since may be listed instead.
        """

    def census(
        self, sources: Sequence[Source], known: Sequence[KnownItem], *, reference: Sequence[RawPayload]
    ) -> Census:
        """Compare what the store knows with what the tool shows, and tell apart what is missing as far as evidence goes.

        ``known``: every item of this connection that the store holds, also those that are gone.
        Raises: RetryableError, ConnectionUnusableError: a census that can't see everything concludes nothing.
        """

    def normalise(self, raw: Sequence[RawPayload], reference: Sequence[RawPayload]) -> Records:
        """Payloads as records, by this connection's mapping. Pure: no call, no clock.

        ``reference``: the kept payloads of the kinds named by ``reference_kinds`` (statuses, fields, types …).
        ``raw``: any payloads, also reference ones (they become people, projects, milestones …). For pages of
        ``Stage.HISTORY``, for a refetch and for a rebuild, the caller adds every kept payload of ``item_kinds`` with
        the same vendor id, so an item is seen whole; an item whose history payload is present counts in
        ``Records.complete_history_of``. In a page of ``Stage.ITEMS`` it comes alone: present state only.
        An unusable payload becomes ``Records.skipped``; the rest arrives.
        """

    @property
    def item_kinds(self) -> tuple[str, ...]:
        """The raw kinds that make up one item, all under the item's vendor id, the item itself first.

        For instance ``("issue", "changelog", "worklogs")``: an item is present state, the others are its history.
        """

    @property
    def reference_kinds(self) -> tuple[str, ...]:
        """The raw kinds that ``normalise`` needs beside any payload."""

    def container_ids(self, source: Source, reference: Sequence[RawPayload]) -> tuple[str, ...]:
        """The container ids whose members are a source's items (or ``("item:" + id,)`` for "below this item")."""

    def source_of(self, origin: Origin) -> Source | None:
        """What has to be pulled so that an origin can be looked into; None: reference data tells it.

        Raises UsageError for a kind of origin that the tool lacks.
        """

    def derive(self, origin: Origin, reference: Sequence[RawPayload]) -> tuple[Offspring, ...] | None:
        """The programs an origin stands for, with the projects in each, from kept reference payloads alone.

        What is not known yet is not there. None: it is a question of items, those that ``source_of`` brings.
        """

    def source_below(self, vendor_id: str) -> Source:
        """The source of everything below an item."""

    @property
    def source_kinds(self) -> frozenset[SourceKind]:
        """The kinds of sources that the tool has."""

    def matching(self, source: Source) -> int | None:
        """How many items the tool itself says a source holds now, asked in one request; None where it has no such answer.

        What was changed in the last moments may be missing. Raises UsageError with the tool's own words where it refuses
        the source, and what any request raises.
        """

    def known_fields(self, reference: Sequence[RawPayload]) -> tuple[tuple[str, str], ...]:
        """The tool's fields as (id, name), from kept reference payloads: what a mapping may name."""

    def reading(self, reference: Sequence[RawPayload]) -> Reading:
        """How this tool's words are read by this connection's mapping, from kept reference payloads."""

    def label_of_url(self, url: str) -> str | None:
        """The key or vendor id of the item a URL of this tool points to; None when it is none of ours."""

    def item_of(self, typed: str) -> str | None:
        """The key or vendor id of the item that somebody typed, or pasted the address of; None for another address."""

    # writing
    def setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool,
        keep: Callable[[SetupMade], None] | None = None,
    ) -> SetupResult:
        """Plan (or make) our health fields where the targets can show them, and verify it on samples. Idempotent.

        ``made``: what earlier runs made; the result names it too, with what was made now. ``keep`` is told of each
        thing as soon as it is made, so that a run that is killed leaves nothing that nobody knows of.
        """

    def remove_setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool
    ) -> SetupResult:
        """Plan to take away (or take away) exactly what is ``made``; the result's ``made`` is what is left of it."""

    @property
    def property_kinds(self) -> frozenset[TargetKind]:
        """The kinds of targets that carry the quiet receipt."""

    @property
    def comment_kinds(self) -> frozenset[TargetKind]:
        """The kinds of targets that can carry our comment."""

    @property
    def status_kinds(self) -> frozenset[TargetKind]:
        """The kinds of targets that can carry our status updates."""

    def present(self, targets: Sequence[Target], *, fields: HealthFields | None) -> Dict[str, PresentState]:
        """What stands at each target now, by its label, read with as few requests as the tool allows.

        A target that is gone, hidden, archived or locked is a PresentState with ``missing``. Raises only where nothing
        of the connection can be read.
        """

    def write_fields(
        self, target: Target, values: Dict[HealthRole, FieldValue], *, fields: HealthFields
    ) -> Dict[HealthRole, str]:
        """Set the fields of these roles, in one request and without telling anybody where the tool allows it.

        Returns the roles that the tool refused, each with a sentence why; the others are written. Raises AppError when
        none could be.
        """

    def write_fields_of_many(
        self, places: Sequence[tuple[Target, str]], values: Dict[HealthRole, FieldValue], *, fields: HealthFields
    ) -> Dict[str, Dict[HealthRole, str]] | None:
        """Set the fields of these roles to the same values at many targets (each with its vendor id) in one go.

        Returns what was refused, by the target's label and the role; the others are written. None where the tool has no
        such thing, or not for this account: then nothing was done.
        """

    def write_properties(self, receipts: Sequence[Receipt]) -> Dict[str, str]:
        """Write (or take away) the receipts of many targets, in bulk where the tool can.

        Returns the labels of the targets where it was refused, each with a sentence why. Raises AppError when nothing
        could be written.
        """

    def write_comment(self, target: Target, message: Remark, *, comment_id: str | None) -> str:
        """Edit our comment where it stands, without telling anybody; ``comment_id`` None: make it. Its id.

        Before one is made, one of ours that is known by the same is looked for, and after an ambiguous failure again: there
        is never a second one. A reminder calls whoever the item is assigned to. Raises NotFoundError when the one to be
        edited is gone, RefusedError where people outside of the organisation could read it.
        """

    def find_comment(self, target: Target, node: str) -> str | None:
        """The id of our comment for a node at a target, or of the one that is known by another word."""

    def comment_is_ours(self, target: Target, comment_id: str) -> bool | None:
        """Whether nobody else has edited our comment since; None when it is gone."""

    def delete_comment(self, target: Target, comment_id: str) -> None:
        """Take our comment away; one that is gone already is fine."""

    def write_status_update(self, target: Target, message: HealthMessage, *, mark: str) -> str:
        """Post a status update that carries ``mark``; its id. After an ambiguous failure it is looked for first."""

    def find_status_update(self, target: Target, mark: str, *, since: datetime) -> str | None:
        """The id of our status update with a mark, posted since a moment."""

    def delete_status_update(self, target: Target, update_id: str) -> None:
        """Take our status update away; one that is gone already is fine."""

    def questions(self, target: Target, *, since: datetime) -> tuple[Question, ...]:
        """Comments of other people at a target, since a moment, that ask ``/bellwether why``; oldest first."""

    # hearing
    def receive(self, headers: Dict[str, str], body: bytes, *, secret: str | None, pending: bool) -> Delivery:
        """Verify a delivery and say what it means. Header names are lower case.

        ``secret``: what was agreed; ``pending``: a registration of ours is waiting for its handshake.
        Raises UnknownSignatureError before reading the body, MalformedDeliveryError after.
        """

    def hook_keys(self, sources: Sequence[Source]) -> tuple[str, ...]:
        """What webhooks have to listen to, in the tool's own words; "" where one hears all. None without sources."""

    def hooks(self) -> tuple[HookInTool, ...]:
        """Every webhook that this account may see, also other people's. Raises RefusedError where it may see none."""

    def register_hook(self, key: str, url: str, *, secret: str, vendor_id: str | None = None) -> HookMade:
        """Ask the tool to send what ``key`` stands for to ``url``, and with it every event we have a use for.

        ``secret``: what to sign with, where we choose it; a tool that chooses its own sends it in a handshake before this
        returns. ``vendor_id``: the one it takes the place of. One for this URL that is there already is set anew.
        """

    def refresh_hooks(self, vendor_ids: Sequence[str]) -> datetime | None:
        """Lengthen the life of webhooks; until when they live then (None: they live for ever)."""

    def remove_hook(self, vendor_id: str) -> None:
        """Take a webhook away; one that is gone already is fine."""

    @property
    def chooses_hook_secret(self) -> bool:
        """True where the tool sends the secret in a handshake, False where we tell it ours."""

    @property
    def hook_beats_every(self) -> timedelta | None:
        """How often a webhook of the tool sends a sign of life when nothing happens; None: never."""

    @property
    def unheard(self) -> frozenset[str]:
        """What of an item changes without an event to the webhooks of this connection: "links", "worklogs"."""

    def skew(self) -> timedelta:
        """By how much the tool's clock is ahead of ours, by its newest answer; nothing before the first."""

    def own_account(self) -> str:
        """The vendor id of the account we act as: its events are our own."""

    def erased_accounts(self, accounts: Dict[str, datetime]) -> tuple[str, ...] | None:
        """Of the accounts held (vendor id → since when), those of which the tool says that their data must not be kept.

        None where the tool has no such report, or not for this credential.
        """

    def traffic(self) -> Traffic:
        """Requests made and bytes received by this object so far."""

    def close(self) -> None: ...


ConnectorFactory = Callable[[ConnectionSettings, Surroundings], Connector]
"""Every tool's package exports ``CONNECTOR: ConnectorFactory``; it raises UsageError for wrong options."""
