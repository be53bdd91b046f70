"""What each object shows of itself: the field names of the vendor's records and where their values come from."""

from collections.abc import Iterable
from datetime import timedelta
from operator import attrgetter
from typing import Any

from sandbox.asana import entities as e
from sandbox.asana.customfields import display, value_fields, visible_values
from sandbox.asana.render import MISSING, SHAPES, Getter, Shape
from sandbox.asana.richtext import from_text

STORY_EXTRAS = (
    "old_name", "new_name", "old_dates", "new_dates", "assignee", "follower", "old_section", "new_section", "task",
    "project", "custom_field", "old_text_value", "new_text_value", "old_number_value", "new_number_value",
    "old_enum_value", "new_enum_value", "old_resource_subtype", "new_resource_subtype", "old_approval_status",
    "new_approval_status", "dependency",
)  # fmt: skip


def _own(names: str) -> dict[str, Getter]:
    return {name: _attribute(name) for name in names.split()}


def _attribute(name: str) -> Getter:
    get = attrgetter(name)
    return lambda _space, thing: get(thing)


def _register(kind: type, getters: dict[str, Getter], compact: str, full: str | None = None, **more: bool) -> None:
    getters = {"gid": _attribute("gid"), "resource_type": lambda _s, thing: e.resource_type(thing), **getters}
    names = tuple(compact.split())
    every = tuple((full or compact).split())
    SHAPES[kind] = Shape(getters, names, every, **more)


def _workspace(space: Any, _thing: Any) -> Any:
    return space.workspace


def _people() -> None:
    _register(e.Workspace, {**_own("name"), "is_organization": lambda _s, _w: True}, "name", "name is_organization")
    _register(e.Team, _own("name"), "name")
    user: dict[str, Getter] = {
        **_own("name email"),
        "workspaces": lambda s, _u: [s.workspace],
        "photo": lambda _s, _u: None,
    }
    _register(e.User, user, "name", "name email photo workspaces")
    _register(
        e.Section,
        {**_own("name project created_at"), "projects": lambda _s, x: [x.project]},
        "name",
        "name created_at project",
    )


def _link(space: Any, task: e.Task) -> str:
    home = next(iter(task.homes), "0")
    return f"{space.base_url}/0/{home}/{task.gid}"


def _minutes(_space: Any, task: e.Task) -> float | None:
    return sum(entry.minutes for entry in task.time_entries) if task.time_entries else None


def _tasks() -> None:
    getters: dict[str, Getter] = {
        **_own(
            "name created_by approval_status assignee completed completed_at completed_by created_at due_at due_on "
            "start_on modified_at notes external followers parent dependencies dependents"
        ),
        "resource_subtype": lambda _s, t: t.subtype,
        "custom_type": lambda _s, t: t.custom_type,
        "custom_type_status_option": lambda _s, t: t.custom_status,
        "html_notes": lambda _s, t: t.html_notes or from_text(t.notes),
        "start_at": lambda _s, _t: None,
        "memberships": lambda _s, t: [{"project": x.project, "section": x} for x in t.homes.values()],
        "projects": lambda s, t: [s.projects[gid] for gid in t.homes],
        "num_subtasks": lambda _s, t: len(t.subtasks),
        "actual_time_minutes": _minutes,
        "custom_fields": visible_values,
        "tags": lambda _s, _t: [],
        "workspace": _workspace,
        "permalink_url": _link,
        "assignee_status": lambda _s, _t: "inbox",
    }
    full = (
        "name resource_subtype actual_time_minutes approval_status assignee assignee_status completed completed_at "
        "created_at custom_fields due_at due_on followers memberships modified_at notes parent permalink_url projects "
        "start_at start_on tags workspace"
    )
    _register(e.Task, getters, "name resource_subtype", full)
    _register(e.CustomType, _own("name"), "name")
    _register(e.CustomStatus, _own("name"), "name")


def _extra(name: str) -> Getter:
    return lambda _s, story: story.extra.get(name, MISSING)


