"""The past of a made company as changelogs: events become the vendor's entries, ids rising with time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sandbox.jira import edits
from sandbox.jira.records import Issue, Json
from sandbox.world import Event, Item

if TYPE_CHECKING:
    from sandbox.jira.load import Loading

FIELD_OF = {
    "stage": "status", "due": "duedate", "start": "customfield_10015", "assignee": "assignee",
    "points": "customfield_10016", "estimate_hours": "timeoriginalestimate", "remaining_hours": "timeestimate",
    "version": "fixVersions", "sprint": "customfield_10020", "parent": "parent", "title": "summary",
    "priority": "priority",
}  # fmt: skip
DECLARED = "customfield_10060"
LINKED_WORK = "customfield_10070"


@dataclass(frozen=True)
class Entry:
    """One changelog entry before it has an id."""

    at: datetime
    issue: Issue
    by: str | None
    items: list[Json]


def load_histories(loading: "Loading", items: list[Item]) -> None:
    """Write the changelogs of all items, their links and the declared project statuses, in order of time."""
    entries = [entry for item in items for entry in _of_item(loading, item)]
    entries.extend(_of_links(loading))
    entries.extend(_of_statuses(loading))
    entries.sort(key=lambda entry: (entry.at, int(entry.issue.id)))
    for entry in entries:
        edits.add_history(loading.site, entry.issue, by=entry.by, at=entry.at, items=entry.items)
        if entry.at > entry.issue.updated_at:
            edits.touch(loading.site, entry.issue, entry.at)
            entry.issue.indexed_at = entry.at


def _account(loading: "Loading", person: str) -> str | None:
    user = loading.person(person)
    return user["accountId"] if user else None


def _of_item(loading: "Loading", item: Item) -> Iterator[Entry]:
    issue = loading.issues[item.key]
    for (at, by), together in groupby(item.events, key=lambda event: (event.at, event.by)):
        lines = [line for event in together for line in _lines(loading, item, event)]
        if lines:
            yield Entry(at, issue, _account(loading, by), lines)


def _lines(loading: "Loading", item: Item, event: Event) -> list[Json]:
    if event.field == "section":  # columns belong to the other tool; an issue has none
        return []
    field_id = FIELD_OF[event.field]
    if field_id == "parent":
        ends = [loading.issues.get(one or "") for one in (event.old, event.new)]
        return [edits.parent_item(loading.site, *(end.id if end else None for end in ends))]
    old, new = (_value(loading, item, event.field, text) for text in (event.old, event.new))
    lines = edits.describe(loading.site.fields[field_id], old, new)
    return lines + (_resolution(loading, old, new) if event.field == "stage" else [])


def _resolution(loading: "Loading", old: Json | None, new: Json | None) -> list[Json]:
    before, after = _resolved(loading, old), _resolved(loading, new)
    if before == after:
        return []
    return edits.describe(loading.site.fields["resolution"], before, after)


def _resolved(loading: "Loading", status: Json | None) -> Json | None:
    if status is None or status["statusCategory"]["key"] != "done":
        return None
    name = "Won't Do" if status["name"] == "Won't Do" else "Done"
    return next(one for one in loading.site.resolutions.values() if one["name"] == name)


def _value(loading: "Loading", item: Item, field: str, text: str | None) -> Any:
    """A world's text as the site keeps it."""
    if text is None:
        return None
    if field == "stage":
        return loading.statuses[(item.project, text)]
    if field == "assignee":
        return loading.person(text)
    if field == "points":
        return float(text)
    if field in ("estimate_hours", "remaining_hours"):
        return round(float(text) * 3600)
    if field in ("version", "sprint"):
        table = loading.versions if field == "version" else loading.sprints
        return [table[(item.project, name)] for name in text.split("|") if name]
    if field == "priority":
        return next(one for one in loading.site.priorities.values() if one["name"].lower() == text)
    return text


def _of_links(loading: "Loading") -> Iterator[Entry]:
    told: set[str] = set()  # an address is kept once: of the first link
    for link in loading.world.links:
        source, target = loading.issues.get(link.source), loading.issues.get(link.target)
        if link.at is None:
            continue
        verbs = ("blocks", "is blocked by") if link.kind == "blocks" else ("relates to", "relates to")
        if source is not None and target is not None:
            for issue, other, verb in ((source, target, verbs[0]), (target, source, verbs[1])):
                words = (other.key, f"This work item {verb} {other.key}")
                yield Entry(link.at, issue, None, [edits.item("issuelinks", "Link", (None, None), words)])
        elif target is not None:
            url, field = target.fields[LINKED_WORK], loading.site.fields[LINKED_WORK]
            if target.id not in told:
                told.add(target.id)
                yield Entry(link.at, target, None, edits.describe(field, None, url))


def _of_statuses(loading: "Loading") -> Iterator[Entry]:
    """Statuses declared by hand, on the anchor of their project; the last one is what the field shows."""
    site = loading.site
    field = site.fields[DECLARED]
    options = {one["value"]: one for one in field.options[field.contexts[0].id]}
    words = {"on_track": "On track", "at_risk": "At risk", "off_track": "Off track", "on_hold": "On hold"}
    for status in sorted(loading.world.statuses, key=lambda one: one.at):
        project = loading.world.projects.get(status.project)
        issue = loading.issues.get((project.anchor if project else None) or "")
        if issue is None:
            continue
        old, new = issue.fields[DECLARED], options[words.get(status.colour, "Complete")]
        if old != new:
            issue.fields[DECLARED] = new
            yield Entry(status.at, issue, _account(loading, status.by), edits.describe(field, old, new))
