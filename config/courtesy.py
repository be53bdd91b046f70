"""How targets are written to, and when people may be told: the keys that ``publishing:`` and every target share."""

import re
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field

from config.faults import refuse
from config.parts import Label, Part
from model.tree import Audience, Courtesy, HumanEdits, Language, Quiet

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def _hours(value: str) -> str:
    quiet_times(value)
    return value


def quiet_times(text: str) -> tuple[time, time]:
    """Start and end of e.g. "22:00-07:00". Raises a fault for anything else."""
    fix = 'Write them as "22:00-07:00", in the time zone of this configuration.'
    found = _HOURS.fullmatch(text)
    if found is None:
        raise refuse(f"{text!r} are no hours.", fix)
    numbers = [int(part) for part in found.groups()]
    try:
        start, end = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    except ValueError:
        raise refuse(f"{text!r} are no hours of a day.", fix) from None
    if start == end:
        raise refuse("These hours begin when they end.", "Use quiet_days for whole days.")
    return start, end


def _weekday(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


QuietHours = Annotated[Label, AfterValidator(_hours)]
QuietDay = Annotated[Weekday, BeforeValidator(_weekday)]


class AudienceEntry(Part):
    """Who may read our comment: one group (its id) or one role of the tool."""

    group: Label | None = None
    role: Label | None = None

    def record(self) -> Audience:
        if (self.group is None) == (self.role is None):
            raise refuse("An audience is one group or one role.", "Write {group: ID} or {role: NAME}.")
        return Audience(group=self.group, role=self.role)


def _one_audience(entry: AudienceEntry) -> AudienceEntry:
    entry.record()
    return entry


class CourtesyEntry(Part):
    """All optional: what is not said here is as ``publishing:`` says, or the default."""

    language: Language | None = None
    quiet_hours: QuietHours | None = None
    quiet_days: tuple[QuietDay, ...] | None = None
    per_day: int | None = Field(default=None, ge=1, le=1000)
    human_edits: HumanEdits | None = None
    audience: Annotated[AudienceEntry, AfterValidator(_one_audience)] | None = None

    def over(self, general: "CourtesyEntry") -> Self:
        """This entry, with the general one where this says nothing."""
        said = {name: getattr(self, name) for name in CourtesyEntry.model_fields}
        filled = {name: getattr(general, name) for name, value in said.items() if value is None}
        return self.model_copy(update=filled) if any(value is not None for value in filled.values()) else self

    def courtesy(self) -> Courtesy:
        """The record, with defaults for what nobody said."""
        said = {"language": self.language, "per_day": self.per_day, "human_edits": self.human_edits}
        given = {name: value for name, value in said.items() if value is not None}
        audience = self.audience.record() if self.audience else None
        return Courtesy(quiet=quiet_of(self.quiet_hours, self.quiet_days), audience=audience, **given)


class PublishingEntry(CourtesyEntry):
    """What holds for every target. ``remind_benefits``: owners of due benefits are asked at these for what was achieved."""

    remind_benefits: bool = False

    def reminders(self) -> Courtesy | None:
        """How owners are reminded; None: they are not."""
        return self.courtesy() if self.remind_benefits else None


def quiet_of(hours: str | None, days: tuple[Weekday, ...] | None) -> Quiet:
    """When nobody is told anything."""
    start, end = quiet_times(hours) if hours else (None, None)
    return Quiet(start=start, end=end, days=tuple(DAYS.index(day) for day in days or ()))
