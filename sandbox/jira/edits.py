"""Changing an issue: the new values, their changelog entry, the webhook that tells of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.jira import events
from sandbox.jira.catalog import CHANGE_NAMES
from sandbox.jira.records import Field, Issue, Json
from sandbox.jira.shapes import plain

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

_ONE_ITEM_EACH = frozenset({"fixVersions", "versions", "components"})
Words = tuple[str | None, str | None]


def change(site: "JiraSite", issue: Issue, values: Json, *, by: str, mail: bool = True) -> Json | None:
    """Set fields (stored shapes), write one changelog entry, send ``jira:issue_updated``.

    Returns the entry, or None when every value was there already: then nothing happens at all, as in Jira.
    """
    items: list[Json] = []
    now = site.clock()
    for field_id, new in values.items():
        items.extend(_set(site, issue, field_id, new, now))
    if not items:
        return None
    history = add_history(site, issue, by=by, at=now, items=items)
    touch(site, issue, now)
    site.note("field", issue, by=by, mail=mail)
    events.issue_event(site, "jira:issue_updated", issue, by=by, history=history, kind="issue_generic")
    return history


def change_quietly(site: "JiraSite", issue: Issue, field_id: str, new: Any) -> None:
    """Set a field of an issue that is just being created: no history, no webhook."""
    _set(site, issue, field_id, new, site.clock())


def touch(site: "JiraSite", issue: Issue, now: datetime) -> None:
    """Mark an issue as written now."""
    issue.updated_at = issue.touched_at = now
    issue.fields["updated"] = site.stamp(now)


def add_history(site: "JiraSite", issue: Issue, *, by: str | None, at: datetime, items: list[Json]) -> Json:
    """Append one changelog entry; entries are kept oldest first."""
    entry: Json = {"id": str(site.next_id("history")), "author": site.users.get(by or ""), "created": site.stamp(at)}
    entry["items"] = items
    issue.histories.append(entry)
    return entry


def _set(site: "JiraSite", issue: Issue, field_id: str, new: Any, now: datetime) -> list[Json]:
    if field_id == "parent":
        return _set_parent(site, issue, new)
    old = issue.fields.get(field_id)
    if old == new or (not old and new in (None, [], "")):
        return []
    issue.fields[field_id] = new
    items = describe(site.fields[field_id], old, new)
    if field_id == "status":
        items.extend(_resolve(site, issue, old, new, now))
    return items


def _set_parent(site: "JiraSite", issue: Issue, new: str | None) -> list[Json]:
    old = issue.parent_id
    if old == new:
        return []
    if old:
        site.children[old].remove(issue.id)
    if new:
        site.children.setdefault(new, []).append(issue.id)
    issue.parent_id = new
    return [parent_item(site, old, new)]


def parent_item(site: "JiraSite", old: str | None, new: str | None) -> Json:
    names = [site.issues[one].key if one in site.issues else None for one in (old or "", new or "")]
    return item("parent", "parent", (old, names[0]), (new, names[1]))


def _resolve(site: "JiraSite", issue: Issue, old: Json | None, new: Json, now: datetime) -> list[Json]:
    was = old["statusCategory"]["key"] if old else "new"
    is_ = new["statusCategory"]["key"]
    if was != is_:
        issue.fields["statuscategorychangedate"] = site.stamp(now)
    if (is_ == "done") == (issue.fields.get("resolution") is not None):
        return []
    before = issue.fields.get("resolution")
    word = "Won't Do" if new["name"] == "Won't Do" else "Done"
    after = next(one for one in site.resolutions.values() if one["name"] == word) if is_ == "done" else None
    issue.fields["resolution"] = after
    issue.fields["resolutiondate"] = site.stamp(now) if after else None
    return describe(site.fields["resolution"], before, after)


def item(field_id: str | None, name: str, old: Words, new: Words, *, kind: str = "jira") -> Json:
    """One line of a changelog entry."""
    told: Json = {"field": name, "fieldtype": kind}
    if field_id:
        told["fieldId"] = field_id
    return told | {"from": old[0], "fromString": old[1], "to": new[0], "toString": new[1]}


def describe(field: Field, old: Any, new: Any) -> list[Json]:
    """The changelog lines of a change; versions and components get a line for each that came or went."""
    name = CHANGE_NAMES.get(field.id, field.name if field.custom else field.id)
    kind = "custom" if field.custom else "jira"
    if field.id not in _ONE_ITEM_EACH:
        return [item(field.id, name, words(field, old), words(field, new), kind=kind)]
    before = {one["id"]: one for one in old or ()}
    after = {one["id"]: one for one in new or ()}
    gone = [(one["id"], one["name"]) for number, one in before.items() if number not in after]
    came = [(one["id"], one["name"]) for number, one in after.items() if number not in before]
    lines = [item(field.id, name, one, (None, None)) for one in gone]
    return lines + [item(field.id, name, (None, None), one) for one in came]


def words(field: Field, value: Any) -> Words:
    """A value as the changelog tells it: its id where it has one, and its words."""
    if field.kind == "gh-sprint":
        sprints = value or []
        return ", ".join(str(one["id"]) for one in sprints), ", ".join(one["name"] for one in sprints)
    if value is None or value == []:
        return None, None
    if isinstance(value, list):
        return None, " ".join(str(one.get("value", one.get("name"))) if isinstance(one, dict) else one for one in value)
    if isinstance(value, dict):
        return _record_words(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = f"{value:g}"
        return (None if field.custom else text), text
    if field.schema["type"] == "date":
        return str(value), f"{value} 00:00:00.0"
    return None, str(value)


def _record_words(value: Json) -> Words:
    if value.get("type") == "doc":
        return None, plain(value)
    if "accountId" in value:
        return value["accountId"], value["displayName"]
    return str(value["id"]), value.get("value") or value.get("name")
