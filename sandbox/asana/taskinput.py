"""What a request may say about a task: each field parsed and checked before anything is changed."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sandbox.asana.customfields import checked_values
from sandbox.asana.entities import Task, User
from sandbox.asana.errors import bad
from sandbox.asana.richtext import TASK_TAGS, check

SUBTYPES = frozenset({"default_task", "milestone", "approval"})
APPROVALS = frozenset({"pending", "approved", "rejected", "changes_requested"})
READ_ONLY = frozenset({
    "gid", "resource_type", "created_at", "created_by", "modified_at", "completed_at", "completed_by", "memberships",
    "dependencies", "dependents", "num_subtasks", "permalink_url", "actual_time_minutes",
})  # fmt: skip
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
EXTERNAL_GID_LIMIT, EXTERNAL_DATA_LIMIT = 1024, 32768


def cleaned(space: Any, task: Task, data: Mapping[str, Any], by: User) -> dict[str, Any]:
    """The fields of ``data`` as values to set, or 400 naming the field; fields of other requests are passed over."""
    for name in data:
        if name in READ_ONLY:
            raise bad(f"{name}: Cannot write this property")
    if data.get("start_on") is not None and not (data.get("due_on") or data.get("due_at")):
        raise bad("start_on: A due date must be given in the same request")
    if data.get("due_on") and data.get("due_at"):
        raise bad("due_on: You may only specify one of due_on and due_at")
    wanted = {name: parse(name, data[name]) for name, parse in PARSERS.items() if name in data}
    if "assignee" in data:
        wanted["assignee"] = None if data["assignee"] is None else space.user(data["assignee"])
    if "custom_fields" in data:
        wanted["custom_fields"] = checked_values(space, task, data["custom_fields"], by)
    _together(task, wanted)
    return wanted


def iso_date(name: str, value: Any) -> date | None:
    """A date of the form YYYY-MM-DD, None, or 400."""
    if value is None:
        return None
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise bad(f"{name}: Invalid date: {value!r}")


def iso_datetime(name: str, value: Any) -> datetime | None:
    """A time of ISO 8601 as an aware UTC datetime, None, or 400; a time without a zone is read as UTC."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as problem:
        raise bad(f"{name}: Invalid date: {value!r}") from problem
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise bad(f"{name}: Value is not a string")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise bad(f"{name}: Value is not a boolean")
    return value


def _one_of(choices: frozenset[str]) -> Callable[[str, Any], str]:
    def parse(name: str, value: Any) -> str:
        if value not in choices:
            raise bad(f"{name}: {value} is not one of {', '.join(sorted(choices))}")
        return str(value)

    return parse


def _external(name: str, value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not set(value) <= {"gid", "data"}:
        raise bad(f"{name}: Value is not an object of gid and data")
    if len(str(value.get("gid", ""))) > EXTERNAL_GID_LIMIT or len(str(value.get("data", ""))) > EXTERNAL_DATA_LIMIT:
        raise bad(f"{name}: Value is too long")
    return {key: str(each) for key, each in value.items()}


PARSERS: dict[str, Callable[[str, Any], Any]] = {
    "name": _text,
    "notes": _text,
    "html_notes": lambda name, value: check(value, field=name, tags=TASK_TAGS),
    "completed": _flag,
    "due_on": iso_date,
    "due_at": iso_datetime,
    "start_on": iso_date,
    "resource_subtype": _one_of(SUBTYPES),
    "approval_status": _one_of(APPROVALS),
    "external": _external,
}


def _together(task: Task, wanted: dict[str, Any]) -> None:
    subtype = wanted.get("resource_subtype", task.subtype)
    start = wanted.get("start_on", task.start_on)
    if subtype == "milestone" and start is not None:
        raise bad("start_on: Milestones cannot have a start date")
    due = wanted.get("due_on", task.due_on)
    if start is not None and due is not None and start > due:
        raise bad("start_on: The start date must not be after the due date")
    if subtype != "approval":
        if "approval_status" in wanted:
            raise bad("approval_status: Only approval tasks have an approval status")
        return
    # The two are one thing said twice: an approval that is decided is completed, whatever was decided.
    if "approval_status" in wanted:
        wanted["completed"] = wanted["approval_status"] != "pending"
    elif "completed" in wanted:
        wanted["approval_status"] = "approved" if wanted["completed"] else "pending"
