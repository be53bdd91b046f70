"""How much is counted while somebody waits for the answer: what is larger is prepared by a worker."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.workspace import Workspace


@dataclass(frozen=True)
class Patience:
    """Where everything is read: ``around``: projects of the organisation, and ``items``: its work items. Beyond, and in
    projects at or below a node: ``split``, of which a movement is split; ``report``, of which a report is a file."""

    around: int = 200
    items: int = 1_000
    split: int = 40
    report: int = 50


def everything_at_once(workspace: "Workspace") -> bool:
    """Whether the organisation is so small that all of it is read while somebody waits: a second, not ten."""
    patience = workspace.patience
    if len(workspace.tree.projects()) > patience.around:
        return False
    with workspace.db.read() as uow:
        return not uow.records.more_items_than(patience.items)
