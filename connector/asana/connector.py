"""The connector of Asana: one connection to one workspace."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx

from connector.asana import check as checks
from connector.asana import derived, discovery, mapping, webhook
from connector.asana.backfill import BATCH, PER_SYNC, Backfill
from connector.asana.census import Counter
from connector.asana.client import INVISIBLE, AsanaClient, Json
from connector.asana.comments import KINDS as COMMENT_KINDS
from connector.asana.cursor import State
from connector.asana.items import Items, section_names
from connector.asana.options import DEFAULT_URL, credential, read_options
from connector.asana.payloads import loads
from connector.asana.pull import Puller
from connector.asana.reading import reading_of
from connector.asana.recent import BEFORE_TOLD, changed_since
from connector.asana.reference import Reference
from connector.asana.setup import Setup
from connector.asana.sources import projects_in
from connector.asana.tree import with_root
from connector.asana.words import Words, definitions_of, words_of
from connector.asana.writer import Writer
from connector.sdk.addresses import parted
from connector.sdk.base import ConnectionSettings, Surroundings
from model.derived import Offspring, Origin
from model.errors import NotFoundError, RefusedError, UsageError
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
    Remark,
    SetupMade,
    SetupResult,
)
from model.sync import (
    Census,
    CheckReport,
    Discovery,
    KnownItem,
    Page,
    RawPayload,
    Reading,
    Records,
    Skipped,
    Stage,
    Traffic,
)
from model.tree import Source, SourceKind, Target, TargetKind

SOURCE_KINDS: frozenset[SourceKind] = frozenset({"project", "section", "portfolio"})
WITH_HISTORIES = 60
"""So many items at once are fetched again with their histories."""
_PATHS = (
    re.compile(r"^/0/\d+/(\d+)(?:/f)?/?$"),
    re.compile(r"^/1/\d+(?:/project/\d+)?/task/(\d+)(?:/.*)?$"),
    re.compile(r"^/1/\d+/inbox/\d+/item/(\d+)(?:/.*)?$"),
)


def workspaces(settings: ConnectionSettings, surroundings: Surroundings) -> tuple[tuple[str, str], ...]:
    """The workspaces that a credential opens, as (gid, name). Raises what a first request raises."""
    unknown = replace(settings, options={**settings.options, "workspace": "0"})
    options = read_options(unknown)
    client = AsanaClient(settings.name, options, surroundings, credential=credential(unknown, surroundings))
    try:
        return tuple((str(one["gid"]), str(one.get("name") or one["gid"])) for one in client.me().get("workspaces") or ())
    finally:
        client.close()


class AsanaConnector:
    """See ``connector.sdk.base.Connector``."""

    tool = "asana"

    def __init__(
        self, settings: ConnectionSettings, surroundings: Surroundings, *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        options = read_options(settings)
        self.name = settings.name
        self._mapping = settings.mapping
        self._around = surroundings
        self._client = AsanaClient(
            settings.name, options, surroundings, credential=credential(settings, surroundings), transport=transport
        )
        self._sites = tuple(_site(url) for url in (options.url, DEFAULT_URL))
        self._writer = Writer(self._client, surroundings.now, self.own_account)
        self._me: str | None = None
        self._words: tuple[tuple[RawPayload, ...], frozenset[tuple[str, str, bytes]], Words] | None = None

    # -- reading ------------------------------------------------------------------------------------------------------

    def check(self) -> CheckReport:
        return checks.check(self._client, self._mapping)

    def discover(self) -> Discovery:
        return discovery.discover(self._client, self._mapping)

    def pull(
        self, sources: Sequence[Source], *, cursor: str | None, checkpoint: str | None,
        reference: Sequence[RawPayload] = (),
    ) -> Iterator[Page]:
        return Puller(self._client, self._around).pages(sources, cursor=cursor, checkpoint=checkpoint, kept=reference)

    def histories(
        self, batches: Iterable[Sequence[RawPayload]], *, reference: Sequence[RawPayload]
    ) -> Iterator[Page]:
        return Backfill(self._client, self._around.now, reference).pages(batches)

    @property
    def history_batch(self) -> int:
        return BATCH

    @property
    def histories_per_sync(self) -> int | None:
        return PER_SYNC

    def refetch(
        self, vendor_ids: Sequence[str], sources: Sequence[Source], *, reference: Sequence[RawPayload] = (),
        told_at: datetime | None = None,
    ) -> Page:
        """One request for each item, its stories, its ancestors and its booked time; none for reference data.

        Of very many at once what changed of late is listed, and the stories are left to the next sync: in a burst each
        request a minute counts.
        """
        sections = section_names(reference) if reference else None
        items = Items(self._client, self._around.now, via="refetch", sections=sections)
        found, gone, skipped = [], list[str](), list[Skipped]()
        known: dict[str, dict[str, object]] = {}
        wanted = list(dict.fromkeys(vendor_ids))
        whole = len(wanted) <= WITH_HISTORIES
        listed = {} if whole else self._listed(wanted, sources, reference, told_at)
        single = [gid for gid in wanted if gid not in listed]
        answers = zip(single, self._client.in_parallel(self._task, single), strict=True)
        for gid, task in (*listed.items(), *answers):
            if isinstance(task, NotFoundError):
                gone.append(item_id(self.name, gid))
            elif isinstance(task, RefusedError):
                skipped.append(items.skip(gid, task.what))
            else:
                found.append(with_root(self._client, task, known))
        raw, malformed = items.tasks(found)
        good = {payload.vendor_id for payload in raw}
        told = [each for each in found if each.gid in good]
        raw += [*items.sections_of(found), *(items.histories(told) if whole else ())]
        return Page(
            stage=Stage.HISTORY if whole else Stage.ITEMS, raw=tuple(raw), gone=tuple(gone), skipped=(*skipped, *malformed),
            unread=() if whole else items.ids(told), done=len(found), total=len(wanted),
        )  # fmt: skip

    def _listed(
        self, wanted: Sequence[str], sources: Sequence[Source], reference: Sequence[RawPayload], told_at: datetime | None
    ) -> dict[str, Json]:
        """Those of the wanted tasks that lists tell of, where these take fewer requests than the tasks do."""
        projects = dict.fromkeys(gid for source in sources for gid in projects_of(source, reference))
        sections = [source.value for source in sources if source.kind == "section"]
        places = [{"project": gid} for gid in projects] + [{"section": gid} for gid in sections]
        if 2 * len(places) > len(wanted):
            return {}
        since = (told_at or self._around.now()) - BEFORE_TOLD
        return changed_since(self._client, places, set(wanted), since=since)

    def _task(self, gid: str) -> Json | NotFoundError | RefusedError:
        try:
            return self._client.task(gid)
        except INVISIBLE as exc:
            return exc

    def census(
        self, sources: Sequence[Source], known: Sequence[KnownItem], *, reference: Sequence[RawPayload]
    ) -> Census:
        return Counter(self._client, self._around.now, sources, reference).count(known)

    def normalise(self, raw: Sequence[RawPayload], reference: Sequence[RawPayload]) -> Records:
        return mapping.normalise(raw, self._words_of(reference))

    def _words_of(self, reference: Sequence[RawPayload]) -> Words:
        """The words of these reference payloads, read anew only when one of them changed."""
        held, key = self._words, tuple(reference)
        if held is not None and held[0] is key:
            return held[2]
        digest = frozenset((each.kind, each.vendor_id, each.body) for each in reference if each.kind in _WORD_KINDS)
        words = held[2] if held is not None and held[1] == digest else words_of(self.name, self._mapping, reference)
        self._words = (key, digest, words)
        return words

    @property
    def item_kinds(self) -> tuple[str, ...]:
        return mapping.ITEM_KINDS

    @property
    def reference_kinds(self) -> tuple[str, ...]:
        return mapping.REFERENCE_KINDS

    def container_ids(self, source: Source, reference: Sequence[RawPayload]) -> tuple[str, ...]:
        """A project or section is a container; a portfolio stands for the projects in it, at any depth."""
        if source.kind == "section":
            return (record_id(self.name, "section", source.value),)
        return tuple(dict.fromkeys(mapping.project_id(self.name, gid) for gid in projects_of(source, reference)))

    def source_of(self, origin: Origin) -> Source | None:
        return derived.source_of(origin)

    def derive(self, origin: Origin, reference: Sequence[RawPayload]) -> tuple[Offspring, ...] | None:
        return derived.derive(origin, reference)

    def source_below(self, vendor_id: str) -> Source:
        """A task with its subtasks is no source of its own here; nothing asks for it, as no query is an origin."""
        raise UsageError("Asana has no source below a task.", where=self.name, fix="Use project, section or portfolio.")

    @property
    def source_kinds(self) -> frozenset[SourceKind]:
        return SOURCE_KINDS

    def matching(self, source: Source) -> int | None:
        """Asana has a number for a project only, and it leaves out subtasks, which are items of ours: so none is told."""
        return None

    def known_fields(self, reference: Sequence[RawPayload]) -> tuple[tuple[str, str], ...]:
        return tuple((gid, each.name) for gid, each in definitions_of(reference).items())

    def reading(self, reference: Sequence[RawPayload]) -> Reading:
        return reading_of(self._words_of(reference), reference)

    def label_of_url(self, url: str) -> str | None:
        parts = parted(url)
        if parts.scheme not in ("http", "https"):
            return None
        for host, context in self._sites:
            if parts.netloc == host and parts.path.startswith(f"{context}/"):
                path = parts.path.removeprefix(context)
                return next((match.group(1) for shape in _PATHS if (match := shape.match(path))), None)
        return None

    def item_of(self, typed: str) -> str | None:
        return self.label_of_url(typed) if "/" in typed else typed

    # -- writing ------------------------------------------------------------------------------------------------------

    def setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool,
        keep: Callable[[SetupMade], None] | None = None,
    ) -> SetupResult:
        return Setup(self._client, self._mapping.health_fields, made=made, apply=apply, keep=keep).run(targets, known)

    def remove_setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool
    ) -> SetupResult:
        return Setup(self._client, self._mapping.health_fields, made=made, apply=apply).remove(targets, known)

    @property
    def property_kinds(self) -> frozenset[TargetKind]:
        """None: there is no quiet place for a document but on tasks, and there for OAuth apps only."""
        return frozenset()

    @property
    def comment_kinds(self) -> frozenset[TargetKind]:
        return COMMENT_KINDS

    @property
    def status_kinds(self) -> frozenset[TargetKind]:
        return frozenset({"project", "portfolio", "goal"})

    def present(self, targets: Sequence[Target], *, fields: HealthFields | None) -> dict[str, PresentState]:
        return self._writer.present.read(targets, fields=fields)

    def write_fields(
        self, target: Target, values: Mapping[HealthRole, FieldValue], *, fields: HealthFields
    ) -> dict[HealthRole, str]:
        return self._writer.fields.write(target, values, fields=fields)

    def write_fields_of_many(
        self, places: Sequence[tuple[Target, str]], values: Mapping[HealthRole, FieldValue], *, fields: HealthFields
    ) -> dict[str, dict[HealthRole, str]] | None:
        """None: Asana edits one object at a time."""
        return None

    def write_properties(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        return {each.target.label: "Asana has no quiet place for a receipt." for each in receipts}

    def write_comment(self, target: Target, message: Remark, *, comment_id: str | None) -> str:
        return self._writer.comments.write(target, message, comment_id=comment_id)

    def find_comment(self, target: Target, node: str) -> str | None:
        return self._writer.comments.find(target, node)

    def comment_is_ours(self, target: Target, comment_id: str) -> bool | None:
        return self._writer.comments.is_ours(target, comment_id)

    def delete_comment(self, target: Target, comment_id: str) -> None:
        self._writer.comments.delete(target, comment_id)

    def write_status_update(self, target: Target, message: HealthMessage, *, mark: str) -> str:
        return self._writer.status_updates.write(target, message, mark=mark)

    def find_status_update(self, target: Target, mark: str, *, since: datetime) -> str | None:
        return self._writer.status_updates.find(target, mark, since=since)

    def delete_status_update(self, target: Target, update_id: str) -> None:
        self._writer.status_updates.delete(target, update_id)

    def questions(self, target: Target, *, since: datetime) -> tuple[Question, ...]:
        return self._writer.comments.questions(target, since=since)

    # -- hearing ------------------------------------------------------------------------------------------------------

    def receive(self, headers: Mapping[str, str], body: bytes, *, secret: str | None, pending: bool) -> Delivery:
        return webhook.receive(self.name, headers, body, secret=secret, pending=pending)

    def hook_keys(self, sources: Sequence[Source]) -> tuple[str, ...]:
        """One webhook a project: its events bring those of its tasks, subtasks and comments."""
        state = State(started=self._around.now())
        reference = Reference(self._client, self._around.now, state, sources=sources, kept=())
        return tuple(reference.projects_meant())

    def hooks(self) -> tuple[HookInTool, ...]:
        return tuple(webhook.in_tool(hook) for hook in self._client.webhooks())

    def register_hook(self, key: str, url: str, *, secret: str, vendor_id: str | None = None) -> HookMade:
        """Ask for a project's events. Asana calls ``url`` back, with a secret of its own, before this returns."""
        del secret  # Asana chooses it.
        made = HookMade(vendor_id=str(self._client.create_webhook(key, url)["gid"]))
        if vendor_id is not None:
            self.remove_hook(vendor_id)
        return made

    def refresh_hooks(self, vendor_ids: Sequence[str]) -> datetime | None:
        """None: they live for as long as they can be delivered."""
        return None

    def remove_hook(self, vendor_id: str) -> None:
        try:
            self._client.delete_webhook(vendor_id)
        except NotFoundError:
            return

    @property
    def chooses_hook_secret(self) -> bool:
        return True

    @property
    def hook_beats_every(self) -> timedelta | None:
        return webhook.BEATS_EVERY

    @property
    def unheard(self) -> frozenset[str]:
        return frozenset()

    def skew(self) -> timedelta:
        return timedelta(seconds=self._client.skew_s() or 0.0)

    def own_account(self) -> str:
        if self._me is None:
            self._me = str(self._client.me()["gid"])
        return self._me

    def erased_accounts(self, accounts: Mapping[str, datetime]) -> None:
        """Asana tells no app which of its people left."""
        del accounts

    def traffic(self) -> Traffic:
        return self._client.traffic()

    def close(self) -> None:
        self._client.close()


_WORD_KINDS = frozenset({"custom_field", "project", "section", "me"})


def _site(api_url: str) -> tuple[str, str]:
    """The host and the context path that an API's items are seen under."""
    parts = urlsplit(api_url)
    return parts.netloc, parts.path.rstrip("/").removesuffix("/api/1.0")


def projects_of(source: Source, reference: Sequence[RawPayload]) -> Iterator[str]:
    """The projects that a project or a portfolio, by what was kept of it, stands for."""
    if source.kind == "portfolio":
        kept = {raw.vendor_id: loads(raw.body) for raw in reference if raw.kind == "portfolio"}
        yield from projects_in(source.value, kept)
    elif source.kind == "project":
        yield source.value
