"""The fields JQL may ask for: what each compares, and how its values are read."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.jira.records import ApiError, Issue, Json
from sandbox.jira.shapes import parse_stamp

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

Predicate = Callable[[Issue], bool]
Names = Callable[["JiraSite", Issue], set[str]]
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_RELATIVE = re.compile(r"([+-]?\d+)\s*([wdhm])", re.IGNORECASE)
_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


class Value(Protocol):
    """A word of the query."""

    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...


def _record(name: str, *, label: str = "name") -> Names:
    def names(site: "JiraSite", issue: Issue) -> set[str]:
        value = issue.fields.get(name)
        records: list[Json] = value if isinstance(value, list) else [value] if value else []
        return {str(part).lower() for one in records for part in (one["id"], one[label])}

    return names


def _project(site: "JiraSite", issue: Issue) -> set[str]:
    project = site.projects[issue.project_id]
    return {project.id, project.key.lower(), project.name.lower()}


def _key(site: "JiraSite", issue: Issue) -> set[str]:
    return {issue.id, issue.key.lower()}


def _parent(site: "JiraSite", issue: Issue) -> set[str]:
    parent = site.issues.get(issue.parent_id or "")
    return set() if parent is None else _key(site, parent)


def _category(site: "JiraSite", issue: Issue) -> set[str]:
    category = issue.fields["status"]["statusCategory"]
    return {str(category["id"]), category["key"], category["name"].lower()}


def _labels(site: "JiraSite", issue: Issue) -> set[str]:
    return {label.lower() for label in issue.fields.get("labels") or ()}


def _person(name: str) -> Names:
    def names(site: "JiraSite", issue: Issue) -> set[str]:
        user = issue.fields.get(name)
        return {user["accountId"].lower(), user["displayName"].lower()} if user else set()

    return names


def _sprint(site: "JiraSite", issue: Issue) -> set[str]:
    for field in site.fields.values():
        if field.kind == "gh-sprint":
            sprints = issue.fields.get(field.id) or ()
            return {str(part).lower() for one in sprints for part in (one["id"], one["name"])}
    return set()


SETS: dict[str, Names] = {
    "project": _project, "id": _key, "key": _key, "issue": _key, "issuekey": _key, "parent": _parent,
    "fixversion": _record("fixVersions"), "affectedversion": _record("versions"), "component": _record("components"),
    "sprint": _sprint, "issuetype": _record("issuetype"), "type": _record("issuetype"), "status": _record("status"),
    "statuscategory": _category, "priority": _record("priority"), "resolution": _record("resolution"),
    "labels": _labels, "assignee": _person("assignee"), "reporter": _person("reporter"),
    "creator": _person("creator"),
}  # fmt: skip
MOMENTS = {
    "updated": "updated", "updateddate": "updated", "created": "created", "createddate": "created",
    "resolved": "resolutiondate", "resolutiondate": "resolutiondate",
}  # fmt: skip
DATES = {"due": "duedate", "duedate": "duedate"}
FIELDS = SETS.keys() | MOMENTS.keys() | DATES.keys() | {"summary"}


def condition(site: "JiraSite", name: str, operator: str, values: list[Any]) -> Predicate:
    """The test of one clause. Raises ApiError 400 for what this site does not know."""
    field = name.lower()
    if field not in FIELDS or field == "summary":
        raise ApiError(400, f"Field '{name}' does not exist or you do not have permission to view it.")
    if operator in ("is", "is not"):
        return _empty(site, name, values[0], negated=operator == "is not")
    if field in SETS:
        return _membership(site, name, operator, values)
    if operator not in _ORDER:
        raise ApiError(400, f"The operator '{operator}' is not supported by the '{name}' field.")
    bound = moment(site, name, values[0])
    if field in DATES:
        return _compare_date(site, DATES[field], operator, bound)
    return _compare_moment(site, MOMENTS[field], operator, bound)


def _empty(site: "JiraSite", name: str, value: Value, *, negated: bool) -> Predicate:
    if value.text.lower() not in ("empty", "null"):
        raise ApiError(400, f"Operator 'is' expects EMPTY or NULL but got '{value.text}'.")
    field = name.lower()
    if field in SETS:
        names = SETS[field]
        return lambda issue: bool(names(site, issue)) == negated
    stored = MOMENTS.get(field) or DATES[field]
    return lambda issue: (issue.fields.get(stored) is not None) == negated


def _membership(site: "JiraSite", name: str, operator: str, values: list[Value]) -> Predicate:
    field, names = name.lower(), SETS[name.lower()]
    if operator in ("<", "<=", ">", ">=") and field in ("id", "key", "issue", "issuekey"):
        return _compare_key(site, operator, values[0])
    if operator not in ("=", "!=", "in", "not in"):
        raise ApiError(400, f"The operator '{operator}' is not supported by the '{name}' field.")
    wanted: set[str] = set()
    empty = False
    for value in values:
        if value.kind == "word" and value.text.lower() in ("empty", "null", "unresolved"):
            empty = True
        else:
            wanted |= _known(site, name, value)
    negated = operator in ("!=", "not in")

    def test(issue: Issue) -> bool:
        have = names(site, issue)
        if negated:  # as in Jira, an empty field matches neither = nor !=
            return bool(have) and not (have & wanted)
        return bool(have & wanted) or (empty and not have)

    return test


def _compare_key(site: "JiraSite", operator: str, value: Value) -> Predicate:
    issue = site.find_issue(value.text)
    number = issue.id if issue is not None else value.text
    if not number.isdigit():
        raise ApiError(400, f"An issue with key '{value.text}' does not exist for field 'key'.")
    compare, bound = _ORDER[operator], int(number)
    return lambda one: compare(int(one.id), bound)


def _known(site: "JiraSite", name: str, value: Value) -> set[str]:
    """The lower-case words a value stands for; what does not exist is refused, as the vendor does."""
    field, text = name.lower(), value.text.lower()
    if text == "opensprints()" and field == "sprint":
        return {str(number) for number, one in site.sprints.items() if one["state"] == "active"}
    if text.endswith("()") and value.kind == "word":
        raise ApiError(400, f"Unable to find JQL function '{value.text}'.")
    if field in ("labels", "component", "assignee", "reporter", "creator"):
        return {text}
    if field in ("id", "key", "issue", "issuekey", "parent"):
        issue = site.find_issue(value.text)
        if issue is None:
            raise ApiError(400, f"An issue with key '{value.text}' does not exist for field '{name}'.")
        return {issue.id}
    if text not in _vocabulary(site, field):
        raise ApiError(400, f"The value '{value.text}' does not exist for the field '{name}'.")
    return {text}


def _vocabulary(site: "JiraSite", field: str) -> set[str]:
    if field == "project":
        shown = (p for p in site.projects.values() if p.id not in site.hidden_project_ids)
        return {word.lower() for p in shown for word in (p.id, p.key, p.name)}
    if field == "statuscategory":
        categories = (one["statusCategory"] for one in site.statuses.values())
        return {str(w).lower() for one in categories for w in (one["id"], one["key"], one["name"])}
    table: dict[str, dict[Any, Json]] = {
        "fixversion": site.versions, "affectedversion": site.versions, "sprint": site.sprints,
        "issuetype": site.types, "type": site.types, "status": site.statuses, "priority": site.priorities,
        "resolution": site.resolutions,
    }  # fmt: skip
    return {str(word).lower() for one in table[field].values() for word in (one["id"], one["name"])}


def moment(site: "JiraSite", name: str, value: Value) -> datetime:
    """A date of a query: epoch milliseconds, relative, or minutes in the account's zone. Raises ApiError 400."""
    text = value.text.strip()
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return site.clock() + timedelta(**{_UNITS[relative.group(2).lower()]: int(relative.group(1))})
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, tz=site.zone)
    if text.lower() == "now()":
        return site.clock()
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=site.zone)
        except ValueError:
            continue
    raise ApiError(
        400,
        f"Date value '{text}' for field '{name}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def _compare_moment(site: "JiraSite", stored: str, operator: str, bound: datetime) -> Predicate:
    compare = _ORDER[operator]
    if stored == "updated":
        return lambda issue: compare(issue.indexed_at, bound)
    if stored == "created":
        return lambda issue: compare(issue.created_at, bound)
    return lambda issue: issue.fields.get(stored) is not None and compare(parse_stamp(issue.fields[stored]), bound)


def _compare_date(site: "JiraSite", stored: str, operator: str, bound: datetime) -> Predicate:
    compare, day = _ORDER[operator], bound.astimezone(site.zone).date().isoformat()
    return lambda issue: issue.fields.get(stored) is not None and compare(issue.fields[stored], day)


def sort_key(name: str) -> Callable[[Issue], Any]:
    """What ORDER BY sorts by; ids numerically, empty values first."""
    if name in ("id", "rank"):
        return lambda issue: int(issue.id)
    if name in ("key", "issue", "issuekey"):
        return lambda issue: (issue.key.rsplit("-", 1)[0], int(issue.key.rsplit("-", 1)[1]))
    if name in MOMENTS:
        stored = MOMENTS[name]
        if stored == "updated":
            return lambda issue: issue.indexed_at
        if stored == "created":
            return lambda issue: issue.created_at
        return lambda issue: issue.fields.get(stored) or ""
    return lambda issue: _words(issue, name)


def _words(issue: Issue, name: str) -> str:
    stored = {"due": "duedate", "fixversion": "fixVersions", "type": "issuetype"}.get(name, name)
    value = issue.fields.get(stored)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        return str(value.get("name") or value.get("displayName") or value.get("key") or "")
    return "" if value is None else str(value)
