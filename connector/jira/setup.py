"""Our three fields in Jira: found or made, and shown where the targets can be edited. Planned first, idempotent."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.jira import screens, server_setup
from connector.jira.client import JiraClient, quoted
from connector.sdk.http import UnexpectedAnswerError
from model.errors import NotFoundError
from model.health import Band
from model.mapping import HealthFieldNames
from model.push import FIELD_NAMES, HealthFields, HealthRole, SetupResult, SetupStep
from model.tree import Target

MARK = "Made by Bellwether"
DESCRIPTIONS = {
    HealthRole.HEALTH: f"{MARK}. The health of the project behind this issue.",
    HealthRole.SCORE: f"{MARK}. The health score, 0 to 100.",
    HealthRole.REASON: f"{MARK}. Why the health is what it is.",
}
_KINDS = "com.atlassian.jira.plugin.system.customfieldtypes"
_TYPES = {
    HealthRole.HEALTH: (f"{_KINDS}:select", f"{_KINDS}:multiselectsearcher"),
    HealthRole.SCORE: (f"{_KINDS}:float", f"{_KINDS}:exactnumber"),
    HealthRole.REASON: (f"{_KINDS}:textfield", f"{_KINDS}:textsearcher"),
}
_WHY_FIELD = "Health is shown in fields of its own."


@dataclass(frozen=True)
class Place:
    """A target issue with what decides where its fields are shown."""

    target: Target
    project_id: str
    project_key: str
    type_id: str
    type_name: str
    team_managed: bool


@dataclass
class JiraSetup:
    """One run of set-up: what it finds, the steps it takes or names."""

    client: JiraClient
    connection: str
    mapped: HealthFieldNames
    apply: bool
    admin: bool = False
    ids: dict[HealthRole, str] = field(default_factory=dict)
    options: dict[Band, str] = field(default_factory=dict)
    steps: list[SetupStep] = field(default_factory=list)

    def run(self, targets: Sequence[Target], known: HealthFields | None) -> SetupResult:
        """Make what is missing (or say what would be made)."""
        self.admin = is_admin(self.client)
        server = server_setup.is_server(self.client)
        for role in HealthRole:
            self._field(role, known)
        if HealthRole.HEALTH in self.ids and not server:
            self._options(self.ids[HealthRole.HEALTH], mapped=self.mapped.health is not None)
        for place in self._places(targets):
            if server:
                self._ask_for(place)
            else:
                self._show(place)
        complete = len(self.ids) == len(HealthRole)
        fields = HealthFields(connection=self.connection, ids=self.ids, options=self.options) if complete else None
        return SetupResult(connection=self.connection, steps=tuple(self.steps), fields=fields)

    def _step(self, what: str, why: str, *, by_hand: bool = False, done: bool = False) -> None:
        step = SetupStep(connection=self.connection, what=what, why=why, by_hand=by_hand, done=done)
        if step not in self.steps:
            self.steps.append(step)

    # -- the fields ---------------------------------------------------------------------------------------------------

    def _field(self, role: HealthRole, known: HealthFields | None) -> None:
        mapped = {HealthRole.HEALTH: self.mapped.health, HealthRole.SCORE: self.mapped.score,
                  HealthRole.REASON: self.mapped.reason}[role]
        if mapped:
            self.ids[role] = mapped
            return
        found = find_field(self.client, role, known.ids.get(role) if known else None)
        if found is not None:
            self.ids[role] = found
            return
        what = f"Make the field {FIELD_NAMES[role]!r}."
        if not self.admin:
            self._step(what, "Only a Jira administrator can make fields.", by_hand=True)
            return
        if self.apply:
            self.ids[role] = self._make(role)
        self._step(what, _WHY_FIELD, done=self.apply)

    def _make(self, role: HealthRole) -> str:
        kind, searcher = _TYPES[role]
        body = {"name": FIELD_NAMES[role], "type": kind, "searcherKey": searcher, "description": DESCRIPTIONS[role]}
        made = self.client.send("POST", "api/field", body).json()
        return str(made["id"])

    # -- the choices of the health field ------------------------------------------------------------------------------

    def _options(self, field_id: str, *, mapped: bool) -> None:
        if not self.admin:
            return  # options are written by their words then
        context = self._context(field_id)
        if context is None:
            self._step(f"Give {field_id} a context for all projects.", "A choice needs a context.", by_hand=mapped)
            return
        path = f"api/field/{quoted(field_id)}/context/{quoted(context)}/option"
        have = {str(one["value"]): str(one["id"]) for one in self.client.offset_list(path, "values", page=100)}
        missing = [band.words for band in Band if band.words not in have]
        if missing:
            what = f"Add the choices {', '.join(missing)} to {field_id}."
            if self.apply and not mapped:
                have.update(self._make_options(path, missing))
            self._step(what, "The health field offers one choice a band.", by_hand=mapped,
                       done=self.apply and not mapped)
        self.options = {band: have[band.words] for band in Band if band.words in have}

    def _make_options(self, path: str, values: Sequence[str]) -> dict[str, str]:
        body = {"options": [{"value": value} for value in values]}
        made = self.client.send("POST", path, body).json()
        return {str(one["value"]): str(one["id"]) for one in made.get("options") or ()}

    def _context(self, field_id: str) -> str | None:
        """The global context of a field; made where there is none (Jira makes one with the field itself)."""
        path = f"api/field/{quoted(field_id)}/context"
        contexts = list(self.client.offset_list(path, "values"))
        for context in sorted(contexts, key=lambda one: not one.get("isGlobalContext")):
            return str(context["id"])
        if not self.apply:
            return None
        body: dict[str, Any] = {"name": "Bellwether", "projectIds": [], "issueTypeIds": []}
        made = self.client.send("POST", path, body).json()
        return str(made["id"])

    # -- where they are shown -----------------------------------------------------------------------------------------

    def _places(self, targets: Sequence[Target]) -> list[Place]:
        found: list[Place] = []
        for target in targets:
            if target.connection != self.connection or target.kind != "issue" or not target.fields:
                continue
            path = f"api/issue/{quoted(target.value)}"
            try:
                issue = self.client.read(path, {"fields": "project,issuetype"})["fields"]
            except NotFoundError:
                self._step(f"Check the target {target.label}.", "It is not there, or not visible.", by_hand=True)
                continue
            project = self.client.read(f"api/project/{issue['project']['id']}")
            found.append(Place(
                target=target, project_id=str(project["id"]), project_key=str(project["key"]),
                type_id=str(issue["issuetype"]["id"]), type_name=str(issue["issuetype"].get("name", "")),
                team_managed=project.get("style") == "next-gen" or bool(project.get("simplified")),
            ))
        return found

    def _ask_for(self, place: Place) -> None:
        """Data Center lets nobody add choices by a call, nor tells which screen a project uses: name what is left."""
        editable = self.client.read(f"api/issue/{quoted(place.target.value)}/editmeta").get("fields") or {}
        for what, why in server_setup.left_to_do(self.ids, editable, place.project_key, place.type_name):
            self._step(what, why, by_hand=True)

    def _show(self, place: Place) -> None:
        """Make the fields editable on a target, step by step, until its edit screen shows them."""
        missing = self._missing(place)
        if not missing:
            return
        names = ", ".join(FIELD_NAMES[role] for role in missing)
        what = f"Show {names} on issues of project {place.project_key}."
        if place.team_managed:
            self._step(what, "Only an admin of a team-managed project can add a field to it.", by_hand=True)
            return
        if not self.admin:
            self._step(what, "Only a Jira administrator can change screens.", by_hand=True)
            return
        screen = screens.edit_screen(self.client, place.project_id, place.type_id)
        if screen is None or screens.is_default(self.client, screen):
            why = "The project uses the site's default screen, which others share." if screen is not None else (
                "Which screen the project uses could not be found.")
            self._step(what, why, by_hand=True)
            return
        if not self.apply:
            self._step(f"{what[:-1]} (screen {screen}).", "A field can be written only where it can be edited.")
            return
        self._place(place, [self.ids[role] for role in missing], screen)
        left = self._missing(place)
        self._step(f"{what[:-1]} (screen {screen}).", "A field can be written only where it can be edited.",
                   by_hand=bool(left), done=not left)

    def _missing(self, place: Place) -> list[HealthRole]:
        """Roles that the target's edit screen does not show; a field that is still to be made is missing too."""
        path = f"api/issue/{quoted(place.target.value)}/editmeta"
        editable = self.client.read(path).get("fields") or {}
        return [role for role in HealthRole if self.ids.get(role) not in editable]

    def _place(self, place: Place, ids: Sequence[str], screen: int) -> None:
        body = {
            "fields": [{"type": "FIELD_ID", "identifier": one} for one in ids],
            "associationContexts": [{"type": "PROJECT_ID", "identifier": int(place.project_id)}],
        }
        # Since 2026 a new field belongs to no project until somebody says so. This call is an experiment of the vendor,
        # and projects with field schemes have another: putting a field on a screen says it as well, and what is
        # missing in the end shows in the issue's edit form.
        with contextlib.suppress(NotFoundError, UnexpectedAnswerError):
            self.client.send("PUT", "api/field/association", body)
        for one in ids:
            with contextlib.suppress(NotFoundError, UnexpectedAnswerError):
                screens.add_field(self.client, screen, one)


