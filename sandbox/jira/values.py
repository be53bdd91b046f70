"""What a PUT may set, checked as the vendor checks it: the value as it is kept, or the vendor's sentence."""

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.jira.records import ApiError, Field, Issue, Json
from sandbox.jira.shapes import is_adf

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

LONGEST_TEXT = 255
LONGEST_DOCUMENT = 32_767


class RefusedError(Exception):
    """A value the vendor refuses; the message is the vendor's."""


def checked(site: "JiraSite", issue: Issue, wanted: Json) -> Json:
    """Every field of a PUT as it is kept. Raises ApiError 400 naming each refused field; nothing is set then."""
    values: Json = {}
    errors: dict[str, str] = {}
    for name, raw in wanted.items():
        field = site.fields.get(name)
        if field is None or not site.editable(field, issue):
            errors[name] = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            continue
        try:
            values[name] = convert(site, issue, field, raw)
        except RefusedError as refused:
            errors[name] = str(refused)
    if errors:
        raise ApiError(400, errors=errors)
    return values


def convert(site: "JiraSite", issue: Issue, field: Field, raw: Any) -> Any:
    """One value as it is kept. Raises RefusedError."""
    if field.id == "parent":
        return _parent(site, issue, raw)
    if raw is None:
        if field.id in ("summary", "issuetype"):
            raise RefusedError(f"You must specify a {field.name.lower()} of the issue.")
        return None
    if field.kind in ("select", "multiselect"):
        return _options(site, issue, field, raw)
    if field.kind in ("textarea",) or field.id in ("description", "environment"):
        return _document(raw)
    kind = field.schema["type"]
    if kind == "array":
        return _array(site, issue, field, raw)
    if kind in ("user", "priority", "issuetype"):
        return _record(site, field, raw)
    return _scalar(field, raw)


def _scalar(field: Field, raw: Any) -> Any:
    kind = field.schema["type"]
    if kind == "number":
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not math.isfinite(raw):
            raise RefusedError("Operation value must be a number")
        return raw
    if not isinstance(raw, str):
        raise RefusedError("Operation value must be a string")
    if kind == "date":
        return _date(raw)
    if field.kind == "url" and not raw.startswith(("http://", "https://", "ftp://")):
        raise RefusedError(f"The URL '{raw}' is not valid.")
    if field.id == "summary" and (not raw.strip() or "\n" in raw):
        raise RefusedError("You must specify a summary of the issue.")
    if len(raw) > LONGEST_TEXT:
        raise RefusedError(f"The entered text is too long. It exceeds the allowed limit of {LONGEST_TEXT} characters.")
    return raw


def _date(raw: str) -> str:
    try:
        return date.fromisoformat(raw).isoformat()
    except ValueError as error:
        raise RefusedError(f"Error parsing date string: {raw}") from error


def _document(raw: Any) -> Json:
    if not is_adf(raw):
        raise RefusedError("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    found: Json = raw
    return found


def _options(site: "JiraSite", issue: Issue, field: Field, raw: Any) -> Any:
    if field.kind == "multiselect":
        if not isinstance(raw, list):
            raise RefusedError("data was not an array")
        return [_option(site, issue, field, one) for one in raw]
    return _option(site, issue, field, raw)


def _option(site: "JiraSite", issue: Issue, field: Field, raw: Any) -> Json:
    context = site.context_of(field, issue)
    offered = field.options.get(context.id, []) if context else []
    if not isinstance(raw, dict) or not ({"id", "value"} & raw.keys()):
        raise RefusedError("Specify a valid 'id' or 'value' for " + field.name)
    for option in offered:
        if str(raw.get("id", option["id"])) == option["id"] and raw.get("value", option["value"]) == option["value"]:
            return option
    if "id" in raw:
        raise RefusedError(f"Option id '{raw['id']}' is not valid")
    raise RefusedError(f"Option value '{raw['value']}' is not valid")


def _array(site: "JiraSite", issue: Issue, field: Field, raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise RefusedError("data was not an array")
    if field.schema["items"] == "string":
        if any(not isinstance(one, str) or " " in one for one in raw):
            raise RefusedError("The label can't contain spaces.")
        return list(dict.fromkeys(raw))
    if field.schema["items"] == "version":
        offered = site.project_versions(issue.project_id)
        return [_pick(offered, one, "version") for one in raw]
    raise RefusedError(f"Field '{field.id}' cannot be set through this operation.")


def _pick(offered: list[Json], raw: Any, what: str) -> Json:
    if isinstance(raw, dict):
        for record in offered:
            if record["id"] == str(raw.get("id")) or record["name"] == raw.get("name"):
                return record
    raise RefusedError(f"{what.capitalize()} name or id is not valid")


def _record(site: "JiraSite", field: Field, raw: Any) -> Json:
    if field.schema["type"] == "user":
        account = raw.get("accountId", raw.get("id")) if isinstance(raw, dict) else None
        if account not in site.users:
            raise RefusedError("Specify a valid value for " + field.name.lower())
        return site.users[account]
    table = site.priorities if field.id == "priority" else site.types
    return _pick(list(table.values()), raw, field.name)


def _parent(site: "JiraSite", issue: Issue, raw: Any) -> str | None:
    if raw is None:
        return None
    found = site.find_issue(str(raw.get("id") or raw.get("key") or "")) if isinstance(raw, dict) else None
    if found is None:
        raise RefusedError("Could not find issue by id or key.")
    level = found.fields["issuetype"].get("hierarchyLevel", 0)
    if level <= issue.fields["issuetype"].get("hierarchyLevel", 0):
        raise RefusedError("Given parent work item does not belong to appropriate hierarchy.")
    return found.id
