"""Calls to Asana: the official SDK over our transport. One workspace, one account, safe for several threads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asana
import httpx
from pydantic_core import to_json

from connector.asana import fields
from connector.asana.limits import AsanaLimits
from connector.asana.options import AsanaOptions
from connector.asana.rest import HttpxRest, QuietApiClient
from connector.asana.target_calls import BATCH, PATHS, TargetCalls, Thing, Told, picked
from connector.asana.target_calls import Json as Json
from connector.sdk.base import Surroundings
from connector.sdk.credentials import Credential
from connector.sdk.http import Answer, Call, UnexpectedAnswerError, error_of
from connector.sdk.httpx_transport import HttpxAuth, httpx_client
from connector.sdk.pagination import token_pages
from connector.sdk.politeness import Politeness
from connector.sdk.spending import carried
from model.errors import AppError, FatalError, NotFoundError, RefusedError
from model.sync import Traffic

PAGE = 100
AT_ONCE = 6
Paged = tuple[list[Json], str | None]
T = TypeVar("T")
R = TypeVar("R")


class PlanError(FatalError):
    """The workspace's plan has no such feature (402)."""

    default_reason = "plan_lacks"


class OffsetExpiredError(FatalError):
    """A page token is refused (400): it has expired, or the list is too long for one go."""

    default_reason = "offset_refused"


class SyncTokenError(FatalError):
    """The events since a token are lost (412); ``fresh`` reads those from now on."""

    default_reason = "sync_token_expired"

    def __init__(self, fresh: str, *, where: str) -> None:
        super().__init__("Asana no longer has the events since the last sync.", where=where)
        self.fresh = fresh


