"""What became of a project on Jira Cloud: live, archived, deleted or hidden, and whether it keeps secrets."""

from collections.abc import Sequence

from connector.jira.client import JiraClient
from connector.jira.site import Json, ProjectStanding, Standing
from connector.sdk.http import UnexpectedAnswerError
from model.errors import NotFoundError, RefusedError

PROJECTS_BY_ID = 50
_BROWSE = "BROWSE_PROJECTS"


def read_standings(client: JiraClient, project_ids: Sequence[str]) -> dict[str, ProjectStanding]:
    """The standing of each project, three requests for fifty. What the site does not show at all is hidden."""
    told: dict[str, ProjectStanding] = {}
    wanted = list(dict.fromkeys(project_ids))
    for start in range(0, len(wanted), PROJECTS_BY_ID):
        part = wanted[start:start + PROJECTS_BY_ID]
        shown = _shown(client, part)
        live = [one for one in part if shown.get(one) is Standing.LIVE]
        browsable, secured = (_browsable(client, live), _secured(client, live)) if live else (set(), {})
        for one in part:
            standing = shown.get(one, Standing.HIDDEN)
            if standing is Standing.LIVE and one not in browsable:
                standing = Standing.HIDDEN
            told[one] = ProjectStanding(standing, secured.get(one))
    return told


def _shown(client: JiraClient, ids: Sequence[str]) -> dict[str, Standing]:
    """Standings by id as project/search tells them; a list parameter is repeated."""
    query: Json = {"id": list(ids), "status": ["live", "archived", "deleted"], "maxResults": PROJECTS_BY_ID}
    found: dict[str, Standing] = {}
    for project in client.read("api/project/search", query).get("values") or ():
        found[str(project["id"])] = _standing(project)
    return found


def _standing(project: Json) -> Standing:
    standing = Standing.DELETED if project.get("deleted") else Standing.LIVE
    return Standing.ARCHIVED if project.get("archived") else standing


def standings_by_key(client: JiraClient, keys: Sequence[str]) -> dict[str, Standing]:
    """Standings by key, one request for fifty; what the site does not show at all is left out."""
    found: dict[str, Standing] = {}
    for start in range(0, len(keys), PROJECTS_BY_ID):
        query: Json = {
            "keys": list(keys[start:start + PROJECTS_BY_ID]), "status": ["live", "archived", "deleted"],
            "maxResults": PROJECTS_BY_ID,
        }
        for project in client.read("api/project/search", query).get("values") or ():
            found[str(project["key"]).upper()] = _standing(project)
    return found


def _browsable(client: JiraClient, ids: Sequence[str]) -> set[str]:
    asked = {"projectPermissions": [{"permissions": [_BROWSE], "projects": [int(one) for one in ids]}]}
    granted = client.ask("api/permissions/check", asked).get("projectPermissions") or ()
    return {str(one) for entry in granted if entry.get("permission") == _BROWSE for one in entry.get("projects") or ()}


def _secured(client: JiraClient, ids: Sequence[str]) -> dict[str, bool]:
    """Whether a project has an issue security scheme; empty where only an administrator may know."""
    query: Json = {"projectId": list(ids), "maxResults": PROJECTS_BY_ID}
    try:
        page = client.read("api/issuesecurityschemes/project", query)
    except (RefusedError, NotFoundError, UnexpectedAnswerError):
        return {}
    schemed = {str(one.get("projectId")) for one in page.get("values") or ()}
    return {one: one in schemed for one in ids}
