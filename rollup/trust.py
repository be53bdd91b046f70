"""What the trust in a node's records suffers from: the data-quality checks of its distinct projects, put together."""

from collections.abc import Sequence

from model.health import Untrusted
from rollup.facts import ProjectFacts

ITEMS_KEPT = 20


def untrusted(projects: Sequence[ProjectFacts]) -> tuple[Untrusted, ...]:
    """Per check that any record failed how many did, each once, and the first of them in the order of the projects."""
    failed: dict[str, dict[str, None]] = {}
    unnamed: dict[str, int] = {}
    for facts in projects:
        for check in facts.checks:
            failed.setdefault(check.code, {}).update(dict.fromkeys(check.failed))
            unnamed[check.code] = unnamed.get(check.code, 0) + check.unnamed
    found = [
        Untrusted(check=code, total=len(ids) + unnamed[code], items=tuple(ids)[:ITEMS_KEPT])
        for code, ids in failed.items()
    ]
    return tuple(sorted(found, key=lambda entry: (-entry.total, entry.check)))
