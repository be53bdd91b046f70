"""Where a task was when: intervals in projects and sections, found by undoing its moves from the present."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.asana.payloads import HomeMembership, Story
from model.ids import record_id
from model.work import ContainerKind, Membership

Key = tuple[ContainerKind, str]


@dataclass(frozen=True)
class Stay:
    """In one container from a moment until another (None: still)."""

    start: datetime
    end: datetime | None


@dataclass
class Places:
    """Stays by container, newest first while they are found. ``_open``: project id to the end of its newest stay."""

    born: datetime
    stays: dict[Key, list[Stay]] = field(default_factory=dict)
    _open: dict[str, datetime | None] = field(default_factory=dict)
    _sections: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, homes: Sequence[HomeMembership], *, born: datetime) -> "Places":
        """Where something is now; ``undo`` tells since when."""
        places = cls(born=born)
        for home in homes:
            places._open[home.project.gid] = None
            if home.section:
                places._sections[home.project.gid] = (home.section.gid, None)
        return places

    def undo(self, stories: Sequence[Story], project_of: Callable[[Story], str | None]) -> None:
        """Walk all stories, given oldest first, back to the beginning. To be called once."""
        for story in reversed(stories):
            project = project_of(story)
            if project is None:
                continue
            if story.resource_subtype == "section_changed":
                self._undo_move(project, story)
            elif story.resource_subtype == "added_to_project":
                self._arrived(project, story.created_at)
            elif story.resource_subtype == "removed_from_project" and project not in self._open:
                self._open[project] = story.created_at
        for project in list(self._open):
            self._arrived(project, self.born)

    def _undo_move(self, project: str, story: Story) -> None:
        if project not in self._open:
            return
        at, until = story.created_at, self._open[project]
        new = story.new_section.gid if story.new_section else None
        held = self._sections.pop(project, None)
        # After a removal nobody tells the last section: the last move before it does.
        section, end = held if held else (new, until)
        if section:
            self._stay(ContainerKind.SECTION, section, at, end)
        if story.old_section:
            self._sections[project] = (story.old_section.gid, at)

    def _arrived(self, project: str, at: datetime) -> None:
        if project not in self._open:
            return
        self._stay(ContainerKind.PROJECT, project, at, self._open.pop(project))
        held = self._sections.pop(project, None)
        if held:
            self._stay(ContainerKind.SECTION, held[0], at, held[1])

    def _stay(self, kind: ContainerKind, gid: str, start: datetime, end: datetime | None) -> None:
        start = max(start, self.born)
        if end is None or end > start:
            self.stays.setdefault((kind, gid), []).append(Stay(start, end))

    def join(self, other: "Places", *, since: datetime) -> None:
        """Add another's stays from a moment on; where both were in one container, our own stays count."""
        for key, stays in other.stays.items():
            if key in self.stays:
                continue
            kept = [Stay(max(stay.start, since), stay.end) for stay in stays if stay.end is None or stay.end > since]
            if kept:
                self.stays[key] = kept

    def memberships(self, item: str, connection: str) -> list[Membership]:
        """The stays as records, each container's numbered from its oldest."""
        return [
            Membership(
                id=f"{item}|{container}|{number}", connection=connection, item_id=item, container_id=container,
                container_kind=kind, from_at=stay.start, to_at=stay.end,
            )
            for (kind, gid), stays in self.stays.items()
            for container in [record_id(connection, kind.value, gid)]
            for number, stay in enumerate(_oldest_first(stays), start=1)
        ]  # fmt: skip


def _oldest_first(stays: Iterable[Stay]) -> list[Stay]:
    return sorted(stays, key=lambda stay: stay.start)
