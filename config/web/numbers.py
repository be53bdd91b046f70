"""Numbers in addresses and hidden fields: none is larger than a column of the database holds."""

from collections.abc import Mapping

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


class SmallInteger(IntegerConverter):
    """A part of a path; there is nothing under a larger one."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST)


def whole_number(query: Mapping[str, str], name: str, least: int = 0) -> int:
    """A number of a query or form, the nearest that can be; the least one where there is none."""
    try:
        return min(max(least, int(query.get(name, ""))), LARGEST)
    except ValueError:
        return least
