"""What a file that is sent is called on the reader's disk (RFC 6266), and how a table in it is parted."""

import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from flask import abort

from service.csv_table import Separator

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,()[]+@")
_UNQUOTED = "!#$&+-.^_`|~"
"""Beside letters and digits what RFC 8187 leaves as it is."""
_NOWHERE = frozenset('/\\:*?"<>|')
"""What some system doesn't allow in the name of a file."""


def attachment(name: str) -> str:
    """The value of ``Content-Disposition`` for a file; a name beyond plain ASCII is given twice, the plain one first.

    What can't stand in the name of a file, and any character that would end the header, becomes an underscore.
    """
    told = "".join("_" if one in _NOWHERE or not one.isprintable() else one for one in name).strip(". ") or "file"
    plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode()
    plain = "".join(one if one in _PLAIN else "_" for one in plain).strip(". ") or "file"
    value = f'attachment; filename="{plain}"'
    return value if plain == told else f"{value}; filename*=UTF-8''{quote(told, safe=_UNQUOTED)}"


def separator_of(query: Mapping[str, str]) -> Separator:
    """How a table in CSV is asked for. Answers 400 for what is no way."""
    word = query.get("separator", Separator.COMMA)
    if word not in set(Separator):
        abort(400, f"A table has one of {', '.join(Separator)}.")
    return Separator(word)
