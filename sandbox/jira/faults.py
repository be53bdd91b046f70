"""Failures on demand: the next N answers under a path go wrong in a chosen way."""

import random
import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal[
    "429", "500", "503", "html", "410", "drop", "reset", "timeout", "slow", "401", "403", "413", "anonymous", "malformed",
    "expired_token", "lost_hook",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
LOST = frozenset({"drop", "reset", "timeout"})
"""The write is applied, its answer is not given."""
WRITE = "WRITE"
_READING_POSTS = (
    "/search", "/search/jql", "/search/approximate-count", "/jql/match", "/issue/bulkfetch", "/changelog/bulkfetch",
    "/comment/list", "/worklog/list", "/permissions/check", "/context/mapping",
)  # fmt: skip


@dataclass
class Fault:
    """One kind of failure waiting to happen.

    ``path``: prefix of the request path ("" is every path). ``times``: how often it still happens.
    ``retry_after_s``: header of a 429 or 503, None for an answer without it. ``seconds``: the delay of "slow" and of
    "timeout". ``method``: None is every one, "WRITE" every request that changes something. ``share``: the part of the
    matching requests that are struck, chosen by ``chance``.
    "drop" applies the write and then answers as a gateway that lost it (504); "reset" breaks the connection instead,
    "timeout" does so after a while of silence. "anonymous": the credential is not read, and many calls answer 200 with
    nothing in it. "malformed": half a JSON document. "expired_token": only requests with a ``nextPageToken`` are struck.
    "lost_hook": an event is never sent; ``path`` is then the beginning of its name.
    """

    kind: str
    path: str
    method: str | None
    times: int
    retry_after_s: int | None
    seconds: float
    share: float = 1.0
    chance: random.Random = field(default_factory=random.Random)

    def strikes(self, method: str, path: str, *, paging: bool) -> bool:
        """Whether this request is one to be struck; each matching request is drawn once."""
        if self.kind == "expired_token" and not paging:
            return False
        meant = is_write(method, path) if self.method == WRITE else self.method in (None, method)
        if not meant or not path.startswith(self.path):
            return False
        return self.share >= 1.0 or self.chance.random() < self.share


def is_write(method: str, path: str) -> bool:
    """Whether a request changes something: a POST that only asks does not."""
    return method not in ("GET", "HEAD") and not (method == "POST" and path.endswith(_READING_POSTS))


class JiraFaults:
    """The faults of a site. Safe to set from another thread while requests run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self.struck = 0  # how many requests ran into a fault
        self.search_lag_s = 0.0  # search/jql does not see writes younger than this, unless asked to reconcile

    def set(
        self,
        kind: str,
        *,
        path: str = "",
        times: int = 1,
        method: str | None = None,
        retry_after_s: int | None = 1,
        seconds: float = 1.0,
        share: float = 1.0,
        seed: int = 0,
    ) -> Fault:
        """Make the next ``times`` matching answers fail; ``share`` of them, chosen by ``seed``.

        Raises ValueError for an unknown kind.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; choose one of {', '.join(KINDS)}")
        # The same seed strikes the same requests in every run.
        fault = Fault(kind, path, method, times, retry_after_s, seconds, share, random.Random(seed))
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, method: str, path: str, *, paging: bool = False) -> Fault | None:
        """The fault that this request runs into, counted down, or None."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind != "lost_hook" and fault.strikes(method, path, paging=paging):
                    return self._struck(fault)
        return None

    def loses(self, event: str) -> bool:
        """Whether this event is one that is never sent."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind == "lost_hook" and fault.strikes("POST", event, paging=False):
                    self._struck(fault)
                    return True
        return False

    def _struck(self, fault: Fault) -> Fault:
        self.struck += 1
        fault.times -= 1
        if fault.times <= 0:
            self._waiting.remove(fault)
        return fault

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._waiting.clear()
            self.search_lag_s = 0.0
