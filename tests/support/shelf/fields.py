"""The shelf's own words: which state means what."""

from model.work import StatusCategory

CATEGORIES = {"open": StatusCategory.TODO, "doing": StatusCategory.IN_PROGRESS, "done": StatusCategory.DONE}


def category(state: str, mapped: dict[str, StatusCategory]) -> StatusCategory:
    return mapped.get(state) or CATEGORIES.get(state, StatusCategory.TODO)
