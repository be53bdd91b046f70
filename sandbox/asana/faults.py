"""Faults on demand: what the vendor, its network or its data do wrong now and then."""

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatch
from random import Random
from typing import Literal, get_args

Fault = Literal[
    "rate_limited", "error_500", "html_login", "gone_410", "drop_after_write", "reset", "timeout", "slow",
    "offset_expired", "event_token_expired", "last_page_400", "duplicate_events", "nbsp_names", "malformed_task",
    "malformed_json", "null_lists", "html_refused", "refused_400", "lost_event",
]  # fmt: skip
LOST: tuple[Fault, ...] = ("drop_after_write", "reset", "timeout")
"""The write is applied, its answer is not given."""
WRITE = "WRITE"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Planned:
    """One planned fault.

    ``path`` is a pattern on the path below /api/1.0 (``/tasks*``), ``times`` how often it strikes (None: always).
    ``share``: the part of the matching requests that it strikes, chosen by ``chance``. ``method``: None is every one,
    "WRITE" every request that changes something. Three kinds let a write be done and lose the answer:
    "drop_after_write" as a gateway that gave up (504), "reset" by breaking the connection, "timeout" by breaking it
    after ``seconds`` of silence. "lost_event": an event is never offered to any webhook; ``path`` is
    then ``/webhooks/out/<resource type>``.
    """

    kind: Fault
    path: str
    method: str | None
    times: int | None
    retry_after_s: int | None
    seconds: float
    share: float = 1.0
    chance: Random = field(default_factory=lambda: Random(0))

    def strikes(self, method: str, path: str) -> bool:
        """Whether it is for this request; each matching request is drawn once."""
        meant = method in WRITES and path != "/batch" if self.method == WRITE else self.method in (None, method)
        if not meant or not fnmatch(path, self.path):
            return False
        return self.share >= 1.0 or self.chance.random() < self.share


class Faults:
    """The faults planned now, first planned first served."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._planned: list[Planned] = []
        self.struck = 0  # how many requests ran into a fault

    def set(
        self,
        kind: Fault,
        path: str = "*",
        times: int | None = 1,
        *,
        method: str | None = None,
        retry_after_s: int | None = 1,
        seconds: float = 2.0,
        share: float = 1.0,
        seed: int = 0,
    ) -> None:
        """Plan a fault.

        ``retry_after_s=None`` leaves the header of a 429 out. ``share`` of the matching requests are struck, the same
        ones for the same ``seed``.
        """
        if kind not in get_args(Fault):
            raise ValueError(f"There is no fault {kind!r}; choose one of {', '.join(get_args(Fault))}.")
        planned = Planned(kind, path, method, times, retry_after_s, seconds, share, Random(seed))
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
                if planned.kind != kind or not planned.strikes(method, path):
                    continue
                self.struck += 1
                if planned.times is not None:
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                return planned
        return None
