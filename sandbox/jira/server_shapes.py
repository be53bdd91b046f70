"""Old Server shapes (v2: names, wiki text, sprint strings) turned into Cloud's (account ids, ADF, objects)."""

import re
import uuid
from typing import Any

from sandbox.jira.catalog import CATEGORIES, CHANGE_NAMES
from sandbox.jira.records import IssueLink, Json, Project
from sandbox.jira.server_fields import SPRINT_MARK, FieldGuess
from sandbox.jira.shapes import adf, parse_stamp
from sandbox.jira.site import JiraSite

NAMESPACE = uuid.UUID("5b10a284-4c20-4165-9700-ede21a000001")
_CATEGORY_IDS = {2: "new", 1: "new", 4: "indeterminate", 3: "done"}
_PAIR = re.compile(r"(\w+)=(.*?)(?=,\w+=|\]$)")
_PEOPLE = ("assignee", "reporter", "creator")
_COPIED = ("summary", "labels", "duedate", "resolutiondate", "created", "updated", "timetracking", "timespent",
           "timeestimate", "timeoriginalestimate", "aggregatetimespent", "aggregatetimeestimate")  # fmt: skip
_FIELD_IDS = {words: field_id for field_id, words in CHANGE_NAMES.items()} | {
    "Parent": "parent", "issuetype": "issuetype", "Issue Type": "issuetype", "type": "issuetype",
    "Project": "project",
}  # fmt: skip
_NO_FIELD = frozenset({"Link", "Key", "Workflow", "Attachment", "RemoteIssueLink", "WorklogId", "ProjectImport"})
_SAME = frozenset({
    "status", "resolution", "assignee", "reporter", "description", "summary", "priority", "duedate", "labels",
    "timeestimate", "timespent", "timeoriginalestimate", "environment",
})  # fmt: skip


def account_id(name: str) -> str:
    """The account id an old user name becomes, the same in every run."""
    return f"557058:{uuid.uuid5(NAMESPACE, name)}"