def _stories() -> None:
    getters: dict[str, Getter] = {
        **_own("created_at created_by text is_pinned is_edited source target"),
        "type": lambda _s, x: x.kind,
        "resource_subtype": lambda _s, x: x.subtype,
        "html_text": lambda _s, x: x.html_text or from_text(x.text),
        "is_editable": lambda _s, x: x.kind == "comment",
        "num_likes": lambda _s, _x: 0,
        **{name: _extra(name) for name in STORY_EXTRAS},
    }
    compact = "created_at created_by resource_subtype text type"
    full = f"{compact} html_text is_pinned is_editable is_edited num_likes source target {' '.join(STORY_EXTRAS)}"
    _register(e.Story, getters, compact, full)


def _latest(space: Any, thing: e.Container) -> e.StatusUpdate | e.BareStatus | None:
    newest = max(thing.updates, key=lambda update: update.created_at, default=None)
    return e.BareStatus(newest) if newest and space.bare_statuses else newest


def _container() -> dict[str, Getter]:
    return {
        **_own("name created_at modified_at owner followers start_on due_on notes"),
        "html_notes": lambda _s, x: from_text(x.notes),
        "custom_fields": visible_values,
        "custom_field_settings": lambda _s, x: x.settings,
        "current_status_update": _latest,
        "members": lambda _s, x: x.followers,
        "workspace": _workspace,
    }


def _containers() -> None:
    project: dict[str, Getter] = {
        **_container(),
        **_own("archived team completed_at completed_by"),
        "completed": lambda _s, p: p.completed_at is not None,
        "due_date": lambda _s, p: p.due_on,
        "public": lambda _s, _p: True,
        "privacy_setting": lambda _s, _p: "public_to_workspace",
        "color": lambda _s, _p: "light-green",
        "default_view": lambda _s, _p: "board",
        "permalink_url": lambda s, p: f"{s.base_url}/0/{p.gid}",
    }
    full = (
        "name archived color completed completed_at created_at current_status_update custom_fields "
        "custom_field_settings default_view due_date due_on followers members modified_at notes owner permalink_url "
        "privacy_setting public start_on team workspace"
    )
    _register(e.Project, project, "name", full)
    portfolio: dict[str, Getter] = {
        **_container(),
        **_own("archived color public"),
        "created_by": lambda _s, p: p.owner,
        "permalink_url": lambda s, p: f"{s.base_url}/0/portfolio/{p.gid}",
    }
    full = (
        "name archived color created_at created_by current_status_update custom_fields custom_field_settings due_on "
        "members owner permalink_url public start_on workspace"
    )
    _register(e.Portfolio, portfolio, "name", full)
    goal = {**_container(), **_own("metric status")}
    full = "name current_status_update due_on followers metric notes owner start_on status workspace"
    _register(e.Goal, goal, "name owner", full)
    relation: dict[str, Getter] = {
        "resource_subtype": lambda _s, r: r.subtype,
        "supporting_resource": lambda _s, r: r.supporting,
        "contribution_weight": lambda _s, r: r.weight,
        "supported_goal": lambda _s, r: r.goal,
    }
    _register(
        e.GoalRelationship, relation, "resource_subtype supporting_resource contribution_weight", " ".join(relation)
    )


def _options(definition: e.CustomField) -> list[e.EnumOption] | object:
    return definition.options if definition.kind in ("enum", "multi_enum") else MISSING


def _definition() -> dict[str, Getter]:
    return {
        **_own("name precision description created_by"),
        "type": lambda _s, f: f.kind,
        "resource_subtype": lambda _s, f: f.kind,
        "representation_type": lambda _s, f: f.kind,
        "enum_options": lambda _s, f: _options(f),
        "is_global_to_workspace": lambda _s, _f: True,
        "is_formula_field": lambda _s, _f: False,
        "is_value_read_only": lambda _s, _f: False,
        "has_notifications_enabled": lambda _s, _f: False,
        "enabled": lambda _s, _f: True,
        "format": lambda _s, f: "none" if f.kind == "number" else MISSING,
        "privacy_setting": lambda _s, _f: "public",
    }


