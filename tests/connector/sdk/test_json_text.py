"""JSON as tools send it: half of a character costs that character alone, everything else is as strict as before."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from connector.sdk.json_text import read_json

HALF = st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE00F) | st.sampled_from('\\\\u"d83c\U0001f469'), max_size=12)


@given(HALF)
def test_halves_are_replaced_and_nothing_else(text: str) -> None:
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert read_json(json.dumps({"title": text}).encode()) == {"title": whole}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb'"a\\ud83d"', "a\\ud83d"), (rb'"\ud83d\u0041"', "\ufffdA"), (rb'"\ud83d\ude00 \uDE00"', "\U0001f600 \ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"), (rb'"\u0041\ude00"', "A\ufffd"),
    ],
)
def test_escapes_are_read_one_by_one(sent: bytes, read: str) -> None:
    assert read_json(sent) == read


@pytest.mark.parametrize("sent", [b"", b"{", b'{"a": "\\ud83d"', b'"\xff"', b"[" * 5000, b'"\\ud83"', b'{"a": "\\ud83d", }'])
def test_what_is_no_json_stays_none(sent: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic-core raises nothing narrower
        read_json(sent)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_whole_texts_are_read_as_ever(value: object) -> None:
    body = json.dumps(value).encode()
    assert read_json(body) == from_json(body)
