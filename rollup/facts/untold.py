"""What tools tell no history of, at a moment: hours booked on the item itself, a risk's answer, a benefit's numbers.

From the first sync on we know every version that we saw. Before the item last changed as we first saw it, nothing is known.
"""

from datetime import datetime

from model.landscape import ItemHistory, Untold


def untold_at(history: ItemHistory, at: datetime) -> Untold | None:
    """The values of the moment; None where they are not known."""
    item = history.item
    if at >= item.updated_at:
        response = item.risk.response if item.risk else None
        return Untold.model_construct(
            from_at=item.updated_at, spent_hours=item.spent_hours, response=response, benefit=item.benefit
        )
    return next((version for version in reversed(history.untold) if version.from_at <= at), None)
