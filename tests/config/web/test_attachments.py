"""Names of files that are sent: any node's id makes one header, which says the name as far as a disk can keep it."""

from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from config.web.attachments import attachment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("new-crm.csv", 'attachment; filename="new-crm.csv"'),
        ('a"b\\c.csv', 'attachment; filename="a_b_c.csv"'),
        ("one\r\nSet-Cookie: x=1.csv", 'attachment; filename="one__Set-Cookie_ x_1.csv"; '
         "filename*=UTF-8''one__Set-Cookie_%20x%3D1.csv"),
        ("größe.xlsx", "attachment; filename=\"groe.xlsx\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.xlsx"),
        ("مشروع.md", "attachment; filename=\"md\"; filename*=UTF-8''%D9%85%D8%B4%D8%B1%D9%88%D8%B9.md"),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd"'),
        ("", 'attachment; filename="file"'),
    ],
)  # fmt: skip
def test_a_name_is_told_so_that_every_browser_keeps_it(name: str, value: str) -> None:
    assert attachment(name) == value


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_name_breaks_out_of_the_header(name: str) -> None:
    value = attachment(name)
    assert value.isascii()
    assert value.isprintable()
    kind, told = parse_options_header(value)
    assert kind == "attachment"
    assert set(told) == {"filename"}
    assert not set(told["filename"]) & set('/\\:*?"<>|\r\n')
    message = Message()
    message["Content-Disposition"] = value
    assert message.get_filename()
