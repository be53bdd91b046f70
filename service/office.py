"""What jobs are done with, what each of them tells, and asking for one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from model.jobs import lane_of
from service.memory import Memory
from service.workspace import Workspace

TURN = timedelta(seconds=10)
"""So long a job that could go on for minutes keeps those of its lane waiting that have their time come."""


LONGEST_REST = timedelta(minutes=10)
"""Of what failed."""


@dataclass(frozen=True)
class Office:
    """What jobs are done with: the workspace, where the tools reach us (None: they send nothing), and what this process
    remembers of the roll-ups before, which take turns."""

    workspace: Workspace
    hooks_url: str | None = None
    memory: Memory = field(default_factory=Memory)

    @property
    def now(self) -> datetime:
        return self.workspace.clock()

    def ask(self, name: str, *, after: timedelta = timedelta(0)) -> None:
        """Ask for a job, to be run not before so long from now."""
        now = self.now
        with self.workspace.db.begin() as uow:
            uow.jobs.want(name, at=now, due_at=now + after)

    def turn(self, name: str) -> Callable[[], bool]:
        """Tells, from now on, whether a job had its turn: it ran for a while, and others of its lane wait for theirs."""
        began = self.now

        def is_over() -> bool:
            if abs(self.now - began) < TURN:  # a clock may be set back
                return False
            with self.workspace.db.read() as uow:
                ready = uow.jobs.ready(self.now)
            return any(other != name and lane_of(other) == lane_of(name) for other in ready)

        return is_over


@dataclass(frozen=True)
class Done:
    """What a job did, for people and metrics; when it comes again by itself (None: when it is asked for)."""

    told: dict[str, JsonValue] = field(default_factory=dict)
    again_at: datetime | None = None
