"""Numbers in addresses: none is larger than a column of the database holds."""

from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


class SmallInteger(IntegerConverter):
    """A part of a path; there is nothing under a larger one."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST)


def whole_number(query: MultiDict[str, str], name: str, least: int = 0) -> int:
    """A number of a query or form, the nearest that can be; the least one where there is none."""
    return min(max(least, query.get(name, least, type=int)), LARGEST)
