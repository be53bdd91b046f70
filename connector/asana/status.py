"""What the status of a task is, from its ticked box, its section, its approval and its options.

The same reading serves the present and every moment of the past, so that history ends where the present is.
"""

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import NamedTuple

from connector.asana.payloads import Ref, Task
from connector.asana.vocabulary import dropped_word, open_section
from connector.asana.words import Words
from model.work import StatusCategory


class Reading(NamedTuple):
    """A status, what the tool calls it, and the id of the section or option it comes from."""

    category: StatusCategory
    original: str
    id: str | None


@dataclass
class Standing:
    """What decides a status, at one moment. ``sections``: project id to the section in it (None: not known)."""

    completed: bool
    approval: str | None = None
    custom_status: Ref | None = None
    sections: dict[str, Ref | None] = field(default_factory=dict)
    options: dict[str, Ref] = field(default_factory=dict)

    @classmethod
    def of(cls, task: Task) -> "Standing":
        """How a task stands now."""
        return cls(
            completed=task.completed,
            approval=task.approval_status,
            custom_status=task.custom_type_status_option,
            sections={home.project.gid: home.section for home in task.memberships},
            options={
                value.gid: Ref(gid=value.enum_value.gid, name=value.enum_value.name)
                for value in task.custom_fields
                if value.enum_value is not None
            },
        )

    def section(self) -> Ref | None:
        """The section that counts: of the first project that tells one."""
        return next((section for section in self.sections.values() if section), None)


def read_status(standing: Standing, words: Words) -> Reading:
    """The status of a task that stands like this."""
    section = standing.section()
    sources: tuple[Ref | None, ...] = (standing.custom_status, *standing.options.values(), section)
    if standing.completed:
        return _closed(standing, section, words)
    for source in sources:
        said = words.mapped_status(source)
        if said and source:
            return Reading(said, source.name or source.gid, source.gid)
    custom = standing.custom_status
    if custom is not None and open_section(custom.name or "") is StatusCategory.IN_PROGRESS:
        # A custom type's option that says so; one whose words say nothing leaves it to the section.
        return Reading(StatusCategory.IN_PROGRESS, custom.name or custom.gid, custom.gid)
    if section is not None:
        return Reading(open_section(section.name or ""), section.name or section.gid, section.gid)
    return Reading(StatusCategory.TODO, "Incomplete", None)


def _closed(standing: Standing, section: Ref | None, words: Words) -> Reading:
    """A ticked task: done, unless something says that it was given up or sent back."""
    if standing.approval == "rejected":
        return Reading(StatusCategory.DROPPED, "Rejected", None)
    if standing.approval == "changes_requested":
        # Asana ticks the box of an approval that was sent back; its work goes on.
        return Reading(StatusCategory.IN_PROGRESS, "Changes requested", None)
    for source in (standing.custom_status, *standing.options.values(), section):
        if source and words.mapped_status(source) is StatusCategory.DROPPED:
            return Reading(StatusCategory.DROPPED, source.name or source.gid, source.gid)
    outcome = _dropping_outcome(standing.options, words)
    if outcome:
        return Reading(StatusCategory.DROPPED, outcome.name or outcome.gid, outcome.gid)
    custom = standing.custom_status
    if custom and dropped_word(custom.name or ""):
        return Reading(StatusCategory.DROPPED, custom.name or custom.gid, custom.gid)
    if section and dropped_word(section.name or ""):
        return Reading(StatusCategory.DROPPED, section.name or section.gid, section.gid)
    return Reading(StatusCategory.DONE, "Completed", None)


def _dropping_outcome(options: Dict[str, Ref], words: Words) -> Ref | None:
    return next(
        (option for gid, option in options.items() if gid in words.roles.outcomes and dropped_word(option.name or "")),
        None,
    )
