"""Where a pull stands: the cursor between two pulls, and the checkpoint inside one. Both are JSON text."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

OVERLAP = timedelta(minutes=5)
"""How far a list looks back before the newest change it has shown: writes do not become visible in order."""

EVERY = {
    "people": timedelta(days=1),  # and custom fields
    "plans": timedelta(days=1),  # goals, budgets, allocations
    "projects": timedelta(hours=1),  # and portfolios, status updates
}
"""How often reference data is read again, by the part of it; what events name is read at once."""

LIST_EVERY = timedelta(hours=6)
"""How often a project is listed though its events say nothing: the vendor delivers events at most once."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Pending(_Kept):
    """What events have named and is not read yet: ids. ``project``: the project itself changed."""

    touched: set[str] = Field(default_factory=set)
    moved: set[str] = Field(default_factory=set)
    deleted: set[str] = Field(default_factory=set)
    sections: set[str] = Field(default_factory=set)
    project: bool = False

    @property
    def any(self) -> bool:
        return bool(self.touched or self.deleted or self.sections or self.project)

    def add(self, more: "Pending") -> None:
        """Take in what later events name. A task deleted and brought back is there."""
        self.deleted = (self.deleted - more.touched) | more.deleted
        self.touched = (self.touched | more.touched) - self.deleted
        self.moved = (self.moved | more.moved) - self.deleted
        self.sections |= more.sections
        self.project = self.project or more.project


class Mark(_Kept):
    """How far one project has been read.

    ``sync``: the token of its event stream. ``newest``: the newest ``modified_at`` a list has shown; ``started``: our
    clock when its last list was begun. ``seen``: what was read of the tasks that the next overlap will list again (id:
    modified_at). ``pending``: what events have named since.
    """

    sync: str | None = None
    newest: datetime | None = None
    started: datetime | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    pending: Pending = Field(default_factory=Pending)

    @property
    def since(self) -> datetime | None:
        """From when on tasks have to be listed again: Asana's own clock, kept behind the moment the list was begun."""
        if self.newest is None:
            return None
        return (min(self.newest, self.started) if self.started else self.newest) - OVERLAP

    def note(self, task: dict[str, Any], *, listed: bool = False) -> None:
        """Remember that a task was read as it is; only lists say how far everything is known."""
        text = str(task.get("modified_at") or "")
        modified = _moment(text)
        if modified is None:
            return
        if listed and (self.newest is None or modified > self.newest):
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

    def list_due(self, now: datetime) -> bool:
        """Whether the project has to be listed, whatever its events say."""
        return self.sync is None or self.started is None or now - self.started >= LIST_EVERY


class Declared(_Kept):
    """The newest status update read of a parent."""

    gid: str
    at: datetime | None = None


class Cursor(_Kept):
    """Where the next incremental pull starts.

    ``sections``: the project of each source that is a section. ``read_at``: when each part of ``EVERY`` was last read.
    ``lacking``: features that were refused to us when they were last asked for.
    """

    v: Literal[2] = 2
    marks: dict[str, Mark] = Field(default_factory=dict)
    statuses: dict[str, Declared] = Field(default_factory=dict)
    sections: dict[str, str] = Field(default_factory=dict)
    read_at: dict[str, datetime] = Field(default_factory=dict)
    lacking: tuple[str, ...] = ()


class Walk(_Kept):
    """How far one project's list has come. ``sections``: set when it has to be read section by section."""

    sections: tuple[str, ...] = ()
    unit: int = 0
    offset: str | None = None
    refused: int = 0

    def place(self, project: str) -> dict[str, str]:
        """What is being listed now."""
        return {"section": self.sections[self.unit]} if self.sections else {"project": project}

    def after(self, following: str | None) -> "Walk | None":
        """The walk behind a page whose next page is ``following``; None when all is listed."""
        if following is not None:
            return self.model_copy(update={"offset": following})
        if self.unit + 1 < len(self.sections):
            return self.model_copy(update={"offset": None, "unit": self.unit + 1})
        return None


class Parent(_Kept):
    """A task whose subtasks are still to be read. ``above``: the ids from the top ancestor down to the task itself."""

    above: tuple[str, ...]
    root: dict[str, Any]


class State(_Kept):
    """A pull on its way.

    ``parts``: the reference data of the present ``phase`` still to be read; ``due``: the parts of ``EVERY`` that this
    pull reads. ``lacking``: features refused to us; ``unreadable``: projects; ``opened``: portfolios asked for;
    ``listed``: projects that this pull has read. ``projects``: all that are meant, in the sources' order; ``todo``:
    those of them whose every task is still to be read, ``walking`` and ``parents``: where that stands.
    ``listening``: whose events are still to be read. ``changed``: the projects whose changes are still to be read;
    ``handled``: tasks of the first of them that are done.
    """

    v: Literal[2] = 2
    stage: Literal["reference", "events", "items", "changes"] = "reference"
    started: datetime
    phase: int = 0
    parts: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    lacking: set[str] = Field(default_factory=set)
    unreadable: set[str] = Field(default_factory=set)
    opened: set[str] = Field(default_factory=set)
    listed: set[str] = Field(default_factory=set)
    projects: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()
    walking: dict[str, Walk] = Field(default_factory=dict)
    parents: list[Parent] = Field(default_factory=list)
    listening: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    handled: set[str] = Field(default_factory=set)
    done: int = 0
    cursor: Cursor = Field(default_factory=Cursor)

    def text(self) -> str:
        return self.model_dump_json()


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


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
