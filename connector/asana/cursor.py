"""Where a pull stands: the cursor between two pulls, and the checkpoint inside one. Both are JSON text."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

OVERLAP = timedelta(minutes=5)
"""How far a pull looks back before the newest change it has seen: writes do not become visible in order."""


class Mark(BaseModel):
    """How far one project has been read.

    ``sync``: the token of its event stream. ``newest``: the newest ``modified_at`` seen; ``started``: our clock when
    its list was begun. ``seen``: what was read of the tasks that the next overlap will list again (id: modified_at).
    """

    model_config = ConfigDict(extra="forbid")

    sync: str | None = None
    newest: datetime | None = None
    started: datetime | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    lost: bool = False

    @property
    def since(self) -> datetime | None:
        """From when on tasks have to be listed again: Asana's own clock, kept behind the moment the list was begun."""
        if self.newest is None:
            return None
        return (min(self.newest, self.started) if self.started else self.newest) - OVERLAP

    def note(self, task: dict[str, Any]) -> None:
        """Remember that a task was read as it is."""
        text = str(task.get("modified_at") or "")
        try:
            modified = datetime.fromisoformat(text)
        except ValueError:
            return
        if modified.tzinfo is None:
            return
        if self.newest is None or modified > self.newest:
            self.newest = modified
        self.seen[str(task["gid"])] = text

    def knows(self, task: dict[str, Any]) -> bool:
        """Whether a listed task is as it was read before."""
        return self.seen.get(str(task["gid"])) == task.get("modified_at")

    def forget_old(self) -> None:
        """Drop what the next overlap can't list."""
        since = self.since
        if since is not None:
            self.seen = {gid: text for gid, text in self.seen.items() if datetime.fromisoformat(text) >= since}


class Cursor(BaseModel):
    """Where the next incremental pull starts. ``statuses``: the newest status update of each parent."""

    model_config = ConfigDict(extra="forbid")

    v: Literal[1] = 1
    marks: dict[str, Mark] = Field(default_factory=dict)
    statuses: dict[str, str] = Field(default_factory=dict)
    sections: dict[str, str] = Field(default_factory=dict)


class State(BaseModel):
    """A pull on its way. ``sections``: set when a list has to be read section by section."""

    model_config = ConfigDict(extra="forbid")

    v: Literal[1] = 1
    full: bool
    stage: Literal["items", "history"] = "items"
    projects: tuple[str, ...] = ()
    project: int = 0
    sections: tuple[str, ...] = ()
    unit: int = 0
    offset: str | None = None
    done: int = 0
    cursor: Cursor = Field(default_factory=Cursor)

    def next_project(self) -> None:
        """Go on to the next project, from its beginning."""
        self.project, self.sections, self.unit, self.offset = self.project + 1, (), 0, None

    def text(self) -> str:
        return self.model_dump_json(exclude_defaults=False)


def read_cursor(text: str | None) -> Cursor | None:
    """A kept cursor; None where there is none or it is of another version: then everything is read."""
    try:
        return Cursor.model_validate_json(text) if text else None
    except ValidationError:
        return None


def read_state(text: str | None) -> State | None:
    """A kept checkpoint; None where there is none or it is of another version: then the pull begins anew."""
    try:
        return State.model_validate_json(text) if text else None
    except ValidationError:
        return None
