"""What every new Jira Cloud site has: status categories, fields, link types, priorities, resolutions."""

from sandbox.jira.records import Field, Json

CATEGORIES: dict[str, Json] = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
CATEGORY_ENUM = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}

# id, name, type, items; the fields the vendor calls system fields.
_SYSTEM = (
    ("issuetype", "Issue Type", "issuetype", None),
    ("project", "Project", "project", None),
    ("summary", "Summary", "string", None),
    ("description", "Description", "string", None),
    ("environment", "Environment", "string", None),
    ("status", "Status", "status", None),
    ("statuscategorychangedate", "Status Category Changed", "datetime", None),
    ("resolution", "Resolution", "resolution", None),
    ("resolutiondate", "Resolved", "datetime", None),
    ("priority", "Priority", "priority", None),
    ("assignee", "Assignee", "user", None),
    ("reporter", "Reporter", "user", None),
    ("creator", "Creator", "user", None),
    ("created", "Created", "datetime", None),
    ("updated", "Updated", "datetime", None),
    ("duedate", "Due date", "date", None),
    ("labels", "Labels", "array", "string"),
    ("components", "Components", "array", "component"),
    ("fixVersions", "Fix versions", "array", "version"),
    ("versions", "Affects versions", "array", "version"),
    ("parent", "Parent", "issuelink", None),
    ("subtasks", "Sub-tasks", "array", "issuelinks"),
    ("issuelinks", "Linked Issues", "array", "issuelinks"),
    ("timetracking", "Time tracking", "timetracking", None),
    ("timeoriginalestimate", "Original estimate", "number", None),
    ("timeestimate", "Remaining Estimate", "number", None),
    ("timespent", "Time Spent", "number", None),
    ("comment", "Comment", "comments-page", None),
    ("worklog", "Log Work", "array", "worklog"),
    ("security", "Security Level", "securitylevel", None),
    ("archiveddate", "Archived", "datetime", None),
)
EDITABLE = frozenset({
    "summary", "description", "environment", "priority", "assignee", "reporter", "duedate", "labels", "components",
    "fixVersions", "versions", "parent", "issuetype",
})  # fmt: skip
NOT_NAVIGABLE = frozenset({"comment", "worklog", "timetracking"})
# How the changelog words a system field where that is not its id.
CHANGE_NAMES = {"fixVersions": "Fix Version", "versions": "Version", "components": "Component", "issuelinks": "Link"}
PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"
AGILE_PREFIX = "com.pyxis.greenhopper.jira:"
# kind -> (schema type, items, what the admin page calls it)
KINDS: dict[str, tuple[str, str | None, str]] = {
    "select": ("option", None, "Select List (single choice)"),
    "multiselect": ("array", "option", "Select List (multiple choices)"),
    "float": ("number", None, "Number Field"),
    "textfield": ("string", None, "Short text (plain text only)"),
    "readonlyfield": ("string", None, "Text Field (read only)"),
    "textarea": ("string", None, "Paragraph (supports rich text)"),
    "datepicker": ("date", None, "Date Picker"),
    "datetime": ("datetime", None, "Date Time Picker"),
    "url": ("string", None, "URL Field"),
    "labels": ("array", "string", "Labels"),
    "userpicker": ("user", None, "User Picker (single user)"),
    "gh-sprint": ("array", "json", "Sprint"),
    "any": ("any", None, "Other"),
}
PRIORITIES = (("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest"))
RESOLUTIONS = (("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"))
LINK_TYPES = (
    ("10000", "Blocks", "is blocked by", "blocks"),
    ("10001", "Relates", "relates to", "relates to"),
    ("10002", "Duplicate", "is duplicated by", "duplicates"),
)
PERMISSIONS = (
    "ADD_COMMENTS", "ADMINISTER", "ADMINISTER_PROJECTS", "BROWSE_PROJECTS", "BULK_CHANGE", "DELETE_OWN_COMMENTS",
    "EDIT_ALL_COMMENTS", "EDIT_ISSUES", "EDIT_OWN_COMMENTS", "CREATE_ISSUES", "WORK_ON_ISSUES", "USER_PICKER",
    "DELETE_ALL_COMMENTS", "SYSTEM_ADMIN", "CREATE_PROJECT", "MANAGE_SPRINTS_PERMISSION", "VIEW_DEV_TOOLS",
)  # fmt: skip


def system_fields() -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for field_id, name, kind, items in _SYSTEM:
        schema: Json = {"type": kind, "system": field_id}
        if items:
            schema["items"] = items
        fields[field_id] = Field(field_id, name, schema, everywhere=True)
    return fields


def custom_field(field_id: str, name: str, kind: str) -> Field:
    """A custom field with the schema of its kind. Raises KeyError for a kind this fake does not know."""
    type_, items, _ = KINDS[kind]
    prefix = AGILE_PREFIX if kind == "gh-sprint" else PREFIX
    schema: Json = {"type": type_, "custom": prefix + kind, "customId": int(field_id.removeprefix("customfield_"))}
    if items:
        schema["items"] = items
    return Field(field_id, name, schema, kind=kind)
