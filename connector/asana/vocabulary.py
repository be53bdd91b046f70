"""Which words of a workspace mean what, where its mapping does not say: names of fields, options and sections."""

from collections.abc import Iterable, Mapping, Sequence

from model.work import Declared, ItemType, Severity, StatusCategory

FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    "story_points": ("story points", "story point estimate", "points"),
    "estimate_hours": ("estimated hours", "estimate hours", "estimated time", "estimate (hours)"),
    "remaining_hours": ("remaining hours", "remaining time"),
    "severity": ("severity", "priority"),
    "type": ("type", "task type", "work type", "issue type"),
    "probability": ("risk probability", "probability", "likelihood"),
    "impact": ("risk impact", "impact"),
    "response": ("risk response", "risk strategy"),
    "url_field": ("linked work", "blocked by", "depends on", "external dependency"),
    "baseline": ("baseline", "benefit baseline"),
    "target": ("target", "benefit target"),
    "actual": ("actual", "benefit actual"),
}
"""What we look for, by the role of the field; the first name a workspace has wins."""

TYPES: Mapping[str, ItemType] = {
    "task": ItemType.TASK,
    "story": ItemType.STORY,
    "user story": ItemType.STORY,
    "epic": ItemType.EPIC,
    "initiative": ItemType.INITIATIVE,
    "bug": ItemType.DEFECT,
    "defect": ItemType.DEFECT,
    "incident": ItemType.DEFECT,
    "request": ItemType.REQUEST,
    "support": ItemType.REQUEST,
    "risk": ItemType.RISK,
    "benefit": ItemType.BENEFIT,
    "milestone": ItemType.MILESTONE,
    "approval": ItemType.APPROVAL,
}

SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL, "highest": Severity.CRITICAL, "blocker": Severity.CRITICAL,
    "urgent": Severity.CRITICAL, "p0": Severity.CRITICAL, "high": Severity.HIGH, "major": Severity.HIGH,
    "p1": Severity.HIGH, "medium": Severity.MEDIUM, "normal": Severity.MEDIUM, "p2": Severity.MEDIUM,
    "low": Severity.LOW, "lowest": Severity.LOW, "minor": Severity.LOW, "p3": Severity.LOW, "p4": Severity.LOW,
}  # fmt: skip

OUTCOME_FIELDS = ("outcome", "resolution", "close reason", "closed as")
_DROPPED = (
    "won't do", "wont do", "won’t do", "dropped", "cancelled", "canceled", "duplicate", "rejected", "declined",
    "obsolete", "abandoned",
)  # fmt: skip
_STARTED = (
    "doing", "in progress", "progress", "review", "blocked", "waiting", "testing", "in test", "started", "wip", "qa",
    "on hold", "approval",
)  # fmt: skip
_FINISHED = ("done", "complete", "finished", "closed", "live")
_NOT_STARTED = ("not started",)

DECLARED: Mapping[str, Declared] = {
    "on_track": Declared.ON_TRACK,
    "at_risk": Declared.AT_RISK,
    "off_track": Declared.OFF_TRACK,
    "on_hold": Declared.ON_HOLD,
    "complete": Declared.COMPLETE,
    "achieved": Declared.COMPLETE,
    "partial": Declared.AT_RISK,
    "missed": Declared.OFF_TRACK,
    "dropped": Declared.DROPPED,
}


def dropped_word(name: str) -> bool:
    """Whether an option's or section's name says that work was closed without being done."""
    return any(word in plain(name) for word in _DROPPED)


def open_section(name: str) -> StatusCategory:
    """What a section says of a task that is not ticked off.

    Work in a section called Done that nobody has ticked off is still open: it counts as in progress.
    """
    text = plain(name)
    if any(word in text for word in _NOT_STARTED):
        return StatusCategory.TODO
    if any(word in text for word in (*_STARTED, *_FINISHED)):
        return StatusCategory.IN_PROGRESS
    return StatusCategory.TODO


def finished_section(name: str) -> bool:
    """Whether a section's name says that its work is done."""
    return not any(word in plain(name) for word in _NOT_STARTED) and any(word in plain(name) for word in _FINISHED)


def named(role: str, names: Iterable[tuple[str, str]]) -> str | None:
    """The id of the field that plays a role, among (id, name): by the order of our words, then by the given order."""
    known: Sequence[tuple[str, str]] = [(gid, plain(name)) for gid, name in names]
    for word in FIELD_NAMES[role]:
        for gid, name in known:
            if name == word:
                return gid
    return None


def plain(name: str) -> str:
    """A name for comparing: no case, single ordinary spaces (a non-breaking one counts as a space)."""
    return " ".join(name.casefold().split())
