"""Which screen a project's issues are edited on, and putting a field there."""

from connector.jira.client import JiraClient
from connector.sdk.http import UnexpectedAnswerError
from model.errors import NotFoundError

DEFAULT_SCREEN_NAME = "Default Screen"
DEFAULT_SCREEN_ID = 1


def edit_screen(client: JiraClient, project_id: str, type_id: str) -> int | None:
    """The screen for editing issues of a type: project → scheme → screen scheme → screen; None when not to be found."""
    try:
        found = client.read("api/issuetypescreenscheme/project", {"projectId": project_id})
    except NotFoundError:
        return None
    schemes = [entry["issueTypeScreenScheme"]["id"] for entry in found.get("values") or ()]
    if not schemes:
        return None
    mappings = list(client.offset_list(
        "api/issuetypescreenscheme/mapping", "values", params={"issueTypeScreenSchemeId": schemes[0]}
    ))
    by_type = {str(entry["issueTypeId"]): str(entry["screenSchemeId"]) for entry in mappings}
    screen_scheme = by_type.get(type_id) or by_type.get("default")
    if screen_scheme is None:
        return None
    details = client.read("api/screenscheme", {"id": screen_scheme}).get("values") or ()
    screens = next((entry.get("screens") or {} for entry in details if str(entry["id"]) == screen_scheme), {})
    screen = screens.get("edit") or screens.get("default")
    return int(screen) if screen else None


def is_default(client: JiraClient, screen_id: int) -> bool:
    """Whether a screen is the site's default one, which every new project shares."""
    if screen_id == DEFAULT_SCREEN_ID:
        return True
    found = client.read("api/screens", {"id": screen_id}).get("values") or ()
    return any(str(one["id"]) == str(screen_id) and one["name"] == DEFAULT_SCREEN_NAME for one in found)


def add_field(client: JiraClient, screen_id: int, field_id: str) -> None:
    """Put a field on the first tab of a screen; one that is there already stays."""
    tab = client.read(f"api/screens/{screen_id}/tabs")[0]["id"]
    path = f"api/screens/{screen_id}/tabs/{tab}/fields"
    try:
        client.send("POST", path, {"fieldId": field_id})
    except UnexpectedAnswerError as exc:
        if exc.answer.status != 400 or "already" not in exc.what:
            raise
