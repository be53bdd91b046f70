"""What is asked for: one tuple of ``opt_fields`` per kind of object.

Asana's cost limit counts what an answer drags along, so full custom field definitions are asked for once per project
and never with tasks. https://developers.asana.com/docs/inputoutput-options
"""

_DEFINITION = (
    "name", "resource_subtype", "precision", "format", "is_value_read_only", "is_formula_field",
    "enum_options.name", "enum_options.enabled",
)

WORKSPACE = ("name",)
USER = ("name",)
CUSTOM_FIELD = (*_DEFINITION, "is_global_to_workspace", "description")
SETTINGS = ("custom_field.name", "is_important")
PROJECT = (
    "name", "archived", "completed", "created_at", "modified_at", "due_on", "start_on", "owner", "permalink_url",
    "current_status_update",
    *(f"custom_field_settings.custom_field.{name}" for name in _DEFINITION),
)
SECTION = ("name", "created_at", "project")
PORTFOLIO = (
    "name", "archived", "created_at", "due_on", "start_on", "owner", "permalink_url", "current_status_update",
)
PORTFOLIO_ITEM = ("name", "resource_type", "archived")
STATUS_UPDATE = ("title", "text", "status_type", "resource_subtype", "author", "created_at", "parent")

GOAL = (
    "name", "owner", "due_on", "start_on", "status", "is_workspace_level", "current_status_update",
    "metric.unit", "metric.currency_code", "metric.initial_number_value", "metric.current_number_value",
    "metric.target_number_value", "metric.progress_source", "metric.is_custom_weight",
)
RELATIONSHIP = ("resource_subtype", "supporting_resource", "contribution_weight")
ALLOCATION = ("assignee", "parent", "start_date", "end_date", "effort.type", "effort.value", "resource_subtype")
STANDING = ("name", "archived")

KEYS = (
    "created_at", "modified_at", "parent", "num_subtasks", "memberships.project", "memberships.section.name",
)
"""What a census needs of an ancestor; the memberships in the same shape as in TASK, as they are kept beside subtasks."""

TASK = (
    "name", "resource_subtype", "approval_status", "completed", "completed_at", "created_at", "created_by",
    "modified_at", "assignee", "due_on", "due_at", "start_on", "parent", "num_subtasks", "actual_time_minutes",
    "dependencies", "memberships.project", "memberships.section.name", "permalink_url", "tags.name",
    "custom_type.name", "custom_type_status_option.name",
    "custom_fields.name", "custom_fields.resource_subtype", "custom_fields.number_value",
    "custom_fields.text_value", "custom_fields.enum_value.name", "custom_fields.date_value",
)

STORY = (
    "created_at", "created_by", "resource_subtype", "type", "is_pinned",
    "old_name", "new_name", "old_dates", "new_dates", "old_resource_subtype", "new_resource_subtype",
    "assignee", "old_section.name", "new_section.name", "project", "dependency",
    "old_approval_status", "new_approval_status", "custom_field.name",
    "old_number_value", "new_number_value", "old_enum_value.name", "new_enum_value.name",
    "old_date_value", "new_date_value",
)
COMMENT = ("created_at", "created_by", "resource_subtype", "text", "is_pinned")
ASSIGNEE = ("assignee",)
TIME_ENTRY = ("duration_minutes", "entered_on", "created_by")

_VALUES = (
    "name", "custom_fields.enabled", "custom_fields.number_value", "custom_fields.text_value",
    "custom_fields.enum_value.name",
)
# The vendor's list names only the title and the subtype of what is nested here, and answers with the rest as well when
# asked; where it should not, the update is read by itself (``present.py``).
_STATED = (
    "current_status_update.author", "current_status_update.created_at", "current_status_update.status_type",
    "current_status_update.text",
)  # fmt: skip
PRESENT = {
    "project": (*_VALUES, "archived", *_STATED),
    "portfolio": (*_VALUES, "archived", *_STATED),
    "goal": (*_VALUES, *_STATED),
    "task": _VALUES,
    "status_update": ("author", "created_at", "status_type", "text"),
}
"""What is read of each kind of target before it is written to."""