class Shapes:
    """Converts and shares: one object a person, status, type, version, as Cloud's issues of a site share them."""

    def __init__(self, site: JiraSite) -> None:
        self.site = site
        self.field_ids: dict[str, str] = {}  # custom field ids by name
        self.links: dict[str, IssueLink] = {}
        for table in (site.statuses, site.types, site.priorities, site.resolutions, site.link_types):
            table.clear()

    def user(self, raw: Any) -> Json | None:
        """A person; ``name`` or ``key`` becomes an account id."""
        if not isinstance(raw, dict):
            return None
        number = raw.get("accountId") or account_id(str(raw.get("key") or raw["name"]))
        if number not in self.site.users:
            added = self.site.add_user(number, raw.get("displayName") or raw.get("name") or "Former user")
            added["active"] = bool(raw.get("active", True))
        return self.site.users[number]

    def status(self, raw: Json) -> Json:
        number = str(raw["id"])
        if number not in self.site.statuses:
            category = raw.get("statusCategory") or {}
            key = category.get("key") if category.get("key") in CATEGORIES else _CATEGORY_IDS.get(category.get("id", 0))
            self.site.add_status(raw["name"], key or _category_of(raw["name"]), status_id=number)
        return self.site.statuses[number]

    def type(self, raw: Json) -> Json:
        number = str(raw["id"])
        if number not in self.site.types:
            level = -1 if raw.get("subtask") else 1 if raw["name"] == "Epic" else 0
            self.site.add_type(raw["name"], level, type_id=number, description=raw.get("description") or "")
        return self.site.types[number]

    def named(self, table: dict[str, Json], raw: Any) -> Json | None:
        """A priority or resolution."""
        if not isinstance(raw, dict):
            return None
        number = str(raw["id"])
        record = {"id": number, "name": raw["name"], "description": raw.get("description") or ""}
        return table.setdefault(number, record)

    def version(self, raw: Json, project_id: str) -> Json:
        number = str(raw["id"])
        if number not in self.site.versions:
            kept = ("name", "description", "archived", "released", "startDate", "releaseDate")
            record: Json = {"id": number} | {key: raw[key] for key in kept if key in raw}
            record |= {"archived": bool(raw.get("archived")), "released": bool(raw.get("released"))}
            self.site.versions[number] = record | {"projectId": int(project_id)}
        return self.site.versions[number]

    def fields(self, told: Json, project: Project, guesses: dict[str, FieldGuess]) -> Json:
        """The field values of an issue."""
        fields: Json = {name: told.get(name) for name in _COPIED}
        for name in ("created", "updated", "resolutiondate"):
            if fields[name] is not None:
                parse_stamp(fields[name])  # refuses what is no time
        fields |= {name: self.user(told.get(name)) for name in _PEOPLE}
        fields |= {"status": self.status(told["status"]), "issuetype": self.type(told["issuetype"])}
        fields["priority"] = self.named(self.site.priorities, told.get("priority"))
        fields["resolution"] = self.named(self.site.resolutions, told.get("resolution"))
        for name in ("fixVersions", "versions"):
            fields[name] = [self.version(one, project.id) for one in told.get(name) or ()]
        fields["components"] = [{"id": str(c["id"]), "name": c["name"]} for c in told.get("components") or ()]
        fields |= {name: document(told.get(name)) for name in ("description", "environment")}
        fields["labels"] = told.get("labels") or []
        fields["timetracking"] = told.get("timetracking") or {}
        for field_id, guess in guesses.items():
            fields[field_id] = self.custom(guess, told.get(field_id))
        return fields

    def custom(self, guess: FieldGuess, value: Any) -> Any:
        """The value of a custom field in Cloud's shape."""
        if value in (None, [], ""):
            return None
        if guess.kind == "gh-sprint":
            return [self.sprint(one) for one in value]
        if guess.kind == "userpicker":
            return self.user(value)
        if guess.kind == "textarea":
            return document(value)
        if guess.kind == "float":
            return float(value)
        if guess.kind in ("select", "multiselect"):
            chosen = value if isinstance(value, list) else [value]
            options = [{"id": str(one["id"]), "value": one["value"]} for one in chosen]
            return options if guess.kind == "multiselect" else options[0]
        return value

    def sprint(self, raw: Any) -> Json:
        """A sprint object out of a GreenHopper string; known sprints are shared."""
        found = dict(_PAIR.findall(raw.removeprefix(SPRINT_MARK))) if isinstance(raw, str) else dict(raw)
        number = int(found["id"])
        if number not in self.site.sprints:
            record: Json = {"id": number, "name": found["name"], "state": found["state"].lower(), "goal": ""}
            dates = {name: found.get(name) for name in ("startDate", "endDate", "completeDate")}
            record |= {name: value for name, value in dates.items() if value and value != "<null>"}
            self.site.sprints[number] = record | {"boardId": None}
        return self.site.sprints[number]

    def histories(self, raw: list[Json]) -> list[Json]:
        """Changelog entries, oldest first, with the field ids that Cloud adds."""
        told = []
        for one in raw:
            items = [self._item(line) for line in one.get("items") or ()]
            entry: Json = {"id": str(one["id"]), "author": self.user(one.get("author")), "created": one["created"]}
            told.append(entry | {"items": items})
        return sorted(told, key=lambda entry: (parse_stamp(entry["created"]), int(entry["id"])))

    def _item(self, raw: Json) -> Json:
        name, kind = raw["field"], raw.get("fieldtype") or "jira"
        told: Json = {"field": name, "fieldtype": kind}
        field_id = raw.get("fieldId") or self._field_id(name, kind)
        if field_id:
            told["fieldId"] = field_id
        told |= {key: raw.get(key) for key in ("from", "fromString", "to", "toString")}
        if field_id in ("assignee", "reporter"):
            told |= {key: account_id(str(raw[key])) if raw.get(key) else None for key in ("from", "to")}
        return told

    def _field_id(self, name: str, kind: str) -> str | None:
        if kind == "custom":
            return self.field_ids.get(name)
        if name == "Link":
            return "issuelinks"
        if name in _NO_FIELD:
            return None
        return name if name in _SAME else _FIELD_IDS.get(name)

    def comment(self, raw: Json) -> Json:
        told: Json = {"id": str(raw["id"]), "author": self.user(raw.get("author"))}
        told |= {"updateAuthor": self.user(raw.get("updateAuthor")), "body": document(raw.get("body")) or adf("")}
        told |= {"created": raw["created"], "updated": raw.get("updated") or raw["created"], "jsdPublic": True}
        return told | ({"visibility": raw["visibility"]} if raw.get("visibility") else {})

    def worklog(self, raw: Json, issue_id: str) -> Json:
        told: Json = {"id": str(raw["id"]), "issueId": issue_id, "author": self.user(raw.get("author"))}
        told |= {"updateAuthor": self.user(raw.get("updateAuthor")), "comment": document(raw.get("comment"))}
        kept = ("created", "updated", "started", "timeSpent", "timeSpentSeconds")
        return told | {key: raw.get(key) for key in kept}

    def note_link(self, raw: Json, issue_id: str) -> None:
        """Remember a link; both ends tell of it, it is kept once."""
        type_ = raw["type"]
        kept = {key: type_[key] for key in ("id", "name", "inward", "outward")}
        self.site.link_types.setdefault(str(type_["id"]), kept)
        outward = "outwardIssue" in raw
        other = str(raw["outwardIssue" if outward else "inwardIssue"]["id"])
        ends = (issue_id, other) if outward else (other, issue_id)
        self.links.setdefault(str(raw["id"]), IssueLink(str(raw["id"]), str(type_["id"]), *ends))


def document(value: Any) -> Json | None:
    """Wiki text as a document; what is one already stays."""
    if value is None or isinstance(value, dict):
        return value
    return adf(str(value))


def _category_of(name: str) -> str:
    words = name.lower()
    if any(part in words for part in ("clos", "done", "resol", "complete", "accept")):
        return "done"
    return "indeterminate" if any(part in words for part in ("progress", "review", "test")) else "new"
