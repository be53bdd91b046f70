"""What the trust in a node's records suffers from: the data-quality checks of its distinct projects, put together."""

from model.health import Untrusted
from rollup.outline import FAILED_FIRST
from rollup.tally import Tally

ITEMS_KEPT = FAILED_FIRST


def untrusted(below: Tally) -> tuple[Untrusted, ...]:
    """Per check that any record failed how many did, each once, and the first of them in the order of the projects."""
    found = [
        Untrusted(check=code, total=one.alone + len(one.common), items=one.first[:ITEMS_KEPT])
        for code, one in below.failing.items()
    ]
    return tuple(sorted(found, key=lambda entry: (-entry.total, entry.check)))