def _of_definition(getter: Getter) -> Getter:
    return lambda space, shown: getter(space, shown.definition)


def _value(name: str) -> Getter:
    return lambda _s, shown: value_fields(shown).get(name, MISSING)


def _fields() -> None:
    _register(e.EnumOption, _own("name color enabled"), "name color enabled", inline=True)
    compact = "name type resource_subtype representation_type enum_options is_formula_field"
    definition = _definition()
    full = (
        f"{compact} precision description created_by format is_global_to_workspace has_notifications_enabled "
        "privacy_setting"
    )
    _register(e.CustomField, definition, compact, full, inline=True)
    values = ("enum_value", "multi_enum_values", "number_value", "text_value", "date_value", "people_value")
    shown: dict[str, Getter] = {
        **{name: _of_definition(getter) for name, getter in definition.items()},
        **{name: _value(name) for name in values},
        "display_value": lambda _s, x: display(x),
    }
    _register(e.FieldValue, shown, f"{compact} enabled display_value precision {' '.join(values)}", inline=True)
    setting: dict[str, Getter] = {
        **_own("is_important parent"),
        "custom_field": lambda _s, x: x.definition,
        "project": lambda _s, x: x.parent if isinstance(x.parent, e.Project) else MISSING,
    }
    _register(e.Setting, setting, "is_important parent project custom_field", inline=True)


def _amount(name: str) -> Getter:
    def read(_space: Any, budget: e.Budget) -> dict[str, Any]:
        value = getattr(budget, name)
        return {"value": value, "units": None if value is None else budget.units}

    return read


def _other() -> None:
    status: dict[str, Getter] = {
        **_own("title text html_text status_type author created_at parent"),
        "resource_subtype": lambda _s, u: f"{e.resource_type(u.parent)}_status_update",
        "created_by": lambda _s, u: u.author,
        "modified_at": lambda _s, u: u.created_at,
        "num_likes": lambda _s, _u: 0,
    }
    full = "title resource_subtype author created_at created_by html_text modified_at num_likes parent status_type text"
    _register(e.StatusUpdate, status, "title resource_subtype", full)
    bare: dict[str, Getter] = {
        "title": lambda _s, b: b.update.title,
        "resource_subtype": lambda _s, b: f"{e.resource_type(b.update.parent)}_status_update",
    }
    _register(e.BareStatus, bare, "title resource_subtype")
    entry: dict[str, Getter] = {
        **_own("task entered_on created_at created_by"),
        "duration_minutes": lambda _s, x: x.minutes,
        "attributable_to": lambda _s, x: x.project,
    }
    compact = "duration_minutes entered_on attributable_to created_by"
    _register(e.TimeEntry, entry, compact, f"{compact} task created_at")
    budget: dict[str, Getter] = {
        **_own("budget_type parent"),
        **{name: _amount(name) for name in ("estimate", "actual", "total")},
    }
    _register(e.Budget, budget, "budget_type", "budget_type estimate actual total parent")
    allocation: dict[str, Getter] = {
        **_own("assignee created_by parent start_date end_date effort"),
        "resource_subtype": lambda _s, _a: "project_allocation",
    }
    every = "resource_subtype assignee created_by parent start_date end_date effort"
    _register(e.Allocation, allocation, every, every)
    hook: dict[str, Getter] = {
        **_own(
            "active resource target created_at filters last_success_at last_failure_at last_failure_content "
            "next_attempt_after"
        ),
        "delivery_retry_count": lambda _s, h: h.retries,
        "failure_deletion_timestamp": lambda _s, h: h.failing_since and h.failing_since + timedelta(hours=24),
    }
    _register(e.Webhook, hook, "active resource target", " ".join(hook))


def register_all(steps: Iterable[Any] = (_people, _tasks, _stories, _containers, _fields, _other)) -> None:
    """Fill the table of shapes once."""
    for step in steps:
        step()


register_all()
