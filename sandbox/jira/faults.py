"""Failures on demand: the next N answers under a path go wrong in a chosen way."""

import threading
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["429", "500", "503", "html", "410", "drop", "slow", "401", "anonymous", "malformed", "expired_token"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass
class Fault:
    """One kind of failure waiting to happen.

    ``path``: prefix of the request path ("" is every path). ``times``: how often it still happens.
    ``retry_after_s``: header of a 429 or 503, None for an answer without it. ``seconds``: the delay of "slow".
    "drop" applies the write and then answers as a gateway that lost it (504). "anonymous": the credential is not read,
    and many calls answer 200 with nothing in it. "malformed": half a JSON document. "expired_token": only requests with
    a ``nextPageToken`` are struck.
    """

    kind: str
    path: str
    method: str | None
    times: int
    retry_after_s: int | None
    seconds: float


class JiraFaults:
    """The faults of a site. Safe to set from another thread while requests run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
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
    ) -> Fault:
        """Make the next ``times`` matching answers fail. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; choose one of {', '.join(KINDS)}")
        fault = Fault(kind, path, method, times, retry_after_s, seconds)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, method: str, path: str, *, paging: bool = False) -> Fault | None:
        """The fault that this request runs into, counted down, or None."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind == "expired_token" and not paging:
                    continue
                if path.startswith(fault.path) and fault.method in (None, method):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._waiting.clear()
            self.search_lag_s = 0.0
