"""The connector of a shelf: see ``connector.sdk.base.Connector``."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from connector.sdk.base import ConnectionSettings, Surroundings
from model.derived import Offspring, Origin
from model.errors import ConnectionUnusableError, UsageError
from model.events import Delivery
from model.hooks import HookInTool, HookMade
from model.ids import item_id, record_id
from model.push import (
    FieldValue,
    HealthFields,
    HealthMessage,
    HealthRole,
    PresentState,
    Question,
    Receipt,
    SetupMade,
    SetupResult,
)
from model.sync import (
    Census,
    CheckReport,
    Discovery,
    KnownItem,
    Page,
    Problem,
    RawPayload,
    Reading,
    Records,
    Stage,
    Traffic,
)
from model.tree import Source, SourceKind, Target, TargetKind

from . import census, discovery, mapping, setup, webhook, writer
from .client import Json, ShelfClient
from .options import read_options


class ShelfConnector:
    tool = "shelf"
    item_kinds = mapping.ITEM_KINDS
    reference_kinds = mapping.REFERENCE_KINDS
    history_batch = 100
    histories_per_sync = None
    chooses_hook_secret = False

    def __init__(self, settings: ConnectionSettings, surroundings: Surroundings) -> None:
        options = read_options(settings)
        self.name = settings.name
        self._mapping = settings.mapping
        self._now = surroundings.now
        self._client = ShelfClient(
            settings.name, surroundings.read_secret(options.auth.token), allowed=not surroundings.read_only
        )

    def check(self) -> CheckReport:
        try:
            return CheckReport(name=self.name, ok=True, who=self._client.look()["who"])
        except ConnectionUnusableError as exc:
            return CheckReport(name=self.name, ok=False, problems=(Problem(what=exc.what, fix=exc.fix or ""),))

    def discover(self) -> Discovery:
        return discovery.discover(self.name, self._client.look())

    def pull(
        self, sources: Sequence[Source], *, cursor: str | None, checkpoint: str | None,
        reference: Sequence[RawPayload] = (),
    ) -> Iterator[Page]:
        del checkpoint  # One look brings everything: there is nothing to go on with.
        document = self._client.look()
        cards = _within(document, sources)
        newest = max((card["updated"] for card in cards), default="")
        if not reference:
            boards = tuple(self._raw("board", board["id"], board) for board in document["boards"])
            yield Page(stage=Stage.REFERENCE, raw=boards)
        if cursor is None:
            raw = [self._raw("card", card["id"], card) for card in cards]
            yield Page(stage=Stage.ITEMS, raw=tuple(raw), cursor=newest, done=len(raw), total=len(raw))
        else:
            changed = [card for card in cards if card["updated"] > cursor]
            yield Page(stage=Stage.HISTORY, raw=self._whole(changed), cursor=max(newest, cursor), done=len(changed))

    def histories(
        self, batches: Iterable[Sequence[RawPayload]], *, reference: Sequence[RawPayload]
    ) -> Iterator[Page]:
        for batch in batches:
            cards = {card["id"]: card for card in self._client.look()["cards"]}
            logs = [self._log(cards[one.vendor_id]) for one in batch if one.vendor_id in cards]
            yield Page(stage=Stage.HISTORY, raw=tuple(logs))

    def refetch(
        self, vendor_ids: Sequence[str], sources: Sequence[Source], *, reference: Sequence[RawPayload] = (),
        told_at: datetime | None = None,
    ) -> Page:
        del told_at
        cards = {card["id"]: card for card in self._client.look()["cards"]}
        gone = tuple(item_id(self.name, one) for one in vendor_ids if one not in cards)
        return Page(stage=Stage.HISTORY, raw=self._whole([cards[one] for one in vendor_ids if one in cards]), gone=gone)

    def census(
        self, sources: Sequence[Source], known: Sequence[KnownItem], *, reference: Sequence[RawPayload]
    ) -> Census:
        cards = {card["id"]: card for card in _within(self._client.look(), sources)}
        held_as_gone = [cards[one.vendor_id] for one in known if one.gone and one.vendor_id in cards]
        return census.count(known, list(cards), self._whole(held_as_gone))

    def normalise(self, raw: Sequence[RawPayload], reference: Sequence[RawPayload]) -> Records:
        return mapping.normalise(self.name, raw, self._mapping)

    def container_ids(self, source: Source, reference: Sequence[RawPayload]) -> tuple[str, ...]:
        return (record_id(self.name, "project", source.value),) if source.kind == "project" else ()

    def source_of(self, origin: Origin) -> Source | None:
        """A category is known from the boards themselves; a shelf has nothing else to derive from."""
        if origin.kind != "category":
            raise UsageError(f"A shelf has no {origin.kind}.", where=self.name, fix="Use category.")
        return None

    def derive(self, origin: Origin, reference: Sequence[RawPayload]) -> tuple[Offspring, ...] | None:
        """The boards of a category, each a project."""
        boards = [json.loads(raw.body) for raw in reference if raw.kind == "board"]
        sources = [Source(connection=self.name, kind="project", value=board["id"]) for board in boards]
        found = [
            Offspring(key=f"project:{board['id']}", name=board["name"], source=source, pull=(source,))
            for board, source in zip(boards, sources, strict=True)
            if board.get("category") == origin.value
        ]
        return (Offspring(key=f"category:{origin.value}", name=origin.value, members=tuple(found)),)

    def source_below(self, vendor_id: str) -> Source:
        return Source(connection=self.name, kind="epic", value=vendor_id)

    @property
    def source_kinds(self) -> frozenset[SourceKind]:
        return frozenset({"project"})

    def matching(self, source: Source) -> int | None:
        """A shelf has no numbers."""
        return None

    def known_fields(self, reference: Sequence[RawPayload]) -> tuple[tuple[str, str], ...]:
        return ()

    def reading(self, reference: Sequence[RawPayload]) -> Reading:
        return Reading()

    def label_of_url(self, url: str) -> str | None:
        return None

    def item_of(self, typed: str) -> str | None:
        return None if "/" in typed else typed

    # -- writing ------------------------------------------------------------------------------------------------------

    property_kinds: frozenset[TargetKind] = frozenset({"project"})
    comment_kinds: frozenset[TargetKind] = frozenset({"project"})
    status_kinds: frozenset[TargetKind] = frozenset({"project"})

    def setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool,
        keep: Callable[[SetupMade], None] | None = None,
    ) -> SetupResult:
        return setup.fields_of(self.name)

    def remove_setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool
    ) -> SetupResult:
        return SetupResult(connection=self.name)

    def present(self, targets: Sequence[Target], *, fields: HealthFields | None) -> dict[str, PresentState]:
        return self._writer().present(targets)

    def write_fields(
        self, target: Target, values: Mapping[HealthRole, FieldValue], *, fields: HealthFields
    ) -> dict[HealthRole, str]:
        return self._writer().write_fields(target, values)

    def write_fields_of_many(
        self, places: Sequence[tuple[Target, str]], values: Mapping[HealthRole, FieldValue], *, fields: HealthFields
    ) -> dict[str, dict[HealthRole, str]] | None:
        return self._writer().write_fields_of_many([target for target, _ in places], values)

    def write_properties(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        return self._writer().write_properties(receipts)

    def write_comment(self, target: Target, message: HealthMessage, *, comment_id: str | None) -> str:
        return self._writer().write_comment(target, message, comment_id)

    def find_comment(self, target: Target, node: str) -> str | None:
        return self._writer().find_comment(target, node)

    def comment_is_ours(self, target: Target, comment_id: str) -> bool | None:
        return self._writer().comment_is_ours(comment_id)

    def delete_comment(self, target: Target, comment_id: str) -> None:
        self._writer().delete_comment(comment_id)

    def write_status_update(self, target: Target, message: HealthMessage, *, mark: str) -> str:
        return self._writer().write_update(target, message, mark)

    def find_status_update(self, target: Target, mark: str, *, since: datetime) -> str | None:
        return self._writer().find_update(target, mark)

    def delete_status_update(self, target: Target, update_id: str) -> None:
        self._writer().delete_update(update_id)

    def questions(self, target: Target, *, since: datetime) -> tuple[Question, ...]:
        return self._writer().questions(target, since)

    def _writer(self) -> writer.ShelfWriter:
        return writer.ShelfWriter(self._client, self._now())

    # -- hearing ------------------------------------------------------------------------------------------------------

    def receive(self, headers: Mapping[str, str], body: bytes, *, secret: str | None, pending: bool) -> Delivery:
        return webhook.receive(self.name, headers, body, secret)

    def hook_keys(self, sources: Sequence[Source]) -> tuple[str, ...]:
        return ("",)

    def hooks(self) -> tuple[HookInTool, ...]:
        url = self._client.look().get("hook")
        return (HookInTool(vendor_id="hook", url=url),) if url else ()

    def register_hook(self, key: str, url: str, *, secret: str, vendor_id: str | None = None) -> HookMade:
        def deed(document: Json) -> None:
            document["hook"] = url

        self._client.change(deed)
        return HookMade(vendor_id="hook")

    def refresh_hooks(self, vendor_ids: Sequence[str]) -> datetime | None:
        return None

    def remove_hook(self, vendor_id: str) -> None:
        def deed(document: Json) -> None:
            document.pop("hook", None)

        self._client.change(deed)

    @property
    def hook_beats_every(self) -> timedelta | None:
        return None

    @property
    def unheard(self) -> frozenset[str]:
        return frozenset()

    def skew(self) -> timedelta:
        return timedelta(0)

    def own_account(self) -> str:
        return str(self._client.look()["who"])

    def erased_accounts(self, accounts: Mapping[str, datetime]) -> None:
        del accounts

    def traffic(self) -> Traffic:
        return Traffic(requests=self._client.requests, bytes=self._client.bytes)

    def close(self) -> None:
        """Nothing is open."""

    def _whole(self, cards: Sequence[Json]) -> tuple[RawPayload, ...]:
        return tuple(raw for card in cards for raw in (self._raw("card", card["id"], card), self._log(card)))

    def _log(self, card: Json) -> RawPayload:
        return self._raw("log", card["id"], {"moves": card["moves"]})

    def _raw(self, kind: str, vendor_id: str, body: Json) -> RawPayload:
        return RawPayload(
            connection=self.name, kind=kind, vendor_id=vendor_id, body=json.dumps(body).encode(), fetched_at=self._now()
        )


def _within(document: Json, sources: Sequence[Source]) -> list[Json]:
    boards = {source.value for source in sources if source.kind == "project"}
    return [card for card in document["cards"] if card["board"] in boards]
