"""Which fields a project shows, in the vendor's two models: field schemes, and the older field configurations.

A site is moved to schemes project by project; the calls of one model know nothing of the projects of the other. Source:
the vendor's description, "Field schemes" (beta): 404 where the site has none yet.
"""

from collections.abc import Mapping, Sequence

from connector.jira.client import JiraClient
from connector.sdk.http import Answer, UnexpectedAnswerError
from model.errors import ConnectionUnusableError, NotFoundError, RefusedError

_SCHEMES = "api/config/fieldschemes"
_AT_ONCE = 50


class FieldSchemes:
    """The schemes of one site, read when asked for."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def by_project(self, project_ids: Sequence[str]) -> dict[str, int]:
        """Of these projects those of the newer model, each with the id of its scheme."""
        if not project_ids:
            return {}
        params = {"projectId": list(project_ids)}
        try:
            found = list(self._client.offset_list(f"{_SCHEMES}/projects", "values", params=params))
        except (NotFoundError, RefusedError):
            return {}
        return {str(one["projectId"]): int(one["schemeId"]) for one in found}

    def name(self, scheme_id: int) -> str:
        return str(self._client.read(f"{_SCHEMES}/{scheme_id}").get("name") or scheme_id)

    def projects(self, scheme_id: int) -> dict[str, str]:
        """The names of the projects that share a scheme, by id."""
        found = self._client.offset_list(f"{_SCHEMES}/{scheme_id}/projects", "values")
        return {str(one["id"]): str(one["name"]) for one in found}

    def lacking(self, scheme_id: int, field_ids: Sequence[str]) -> list[str]:
        """Which of these fields a scheme does not have."""
        params = {"fieldId": list(field_ids)}
        found = self._client.offset_list(f"{_SCHEMES}/{scheme_id}/fields", "values", params=params)
        have = {str(one["fieldId"]) for one in found}
        return [one for one in field_ids if one not in have]

    def add(self, scheme_id: int, field_ids: Sequence[str]) -> None:
        """Let a scheme's projects show these fields on all their work types. Raises where any is refused."""
        self._send("PUT", {one: [{"schemeIds": [scheme_id]}] for one in field_ids})

    def remove(self, scheme_id: int, field_id: str) -> None:
        self._send("DELETE", {field_id: {"schemeIds": [scheme_id]}})

    def _send(self, method: str, body: object) -> None:
        try:
            answer = self._client.send(method, f"{_SCHEMES}/fields", body)
        except UnexpectedAnswerError as exc:
            said = _refused(exc.answer)
            raise UnexpectedAnswerError(said or exc.what, answer=exc.answer, where=exc.where) from exc
        # 207: done in part; each field tells for itself.
        said = _refused(answer)
        if said:
            raise UnexpectedAnswerError(said, answer=answer, where=self._client.access.name)


def sharing_configuration(client: JiraClient, projects: Mapping[str, str], wanted: Sequence[str]) -> list[str]:
    """The names of the other projects whose fields are configured together with those of the wanted ones.

    ``projects``: every company-managed project, names by id. The call is deprecated: none where it is gone.
    """
    ids = list(projects)
    groups: dict[str, set[str]] = {}
    try:
        for start in range(0, len(ids), _AT_ONCE):
            params = {"projectId": ids[start : start + _AT_ONCE]}
            for row in client.offset_list("api/fieldconfigurationscheme/project", "values", params=params):
                scheme = str((row.get("fieldConfigurationScheme") or {}).get("id", ""))
                groups.setdefault(scheme, set()).update(str(one) for one in row.get("projectIds") or ())
    except (NotFoundError, RefusedError):
        return []
    except ConnectionUnusableError as exc:
        if exc.reason != "call_removed":
            raise
        return []
    shared = set[str]().union(*(group for group in groups.values() if group & set(wanted)))
    return sorted(projects[one] for one in shared - set(wanted) if one in projects)


def _refused(answer: Answer) -> str:
    """What the answer tells of the fields that were refused; "" when none was."""
    results = answer.json().get("results") or () if answer.body else ()
    return "; ".join(str(one.get("error") or one.get("fieldId")) for one in results if not one.get("success"))
