"""JSON as tools send it: strict, but for characters that they cut in half."""

import re
from typing import Any

from pydantic_core import from_json

_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|.)", re.DOTALL)
_REPLACED = rb"\ufffd"


def read_json(body: bytes, *, allow_inf_nan: bool = True) -> Any:
    """The parsed text. Raises ValueError where it is no JSON, nested without end, or no UTF-8.

    Half of a character that takes two escapes is read as U+FFFD: a tool that cuts a title at its longest length leaves one
    behind an emoji, and a single such title must not keep back all that is sent with it.
    """
    try:
        return from_json(body, allow_inf_nan=allow_inf_nan)
    except ValueError:
        whole = _ESCAPE.sub(_whole, body)
        if whole == body:
            raise
    return from_json(whole, allow_inf_nan=allow_inf_nan)


def _whole(escape: re.Match[bytes]) -> bytes:
    """An escape as it is, unless it is half of a character."""
    code, low = escape.groups()
    if code is None:
        return escape.group()
    place = int(code, 16)
    if 0xD800 <= place < 0xDC00:
        return escape.group() if low else _REPLACED
    return (_REPLACED if 0xDC00 <= place < 0xE000 else escape.group()[:6]) + (_REPLACED if low else b"")
