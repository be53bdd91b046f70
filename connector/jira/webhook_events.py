"""Which events Jira sends and what each hints at. Data only: ``webhook.py`` reads it, docs/webhooks.md shows it.

Names: https://developer.atlassian.com/cloud/jira/platform/webhooks/ (Supported webhook events), and those that older
servers still send. What is in neither table is kept as a hint that something changed, and counted by its name.
"""

from enum import StrEnum


class Hint(StrEnum):
    """Where in the body the thing stands that is read again."""

    ISSUE = "the issue"
    DELETED = "the issue, which is looked for: gone is deleted"
    WORKLOG = "the issue of the booking"
    LINK = "the issues at both ends of the link"
    COMMENT = "the issue of the comment"
    VERSION = "versions, and what changed since the last sync"
    PROJECT = "projects, and what changed since the last sync"
    SPRINT = "sprints, and what changed since the last sync"


DISPATCHED: dict[str, Hint] = {
    "jira:issue_created": Hint.ISSUE,
    "jira:issue_updated": Hint.ISSUE,
    "jira:issue_deleted": Hint.DELETED,
    "worklog_created": Hint.WORKLOG,
    "worklog_updated": Hint.WORKLOG,
    "worklog_deleted": Hint.WORKLOG,
    "jira:worklog_updated": Hint.WORKLOG,
    "issuelink_created": Hint.LINK,
    "issuelink_deleted": Hint.LINK,
    # A comment may ask us something, and older sites send nothing else for an edit made together with one.
    "comment_created": Hint.COMMENT,
    "comment_updated": Hint.COMMENT,
    "comment_deleted": Hint.COMMENT,
    "jira:version_created": Hint.VERSION,
    "jira:version_updated": Hint.VERSION,
    "jira:version_released": Hint.VERSION,
    "jira:version_unreleased": Hint.VERSION,
    "jira:version_moved": Hint.VERSION,
    "jira:version_merged": Hint.VERSION,
    "jira:version_deleted": Hint.VERSION,
    "project_created": Hint.PROJECT,
    "project_updated": Hint.PROJECT,
    "project_deleted": Hint.PROJECT,
    "project_soft_deleted": Hint.PROJECT,
    "project_restored_deleted": Hint.PROJECT,
    "project_archived": Hint.PROJECT,
    "project_restored_archived": Hint.PROJECT,
    "sprint_created": Hint.SPRINT,
    "sprint_updated": Hint.SPRINT,
    "sprint_started": Hint.SPRINT,
    "sprint_closed": Hint.SPRINT,
    "sprint_deleted": Hint.SPRINT,
}

IGNORED: dict[str, str] = {
    "issue_property_set": "a note of an app on an issue; ours are among them",
    "issue_property_deleted": "as above",
    "attachment_created": "attachments are not kept",
    "attachment_deleted": "as above",
    "board_created": "boards are read with the sprints",
    "board_updated": "as above",
    "board_deleted": "as above",
    "board_configuration_changed": "as above",
    "user_created": "people come with the issues they work on",
    "user_updated": "as above",
    "user_deleted": "as above",
    "filter_created": "filters of people are not kept",
    "filter_updated": "as above",
    "filter_deleted": "as above",
    "issuetype_created": "types are read with the lists, when their time has come",
    "issuetype_updated": "as above",
    "issuetype_deleted": "as above",
    "option_voting_changed": "a switch of the site",
    "option_watching_changed": "as above",
    "option_unassigned_issues_changed": "as above",
    "option_subtasks_changed": "as above",
    "option_attachments_changed": "as above",
    "option_issuelinks_changed": "as above",
    "option_timetracking_changed": "as above",
    "option_timetracking_provider_changed": "as above",
    "jira_expression_evaluation_failed": "about apps inside Jira",
    "app_access_to_objects_blocked": "what we may no longer see is found by the census",
    "app_access_to_objects_in_container_blocked": "as above",
}

WANTED = (
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "worklog_created", "worklog_updated",
    "worklog_deleted", "issuelink_created", "issuelink_deleted", "jira:version_created", "jira:version_updated",
    "jira:version_released", "jira:version_unreleased", "jira:version_deleted", "jira:version_moved",
    "comment_created", "sprint_started", "sprint_closed", "sprint_updated", "sprint_deleted",
)  # fmt: skip
"""Events that a hook of an administrator asks for, on Cloud and on Data Center."""

WANTED_OF_CLOUD = (
    "project_updated", "project_deleted", "project_soft_deleted", "project_restored_deleted", "project_archived",
    "project_restored_archived",
)  # fmt: skip
"""Those that only Cloud knows; a server refuses a hook that asks for an event it lacks."""

WANTED_DYNAMIC = (
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "sprint_started",
    "sprint_closed", "sprint_updated", "sprint_deleted", "jira:version_created", "jira:version_updated",
    "jira:version_released", "jira:version_unreleased", "jira:version_deleted", "jira:version_moved",
    "jira:version_merged",
)  # fmt: skip
"""Events that a hook of an OAuth app asks for: no links, no bookings and no projects are offered to apps."""
