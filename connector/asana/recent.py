"""Very many tasks at once: what was changed of late in each place, a hundred a request, instead of a request for each task."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from connector.asana.client import INVISIBLE, AsanaClient, Json, OffsetExpiredError
from connector.sdk.http import UnexpectedAnswerError

BEFORE_TOLD = timedelta(minutes=2)
"""What a hint speaks of was changed so long before it came, at most, but for few."""

MOST_PAGES = 5
"""Of one place: where more was changed, somebody moves things about by the thousand."""


def changed_since(
    client: AsanaClient, places: Sequence[Mapping[str, str]], wanted: Collection[str], *, since: datetime
) -> dict[str, Json]:
    """Those of the wanted tasks, by gid, that stand in these places (each a ``project`` or a ``section``) and changed since.

    A place that can't be read tells of none.
    """
    moment = since.isoformat()

    def read(place: Mapping[str, str]) -> list[Json]:
        found: list[Json] = []
        start: str | None = None
        try:
            for _ in range(MOST_PAGES):
                tasks, start = client.task_page(place, start, since=moment)
                found += [task for task in tasks if task.get("gid") in wanted]
                if start is None:
                    break
        except (OffsetExpiredError, UnexpectedAnswerError, *INVISIBLE):
            return found
        return found

    return {str(task["gid"]): task for tasks in client.in_parallel(read, places) for task in tasks}