def find_field(client: JiraClient, role: HealthRole, known: str | None) -> str | None:
    """Our field of a role: the stored id if it still is ours, else by name, type and our mark in its description."""
    kind = _TYPES[role][0]
    if server_setup.is_server(client):
        return server_setup.find_field(client, FIELD_NAMES[role], kind, known)
    found = client.offset_list(
        "api/field/search", "values", params={"type": "custom", "query": FIELD_NAMES[role]}
    )
    ours = [
        str(one["id"]) for one in found
        if one.get("name") == FIELD_NAMES[role] and (one.get("schema") or {}).get("custom") == kind
        and MARK in (one.get("description") or "")
    ]
    return known if known in ours else next(iter(sorted(ours)), None)


def is_admin(client: JiraClient) -> bool:
    """Whether the account may make fields and change screens."""
    found = client.read("api/mypermissions", {"permissions": "ADMINISTER"}).get("permissions") or {}
    return bool((found.get("ADMINISTER") or {}).get("havePermission"))


def remove(client: JiraClient, connection: str, known: HealthFields, *, apply: bool) -> SetupResult:
    """Take away the fields that we made, and only those: a field without our mark stays."""
    steps: list[SetupStep] = []
    left = dict(known.ids)
    admin = is_admin(client)
    for role, field_id in known.ids.items():
        what = f"Delete the field {FIELD_NAMES[role]!r} ({field_id}) with its values."
        if not admin:
            steps.append(SetupStep(connection=connection, what=what, why="Only an administrator can.", by_hand=True))
            continue
        ours = _is_ours(client, role, field_id)
        if ours is None:
            why = "This Jira does not tell whose field it is."
            steps.append(SetupStep(connection=connection, what=what, why=why, by_hand=True))
            continue
        if not ours:
            left.pop(role)
            continue
        done = apply and _delete(client, field_id)
        if done:
            left.pop(role)
        steps.append(SetupStep(
            connection=connection, what=what, why="Setup made it.", by_hand=apply and not done, done=done
        ))
    fields = known.model_copy(update={"ids": left}) if left else None
    return SetupResult(connection=connection, steps=tuple(steps), fields=fields)


def _is_ours(client: JiraClient, role: HealthRole, field_id: str) -> bool | None:
    """Whether a field bears our mark; None where the site tells no descriptions."""
    if server_setup.is_server(client):
        marked = server_setup.marked_fields(client, FIELD_NAMES[role], MARK)
        return None if marked is None else field_id in marked
    return find_field(client, role, field_id) == field_id


def _delete(client: JiraClient, field_id: str) -> bool:
    """Whether a field is gone now."""
    if server_setup.is_server(client):
        return server_setup.delete_field(client, field_id)
    path = f"api/field/{quoted(field_id)}"
    with contextlib.suppress(NotFoundError):  # somebody was quicker
        client.send("DELETE", path)
    return True
