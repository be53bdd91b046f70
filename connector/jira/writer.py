"""What we write into an issue: three fields at once, one property, one comment edited in place. Nothing else."""

from collections.abc import Callable, Sequence
from datetime import datetime

from connector.jira.client import JiraClient
from connector.jira.comments import CommentWriter
from connector.jira.edits import QuietEdits
from connector.jira.health_fields import FieldWriter
from connector.jira.present import PresentReader
from connector.jira.receipts import ReceiptWriter
from connector.jira.site import Site
from model.errors import FatalError
from model.push import FieldValue, HealthFields, HealthMessage, HealthRole, PresentState, Question, Receipt
from model.tree import Target


class JiraWriter:
    """Writes to the issues of one connection, and looks at what stands there. ``own``: the id of our account."""

    def __init__(
        self, client: JiraClient, site: Site, *, own: Callable[[], str], sleep: Callable[[float], None]
    ) -> None:
        edits = QuietEdits(client)
        self._present = PresentReader(site)
        self._fields = FieldWriter(edits)
        self._receipts = ReceiptWriter(client, site, sleep)
        self._comments = CommentWriter(client, site, edits, own)

    def present(self, targets: Sequence[Target], fields: HealthFields | None) -> dict[str, PresentState]:
        states = self._present.read(targets, fields)
        self._comments.note(states)
        return states

    def write_fields(
        self, target: Target, values: dict[HealthRole, FieldValue], fields: HealthFields
    ) -> dict[HealthRole, str]:
        return self._fields.write(target, values, fields)

    def write_properties(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        return self._receipts.write(receipts)

    def write_comment(self, target: Target, message: HealthMessage, comment_id: str | None) -> str:
        return self._comments.write(target, message, comment_id)

    def find_comment(self, target: Target, node: str) -> str | None:
        return self._comments.find(target, node)

    def comment_is_ours(self, target: Target, comment_id: str) -> bool | None:
        return self._comments.is_ours(target, comment_id)

    def delete_comment(self, target: Target, comment_id: str) -> None:
        self._comments.delete(target, comment_id)

    def questions(self, target: Target, since: datetime) -> tuple[Question, ...]:
        return self._comments.questions(target, since)


def no_status_updates(target: Target) -> FatalError:
    """The refusal of what Jira does not have."""
    return FatalError(
        "Jira issues have no status updates.", where=target.label,
        fix="Take status_update out of this target, or use comment: on_band_change.", reason="no_status_updates",
    )
