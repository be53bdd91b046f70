"""Background work: what can be asked for by name, and how it stands.

A job is called ``kind`` or ``kind:subject``; the subject is a connection, or which documents are made. Jobs of one lane take
turns: all that read one connection, all that write, all that score.
"""

from datetime import timedelta

from pydantic import JsonValue

from model.base import Instant, Record

ROLLUP = "rollup"
PUSH = "push"
ANSWERS = "answers"
NOTICES = "notices"
HOOKS = "hooks"
LOSSES = "losses"
MIDNIGHT = "midnight"
TREND = "trend"
TIDY = "tidy"
ERRANDS = "errands"
DOCUMENTS = "documents"
MOVEMENTS, REPORTS, LENSES = "movements", "reports", "lenses"
"""Documents that are made: splits and lenses take minutes, reports seconds, and don't wait for those."""

REVIEW = "review"
LAUNCH = "launch"
POLICIES = "policies"

HEAR = "hear"
POLL = "poll"
HISTORIES = "histories"
CENSUS = "census"
DISCOVER = "discover"
OF_A_CONNECTION = (HEAR, POLL, HISTORIES, CENSUS, DISCOVER)

QUIET = timedelta(seconds=1)
"""A node that was marked is scored when no further mark came for this long, so that a burst is scored once."""

QUIET_IN_A_BURST = timedelta(seconds=4)
"""The same while many deliveries come or wait: what they change comes in parts, some seconds apart."""

LONGEST_WAIT = timedelta(seconds=8)
"""… but never later than this, however long the burst lasts."""


def name_of(kind: str, subject: str = "") -> str:
    """``hear:acme-jira``."""
    return f"{kind}:{subject}" if subject else kind


def kind_and_subject(name: str) -> tuple[str, str]:
    """The parts of a name; the subject is empty where there is none."""
    kind, _, subject = name.partition(":")
    return kind, subject


def lane_of(name: str) -> str:
    """Which jobs take turns with this one: those of its connection, those that write, or it alone."""
    kind, subject = kind_and_subject(name)
    if kind == DOCUMENTS:
        return name
    return subject or (PUSH if kind in (ANSWERS, ERRANDS, REVIEW, LAUNCH) else kind)


STATES = ("idle", "waiting", "running", "failing", "paused")


class Job(Record):
    """How one job stands.

    ``waiting``: it was asked for and has not begun since; ``due_at``: not before then; ``again_at``: when it asks for
    itself. ``running``: a run began and has not ended; ``run`` numbers the runs. ``tries``: failures in a row, with the
    last one's slug and sentence. ``told``: the numbers of the last good run.
    """

    name: str
    lane: str
    waiting: bool
    running: bool
    wanted_at: Instant
    due_at: Instant
    again_at: Instant | None = None
    run: int
    tries: int
    reason: str | None = None
    error: str | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    told: JsonValue = None
    paused: bool = False

    @property
    def state(self) -> str:
        """One word of ``STATES``."""
        if self.running:
            return "running"
        if self.paused:
            return "paused"
        if self.tries:
            return "failing"
        return "waiting" if self.waiting else "idle"
