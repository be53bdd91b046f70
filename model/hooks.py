"""What is known of the webhooks in a tool, and what an audit found and did about them."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from model.base import Instant, Record


class HookInTool(Record):
    """A webhook as the tool tells it. ``url`` is None where the tool names no address.

    ``ours``: it can only have been made by this very account or app. ``trouble``: why it delivers nothing or will soon
    be deleted, in a sentence; ``complete``: it sends every event we ask for.
    """

    vendor_id: str
    subject: str = ""
    url: str | None = None
    ours: bool = False
    enabled: bool = True
    complete: bool = True
    trouble: str | None = None
    expires_at: Instant | None = None


class HookMade(Record):
    """What registering gave: the webhook's id in the tool, and until when it lives (None: for ever)."""

    vendor_id: str
    expires_at: Instant | None = None


class HookDeed(StrEnum):
    """What an audit did with a webhook, or why it left it alone."""

    REGISTERED = "registered"  # there was none
    MENDED = "mended"  # switched off, incomplete, or with a secret we do not have
    MOVED = "moved"  # it led to a former address of ours
    REFRESHED = "refreshed"  # its life was extended
    REMOVED = "removed"  # nothing of its subject is taken any more, or a second one of ours
    FOREIGN = "foreign"  # it leads to an address like ours, and was not made by us: left alone
    TROUBLED = "troubled"  # the tool says that deliveries fail
    SILENT = "silent"  # nothing came, although something must
    REFUSED = "refused"  # the tool refused what we asked
    LEFT_BEHIND = "left_behind"  # its connection is configured no more, so nobody here can remove it


class HookStep(Record):
    """One thing an audit did or found, in a sentence, with what a person can do where we can't."""

    deed: HookDeed
    subject: str
    what: str
    fix: str = ""

    @property
    def is_problem(self) -> bool:
        return self.deed in _PROBLEMS


_PROBLEMS = frozenset({HookDeed.TROUBLED, HookDeed.SILENT, HookDeed.REFUSED, HookDeed.LEFT_BEHIND, HookDeed.FOREIGN})


class AuditReport(Record):
    """One connection's webhooks after an audit. ``wanted`` and ``working`` count subjects."""

    connection: str
    at: Instant
    wanted: int = 0
    working: int = 0
    steps: tuple[HookStep, ...] = Field(default=())

    def problems(self) -> tuple[HookStep, ...]:
        return tuple(step for step in self.steps if step.is_problem)


class Verdict(StrEnum):
    """What is said of a change that a sync found by asking."""

    LOST = "lost"  # no delivery named the item within ten minutes around the change
    HEARD = "heard"  # one did; the sync was only quicker
    DOWN = "down"  # we could not be reached in these minutes
    UNSENT = "unsent"  # a kind of change that the tool sends no event for


class Find(Record):
    """A change that a sync found by asking: of an item, made between two moments by our clock."""

    connection: str
    item_id: str
    changed_at: Instant
    until_at: Instant
    found_at: Instant
    verdict: Verdict | None = None


class LossDay(Record):
    """One day of one connection: how many changes were found by asking, and what became of them."""

    connection: str
    day: date
    lost: int = 0
    heard: int = 0
    down: int = 0
    unsent: int = 0
