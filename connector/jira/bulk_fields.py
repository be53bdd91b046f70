"""Equal values for many issues: one job of the site that mails nobody, in place of an edit each.

A job takes a thousand issues and gives them all the same values. What it leaves out is written by itself afterwards: a
job says why in words of its own that name no field, a single edit tells each field. Source: the vendor's description of
"Bulk edit issues" and "Get bulk issue operation progress".
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog

from connector.jira.client import JiraClient, quoted
from connector.jira.health_fields import FieldWriter, band_of, shortened
from connector.jira.scope import parts
from connector.jira.site import Json, Site
from connector.jira.tasks import ended
from connector.sdk.http import UnexpectedAnswerError
from model.errors import (
    AmbiguousWriteError,
    AppError,
    ConnectionUnusableError,
    NotFoundError,
    RefusedError,
    RetryableError,
)
from model.push import FieldValue, HealthFields, HealthRole
from model.tree import Target

Place = tuple[Target, str]
BULK_MOST = 1000
_PATH = "api/bulk/issues/fields"
# The kind of field that each role has where set-up made it, and where a job wants to be told of that kind.
_FORMS = {
    HealthRole.HEALTH: ("select", "singleSelectFields"),
    HealthRole.SCORE: ("float", "clearableNumberFields"),
    HealthRole.REASON: ("textfield", "singleLineTextFields"),
}
_NO_OPTION = -1
log = structlog.get_logger(__name__)


class BulkFieldWriter:
    """Runs one connection's jobs, one at a time: a whole site, with all its users, runs five.

    ``alone``: writes the fields of a single target.
    """

    def __init__(self, client: JiraClient, site: Site, alone: FieldWriter, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._site = site
        self._alone = alone
        self._sleep = sleep
        self._lock = threading.Lock()
        self._refused = False  # the account lacks the right to change issues in bulk
        self._kinds: dict[str, str] = {}

    def write(
        self, places: Sequence[Place], values: Mapping[HealthRole, FieldValue], fields: HealthFields
    ) -> dict[str, dict[HealthRole, str]] | None:
        """What was refused, by label and role. None where a job can't say it, or is not for us: nothing was done then.

        Raises AmbiguousWriteError for a lost answer, RetryableError for a job that does not end.
        """
        if not self._site.bulk_writes:
            return None
        with self._lock:
            edit = None if self._refused else self._edit(values, fields)
            left = self._jobs(places, edit) if edit is not None else None
        return None if left is None else self._one_by_one(left, dict(values), fields)

    # -- what is to be written ----------------------------------------------------------------------------------------

    def _edit(self, values: Mapping[HealthRole, FieldValue], fields: HealthFields) -> Json | None:
        """The part of a job that says what; None where a field is of another kind than ours, or a choice has no id."""
        if not values or not values.keys() <= fields.ids.keys():
            return None
        ids = {role: fields.ids[role] for role in values}
        kinds = self._kinds_of(ids.values())
        edited: dict[str, list[Json]] = {}
        for role, number in ids.items():
            kind, form = _FORMS[role]
            said = _said(role, values[role], fields)
            if said is None or kinds.get(number) != kind:
                return None
            edited[form] = [{"fieldId": number, **said}]
        return {"selectedActions": list(ids.values()), "editedFieldsInput": edited}

    def _kinds_of(self, ids: Collection[str]) -> dict[str, str]:
        """The kind of each custom field of the site by its id: the last word of its type, which never changes."""
        if not self._kinds.keys() >= set(ids):
            for one in self._client.read("api/field"):
                custom = str((one.get("schema") or {}).get("custom") or "")
                self._kinds[str(one["id"])] = custom.rpartition(":")[2]
        return self._kinds

    # -- jobs -----------------------------------------------------------------------------------------------------------

    def _jobs(self, places: Sequence[Place], edit: Json) -> list[Place] | None:
        """The places that no job has written; None where the first was refused as a whole."""
        left: list[Place] = []
        for number, part in enumerate(parts(places, BULK_MOST)):
            task = self._begin(part, edit)
            if task is None and number == 0:
                return None
            left += part if task is None else _left_out(part, self._ended(task))
        return left

    def _begin(self, part: Sequence[Place], edit: Json) -> str | None:
        """The id of the job; None where Jira refused it."""
        body = {
            **edit, "selectedIssueIdsOrKeys": list(dict.fromkeys(number for _, number in part)),
            "sendBulkNotification": False,
        }  # fmt: skip
        try:
            return str(self._client.send("POST", _PATH, body).json().get("taskId") or "")
        except RefusedError as exc:
            if exc.reason == "read_only":
                raise
            # The global right to change in bulk is an administrator's to give: asking again would be in vain.
            self._refused = True
            log.info("bulk_edit_refused", reason=exc.reason, issues=len(part))
        except (NotFoundError, UnexpectedAnswerError) as exc:
            log.info("bulk_edit_refused", reason=exc.reason, issues=len(part))
        return None

    def _ended(self, task: str) -> Json:
        def look() -> Json:
            found: Json = self._client.read(f"api/bulk/queue/{quoted(task)}")
            return found

        try:
            return ended(look, self._sleep, what="the fields of many issues")
        except (RefusedError, NotFoundError, UnexpectedAnswerError) as exc:
            raise AmbiguousWriteError(
                "Jira took on an edit of many issues and does not tell what became of it.",
                fix="What stands there is read before it is tried again.",
            ) from exc

    # -- the rest, one by one -------------------------------------------------------------------------------------------

    def _one_by_one(
        self, places: Sequence[Place], values: dict[HealthRole, FieldValue], fields: HealthFields
    ) -> dict[str, dict[HealthRole, str]]:
        """Write what the jobs left out; raises what would meet every further one, too."""
        refused: dict[str, dict[HealthRole, str]] = {}
        for target, _ in places:
            try:
                said = self._alone.refusals(target, values, fields)
            except (ConnectionUnusableError, RetryableError):
                raise
            except AppError as exc:
                said = dict.fromkeys(values, f"{exc.what} {exc.fix}".strip())
            if said:
                refused[target.label] = said
        return refused


def _said(role: HealthRole, value: FieldValue, fields: HealthFields) -> Json | None:
    """A value as a job takes it, None for an empty one included; None where there is no way to say it."""
    if role is HealthRole.SCORE:
        return None if isinstance(value, str) else {"value": value}
    if role is HealthRole.REASON:
        return {"text": "" if value is None else shortened(str(value))}
    band = band_of(value)
    option = str(_NO_OPTION) if value is None else fields.options.get(band, "") if band else ""
    return {"option": {"optionId": int(option)}} if option.removeprefix("-").isdecimal() else None


def _left_out(part: Sequence[Place], told: Json) -> list[Place]:
    """The places that an ended job did not write: what it names as failed, and what it does not count as written.

    A complete job that met no hidden or invalid issue has written everything but what it names.
    """
    failed = set(told.get("failedAccessibleIssues") or ())
    if told.get("status") == "COMPLETE" and not told.get("invalidOrInaccessibleIssueCount"):
        return [place for place in part if place[1] in failed]
    written = {str(number) for number in told.get("processedAccessibleIssues") or ()} - failed
    return [place for place in part if place[1] not in written]
