"""What a server answers, made from what the Cloud fake keeps: v2 addresses, people, texts, sprints, changelogs."""

from collections.abc import Iterable
from typing import Any

from sandbox.jira.datacenter.state import EPIC_LINK, EPIC_NAME, OWN_FIELDS, PARENT_LINK, Server
from sandbox.jira.records import Issue, Json
from sandbox.jira.render import chosen_fields, field_value, small_issue
from sandbox.jira.shapes import plain

EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
SHOWN_WORKLOGS = 20
_CLOUD_ONLY = frozenset({
    "simplified", "style", "isPrivate", "properties", "jsdPublic", "hierarchyLevel", "scope", "location",
})  # fmt: skip
_NAMES = {"project": "Project"}
_ICON = "/images/icons/issuetypes/{}.svg"


def server(server_: Server, value: Any, root: str) -> Any:
    """A document of the Cloud fake, or a part of one, as a server tells it."""
    if isinstance(value, list):
        return [server(server_, one, root) for one in value]
    if isinstance(value, str):
        return value.replace(f"{server_.site.base_url or root}/rest/api/3/", f"{root}/rest/api/2/").replace(
            f"{server_.site.base_url or root}/rest/", f"{root}/rest/"
        )
    if not isinstance(value, dict):
        return value
    if "accountId" in value:
        return person(server_, value, root)
    if value.get("type") == "doc":
        return plain(value)
    told = {key: server(server_, one, root) for key, one in value.items() if key not in _CLOUD_ONLY}
    if "hierarchyLevel" in value:
        return told | _kind(server_, value, root)
    return told


def _kind(server_: Server, type_: Json, root: str) -> Json:
    if type_["hierarchyLevel"] != 1:
        return {"iconUrl": root + _ICON.format("story")}
    if server_.renamed_epic is None:
        return {"iconUrl": root + _ICON.format("epic")}
    return {"name": server_.renamed_epic, "iconUrl": f"{root}/secure/viewavatar?size=xsmall&avatarId=10307"}


def person(server_: Server, user: Json, root: str) -> Json:
    """Somebody by name and key; nothing here knows an account id."""
    name = server_.name_of(user["accountId"])
    told: Json = {"self": f"{root}/rest/api/2/user?username={name}", "name": name}
    told |= {"key": server_.key_of(user["accountId"]), "emailAddress": user.get("emailAddress", f"{name}@acme.example")}
    return told | {"displayName": user["displayName"], "active": user["active"], "timeZone": user["timeZone"]}


def issue(server_: Server, one: Issue, root: str, *, fields: Iterable[str]) -> Json:
    """An issue with the chosen fields."""
    site, wanted = server_.site, list(fields)
    names = [name for name in chosen_fields(site, one, wanted) if name in server_.fields()]
    told = {name: server(server_, field_value(site, one, name, root), root) for name in names}
    for name in names:
        if site.fields[name].kind == "gh-sprint" and told[name]:
            told[name] = [sprint(record) for record in told[name]]
    whole = any(name.startswith("*") for name in wanted) or not wanted
    told |= {name: _own(server_, one, name) for name in OWN_FIELDS if whole or name in wanted}
    above = server_.above(one)
    if above is not None and above[0] == "parent" and (whole or "parent" in wanted):
        told["parent"] = server(server_, small_issue(site, above[1], root), root)
    return {
        "expand": EXPAND, "id": one.id, "self": f"{root}/rest/api/2/issue/{one.id}", "key": one.key, "fields": told,
    }


def _own(server_: Server, one: Issue, field_id: str) -> str | None:
    if field_id == EPIC_NAME:
        is_epic = one.fields["issuetype"].get("hierarchyLevel") == 1
        return str(one.fields.get("summary")) if is_epic else None
    above = server_.above(one)
    return above[1].key if above is not None and above[0] == field_id else None


def sprint(record: Json) -> str:
    """A sprint as a server words it, whatever its name holds."""
    told = {"id": record["id"], "rapidViewId": record.get("boardId"), "state": str(record["state"]).upper()}
    told |= {"name": record["name"]}
    told |= {name: record.get(name) for name in ("startDate", "endDate", "completeDate", "activatedDate")}
    told |= {"sequence": record["id"], "goal": record.get("goal") or "", "synced": "false"}
    words = ",".join(f"{key}={'<null>' if value is None else value}" for key, value in told.items())
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{int(record['id']):x}[{words}]"


def changelog(server_: Server, one: Issue, root: str, most: int | None = None) -> Json:
    """The whole history of an issue, oldest first; ``most``: only so many in a search, the total being told."""
    shown = one.histories if most is None else one.histories[:most]
    told = [history(server_, one, entry, root) for entry in shown]
    return {"startAt": 0, "maxResults": len(told), "total": len(one.histories), "histories": told}


def history(server_: Server, one: Issue, entry: Json, root: str) -> Json:
    told: Json = server(server_, {key: value for key, value in entry.items() if key != "items"}, root)
    return told | {"items": [_line(server_, one, line) for line in entry["items"]]}


def _line(server_: Server, one: Issue, line: Json) -> Json:
    """A line without a field id; people by their key, the issue above in the field that named it."""
    told = {key: value for key, value in line.items() if key != "fieldId"}
    field_id = line.get("fieldId")
    if field_id in ("assignee", "reporter"):
        told |= {end: server_.key_of(line[end]) if line.get(end) else None for end in ("from", "to")}
    if field_id == "parent":
        told |= _parent_line(server_, one, line)
    if field_id == "issuelinks":
        told |= {end: str(line[end]).replace("work item", "issue") if line.get(end) else None
                 for end in ("fromString", "toString")}
    told["field"] = _NAMES.get(told["field"], told["field"])
    return told


def _parent_line(server_: Server, one: Issue, line: Json) -> Json:
    known = server_.site.issues.get(line.get("to") or line.get("from") or "")
    field_id = server_.link_field(one, known) if known is not None else EPIC_LINK
    if field_id == "parent":
        return {"field": "Parent"}
    ends: Json = {"from": None, "to": None} if field_id == PARENT_LINK else {}
    return {"field": OWN_FIELDS[field_id].name, "fieldtype": "custom", **ends}


def comment(server_: Server, record: Json, issue_id: str, root: str, *, properties: Json | None) -> Json:
    told: Json = server(server_, record, root)
    told |= {"self": f"{root}/rest/api/2/issue/{issue_id}/comment/{record['id']}"}
    told["body"] = server_.wiki.get(record["id"], told["body"])
    if properties is not None:
        told["properties"] = [{"key": key, "value": value} for key, value in properties.items()]
    return told


def event(server_: Server, told: Json, root: str) -> Json:
    """The body of a webhook, which the Cloud fake has already made with v2 texts."""
    changed: Json = server(server_, {key: value for key, value in told.items() if key != "changelog"}, root)
    one = server_.site.issues.get(str((told.get("issue") or {}).get("id")))
    if told.get("changelog") and one is not None:
        lines = [_line(server_, one, line) for line in told["changelog"]["items"]]
        changed["changelog"] = {"id": told["changelog"]["id"], "items": lines}
    return changed
