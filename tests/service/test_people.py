"""Names that may be one person."""

import pytest

from service.people import called


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Berg", "Berg, Ada"),
        ("José Peña", "jose pena"),
        ("ada.berg@acme.example", "Ada Berg"),
        ("Łukasz  NOWAK", "nowak łukasz"),
    ],
)
def test_the_same_name_is_known_however_it_is_written(one: str, other: str) -> None:
    assert called(one) == called(other)


@pytest.mark.parametrize(("one", "other"), [("Ada Berg", "Ada Lund"), ("Ada", "Ada Berg"), ("李 小龙", "李 明")])
def test_other_names_are_others(one: str, other: str) -> None:
    assert called(one) != called(other)
