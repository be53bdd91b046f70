"""What we write into an issue: three fields, one property, one comment edited in place. Nothing else."""

from collections.abc import Callable, Sequence

from connector.jira.bulk_fields import BulkFieldWriter
from connector.jira.client import JiraClient
from connector.jira.comments import CommentWriter
from connector.jira.edits import QuietEdits
from connector.jira.health_fields import FieldWriter
from connector.jira.present import PresentReader
from connector.jira.receipts import ReceiptWriter
from connector.jira.site import Site
from model.errors import FatalError
from model.push import HealthFields, PresentState
from model.tree import Target


class JiraWriter:
    """Writes to the issues of one connection, a part of it for each thing that is written.

    ``own``: the id of our account.
    """

    def __init__(
        self, client: JiraClient, site: Site, *, own: Callable[[], str], sleep: Callable[[float], None]
    ) -> None:
        edits = QuietEdits(client)
        self._present = PresentReader(site)
        self.fields = FieldWriter(edits)
        self.fields_of_many = BulkFieldWriter(client, site, self.fields, sleep)
        self.receipts = ReceiptWriter(client, site, sleep)
        self.comments = CommentWriter(client, site, edits, own)

    def present(self, targets: Sequence[Target], fields: HealthFields | None) -> dict[str, PresentState]:
        """What stands at each target; who could read a comment there is remembered for the writing of comments."""
        states = self._present.read(targets, fields)
        self.comments.note(states)
        return states


def no_status_updates(target: Target) -> FatalError:
    """The refusal of what Jira does not have."""
    return FatalError(
        "Jira issues have no status updates.", where=target.label,
        fix="Take status_update out of this target, or use comment: on_band_change.", reason="no_status_updates",
    )
