"""Equal values for many issues: one job of the site that mails nobody, in place of an edit each.

A job takes a thousand issues and gives them all the same values. What it leaves out is written by itself afterwards: a
job says why in words of its own that name no field, a single edit tells each field. Source: the vendor's description of
"Bulk edit issues" and "Get bulk issue operation progress".
"""

import threading
from collections.abc import Callable, Mapping, Sequence

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

    def _kinds_of(self, ids: Sequence[str] | object) -> dict[str, str]:
        raise NotImplementedError
