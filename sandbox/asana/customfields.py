"""Custom fields: which an object has, what a value may be, and how it is shown.

A field set on a project shows on its tasks (and their subtasks); one set on a portfolio shows on what is in it, one
level deep, and on the portfolio itself. Nothing deeper.
"""

import re
from datetime import date
from typing import Any

from sandbox.asana.entities import CustomField, EnumOption, FieldValue, Goal, Portfolio, Project, Setting, Task, User
from sandbox.asana.errors import RefusedError, bad

TEXT_LIMIT = 1024
OPTION_LIMIT = 500
SETTING_LIMIT = 20
KINDS = ("text", "enum", "multi_enum", "number", "date", "people")
BUILT_IN_NAMES = frozenset({
    "assignee", "due date", "start date", "name", "task name", "created at", "completed at", "last modified on",
    "projects", "tags", "created by", "dependencies", "completed", "section",
})  # fmt: skip
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def settings_of(space: Any, thing: Any) -> list[Setting]:
    """The settings whose fields ``thing`` carries values of, each field once."""
    found: dict[str, Setting] = {}
    for holder in _holders(space, thing):
        for setting in holder.settings:
            found.setdefault(setting.definition.gid, setting)
    return list(found.values())


def _holders(space: Any, thing: Any) -> list[Any]:
    if isinstance(thing, Task):
        top: Task = thing
        while top.parent is not None and not top.homes:
            top = top.parent
        return [space.projects[gid] for gid in top.homes]
    if isinstance(thing, Project):
        return list(space.portfolios_with(thing))
    if isinstance(thing, Portfolio):
        return [thing, *space.portfolios_with(thing)]
    return [thing] if isinstance(thing, Goal) else []


def visible_values(space: Any, thing: Any) -> list[FieldValue]:
    """The custom fields as ``thing`` shows them; none where the plan has no such thing."""
    if _unpaid(space):
        return []
    values = thing.values
    return [FieldValue(each.definition, values.get(each.definition.gid)) for each in settings_of(space, thing)]


def value_fields(shown: FieldValue) -> dict[str, Any]:
    """The value under the one key its type has (enum_value, number_value, …)."""
    kind, value = shown.definition.kind, shown.value
    if kind == "enum":
        return {"enum_value": option(shown.definition, value)}
    if kind == "multi_enum":
        return {"multi_enum_values": [option(shown.definition, gid) for gid in value or []]}
    if kind == "date":
        return {"date_value": None if value is None else {"date": value, "date_time": None}}
    if kind == "people":
        return {"people_value": value or []}
    return {f"{kind}_value": value}


def display(shown: FieldValue) -> str | None:
    """The value as the one string that is always safe to read."""
    kind, value = shown.definition.kind, shown.value
    if value is None:
        return None
    if kind == "enum":
        chosen = option(shown.definition, value)
        return chosen.name if chosen else None
    if kind == "multi_enum":
        return ", ".join(each.name for gid in value if (each := option(shown.definition, gid)))
    if kind == "people":
        return ", ".join(user.name for user in value)
    if kind == "number":
        return f"{value:.{shown.definition.precision}f}"
    return str(value)


def option(definition: CustomField, gid: str | None) -> EnumOption | None:
    """The option of a field by gid."""
    return next((each for each in definition.options if each.gid == gid), None)


def _unpaid(space: Any) -> bool:
    return space.plan == "free" or "custom fields" in space.lacking


def checked_values(space: Any, thing: Any, wanted: object, by: User) -> dict[str, Any]:
    """The values of a request's ``custom_fields``, each checked; 400 for what the vendor would refuse.

    403 for a field that somebody else has locked.
    """
    if _unpaid(space):
        raise RefusedError(402, "Custom Fields are not available for free users or guests.")
    if not isinstance(wanted, dict):
        raise bad("custom_fields: Value is not an object")
    allowed = {setting.definition.gid: setting.definition for setting in settings_of(space, thing)}
    for gid in wanted:
        if gid not in allowed:
            raise bad(f"Custom field with ID {gid} is not on given object")
        if allowed[gid].locked_by not in (None, by):
            raise RefusedError(403, f"custom_fields: You do not have permission to edit the custom field {gid}")
    return {gid: checked(space, allowed[gid], value) for gid, value in wanted.items()}


def checked(space: Any, definition: CustomField, value: Any) -> Any:
    """One value as it is kept, or 400."""
    if value is None:
        return None
    if definition.kind == "text":
        return _text(value)
    if definition.kind == "number":
        return _number(definition, value)
    if definition.kind == "enum":
        return _enabled_option(definition, value)
    if definition.kind == "multi_enum":
        if not isinstance(value, list):
            raise bad("custom_fields: multi_enum value is not a list")
        return [_enabled_option(definition, each) for each in value]
    if definition.kind == "date":
        return _date(value)
    return _people(space, value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise bad("custom_fields: Text value is not a string")
    if len(value) > TEXT_LIMIT:
        raise bad(f"custom_fields: Text custom field value must be at most {TEXT_LIMIT} characters")
    return value


def _number(definition: CustomField, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise bad("custom_fields: Number value is not a number")
    return round(value, definition.precision) if definition.precision else round(value)


def _enabled_option(definition: CustomField, value: Any) -> str:
    found = option(definition, value) if isinstance(value, str) else None
    if found is None or not found.enabled:
        raise bad(f"custom_fields: Value {value!r} is not a valid enum option of {definition.gid}")
    return found.gid


def _date(value: Any) -> date:
    day = value.get("date") if isinstance(value, dict) else None
    if not isinstance(day, str) or not ISO_DATE.fullmatch(day):
        raise bad("custom_fields: Date value must be an object with a date in the form YYYY-MM-DD")
    try:
        return date.fromisoformat(day)
    except ValueError as problem:
        raise bad(f"custom_fields: {day} is not a date") from problem


def _people(space: Any, value: Any) -> list[User]:
    if not isinstance(value, list):
        raise bad("custom_fields: People value is not a list")
    return [space.user(each) for each in value]


def check_name(space: Any, name: object, *, of: CustomField | None = None) -> str:
    """A name the workspace has free and Asana has not built in; 400 otherwise."""
    if not isinstance(name, str) or not name.strip():
        raise bad("name: Missing input")
    if name.strip().lower() in BUILT_IN_NAMES:
        raise bad(f"name: {name} is the name of a built-in field")
    for other in space.custom_fields.values():
        if other is not of and other.name.lower() == name.strip().lower():
            raise bad(f"name: A custom field with the name {name} already exists in this workspace")
    return name.strip()
