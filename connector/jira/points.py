"""Story points where a site has several fields for them: the first that is filled counts, those of a project's boards first."""

from collections.abc import Sequence

from connector.jira.payloads import ChangeDoc, IssueFields
from connector.jira.values import decimal_text, read_number

Values = tuple[str | None, str | None]


def read_points(order: Sequence[str], fields: IssueFields) -> float | None:
    """The points that count. Raises SkippableError for a value that is no number."""
    for field_id in order:
        number = read_number(fields.custom(field_id), field_id)
        if number is not None:
            return number
    return None


class PointsPast:
    """The points that counted along the changelog of one issue. ``order``: as for ``read_points``."""

    def __init__(self, order: Sequence[str], fields: IssueFields, histories: Sequence[ChangeDoc]) -> None:
        self._order = order
        self._held: dict[str, str | None] = {}
        for history in histories:
            for item in history.items:
                if item.field_id and item.field_id in order and item.field_id not in self._held:
                    self._held[item.field_id] = item.old_text or item.old or None
        for field_id in order:
            if field_id not in self._held:
                self._held[field_id] = decimal_text(read_number(fields.custom(field_id), field_id))

    def change(self, field_id: str, new: str | None) -> Values | None:
        """What counted before and after one field changed; None where that is the same. To be told oldest first."""
        before = self._counted()
        self._held[field_id] = new
        after = self._counted()
        return None if before == after else (before, after)

    def _counted(self) -> str | None:
        for field_id in self._order:
            text = decimal_text(read_number(self._held[field_id], field_id))
            if text is not None:
                return text
        return None
