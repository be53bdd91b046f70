"""Which kinds of issues the targets are, and one of each to try on: what can be edited there shows set-up's success."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.jira.admin_pages import AdminPages
from connector.jira.client import JiraClient, quoted
from connector.sdk.setup_notes import SetupNotes
from model.errors import NotFoundError
from model.tree import Target

AT_ONCE = 100
MOST_TRIED = 3
_WANTED = ("project", "issuetype")


@dataclass(frozen=True)
class Place:
    """One kind of target: an issue type in a project. ``samples``: keys of such targets, the first to be tried first."""

    project_id: str
    project_key: str
    project_name: str
    project_kind: str
    team_managed: bool
    type_id: str
    type_name: str
    samples: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.type_name} in {self.project_key}"


@dataclass(frozen=True)
class Sample:
    """The edit form of one issue: its fields by id. Empty: this account can't edit any of the issues tried."""

    key: str
    fields: Mapping[str, Any]

    def choices(self, field_id: str) -> dict[str, str]:
        """The ids of the choices that a field offers there, by their words."""
        allowed = (self.fields.get(field_id) or {}).get("allowedValues") or ()
        return {str(one["value"]): str(one["id"]) for one in allowed if "value" in one}


def places(client: JiraClient, notes: SetupNotes, targets: Sequence[Target], pages: AdminPages) -> list[Place]:
    """The kinds of issues among the targets that show our fields; a target that is not there is named."""
    wanted = [one for one in targets if one.connection == notes.connection and one.kind == "issue" and one.fields]
    keys = list(dict.fromkeys(one.value for one in wanted))
    found = {} if client.access.deployment == "datacenter" else _in_bulk(client, keys)
    groups: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for key in keys:
        issue = found.get(key.upper()) or _single(client, key)
        if issue is None:
            notes.by_hand(
                f"Check the target issue {key}.", "It is not there, or this account can't see it.",
                where=pages.issue(key),
            )
            continue
        fields = issue["fields"]
        groups.setdefault((str(fields["project"]["id"]), str(fields["issuetype"]["id"])), []).append((key, fields))
    return [_place(group) for group in groups.values()]


def try_sample(client: JiraClient, place: Place) -> Sample:
    """The edit form of the first of a place's issues that this account can edit."""
    for key in place.samples[:MOST_TRIED]:
        fields = client.read(f"api/issue/{quoted(key)}/editmeta").get("fields") or {}
        if fields:
            return Sample(key, fields)
    return Sample(place.samples[0], {})


def _in_bulk(client: JiraClient, keys: Sequence[str]) -> dict[str, Any]:
    """Issues by key and by id; one that was moved comes under its new key, and is asked for by itself."""
    found: dict[str, Any] = {}
    for part in _parts(keys):
        body = {"issueIdsOrKeys": part, "fields": list(_WANTED), "fieldsByKeys": False}
        for issue in client.ask("api/issue/bulkfetch", body).get("issues") or ():
            found[str(issue["key"]).upper()] = found[str(issue["id"])] = issue
    return found


def _parts(keys: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), AT_ONCE):
        yield list(keys[start : start + AT_ONCE])


def _single(client: JiraClient, key: str) -> Any:
    try:
        return client.read(f"api/issue/{quoted(key)}", {"fields": ",".join(_WANTED)})
    except NotFoundError:
        return None


def _place(group: Sequence[tuple[str, Mapping[str, Any]]]) -> Place:
    fields = group[0][1]
    project, kind = fields["project"], fields["issuetype"]
    return Place(
        project_id=str(project["id"]), project_key=str(project["key"]), project_name=str(project.get("name") or ""),
        project_kind=str(project.get("projectTypeKey") or "software"), team_managed=bool(project.get("simplified")),
        type_id=str(kind["id"]), type_name=str(kind.get("name") or ""), samples=tuple(key for key, _ in group),
    )
