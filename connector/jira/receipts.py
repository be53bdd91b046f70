"""The quiet receipts: one property an issue, a hundred issues a request where the site can.

Bulk calls give no answer but a task, whose result has no documented shape. So what was written is read back, and what
was not is written by itself: then the answer says why. Setting the same value twice does no harm.
"""

import json
from collections.abc import Callable, Sequence

import structlog

from connector.jira.client import JiraClient, quoted
from connector.jira.edits import issue_path
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
)
from model.push import PROPERTY_KEY, Receipt

LONGEST_PROPERTY = 32768
BULK_FROM, BULK_MOST = 3, 100
_TRIES = 3
log = structlog.get_logger(__name__)


class ReceiptWriter:
    """Writes the receipts of one connection."""

    def __init__(self, client: JiraClient, site: Site, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._site = site
        self._sleep = sleep

    def write(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        """The labels of the targets that were refused, each with a sentence. Raises when nothing could be written."""
        refused = {one.target.label: why for one in receipts if (why := _too_long(one)) is not None}
        errors: dict[str, AppError] = {}
        left = [one for one in receipts if one.target.label not in refused]
        sets = [one for one in left if one.value is not None]
        if self._site.bulk_writes and len(sets) >= BULK_FROM:
            for part in parts(sets, BULK_MOST):
                written, failure = self._in_bulk(part)
                if failure is not None:
                    errors |= {one.target.label: failure for one in part if one.target.label not in written}
                left = [one for one in left if one.target.label not in written]
        self._one_by_one([one for one in left if one.target.label not in errors], errors)
        if errors and len(errors) + len(refused) == len(receipts):
            raise next(iter(errors.values()))
        return refused | {label: f"{error.what} {error.fix}".strip() for label, error in errors.items()}

    # -- in bulk ------------------------------------------------------------------------------------------------------

    def _in_bulk(self, receipts: Sequence[Receipt]) -> tuple[set[str], AppError | None]:
        """The labels that were surely written, and an error for the others where they are not to be tried alone."""
        issues = [{"issueID": int(one.vendor_id), "properties": {PROPERTY_KEY: one.value}} for one in receipts]
        try:
            self._await(self._begin({"issues": issues}))
        except (RefusedError, NotFoundError, UnexpectedAnswerError) as exc:
            # One issue that may not be edited can spoil the whole call; and not every site has it.
            log.info("bulk_receipts_refused", reason=exc.reason, receipts=len(receipts))
            return set(), None
        except AppError as exc:
            return set(), exc
        return self._standing(receipts), None

    def _begin(self, body: Json) -> str:
        for _ in range(_TRIES - 1):
            try:
                return self._client.begin("api/issue/properties/multi", body)
            except AmbiguousWriteError:
                continue  # the same values once more do no harm
        return self._client.begin("api/issue/properties/multi", body)

    def _await(self, task: str) -> None:
        def look() -> Json:
            found: Json = self._client.read(f"api/task/{quoted(task)}")
            return found

        ended(look, self._sleep, what="the receipts")

    def _standing(self, receipts: Sequence[Receipt]) -> set[str]:
        """The labels of those that stand in their issues."""
        names = [one.vendor_id for one in receipts]
        found = self._site.named(names, ("status",), noted=(PROPERTY_KEY, frozenset(names)), alone=False)
        shown = {name: (issue.get("properties") or {}).get(PROPERTY_KEY) for name, issue in found.items()}
        return {one.target.label for one in receipts if one.vendor_id in shown and shown[one.vendor_id] == one.value}

    # -- one by one ---------------------------------------------------------------------------------------------------

    def _one_by_one(self, receipts: Sequence[Receipt], errors: dict[str, AppError]) -> None:
        unusable: ConnectionUnusableError | None = None
        for one in receipts:
            if unusable is not None:
                errors[one.target.label] = unusable
                continue
            try:
                self._put(one)
            except ConnectionUnusableError as exc:
                errors[one.target.label] = unusable = exc
            except AppError as exc:
                errors[one.target.label] = exc

    def _put(self, receipt: Receipt) -> None:
        path = f"{issue_path(receipt.vendor_id)}/properties/{quoted(PROPERTY_KEY)}"
        if receipt.value is not None:
            self._client.send("PUT", path, receipt.value, issue=receipt.target.value)
            return
        try:
            self._client.send("DELETE", path, issue=receipt.target.value)
        except NotFoundError:
            return  # gone already, the property or its issue


def _too_long(receipt: Receipt) -> str | None:
    size = len(json.dumps(receipt.value))
    if size <= LONGEST_PROPERTY:
        return None
    return f"The receipt has {size} characters; Jira takes {LONGEST_PROPERTY}. Publish fewer causes."
