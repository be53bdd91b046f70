"""Waiting for the tasks in which Jira does long pieces of writing."""

from collections.abc import Callable

from connector.jira.site import Json
from model.errors import RetryableError

_WAITS_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_ENDS = frozenset({"COMPLETE", "FAILED", "CANCELLED", "DEAD"})


def ended(look: Callable[[], Json], sleep: Callable[[float], None], *, what: str) -> Json:
    """What a task tells of itself once it has ended, however. Raises RetryableError when it takes too long.

    ``what``: the work, as in "Jira is still writing …".
    """
    told = look()
    for wait_s in _WAITS_S:
        if told.get("status") in _ENDS:
            return told
        sleep(wait_s)
        told = look()
    if told.get("status") in _ENDS:
        return told
    raise RetryableError(f"Jira is still writing {what}.", reason="task_running")
