"""Errors grouped by what the caller should do: try again, give up, or skip one item.

    AppError
    ├── RetryableError      the same call may go through later
    ├── FatalError          it will not; somebody has to mend something
    │   ├── UsageError          a wrong command or configuration (exit 2)
    │   ├── ConnectionUnusableError   a tool can't be used at all (exit 3)
    │   ├── RefusedError        policy forbids it (exit 4)
    │   └── OwnFaultError       a fault of ours
    └── SkippableError      one item is unusable, the rest goes on
"""


CHANGED_MEANWHILE = "changed_meanwhile"
"""Why a change is refused that was thought of for another state than there is now."""


class AppError(Exception):
    """What happened, where, and how to mend it, for people; ``reason`` is the slug for metrics.

    ``what`` is a sentence without a secret and without personal data.
    """

    default_reason = "error"

    def __init__(self, what: str, *, where: str | None = None, fix: str = "", reason: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix
        self.reason = reason or self.default_reason

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f" {self.fix}" if self.fix else ""
        return f"{place}{self.what}{mend}"


BY_ITSELF = "It is tried again by itself."


class RetryableError(AppError):
    """The same call may go through later. ``retry_after_s`` is a minimum; None: the caller decides."""

    default_reason = "retry"

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        fix: str = BY_ITSELF,
        reason: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(what, where=where, fix=fix, reason=reason)
        self.retry_after_s = retry_after_s


class AmbiguousWriteError(RetryableError):
    """A write may or may not have been applied: read back before trying again."""

    default_reason = "ambiguous_write"


class FatalError(AppError):
    """Trying again will not help; somebody has to mend something."""

    default_reason = "fatal"


class UsageError(FatalError):
    """A wrong command or configuration; ``where`` names file, path and line."""

    default_reason = "usage"


class ConnectionUnusableError(FatalError):
    """A tool can't be used: unreachable, credential refused, HTML instead of JSON, a removed call."""

    default_reason = "connection_unusable"


class RefusedError(FatalError):
    """Policy forbids it: read-only mode, no right."""

    default_reason = "refused"


class NotFoundError(FatalError):
    """What was asked for is not there, or not visible with this credential."""

    default_reason = "not_found"


class OwnFaultError(FatalError):
    """A fault of ours that nobody foresaw. What it was about to do may or may not have been done."""

    default_reason = "own_fault"

    def __init__(self, what: str, *, where: str | None = None) -> None:
        super().__init__(what, where=where, fix="Please report it; the rest went on.")


class SkippableError(AppError):
    """One item is unusable; ``where`` names it. The rest goes on."""

    default_reason = "skipped"
