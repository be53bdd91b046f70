"""Tables for spreadsheets: what goes in comes out, and nothing is a formula."""

import csv
import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from service.csv_table import BYTE_ORDER_MARK, Separator, lines

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
CELLS = st.one_of(st.none(), WORDS, st.floats(-1e6, 1e6, allow_nan=False))


@settings(max_examples=80)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=4), st.sampled_from(Separator))
def test_what_goes_in_comes_out_and_is_no_formula(rows: list[list[str | float | None]], separator: Separator) -> None:
    text = lines(rows, separator)
    assert text.startswith(BYTE_ORDER_MARK)
    sign = ";" if separator is Separator.SEMICOLON else ","
    read = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), delimiter=sign))
    assert [len(row) for row in read] == [len(row) for row in rows]
    for row, told in zip(rows, read, strict=True):
        for cell, words in zip(row, told, strict=True):
            if isinstance(cell, float):
                assert float(words.replace(",", ".")) == float(f"{cell:.10g}")
                assert ("." in words) <= (separator is Separator.COMMA)
            else:
                assert words in (cell or "", f"'{cell}")
                assert not re.match(r"\s*[=+\-@|%]", words)


def test_a_number_is_written_as_its_spreadsheet_reads_it() -> None:
    assert lines([["a;b", 58.25]], Separator.SEMICOLON) == '\ufeff"a;b";58,25\r\n'
    assert lines([["a;b", 58.25]]) == "\ufeffa;b,58.25\r\n"
