"""What people see of us in both fakes, as plain data that two runs can be compared by."""

from typing import Any

from sandbox.server import Sandbox

PREFIX = "Bellwether"
PROPERTY = "bellwether.health"
Json = dict[str, Any]


def shown(sandbox: Sandbox) -> Json:
    """By place: fields, receipt, our comments and status updates, these also with the tool's ids; and how often anybody was
    told of one."""
    with sandbox.jira.lock, sandbox.asana.lock:
        places = {**_issues(sandbox), **_objects(sandbox)}
        mails = sum(one.mail for one in sandbox.jira.written)
        return {
            "places": {name: place for name, place in places.items() if any(place.values())},
            "messages": {name: place for name, place in _messages(sandbox).items() if place},
            "told": {"jira": mails, "asana": sandbox.asana.notifications},
            "violations": dict(sandbox.jira.limits.violations),
        }


def _issues(sandbox: Sandbox) -> dict[str, Json]:
    site = sandbox.jira
    ours = {field.id: field.name for field in site.fields.values() if field.name.startswith(PREFIX)}
    found: dict[str, Json] = {}
    for issue in site.issues.values():
        values = {name: issue.fields.get(number) for number, name in ours.items()}
        plain = {name: value.get("value") if isinstance(value, dict) else value for name, value in values.items()}
        found[issue.key] = {
            "fields": {name: value for name, value in plain.items() if value is not None},
            "receipt": issue.properties.get(PROPERTY),
            "comments": [one["body"] for one in issue.comments if one["author"]["displayName"] == PREFIX],
        }
    return found


def _objects(sandbox: Sandbox) -> dict[str, Json]:
    space = sandbox.asana
    fields = {one.gid: one for one in space.custom_fields.values() if one.name.startswith(PREFIX)}
    options = {option.gid: option.name for field in fields.values() for option in field.options}
    found: dict[str, Json] = {}
    holders: list[tuple[str, Any]] = [*space.projects.items(), *space.portfolios.items(), *space.tasks.items()]
    for gid, one in holders:
        values = {fields[number].name: options.get(str(v), v) for number, v in one.values.items() if number in fields}
        found[gid] = {"fields": {name: value for name, value in values.items() if value is not None}}
    for update in space.status_updates.values():
        if update.author is space.bot:
            found[update.parent.gid].setdefault("updates", []).append([update.title, update.status_type])
    for story in space.stories.values():
        if story.created_by is space.bot and story.subtype == "comment_added":
            found[story.target.gid].setdefault("comments", []).append(story.text)
    return found


def _messages(sandbox: Sandbox) -> dict[str, list[Json]]:
    """By place, in the order of their making: our comments and status updates as the tool has them, with their ids."""
    space, found = sandbox.asana, dict[str, list[Json]]()
    for issue in sandbox.jira.issues.values():
        ours = [one for one in issue.comments if one["author"]["displayName"] == PREFIX]
        found[issue.key] = [{"id": str(one["id"]), "kind": "comment", "body": one["body"]} for one in ours]
    for update in space.status_updates.values():
        if update.author is space.bot:
            said = {"body": update.text, "says": [update.title, update.status_type]}
            found.setdefault(update.parent.gid, []).append({"id": update.gid, "kind": "status_update", **said})
    for story in space.stories.values():
        if story.created_by is space.bot and story.subtype == "comment_added":
            found.setdefault(story.target.gid, []).append({"id": story.gid, "kind": "comment", "body": story.text})
    return found
