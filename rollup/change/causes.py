"""The causes a movement is split into, and which of the records' fields each of them swaps from then to now.

Every field of an item, every field of its history and every field of the landscape belongs to exactly one cause, so that
swapping all causes turns the one moment into the other; a test names a field that belongs to none.
"""

from collections.abc import Mapping
from enum import StrEnum

from model.work import ChangeField, ItemType


class Cause(StrEnum):
    """In the order in which they are told; the words for them are those of the language."""

    WORK = "work_done"
    DATES = "dates"
    SCOPE = "scope"
    COST = "cost_booked"
    PEOPLE = "people"
    LINKS = "links"
    QUALITY = "quality_and_risk"
    DATA = "measurability"
    RULE = "rule"
    MEMBERSHIP = "membership"
    CORRECTION = "correction"
    TIME = "time_passed"


OF_ITEM: Mapping[str, Cause] = {
    "status": Cause.WORK,
    "done_at": Cause.WORK,
    "due_on": Cause.DATES,
    "start_on": Cause.DATES,
    "type": Cause.SCOPE,
    "parent_id": Cause.SCOPE,
    "story_points": Cause.SCOPE,
    "estimate_hours": Cause.SCOPE,
    "remaining_hours": Cause.SCOPE,
    "spent_hours": Cause.COST,
    "assignee_id": Cause.PEOPLE,
    "severity": Cause.QUALITY,
    "risk": Cause.QUALITY,
    "benefit": Cause.QUALITY,
}
"""Field of a work item → its cause. What is not here has no part in a score: names, labels, addresses."""

OF_CHANGE: Mapping[ChangeField, Cause] = {
    ChangeField.STATUS: Cause.WORK,
    ChangeField.TYPE: Cause.SCOPE,
    ChangeField.ASSIGNEE: Cause.PEOPLE,
    ChangeField.PARENT: Cause.SCOPE,
    ChangeField.START_ON: Cause.DATES,
    ChangeField.DUE_ON: Cause.DATES,
    ChangeField.STORY_POINTS: Cause.SCOPE,
    ChangeField.ESTIMATE_HOURS: Cause.SCOPE,
    ChangeField.REMAINING_HOURS: Cause.SCOPE,
    ChangeField.SEVERITY: Cause.QUALITY,
    ChangeField.RISK_PROBABILITY: Cause.QUALITY,
    ChangeField.RISK_IMPACT: Cause.QUALITY,
    ChangeField.TITLE: Cause.WORK,  # somebody worked on it: that counts where staleness does
    ChangeField.KEY: Cause.WORK,
}

OF_LANDSCAPE: Mapping[str, Cause] = {
    "policies": Cause.RULE,
    "teammates": Cause.PEOPLE,
    "goals": Cause.MEMBERSHIP,
    "overrides": Cause.RULE,
    "declared": Cause.RULE,
    "timezone": Cause.RULE,
    "first_sync_at": Cause.CORRECTION,
    "on_time_record": Cause.WORK,
    "forecast_record": Cause.WORK,
    "money": Cause.RULE,
    "containers": Cause.MEMBERSHIP,
    "planned": Cause.PEOPLE,
    "planned_ever": Cause.PEOPLE,
    "goal_versions": Cause.MEMBERSHIP,
}
"""Field of the landscape → its cause; ``tree`` and ``links`` are taken apart further."""

OF_NODE: Mapping[str, Cause] = {
    "start_on": Cause.DATES,
    "target_on": Cause.DATES,
    "policy": Cause.RULE,
    "project_class": Cause.RULE,
}
"""Field of a node that stands in both trees → its cause; every other one is membership."""

OF_RECORDS: Mapping[str, Cause] = {
    "baselines": Cause.RULE,
    "budgets": Cause.COST,
    "milestones": Cause.DATES,
    "iterations": Cause.DATES,
    "declared": Cause.RULE,
    "first_known_at": Cause.CORRECTION,
    "skipped": Cause.CORRECTION,
    "part": Cause.MEMBERSHIP,
    "unreadable": Cause.CORRECTION,
    "hidden": Cause.CORRECTION,
    "shown": Cause.CORRECTION,
}
"""Field of a project's records → its cause; ``items`` are taken apart further."""

KEPT_APART = frozenset({ItemType.DEFECT, ItemType.RISK, ItemType.BENEFIT})
"""Items whose coming, going and closing is quality and risk, not scope and work."""


def cause_of(cause: Cause, kind: ItemType) -> Cause:
    """The cause of a field of an item of a kind."""
    return Cause.QUALITY if kind in KEPT_APART and cause in (Cause.WORK, Cause.SCOPE) else cause
