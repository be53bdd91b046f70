"""Which events Asana sends and what each hints at. Data only: ``webhook.py`` reads it, docs/webhooks.md shows it.

An event is about a resource of some type, and says what happened to it. Types: the resource types of
https://developers.asana.com/docs/webhooks-guide and https://developers.asana.com/reference/events. What is in neither
table is kept as a hint that something changed, and counted by its name.
"""

from enum import StrEnum


class Hint(StrEnum):
    """What is read again."""

    TASK = "the task; deleted: it is looked for, and gone is deleted"
    PARENT_TASK = "the task it belongs to"
    PROJECT = "the project's lists, and what changed since the last sync"
    STATUS = "the status that people declared"


ACTIONS = frozenset({"added", "changed", "deleted", "removed", "undeleted"})

DISPATCHED: dict[str, Hint] = {
    "task": Hint.TASK,
    "story": Hint.PARENT_TASK,
    "time_tracking_entry": Hint.PARENT_TASK,
    "project": Hint.PROJECT,
    "section": Hint.PROJECT,
    "portfolio": Hint.PROJECT,
    "goal": Hint.PROJECT,
    "custom_field": Hint.PROJECT,
    "custom_field_setting": Hint.PROJECT,
    "budget": Hint.PROJECT,
    "allocation": Hint.PROJECT,
    "status_update": Hint.STATUS,
    "project_status": Hint.STATUS,
}

IGNORED: dict[str, str] = {
    "attachment": "attachments are not kept",
    "tag": "tags come with the tasks that have them",
    "user": "people come with the tasks they work on",
    "team": "teams are not kept",
    "workspace": "nothing of a workspace itself is kept",
    "project_brief": "texts of people, not kept",
    "project_membership": "who may see a project is not kept; what we may no longer see is found by the census",
    "portfolio_membership": "as above",
    "goal_membership": "as above",
    "team_membership": "as above",
    "workspace_membership": "as above",
    "membership": "as above",
    "reaction": "likes are not kept",
    "like": "as above",
}
