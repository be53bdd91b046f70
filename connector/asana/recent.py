"""Very many tasks at once: what was changed of late in each place, a hundred a request, instead of a request for each task."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from connector.asana.client import INVISIBLE, AsanaClient, Json, OffsetExpiredError
from connector.sdk.http import UnexpectedAnswerError

LATELY = timedelta(minutes=15)
"""What a hint speaks of was changed within this time, mostly."""
MOST_PAGES = 5
"""Of one place: where more was changed, somebody moves things about by the thousand."""


def changed_lately(
    client: AsanaClient, places: Sequence[Mapping[str, str]], wanted: Collection[str], *, now: datetime
) -> dict[str, Json]:
    """Those of the wanted tasks that stand in these places (each a ``project`` or a ``section``) and changed lately, by gid.

    A place that can't be read tells of none.
    """
    since = (now - LATELY).isoformat()

    def read(place: Mapping[str, str]) -> list[Json]:
        found: list[Json] = []
        start: str | None = None
        try:
            for _ in range(MOST_PAGES):
                tasks, start = client.task_page(place, start, since=since)
                found += [task for task in tasks if task.get("gid") in wanted]
                if start is None:
                    break
        except (OffsetExpiredError, UnexpectedAnswerError, *INVISIBLE):
            return found
        return found

    return {str(task["gid"]): task for tasks in client.in_parallel(read, places) for task in tasks}
