"""A risk's fields: numbers, percent, words, and what says nothing."""

from typing import Any

import pytest

from connector.asana.history import read_history
from connector.asana.mapping import work_item
from connector.asana.payloads import FieldDefinition, StoriesBody, Story, Task
from connector.asana.words import Words, roles_of
from model.mapping import Mapping
from model.work import ChangeField, ItemType, Risk, RiskResponse

ROLES = roles_of(
    Mapping(),
    [
        FieldDefinition(gid="p", name="Likelihood", resource_subtype="enum"),
        FieldDefinition(gid="i", name="Impact", resource_subtype="enum"),
        FieldDefinition(gid="r", name="Risk response", resource_subtype="enum"),
    ],
)
WORDS = Words(connection="asana", mapping=Mapping(types={"Risk": ItemType.RISK}), roles=ROLES)


def task(*fields: dict[str, Any]) -> Task:
    moment = "2026-11-01T00:00:00Z"
    said = {"gid": "1", "name": "R", "completed": False, "created_at": moment, "modified_at": moment}
    return Task.model_validate({**said, "custom_type": {"gid": "9", "name": "Risk"}, "custom_fields": list(fields)})


def choice(gid: str, name: str) -> dict[str, Any]:
    return {"gid": gid, "resource_subtype": "enum", "enum_value": {"gid": f"{gid}{name}", "name": name}}


def number(gid: str, value: float) -> dict[str, Any]:
    return {"gid": gid, "resource_subtype": "number", "number_value": value}


@pytest.mark.parametrize(
    ("fields", "risk"),
    [
        ((choice("p", "High"), choice("i", "Very high")), Risk(probability=0.7, impact=5)),
        ((choice("p", "Who knows"), choice("i", "Ouch")), Risk()),
        ((number("p", 40), number("i", 3)), Risk(probability=0.4, impact=3)),
        ((number("p", 150), number("i", -2)), Risk()),
        (
            (choice("r", "Transfer (insurance)"),),
            Risk(response=RiskResponse.TRANSFER, original_response="Transfer (insurance)"),
        ),
        ((choice("r", "Beten"),), Risk(response=RiskResponse.OTHER, original_response="Beten")),
        ((), Risk()),
    ],
)
def test_a_risk_is_read_from_numbers_and_words(fields: tuple[dict[str, Any], ...], risk: Risk) -> None:
    assert work_item(task(*fields), WORDS).risk == risk


def test_a_change_of_words_is_a_change_of_the_number_they_stand_for() -> None:
    story = Story.model_validate(
        {
            "gid": "s",
            "resource_subtype": "enum_custom_field_changed",
            "created_at": "2026-11-02T00:00:00Z",
            "custom_field": {"gid": "p"},
            "old_enum_value": {"gid": "a", "name": "Low"},
            "new_enum_value": {"gid": "b", "name": "High"},
        }
    )
    told = read_history(task(choice("p", "High")), StoriesBody(task="1", stories=(story,)), WORDS)
    (change,) = [change for change in told.changes if change.field is ChangeField.RISK_PROBABILITY]
    assert (change.old, change.new) == ("0.3", "0.7")
