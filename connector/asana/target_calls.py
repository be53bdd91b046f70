"""Calls about the places that health is published at: reading many of them, and everything that is written."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asana
from asana.api_client import ApiClient

from connector.asana import fields

BATCH = 10
"""How many actions Asana takes in one request; each of them counts as a request in its limits."""

Json = dict[str, Any]


class Thing(NamedTuple):
    """Something with an address of its own: a ``kind`` of ``PATHS`` and its gid."""

    kind: str
    gid: str


class Told(NamedTuple):
    """What one action of a batch answered."""

    status: int
    body: Json


PATHS = {
    "project": "/projects", "portfolio": "/portfolios", "goal": "/goals", "task": "/tasks",
    "status_update": "/status_updates",
}  # fmt: skip


class TargetCalls(ABC):
    """The part of the client that targets need; the client itself says how a call is made."""

    _sdk: ApiClient
    workspace: str

    @abstractmethod
    def _ask(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any] | None = None) -> Any:
        """One SDK call with its whole answer."""

    @abstractmethod
    def _one(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any] | None = None) -> Json:
        """One SDK call; the record it gives."""

    @abstractmethod
    def _all(self, call: Callable[..., Any], *args: Any, opts: Mapping[str, Any]) -> list[Json]:
        """A whole list."""

    # -- reading ------------------------------------------------------------------------------------------------------

    def target(self, kind: str, gid: str) -> Json:
        """A project, portfolio, goal or task with its custom fields' values, or a status update."""
        calls = {
            "project": asana.ProjectsApi(self._sdk).get_project,
            "portfolio": asana.PortfoliosApi(self._sdk).get_portfolio,
            "goal": asana.GoalsApi(self._sdk).get_goal,
            "task": asana.TasksApi(self._sdk).get_task,
            "status_update": asana.StatusUpdatesApi(self._sdk).get_status,
        }
        return self._one(calls[kind], gid, opts=picked(fields.PRESENT[kind]))

    def batch(self, things: Sequence[Thing]) -> list[Told]:
        """What ``target`` would say of each, in one request of at most ``BATCH`` actions that only read."""
        actions = [
            {
                "method": "get",
                "relative_path": f"{PATHS[kind]}/{gid}",
                "options": {"fields": list(fields.PRESENT[kind])},
            }
            for kind, gid in things
        ]
        call = asana.BatchAPIApi(self._sdk).create_batch_request
        told = self._ask(call, {"data": {"actions": actions}}, opts={})["data"]
        return [Told(int(each["status_code"]), each.get("body") or {}) for each in told]

    def status_updates(self, parent: str, *, since: datetime | None = None) -> list[Json]:
        """What was posted on a project, portfolio or goal, the newest first."""
        call = asana.StatusUpdatesApi(self._sdk).get_statuses_for_object
        created = {"created_since": since.isoformat()} if since else {}
        return self._all(call, parent, opts={**created, **picked(fields.STATUS_UPDATE)})

    def comment(self, story: str) -> Json:
        return self._one(asana.StoriesApi(self._sdk).get_story, story, opts=picked(fields.COMMENT))

    def custom_field(self, gid: str) -> Json:
        """One custom field with all its options, the disabled ones too."""
        return self._one(asana.CustomFieldsApi(self._sdk).get_custom_field, gid, opts=picked(fields.CUSTOM_FIELD))

    # -- writing ------------------------------------------------------------------------------------------------------

    def write_values(self, kind: str, gid: str, values: Mapping[str, Any]) -> None:
        """Set custom fields of a target, all in one request."""
        calls = {
            "project": asana.ProjectsApi(self._sdk).update_project,
            "portfolio": asana.PortfoliosApi(self._sdk).update_portfolio,
            "goal": asana.GoalsApi(self._sdk).update_goal,
            "task": asana.TasksApi(self._sdk).update_task,
        }
        self._one(calls[kind], {"data": {"custom_fields": dict(values)}}, gid, opts=picked(("name",)))

    def create_comment(self, task: str, data: Mapping[str, Any]) -> Json:
        call = asana.StoriesApi(self._sdk).create_story_for_task
        return self._one(call, {"data": dict(data)}, task, opts=picked(fields.COMMENT))

    def update_comment(self, story: str, data: Mapping[str, Any]) -> Json:
        call = asana.StoriesApi(self._sdk).update_story
        return self._one(call, {"data": dict(data)}, story, opts=picked(fields.COMMENT))

    def delete_comment(self, story: str) -> None:
        self._one(asana.StoriesApi(self._sdk).delete_story, story)

    def create_status_update(self, data: Mapping[str, Any]) -> Json:
        call = asana.StatusUpdatesApi(self._sdk).create_status_for_object
        return self._one(call, {"data": dict(data)}, opts=picked(fields.STATUS_UPDATE))

    def delete_status_update(self, gid: str) -> None:
        self._one(asana.StatusUpdatesApi(self._sdk).delete_status, gid)

    # -- what set-up makes --------------------------------------------------------------------------------------------

    def settings(self, kind: str, gid: str) -> list[Json]:
        """The custom fields attached to a project, portfolio or goal."""
        api = asana.CustomFieldSettingsApi(self._sdk)
        calls = {
            "project": api.get_custom_field_settings_for_project,
            "portfolio": api.get_custom_field_settings_for_portfolio,
            "goal": api.get_custom_field_settings_for_goal,
        }
        return self._all(calls[kind], gid, opts=picked(fields.SETTINGS))

    def attach(self, kind: str, gid: str, field_id: str) -> None:
        """Attach a custom field to a project, portfolio or goal."""
        body = {"data": {"custom_field": field_id, "is_important": True}}
        if kind == "project":
            self._one(asana.ProjectsApi(self._sdk).add_custom_field_setting_for_project, body, gid, opts={})
        elif kind == "portfolio":
            self._one(asana.PortfoliosApi(self._sdk).add_custom_field_setting_for_portfolio, body, gid)
        else:
            self._one(asana.GoalsApi(self._sdk).add_custom_field_setting_for_goal, body, gid)

    def detach(self, kind: str, gid: str, field_id: str) -> None:
        """Take a custom field off a project, portfolio or goal."""
        calls = {
            "project": asana.ProjectsApi(self._sdk).remove_custom_field_setting_for_project,
            "portfolio": asana.PortfoliosApi(self._sdk).remove_custom_field_setting_for_portfolio,
            "goal": asana.GoalsApi(self._sdk).remove_custom_field_setting_for_goal,
        }
        self._one(calls[kind], {"data": {"custom_field": field_id}}, gid)

    def create_field(self, data: Mapping[str, Any]) -> Json:
        """Make a custom field in the workspace."""
        body = {"data": {**data, "workspace": self.workspace}}
        return self._one(asana.CustomFieldsApi(self._sdk).create_custom_field, body, opts=picked(fields.CUSTOM_FIELD))

    def delete_field(self, gid: str) -> None:
        self._one(asana.CustomFieldsApi(self._sdk).delete_custom_field, gid)

    def add_option(self, field_id: str, name: str) -> Json:
        """Add an option to an enum field."""
        call = asana.CustomFieldsApi(self._sdk).create_enum_option_for_custom_field
        return self._one(call, field_id, opts={"body": {"data": {"name": name}}})

    def disable_option(self, option: str) -> None:
        """Let nobody choose an option any more: the vendor deletes none."""
        call = asana.CustomFieldsApi(self._sdk).update_enum_option
        self._one(call, option, opts={"body": {"data": {"enabled": False}}})


def picked(names: Sequence[str]) -> dict[str, Any]:
    """The query that asks for these fields and no others."""
    return {"opt_fields": ",".join(names)}
