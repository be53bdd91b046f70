"""What the trust in a node's records suffers from: the data-quality checks of its distinct projects, put together."""

from collections.abc import Sequence

from model.health import Untrusted
from rollup.outline import FAILED_FIRST, Outline

ITEMS_KEPT = FAILED_FIRST


def untrusted(projects: Sequence[Outline]) -> tuple[Untrusted, ...]:
    """Per check that any record failed how many did, each once, and the first of them in the order of the projects."""
    first: dict[str, dict[str, None]] = {}
    common: dict[str, set[str]] = {}
    alone: dict[str, int] = {}
    for project in projects:
        for check in project.failed:
            named = first.setdefault(check.code, {})
            if len(named) < ITEMS_KEPT:
                named.update(dict.fromkeys(check.first))
            common.setdefault(check.code, set()).update(check.common)
            alone[check.code] = alone.get(check.code, 0) + check.alone
    found = [
        Untrusted(check=code, total=len(common[code]) + alone[code], items=tuple(ids)[:ITEMS_KEPT])
        for code, ids in first.items()
    ]
    return tuple(sorted(found, key=lambda entry: (-entry.total, entry.check)))
