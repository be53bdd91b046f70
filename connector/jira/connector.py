"""The connector of one Jira: the protocol of ``connector.sdk.base``, each part in a module of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from connector.jira import derived, webhook, webhook_registration
from connector.jira.census import CensusTaker
from connector.jira.check import check
from connector.jira.client import JiraClient
from connector.jira.cloud import CloudSite
from connector.jira.cursor import read_checkpoint, read_cursor
from connector.jira.datacenter import DataCenterSite
from connector.jira.discovery import discover
from connector.jira.fields import wanted
from connector.jira.mapping import Mapper
from connector.jira.options import access
from connector.jira.passes import Means, PullPass
from connector.jira.pull import BATCH, IssueReader, histories, refetch
from connector.jira.reading import reading_of
from connector.jira.reference import ReferenceReader, has_words
from connector.jira.scope import SOURCE_KINDS, Scope, query_id
from connector.jira.setup import JiraSetup
from connector.jira.setup_removal import Removal
from connector.jira.site import Site
from connector.jira.vocabulary import ITEM_KINDS, REFERENCE_KINDS, Vocabulary, read_vocabulary
from connector.jira.writer import JiraWriter, no_status_updates
from connector.sdk.addresses import parted
from connector.sdk.base import ConnectionSettings, Surroundings
from model.derived import Offspring, Origin
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
from model.sync import Census, CheckReport, Discovery, KnownItem, Page, RawPayload, Reading, Records, Traffic
from model.tree import Source, SourceKind, Target, TargetKind

_ISSUES: frozenset[TargetKind] = frozenset({"issue"})


class JiraConnector:
    """One connection to one site. Raises UsageError at once for options that are wrong."""

    tool = "jira"

    def __init__(self, settings: ConnectionSettings, surroundings: Surroundings) -> None:
        self.name = settings.name
        self._mapping = settings.mapping
        self._around = surroundings
        self._access = access(settings, surroundings.read_secret)
        self._client = JiraClient(self._access, surroundings)
        self._site: Site = (
            DataCenterSite(self._client, self.name) if self._access.deployment == "datacenter"
            else CloudSite(self._client, self.name)
        )
        self._reader = ReferenceReader(self._client, self._site, self.name, surroundings.now)
        self._writer = JiraWriter(self._client, self._site, own=self.own_account, sleep=surroundings.sleep)
        self._hooks: webhook_registration.Registry = (
            webhook_registration.AdminHooks(self._client, self.name) if self._access.oauth is None
            else webhook_registration.AppHooks(self._client, self._site, self.name)
        )
        self._words: tuple[tuple[RawPayload, ...], Vocabulary] | None = None
        self._account: str | None = None

    # -- reading ------------------------------------------------------------------------------------------------------

    def check(self) -> CheckReport:
        return check(self._client, self.name, self._around.now, self._mapping)

    def discover(self) -> Discovery:
        return discover(self._site, self.name, self._reader)

    def pull(
        self, sources: Sequence[Source], *, cursor: str | None, checkpoint: str | None,
        reference: Sequence[RawPayload] = (),
    ) -> Iterator[Page]:
        since, at = read_cursor(cursor, self.name), read_checkpoint(checkpoint, self.name)
        return PullPass(self._means(), Scope(self._site, self.name, sources), reference).run(since, at)

    def histories(
        self, batches: Iterable[Sequence[RawPayload]], *, reference: Sequence[RawPayload]
    ) -> Iterator[Page]:
        return histories(self._issues(self._vocabulary(reference)), batches)

    @property
    def history_batch(self) -> int:
        return BATCH

    @property
    def histories_per_sync(self) -> int | None:
        return None

    def refetch(
        self, vendor_ids: Sequence[str], sources: Sequence[Source], *, reference: Sequence[RawPayload] = (),
        told_at: datetime | None = None,
    ) -> Page:
        del told_at  # a hundred items are one request here
        scope = Scope(self._site, self.name, sources)
        kept = reference if has_words(reference) else self._reader.read(scope.project_keys(), scope.roots())
        return refetch(self._issues(self._vocabulary(kept)), self._site, scope, self.name, vendor_ids)

    def census(
        self, sources: Sequence[Source], known: Sequence[KnownItem], *, reference: Sequence[RawPayload]
    ) -> Census:
        scope = Scope(self._site, self.name, sources)
        kept = reference if has_words(reference) else self._reader.read(scope.project_keys(), scope.roots())
        return CensusTaker(self._site, self.name, scope, self._issues(self._vocabulary(kept))).take(known)

    def normalise(self, raw: Sequence[RawPayload], reference: Sequence[RawPayload]) -> Records:
        return Mapper(self.name, self._access.site_url, self._vocabulary(reference)).read(raw)

    @property
    def item_kinds(self) -> tuple[str, ...]:
        return ITEM_KINDS

    @property
    def reference_kinds(self) -> tuple[str, ...]:
        return REFERENCE_KINDS

    def container_ids(self, source: Source, reference: Sequence[RawPayload]) -> tuple[str, ...]:
        """Containers of a source; none when its project, version or issue is not among the reference payloads."""
        words = self._vocabulary(reference)
        if source.kind == "jql":
            return (record_id(self.name, "query", query_id(source.value)),)
        if source.kind == "project":
            project = words.project(source.value)
            return (record_id(self.name, "project", project.id),) if project else ()
        if source.kind == "epic":
            number = source.value if source.value.isdigit() else words.roots.get(source.value.upper())
            return (f"item:{item_id(self.name, number)}",) if number else ()
        project = words.project(source.project) if source.project else None
        return tuple(
            record_id(self.name, "milestone", version.id) for version in words.versions.values()
            if source.value in (version.name, version.id)
            and (source.project is None or (project is not None and version.project_id == project.id))
        )

    def source_of(self, origin: Origin) -> Source | None:
        return derived.source_of(origin)

    def derive(self, origin: Origin, reference: Sequence[RawPayload]) -> tuple[Offspring, ...] | None:
        return derived.derive(origin, self._vocabulary(reference).projects)

    def source_below(self, vendor_id: str) -> Source:
        return Source(connection=self.name, kind="epic", value=vendor_id)

    @property
    def source_kinds(self) -> frozenset[SourceKind]:
        return SOURCE_KINDS

    def matching(self, source: Source) -> int | None:
        """What lies below an issue is found level by level only: of that Jira has no number."""
        return Scope(self._site, self.name, [source]).count()

    def known_fields(self, reference: Sequence[RawPayload]) -> tuple[tuple[str, str], ...]:
        return tuple((field.id, field.name) for field in self._vocabulary(reference).fields)

    def reading(self, reference: Sequence[RawPayload]) -> Reading:
        return reading_of(self._vocabulary(reference))

    def label_of_url(self, url: str) -> str | None:
        """The key in ``…/browse/KEY`` or ``…?selectedIssue=KEY`` of this very site."""
        site, parts = urlsplit(self._access.site_url), parted(url)
        if parts.netloc.lower() != site.netloc.lower() or not parts.path.startswith(site.path):
            return None
        chosen = parse_qs(parts.query).get("selectedIssue", [""])[0]
        path = parts.path[len(site.path):].strip("/").split("/")
        key = chosen or (path[1] if len(path) > 1 and path[0] == "browse" else "")
        return key.upper() or None

    def item_of(self, typed: str) -> str | None:
        return self.label_of_url(typed) if "/" in typed else typed.upper()

    # -- writing ------------------------------------------------------------------------------------------------------

    def setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool,
        keep: Callable[[SetupMade], None] | None = None,
    ) -> SetupResult:
        names = self._mapping.health_fields
        return JiraSetup(self._client, self.name, names, made=made, apply=apply, keep=keep).run(targets, known)

    def remove_setup(
        self, targets: Sequence[Target], *, known: HealthFields | None, made: Sequence[SetupMade], apply: bool
    ) -> SetupResult:
        del targets  # What was made is named by the ledger, wherever it stands.
        return Removal(self._client, self.name, self._mapping.health_fields, made=made, apply=apply).run(known)

    @property
    def property_kinds(self) -> frozenset[TargetKind]:
        return _ISSUES

    @property
    def comment_kinds(self) -> frozenset[TargetKind]:
        return _ISSUES

    @property
    def status_kinds(self) -> frozenset[TargetKind]:
        return frozenset()

    def present(self, targets: Sequence[Target], *, fields: HealthFields | None) -> dict[str, PresentState]:
        return self._writer.present(targets, fields)

    def write_fields(
        self, target: Target, values: Mapping[HealthRole, FieldValue], *, fields: HealthFields
    ) -> dict[HealthRole, str]:
        return self._writer.fields.write(target, dict(values), fields)

    def write_fields_of_many(
        self, places: Sequence[tuple[Target, str]], values: Mapping[HealthRole, FieldValue], *, fields: HealthFields
    ) -> dict[str, dict[HealthRole, str]] | None:
        return self._writer.fields_of_many.write(places, values, fields)

    def write_properties(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        return self._writer.receipts.write(receipts)

    def write_comment(self, target: Target, message: Remark, *, comment_id: str | None) -> str:
        return self._writer.comments.write(target, message, comment_id)

    def find_comment(self, target: Target, node: str) -> str | None:
        return self._writer.comments.find(target, node)

    def comment_is_ours(self, target: Target, comment_id: str) -> bool | None:
        return self._writer.comments.is_ours(target, comment_id)

    def delete_comment(self, target: Target, comment_id: str) -> None:
        self._writer.comments.delete(target, comment_id)

    def write_status_update(self, target: Target, message: HealthMessage, *, mark: str) -> str:
        raise no_status_updates(target)

    def find_status_update(self, target: Target, mark: str, *, since: datetime) -> str | None:
        """None: there are no such things."""
        return None

    def delete_status_update(self, target: Target, update_id: str) -> None:
        raise no_status_updates(target)

    def questions(self, target: Target, *, since: datetime) -> tuple[Question, ...]:
        return self._writer.comments.questions(target, since)

    # -- hearing ------------------------------------------------------------------------------------------------------

    def receive(self, headers: Mapping[str, str], body: bytes, *, secret: str | None, pending: bool) -> Delivery:
        app = self._access.oauth
        client_secret = app.client_secret.get_secret_value() if app is not None else None
        agreed = webhook.Agreed(secret, client_secret)
        return webhook.receive(self.name, headers, body, agreed=agreed, now=self._around.now())

    def hook_keys(self, sources: Sequence[Source]) -> tuple[str, ...]:
        return self._hooks.subjects(sources)

    def hooks(self) -> tuple[HookInTool, ...]:
        return self._hooks.hooks()

    def register_hook(self, key: str, url: str, *, secret: str, vendor_id: str | None = None) -> HookMade:
        return self._hooks.register(key, url, secret, vendor_id)

    def refresh_hooks(self, vendor_ids: Sequence[str]) -> datetime | None:
        return self._hooks.refresh(vendor_ids)

    def remove_hook(self, vendor_id: str) -> None:
        self._hooks.remove(vendor_id)

    @property
    def chooses_hook_secret(self) -> bool:
        return False

    @property
    def hook_beats_every(self) -> timedelta | None:
        return None

    @property
    def unheard(self) -> frozenset[str]:
        """Webhooks of an OAuth app tell nothing of links and bookings."""
        return frozenset({"links", "worklogs"}) if self._access.oauth is not None else frozenset()

    def skew(self) -> timedelta:
        theirs = self._client.site_time()
        return timedelta(0) if theirs is None else theirs - self._around.now()

    def own_account(self) -> str:
        if self._account is None:
            self._account = str(self._site.me()["accountId"])
        return self._account

    def erased_accounts(self, accounts: Mapping[str, datetime]) -> tuple[str, ...] | None:
        return self._client.erased_accounts(accounts)

    def traffic(self) -> Traffic:
        return self._client.traffic()

    def close(self) -> None:
        self._client.close()

    def _means(self) -> Means:
        return Means(
            site=self._site, connection=self.name, reader=self._reader, now=self._around.now,
            read_words=self._vocabulary, containers=self.container_ids,
        )

    def _issues(self, words: Vocabulary) -> IssueReader:
        return self._means().issues(words, wanted(words.fields, words.roles))

    def _vocabulary(self, reference: Sequence[RawPayload]) -> Vocabulary:
        """Read once for the many pages of a pull: equal payloads give the same words."""
        key = tuple(reference)
        if self._words is None or (self._words[0] is not key and self._words[0] != key):
            self._words = (key, read_vocabulary(reference, self._mapping))
        return self._words[1]
