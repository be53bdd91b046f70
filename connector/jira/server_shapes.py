"""Data Center's documents turned into the shapes of Cloud's REST v3: people, sprints, levels, parents, changelogs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

_SPRINT_MARK = "com.atlassian.greenhopper.service.sprint.Sprint@"
_SPRINT_KEYS = (
    "id", "rapidViewId", "state", "name", "goal", "startDate", "endDate", "completeDate", "activatedDate", "sequence",
    "synced", "autoStartStop", "incompleteIssuesDestinationId",
)  # fmt: skip
# Names may hold commas and equal signs, so only a comma before a known key parts two entries.
_SPRINT_PARTS = re.compile(r",(?=(?:" + "|".join(_SPRINT_KEYS) + r")=)")
_SPRINT_DATES = ("startDate", "endDate", "completeDate")
_EPIC_LINK, _EPIC_NAME, _PARENT_LINK = ":gh-epic-link", ":gh-epic-label", ":jpo-custom-field-parent"
_EPIC_ICON = re.compile(r"/epic\.(?:png|svg)$")
# How the changelog words a system field where that is not its id.
_SYSTEM_IDS = {
    "Fix Version": "fixVersions", "Version": "versions", "Component": "components", "Link": "issuelinks",
    "Issue Type": "issuetype", "type": "issuetype", "Project": "project",
    **{name: name for name in (
        "status", "resolution", "assignee", "reporter", "description", "summary", "priority", "duedate", "labels",
        "timeestimate", "timespent", "timeoriginalestimate", "environment", "issuetype", "project", "security",
    )},
}  # fmt: skip
_SPRINT = "Sprint"


@dataclass(frozen=True)
class Names:
    """What must be known of a site's fields and types to read its issues.

    ``by_name``: ids of custom fields; of several with one name the oldest. ``epic_types``: ids of the types that are
    epics.
    """

    by_name: Mapping[str, str] = field(default_factory=dict)
    epic_link: str | None = None
    epic_name: str | None = None
    parent_link: str | None = None
    epic_types: frozenset[str] = frozenset()

    @property
    def parents(self) -> tuple[str, ...]:
        """Fields that name the issue above, the nearer one first."""
        return tuple(one for one in (self.epic_link, self.parent_link) if one)


def read_names(fields: Iterable[Json], types: Iterable[Json]) -> Names:
    """The names of a site out of its lists of fields and of types."""
    custom = sorted((one for one in fields if one.get("custom")), key=lambda one: (len(one["id"]), one["id"]))
    by_name: dict[str, str] = {}
    for one in custom:
        by_name.setdefault(str(one["name"]), str(one["id"]))
    epics = (
        str(one["id"]) for one in types if not one.get("subtask") and (
            str(one.get("name", "")).strip().lower() == "epic" or _EPIC_ICON.search(str(one.get("iconUrl") or ""))
        )
    )
    return Names(
        by_name=by_name, epic_link=_of_kind(custom, _EPIC_LINK), epic_name=_of_kind(custom, _EPIC_NAME),
        parent_link=_of_kind(custom, _PARENT_LINK), epic_types=frozenset(epics),
    )


def _of_kind(fields: Sequence[Json], ending: str) -> str | None:
    found = (str(one["id"]) for one in fields if str((one.get("schema") or {}).get("custom", "")).endswith(ending))
    return next(found, None)


def jql_name(field_id: str) -> str:
    """How JQL names a custom field whose name may be given twice."""
    return f"cf[{field_id.removeprefix('customfield_')}]"


def value(raw: Any, names: Names) -> Any:
    """A document or a part of one: people with an account id, sprints as objects, types with their level."""
    if isinstance(raw, list):
        return [sprint(one) if _is_sprint(one) else value(one, names) for one in raw]
    if not isinstance(raw, dict):
        return raw
    told = {key: value(one, names) for key, one in raw.items()}
    if _is_person(told):
        # The changelog names people by their key; very old sites have only names.
        return {**told, "accountId": str(told.get("key") or told["name"]), "accountType": "atlassian"}
    if "subtask" in told and "hierarchyLevel" not in told:
        return {**told, "hierarchyLevel": level(told, names)}
    return told


def _is_sprint(raw: Any) -> bool:
    return isinstance(raw, str) and raw.startswith(_SPRINT_MARK)


def _is_person(raw: Json) -> bool:
    return "displayName" in raw and "accountId" not in raw and bool(raw.get("key") or raw.get("name"))


def level(kind: Json, names: Names) -> int:
    """The place of a type in the hierarchy: 1 epic, 0 standard, -1 sub-task."""
    if kind.get("subtask"):
        return -1
    return 1 if str(kind.get("id")) in names.epic_types else 0


def sprint(text: str) -> Json:
    """The sprint in a text such as ``…Sprint@1f[id=3,state=ACTIVE,name=Sprint 3,startDate=…]``."""
    inside = text[text.find("[") + 1:text.rfind("]")]
    found: dict[str, str] = {}
    for part in _SPRINT_PARTS.split(inside):
        key, _, told = part.partition("=")
        found.setdefault(key, told)
    given = {key: told for key, told in found.items() if told not in ("<null>", "")}
    record: Json = {"id": given.get("id"), "name": given.get("name", ""), "state": given.get("state", "").lower()}
    return record | {name: given[name] for name in _SPRINT_DATES if name in given}


def last_second_ms(issues: Sequence[Json]) -> int | None:
    """The second in which the last of some issues was created, in milliseconds since 1970; JQL knows no finer time."""
    for issue in reversed(issues):
        try:
            moment = datetime.strptime(str(issue["fields"]["created"]), "%Y-%m-%dT%H:%M:%S.%f%z")
        except (KeyError, ValueError):
            continue
        return int(moment.timestamp()) * 1000
    return None


def parent_key(fields: Json, names: Names) -> str | None:
    """The key of the issue above that a custom field names; None where the issue has a real parent or none at all."""
    if fields.get("parent"):
        return None
    for field_id in names.parents:
        told = fields.get(field_id)
        if isinstance(told, dict):
            told = told.get("key")
        if isinstance(told, str) and told:
            return told
    return None


def history(raw: Json, names: Names, ids: Mapping[str, str]) -> Json:
    """A changelog entry with the field ids that Cloud gives. ``ids``: issue ids by key."""
    told: Json = value({key: one for key, one in raw.items() if key != "items"}, names)
    return told | {"items": [_item(one, names, ids) for one in raw.get("items") or ()]}


def _item(raw: Json, names: Names, ids: Mapping[str, str]) -> Json:
    if raw.get("fieldId"):
        return raw
    name = str(raw.get("field", ""))
    if is_parent_change(raw, names):
        ends = {end: _issue_id(raw, end, words, ids) for end, words in (("from", "fromString"), ("to", "toString"))}
        # Cloud has one parent, so every field that names one becomes a change of it.
        return {**raw, **ends, "field": "parent", "fieldtype": "jira", "fieldId": "parent"}
    if raw.get("fieldtype") == "custom":
        # The sprint field is found by its name as well, whatever other field is called like it.
        field_id = None if name == _SPRINT else names.by_name.get(name)
    else:
        field_id = _SYSTEM_IDS.get(name)
    return {**raw, "fieldId": field_id} if field_id else raw


def is_parent_change(raw: Json, names: Names) -> bool:
    """Whether a changelog line tells of Epic Link or Parent Link."""
    return raw.get("fieldtype") == "custom" and names.by_name.get(str(raw.get("field"))) in names.parents


def _issue_id(raw: Json, end: str, words: str, ids: Mapping[str, str]) -> str | None:
    told = str(raw.get(end) or "")
    return told if told.isdigit() else ids.get(told or str(raw.get(words) or ""))


def keys_in(raw: Json, names: Names) -> list[str]:
    """Keys of issues in a changelog entry whose ids it does not tell."""
    found: list[str] = []
    for item in raw.get("items") or ():
        if not item.get("fieldId") and is_parent_change(item, names):
            for end, words in (("from", "fromString"), ("to", "toString")):
                told = str(item.get(end) or "")
                key = told or str(item.get(words) or "")
                if key and not told.isdigit():
                    found.append(key)
    return found
