"""What boards show: work in progress in a status without a column is seen by nobody who works with the board."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from model.landscape import ProjectRecords
from model.work import ChangeField, ContainerKind, StatusCategory
from rollup.facts.records import Leaf
from rollup.facts.state import ItemAt


def off_board(
    items: Sequence[ItemAt], leaves: Iterable[Leaf], records: ProjectRecords, as_of: datetime
) -> list[str]:
    """Leaves in progress whose status no board of their project in the tool has a column for.

    Columns have no history: of the time before the project was first read nothing is said, nor of an item that was in
    another status then than it is now.
    """
    if records.first_known_at is None or as_of < records.first_known_at:
        return []
    running = {leaf.id for leaf in leaves if leaf.status is StatusCategory.IN_PROGRESS}
    return [item.id for item in items if item.id in running and _hidden(item, records, as_of)]


def _hidden(item: ItemAt, records: ProjectRecords, as_of: datetime) -> bool:
    places = {
        stay.container_id for stay in item.history.memberships
        if stay.container_kind is ContainerKind.PROJECT and stay.from_at <= as_of and (stay.to_at is None or stay.to_at > as_of)
    }  # fmt: skip
    shown = [records.shown[place] for place in places if place in records.shown]
    status = item.item.status_id
    moved_on = any(one.field is ChangeField.STATUS and one.at > as_of for one in item.history.changes)
    return bool(shown) and status is not None and not moved_on and all(status not in statuses for statuses in shown)
