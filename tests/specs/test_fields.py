"""What the connectors ask Asana for by name is in the description's own lists, or a listed deviation with its source."""

import pytest

from connector.asana import fields
from tests.support import openapi
from tests.support.openapi_spec import Finding

pytestmark = pytest.mark.skipif(not openapi.at_hand(), reason=openapi.ABSENT)
ASKED = {
    "WORKSPACE": ["/workspaces"],
    "USER": ["/users/{user_gid}", "/users"],
    "CUSTOM_FIELD": ["/workspaces/{workspace_gid}/custom_fields", "/custom_fields/{custom_field_gid}"],
    "SETTINGS": ["/projects/{project_gid}/custom_field_settings", "/portfolios/{portfolio_gid}/custom_field_settings"],
    "PROJECT": ["/projects/{project_gid}", "/workspaces/{workspace_gid}/projects"],
    "SECTION": ["/projects/{project_gid}/sections"],
    "PORTFOLIO": ["/portfolios", "/portfolios/{portfolio_gid}"],
    "PORTFOLIO_ITEM": ["/portfolios/{portfolio_gid}/items"],
    "STATUS_UPDATE": ["/status_updates"],
    "GOAL": ["/goals", "/goals/{goal_gid}"],
    "RELATIONSHIP": ["/goal_relationships"],
    "ALLOCATION": ["/allocations"],
    "STANDING": ["/projects/{project_gid}"],
    "KEYS": ["/tasks", "/tasks/{task_gid}/subtasks"],
    "TASK": ["/tasks", "/tasks/{task_gid}", "/tasks/{task_gid}/subtasks"],
    "STORY": ["/tasks/{task_gid}/stories"],
    "COMMENT": ["/tasks/{task_gid}/stories", "/stories/{story_gid}"],
    "ASSIGNEE": ["/tasks/{task_gid}"],
    "TIME_ENTRY": ["/tasks/{task_gid}/time_tracking_entries"],
    "PRESENT.project": ["/projects/{project_gid}", "/workspaces/{workspace_gid}/projects"],
    "PRESENT.portfolio": ["/portfolios/{portfolio_gid}", "/portfolios"],
    "PRESENT.goal": ["/goals/{goal_gid}", "/goals"],
    "PRESENT.task": ["/tasks/{task_gid}"],
    "PRESENT.status_update": ["/status_updates/{status_update_gid}"],
}
"""The operations that each tuple of fields is sent to."""
TUPLES = {name: value for name, value in vars(fields).items() if name.isupper() and not name.startswith("_")}
NAMES = {name: value for name, value in TUPLES.items() if isinstance(value, tuple)} | {
    f"{name}.{kind}": value for name, group in TUPLES.items() if isinstance(group, dict) for kind, value in group.items()
}


def test_every_tuple_of_fields_is_held_against_its_operations() -> None:
    assert set(NAMES) == set(ASKED)


@pytest.mark.parametrize(("name", "template"), [(name, one) for name, many in ASKED.items() for one in many])
def test_every_field_asked_for_is_in_the_descriptions_list(name: str, template: str) -> None:
    [spec] = openapi.descriptions("asana")
    operation = spec.operation("GET", template)
    choice = set(operation.query["opt_fields"]["schema"]["items"]["enum"])
    unknown = [
        field for field in NAMES.get(name, ())
        if field not in choice and not openapi.gaps().deviation(
            Finding(operation.name, 200, "query", "/opt_fields", f"'{field}' is not one of the values")
        )
    ]  # fmt: skip
    assert unknown == []
