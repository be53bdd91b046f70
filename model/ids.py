"""Ids: ``<connection>:<kind>:<vendor id>``. They never change; keys and names are labels."""

import re
import unicodedata
from typing import NamedTuple


class RecordId(NamedTuple):
    connection: str
    kind: str
    vendor_id: str


def record_id(connection: str, kind: str, vendor_id: str) -> str:
    """The id of a record, e.g. ``acme-jira:item:10001``."""
    return f"{connection}:{kind}:{vendor_id}"


def item_id(connection: str, vendor_id: str) -> str:
    """The id of a work item."""
    return record_id(connection, "item", vendor_id)


def parse_id(value: str) -> RecordId:
    """Take an id apart. Raises ValueError when it is not one."""
    parts = value.split(":", 2)
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"not a record id: {value!r}")
    return RecordId(*parts)


def ref(connection: str, label: str) -> str:
    """The readable label of a record, e.g. ``acme-jira:CRM-12``."""
    return f"{connection}:{label}"


def slug(name: str) -> str:
    """A name as small letters, digits and single dashes; empty where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
