"""Since when and until when an issue belonged to its containers, from the moves that were recorded."""

from collections.abc import Sequence
from datetime import datetime

Move = tuple[datetime, set[str], set[str]]
Span = tuple[datetime, datetime | None]


def intervals(now: Sequence[str], moves: Sequence[Move], *, born: datetime) -> dict[str, list[Span]]:
    """Spans by container, oldest first; the last one is open where, and only where, the issue is there ``now``.

    ``moves``: (when, containers before, containers after), oldest first. What stands now is trusted over the replay:
    a container that the moves missed counts since it was last left, else since ``born``.
    """
    spans: dict[str, list[Span]] = {}
    open_since: dict[str, datetime] = {}
    for at, before, after in moves:
        for left in sorted(before - after):
            start = open_since.pop(left, born if left not in spans else None)
            if start is not None and start < at:
                spans.setdefault(left, []).append((start, at))
            else:
                spans.setdefault(left, [])
        for entered in sorted(after - before):
            open_since.setdefault(entered, at)
        for stayed in sorted(after & before):
            open_since.setdefault(stayed, born)
    last_at = max((at for at, _, _ in moves), default=born)
    for container, start in open_since.items():
        if container not in now:  # it must have been left without a word, at the latest with the last move
            if start < last_at:
                spans.setdefault(container, []).append((start, last_at))
            continue
        spans.setdefault(container, []).append((start, None))
    for container in now:
        if container not in open_since:
            known = spans.setdefault(container, [])
            since = known[-1][1] if known and known[-1][1] is not None else born
            known.append((since, None))
    return {container: found for container, found in spans.items() if found}
