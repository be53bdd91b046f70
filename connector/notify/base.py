"""What every channel does, and what a use case holds of it."""

from dataclasses import dataclass
from typing import Protocol

from model.notices import Notice, Subscription


class Notifier(Protocol):
    """One channel to people. Safe to use again and again; it keeps no connection.

    ``repeatable``: whether a receiver knows a notice again by its key, so that it may be sent twice.
    """

    @property
    def repeatable(self) -> bool: ...

    def send(self, notice: Notice) -> None:
        """Send one notice, once.

        Raises AmbiguousWriteError where it may have arrived; RetryableError or FatalError (NotFoundError: the receiver
        is gone for good) where it did not; SkippableError where some of several people got it. No error shows a
        secret, an address or a mailbox.
        """


@dataclass(frozen=True)
class Outlet:
    """A subscription and the way to it."""

    subscription: Subscription
    notifier: Notifier