class AsanaClient(TargetCalls):
    """What we ask of Asana, one method a question. Answers are plain JSON objects."""

    def __init__(
        self, name: str, options: AsanaOptions, surroundings: Surroundings, *,
        credential: Credential, transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.options = options
        self.credential = credential
        self.now = surroundings.now
        self.workspace = options.workspace
        limits = AsanaLimits(options, credential.owner)
        self._polite = Politeness(surroundings, connection=name, manner=limits.manner(AT_ONCE), credential=credential)
        self._http = httpx_client(transport=transport, check=surroundings.reach(options.url))
        self._http.auth = HttpxAuth(credential)
        self._rest = HttpxRest(self._http, self._polite, limits.of)
        self._host = options.url
        self._sdk = QuietApiClient(options.url, self._rest)
        self._pool: ThreadPoolExecutor | None = None

    def traffic(self) -> Traffic:
        """Requests made and bytes received so far."""
        return self._polite.traffic()

    def skew_s(self) -> float | None:
        """By how many seconds Asana's clock is ahead of ours; None before its first answer."""
        theirs = self._rest.server_time()
        return None if theirs is None else (theirs - self.now()).total_seconds()

    def close(self) -> None:
        """Close all connections and threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._http.close()
        self._polite.close()

    def in_parallel(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """``work`` for each item, a few at a time, in the items' order. The first error is raised."""
        if len(items) < 2:
            return [work(item) for item in items]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"asana-{self.name}")
        return list(self._pool.map(carried(work), items))

    def singly(self, things: Sequence[Thing]) -> dict[Thing, Json | AppError]:
        """What is read of things one by one, ten a request; for those that can't be read the error instead.

        A batch spares round trips, not quota: each of its actions is charged.
        """
        found: dict[Thing, Json | AppError] = {}
        for start in range(0, len(things), BATCH):
            few = things[start : start + BATCH]
            found.update(zip(few, self._together(few) if len(few) > 1 else [self._attempted(few[0])], strict=True))
        return found

    def _together(self, things: Sequence[Thing]) -> list[Json | AppError]:
        """One batch. What it answered with anything that may pass is asked for by itself, with all patience."""
        try:
            told = self.batch(things)
        except (UnexpectedAnswerError, *INVISIBLE):
            told = []  # Granular scopes leave batches out.
        told += [Told(0, {})] * (len(things) - len(told))
        return [
            self._read(thing, each) if _final(each) else self._attempted(thing)
            for thing, each in zip(things, told, strict=False)
        ]

    def _read(self, thing: Thing, told: Told) -> Json | AppError:
        call = Call(method="GET", path=f"{PATHS[thing.kind]}/{thing.gid}")
        error = error_of(call, Answer(told.status, {}, to_json(told.body)), where=self.name, now=self.now())
        if error is None:
            data: Json = told.body["data"]
            return data
        return self._translated(error) if isinstance(error, UnexpectedAnswerError) else error

    def _attempted(self, thing: Thing) -> Json | AppError:
        try:
            return self.target(thing.kind, thing.gid)
        except (PlanError, *INVISIBLE) as exc:
            return exc

    # -- the SDK ------------------------------------------------------------------------------------------------------

    def _ask(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """One SDK call with its whole answer. ``opts`` is copied: the SDK writes into it."""
        given = (*args, dict(opts)) if opts is not None else args
        try:
            return call(*given, full_payload=True, header_params={}, **kwargs)
        except UnexpectedAnswerError as exc:
            raise self._translated(exc) from exc

    def _translated(self, error: UnexpectedAnswerError) -> AppError:
        if error.answer.status == 402:
            return PlanError(
                f"The workspace's plan has no such feature: {error.what}", where=self.name,
                fix="Use a paid plan, or do without what needs it.",
            )
        if error.answer.status == 412:
            fresh = error.answer.json().get("sync")
            if fresh:
                return SyncTokenError(str(fresh), where=self.name)
        return error

    def _pages(
        self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any], start: str | None = None
    ) -> Iterator[tuple[list[Json], str | None]]:
        """Pages of a list with the token of the next one. Raises OffsetExpiredError for a refused token."""

        def fetch(offset: str | None) -> tuple[list[Json], str | None]:
            asked = {**opts, "limit": PAGE, **({"offset": offset} if offset else {})}
            try:
                answer = self._ask(call, *args, opts=asked)
            except UnexpectedAnswerError as exc:
                if exc.answer.status == 400 and offset:
                    raise OffsetExpiredError(exc.what, where=self.name) from exc
                raise
            following = answer.get("next_page") or {}
            return answer.get("data") or [], following.get("offset")

        return token_pages(fetch, where=self.name, start=start)

    def _all(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any]) -> list[Json]:
        """A whole list; read once more from its start when its page token expired on the way."""
        try:
            return [each for page, _ in self._pages(call, *args, opts=opts) for each in page]
        except OffsetExpiredError:
            return [each for page, _ in self._pages(call, *args, opts=opts) for each in page]

    def _page(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any], start: str | None) -> Paged:
        """One page and the token of the next one."""
        return next(self._pages(call, *args, opts=opts, start=start))

    def _one(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any] | None = None) -> Json:
        data: Json = self._ask(call, *args, opts=opts)["data"]
        return data

    # -- reference ----------------------------------------------------------------------------------------------------

    def me(self) -> Json:
        """The account we act as."""
        return self._one(asana.UsersApi(self._sdk).get_user, "me", opts=picked((*fields.USER, "workspaces.name")))

    def get_workspace(self) -> Json:
        return self._one(asana.WorkspacesApi(self._sdk).get_workspace, self.workspace, opts=picked(fields.WORKSPACE))

    def users_page(self, start: str | None) -> Paged:
        """A page of the workspace's users: 2,000 in all are the vendor's cap."""
        call = asana.UsersApi(self._sdk).get_users
        return self._page(call, opts={"workspace": self.workspace, **picked(fields.USER)}, start=start)

    def projects(self) -> Iterator[list[Json]]:
        """Pages of every project the account can see, archived ones too."""
        call = asana.ProjectsApi(self._sdk).get_projects_for_workspace
        return (page for page, _ in self._pages(call, self.workspace, opts=picked(fields.PROJECT)))

    def projects_page(self, start: str | None, wanted: Sequence[str] = fields.PROJECT) -> Paged:
        """A page of every project the account can see, archived ones too."""
        call = asana.ProjectsApi(self._sdk).get_projects_for_workspace
        return self._page(call, self.workspace, opts=picked(wanted), start=start)

    def project(self, gid: str, wanted: Sequence[str] = fields.PROJECT) -> Json:
        return self._one(asana.ProjectsApi(self._sdk).get_project, gid, opts=picked(wanted))

    def sections(self, project: str) -> list[Json]:
        return self._all(asana.SectionsApi(self._sdk).get_sections_for_project, project, opts=picked(fields.SECTION))

    def section(self, gid: str) -> Json:
        return self._one(asana.SectionsApi(self._sdk).get_section, gid, opts=picked(fields.SECTION))

    def portfolios(self) -> list[Json]:
        """The portfolios our account owns: the vendor lists no others to a user's token."""
        call = asana.PortfoliosApi(self._sdk).get_portfolios
        opts = {"owner": "me", **picked(fields.PORTFOLIO)}
        return self._all(call, self.workspace, opts=opts)

    def portfolios_page(self, start: str | None, wanted: Sequence[str]) -> Paged:
        """A page of the portfolios our account owns."""
        call = asana.PortfoliosApi(self._sdk).get_portfolios
        return self._page(call, self.workspace, opts={"owner": "me", **picked(wanted)}, start=start)

    def portfolio(self, gid: str) -> Json:
        return self._one(asana.PortfoliosApi(self._sdk).get_portfolio, gid, opts=picked(fields.PORTFOLIO))

    def portfolio_items(self, gid: str, wanted: Sequence[str] = fields.PORTFOLIO_ITEM) -> list[Json]:
        """The projects and portfolios directly in a portfolio, those that the account may see."""
        call = asana.PortfoliosApi(self._sdk).get_items_for_portfolio
        return self._all(call, gid, opts=picked(wanted))

    def custom_fields(self) -> list[Json]:
        """The workspace's own fields. Raises PlanError on the free plan."""
        call = asana.CustomFieldsApi(self._sdk).get_custom_fields_for_workspace
        return self._all(call, self.workspace, opts=picked(fields.CUSTOM_FIELD))

    # -- plans: each of these raises PlanError where the plan has no such feature --------------------------------------

    def goals_page(self, start: str | None, wanted: Sequence[str] = fields.GOAL) -> Paged:
        call = asana.GoalsApi(self._sdk).get_goals
        return self._page(call, opts={"workspace": self.workspace, **picked(wanted)}, start=start)

    def goal(self, gid: str) -> Json:
        return self._one(asana.GoalsApi(self._sdk).get_goal, gid, opts=picked(fields.GOAL))

    def relationships(self, goal: str) -> list[Json]:
        """What supports a goal: subgoals, projects, portfolios, tasks, each with its weight."""
        call = asana.GoalRelationshipsApi(self._sdk).get_goal_relationships
        return self._all(call, goal, opts=picked(fields.RELATIONSHIP))

    def budgets(self, project: str) -> list[Json]:
        """A project's budget: one at most. The vendor gives neither pages nor a choice of fields."""
        data: list[Json] = self._ask(asana.BudgetsApi(self._sdk).get_budgets, project).get("data") or []
        return data

    def allocations(self, **of: str) -> list[Json]:
        """Who is planned for how much, ``of`` a ``workspace`` or a ``parent`` project."""
        return self._all(asana.AllocationsApi(self._sdk).get_allocations, opts={**of, **picked(fields.ALLOCATION)})

    # -- tasks --------------------------------------------------------------------------------------------------------

    def task_page(
        self, place: Mapping[str, str], start: str | None, *, since: str | None = None,
        wanted: Sequence[str] = fields.TASK,
    ) -> Paged:  # fmt: skip
        """A page of the tasks of a ``project`` or a ``section``; subtasks are among them only if they live there, too.

        Raises OffsetExpiredError for a refused token.
        """
        opts = {**place, **({"modified_since": since} if since else {}), **picked(wanted)}
        return self._page(asana.TasksApi(self._sdk).get_tasks, opts=opts, start=start)

    def subtasks(self, parent: str, wanted: Sequence[str] = fields.TASK) -> list[Json]:
        return self._all(asana.TasksApi(self._sdk).get_subtasks_for_task, parent, opts=picked(wanted))

    def task(self, gid: str, wanted: Sequence[str] = fields.TASK) -> Json:
        return self._one(asana.TasksApi(self._sdk).get_task, gid, opts=picked(wanted))

    def stories(self, task: str, wanted: Sequence[str] = fields.STORY) -> list[Json]:
        return self._all(asana.StoriesApi(self._sdk).get_stories_for_task, task, opts=picked(wanted))

    def time_entries(self, task: str) -> list[Json]:
        """What was booked. Raises PlanError where the plan has no time tracking."""
        call = asana.TimeTrackingEntriesApi(self._sdk).get_time_tracking_entries_for_task
        return self._all(call, task, opts=picked(fields.TIME_ENTRY))

    def events(self, resource: str, token: str | None) -> tuple[list[Json], str, bool]:
        """Events since a token, the next token, whether more wait. Raises SyncTokenError without a good token.

        The SDK's own iterator repeats the first page for ever and hides lost events, so pages are read one by one.
        """
        opts = {"sync": token} if token else {}
        answer = self._ask(asana.EventsApi(self._sdk).get_events, resource, opts=opts)
        return answer.get("data") or [], str(answer["sync"]), bool(answer.get("has_more"))

    def has_events(self, project: str) -> bool:
        """Whether a project has an event stream for us. Raises what else stands in the way."""
        try:
            self.events(project, None)
        except SyncTokenError:
            return True
        return True

    def dependencies(self, task: str) -> list[Json]:
        """What a task waits for. Raises PlanError where the plan has no dependencies."""
        call = asana.TasksApi(self._sdk).get_dependencies_for_task
        return self._all(call, task, opts=picked(("name",)))

    # -- webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> list[Json]:
        """Every webhook of this app and account in the workspace, with how its deliveries fare."""
        call = asana.WebhooksApi(self._sdk).get_webhooks
        return self._all(call, self.workspace, opts=picked(WEBHOOK_FIELDS))

    def create_webhook(self, resource: str, url: str) -> Json:
        """Register a webhook; Asana calls ``url`` back before this returns."""
        call = asana.WebhooksApi(self._sdk).create_webhook
        return self._one(call, {"data": {"resource": resource, "target": url}}, opts={})

    def delete_webhook(self, gid: str) -> None:
        self._ask(asana.WebhooksApi(self._sdk).delete_webhook, gid)


WEBHOOK_FIELDS = (
    "target", "active", "resource", "last_failure_at", "last_failure_content", "delivery_retry_count",
    "failure_deletion_timestamp",
)  # fmt: skip
INVISIBLE = (NotFoundError, RefusedError)
"""What Asana answers for things that are gone and for things the account may not see: it does not tell them apart."""


def _final(told: Told) -> bool:
    """Whether asking again would not help: a record, or one of the answers for what can't be read."""
    return told.status in (402, 403, 404) or (told.status == 200 and isinstance(told.body.get("data"), dict))
