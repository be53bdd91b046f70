"""Faults on demand: what the vendor, its network or its data do wrong now and then."""

import threading
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Literal, get_args

Fault = Literal[
    "rate_limited", "error_500", "html_login", "gone_410", "drop_after_write", "slow", "offset_expired",
    "event_token_expired", "last_page_400", "duplicate_events", "nbsp_names", "malformed_task",
    "malformed_json", "null_lists", "html_refused", "refused_400",
]  # fmt: skip


@dataclass
class Planned:
    """One planned fault.

    ``path`` is a pattern on the path below /api/1.0 (``/tasks*``), ``times`` how often it strikes (None: always).
    """

    kind: Fault
    path: str
    method: str | None
    times: int | None
    retry_after_s: int | None
    seconds: float
    close: bool


class Faults:
    """The faults planned now, first planned first served."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._planned: list[Planned] = []

    def set(
        self,
        kind: Fault,
        path: str = "*",
        times: int | None = 1,
        *,
        method: str | None = None,
        retry_after_s: int | None = 1,
        seconds: float = 2.0,
        close: bool = False,
    ) -> None:
        """Plan a fault. ``retry_after_s=None`` leaves the header of a 429 out; ``close`` drops the connection."""
        if kind not in get_args(Fault):
            raise ValueError(f"There is no fault {kind!r}; choose one of {', '.join(get_args(Fault))}.")
        planned = Planned(kind, path, method, times, retry_after_s, seconds, close)
        with self._guard:
            self._planned.append(planned)

    def clear(self) -> None:
        """Plan nothing more."""
        with self._guard:
            self._planned.clear()

    def take(self, kind: Fault, method: str, path: str) -> Planned | None:
        """The fault of this kind that strikes this request, used up by one, or None."""
        if not self._planned:
            return None
        with self._guard:
            for planned in self._planned:
                if planned.kind != kind or not fnmatch(path, planned.path) or planned.method not in (None, method):
                    continue
                if planned.times is not None:
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                return planned
        return None
