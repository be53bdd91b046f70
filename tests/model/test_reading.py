"""When kept items have to be read anew: where words that were known mean something else, not where there are more of them."""

import pytest

from model.sync import Reading, StatusRead
from model.work import ItemType, StatusCategory


def _status(number: str, means: StatusCategory) -> StatusRead:
    return StatusRead(id=number, name="Review", category="Said", means=means, itself=means)


KNOWN = Reading(
    statuses=(_status("1", StatusCategory.TODO),), types={"Task": ItemType.TASK}, parts={"severity": ("priority",)},
    points={"10": ("a", "b")},
)  # fmt: skip


@pytest.mark.parametrize("more", [
    {"statuses": (*KNOWN.statuses, _status("2", StatusCategory.DONE))},
    {"statuses": (_status("1", StatusCategory.TODO).model_copy(update={"name": "Waiting"}),)},
    {"statuses": ()},
    {"types": {**KNOWN.types, "Bug": ItemType.DEFECT}},
    {"points": {**KNOWN.points, "11": ("b", "a")}},
])  # fmt: skip
def test_what_is_new_or_gone_makes_nothing_to_be_read_anew(more: dict[str, object]) -> None:
    assert not KNOWN.model_copy(update=more).differs(KNOWN)


@pytest.mark.parametrize("other", [
    {"statuses": (_status("1", StatusCategory.IN_PROGRESS),)},
    {"types": {"Task": ItemType.SUBTASK}},
    {"parts": {"severity": ("customfield_1",)}},
    {"points": {"10": ("b", "a")}},
])  # fmt: skip
def test_what_means_something_else_does(other: dict[str, object]) -> None:
    assert KNOWN.model_copy(update=other).differs(KNOWN)
