"""Our three fields in a Jira: those the mapping names, those that are ours already, or new ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connector.jira.admin_pages import AdminPages
from connector.jira.client import JiraClient
from connector.sdk.setup_notes import SetupNotes, settled
from model.errors import NotFoundError, RefusedError
from model.health import Band
from model.mapping import HealthFieldNames
from model.push import FIELD_NAMES, HealthFields, HealthRole

MARK = "Made by Bellwether"
"""In the description of every field that we make: only a field that bears it is ours to delete."""

FIELD = "field"
DESCRIPTIONS = {
    HealthRole.HEALTH: f"{MARK}. The health of the project behind this issue.",
    HealthRole.SCORE: f"{MARK}. The health score, 0 to 100.",
    HealthRole.REASON: f"{MARK}. Why the health is what it is.",
}
CHOICES = ", ".join(band.words for band in Band)
OR_MAP = "Or map fields that are there already: health_fields in the mapping."
_KINDS = "com.atlassian.jira.plugin.system.customfieldtypes:"
_TYPES = {HealthRole.HEALTH: "select", HealthRole.SCORE: "float", HealthRole.REASON: "textfield"}
_SEARCHERS = {
    HealthRole.HEALTH: "multiselectsearcher", HealthRole.SCORE: "exactnumber", HealthRole.REASON: "textsearcher",
}  # fmt: skip
_TYPE_WORDS = {
    HealthRole.HEALTH: "a select list (single choice)", HealthRole.SCORE: "a number",
    HealthRole.REASON: "a short text",
}  # fmt: skip
_TAKEN = {HealthRole.REASON: ("textfield", "readonlyfield")}
_PAGE = 50


@dataclass(frozen=True)
class Found:
    """A custom field of the site. ``kind``: its type's last word; ``ours``: it bears our mark (None: nobody tells)."""

    id: str
    name: str
    kind: str
    description: str = ""
    ours: bool | None = None

    def serves(self, role: HealthRole) -> bool:
        return self.kind in _TAKEN.get(role, (_TYPES[role],))


class FieldDesk:
    """Finds or makes the field of each role. ``ids`` and ``names`` hold those that are there."""

    def __init__(
        self, client: JiraClient, notes: SetupNotes, pages: AdminPages, *, mapped: HealthFieldNames, admin: bool
    ) -> None:
        self._client = client
        self._notes = notes
        self._pages = pages
        self._admin = admin
        self.mapped = {
            role: field_id for role, field_id in (
                (HealthRole.HEALTH, mapped.health), (HealthRole.SCORE, mapped.score), (HealthRole.REASON, mapped.reason)
            ) if field_id
        }  # fmt: skip
        self.ids: dict[HealthRole, str] = {}
        self.names: dict[HealthRole, str] = dict(FIELD_NAMES)

    def run(self, known: HealthFields | None) -> None:
        """Fill ``ids``; what is missing is made, planned, or left to a person."""
        kept = dict(known.ids) if known else {}
        found = site_fields(self._client, [*self.mapped.values(), *kept.values()])
        for role in HealthRole:
            if role in self.mapped:
                self._take_mapped(role, found.get(self.mapped[role]))
                continue
            field = choose(found.values(), role, kept.get(role))
            if field is None:
                self._make(role)
                continue
            self.ids[role], self.names[role] = field.id, field.name
            self._own(field)

    def _take_mapped(self, role: HealthRole, field: Found | None) -> None:
        wanted = self.mapped[role]
        if field is not None and field.serves(role):
            self.ids[role], self.names[role] = field.id, field.name
            return
        why = f"There is no custom field {wanted}, or this account can't see it."
        if field is not None:
            why = f"{field.name!r} is of the type {field.kind}; our {role.value} needs {_TYPE_WORDS[role]}."
        self._notes.by_hand(
            f"Name another field in the mapping: health_fields.{role.value}.", why, where=self._pages.custom_fields()
        )

    def _own(self, field: Found) -> None:
        """A field of ours is in the ledger, also when a run was cut off before it could say so."""
        if field.ours:
            self._notes.remember(FIELD, field.id)

    def _make(self, role: HealthRole) -> None:
        what = f"Make the field {FIELD_NAMES[role]!r}, {_TYPE_WORDS[role]}."
        if not self._admin:
            self._notes.by_hand(what, f"Only a Jira administrator can. {OR_MAP}", where=self._pages.custom_fields())
            return

        def create() -> None:
            self.ids[role] = settled(lambda: self._create(role), lambda: self._created(role))
            self._notes.remember(FIELD, self.ids[role])

        self._notes.do(what, "Health is shown in fields of its own.", create, where=self._pages.custom_fields())

    def _create(self, role: HealthRole) -> str:
        body = {
            "name": FIELD_NAMES[role], "type": _KINDS + _TYPES[role], "searcherKey": _KINDS + _SEARCHERS[role],
            "description": DESCRIPTIONS[role],
        }  # fmt: skip
        return str(self._client.send("POST", "api/field", body).json()["id"])

    def _created(self, role: HealthRole) -> str | None:
        field = choose(site_fields(self._client, ()).values(), role, None)
        return field.id if field is not None else None


def choose(found: Iterable[Found], role: HealthRole, known: str | None) -> Found | None:
    """Our field of a role: the stored one, else by name, type and mark, else a renamed one by what it says of itself.

    Where nobody tells descriptions, an administrator may have made it by hand: name and type decide.
    """
    serving = sorted((one for one in found if one.serves(role)), key=lambda one: (len(one.id), one.id))
    for one in serving:
        if one.id == known:
            return one
    ours = [one for one in serving if one.ours is not False]
    named = [one for one in ours if one.name == FIELD_NAMES[role]]
    renamed = [one for one in ours if one.description == DESCRIPTIONS[role]]
    return next(iter(named + renamed), None)


def site_fields(client: JiraClient, ids: Iterable[str]) -> dict[str, Found]:
    """Custom fields that may be ours, and those of these ids, by id."""
    if client.access.deployment == "datacenter":
        return _server_fields(client)
    found = _search(client, {"query": "Bellwether"})
    missing = [one for one in dict.fromkeys(ids) if one not in found]
    if missing:
        found |= _search(client, {"id": missing})
    if any(one not in found for one in missing):
        # The search knows company-managed fields only; a field of a team-managed project is in the plain list.
        listed = {str(one["id"]): _found(one, ours=False) for one in client.read("api/field") if one.get("custom")}
        found |= {one: listed[one] for one in missing if one in listed and one not in found}
    return found


def _search(client: JiraClient, params: Mapping[str, Any]) -> dict[str, Found]:
    found = client.offset_list("api/field/search", "values", params={"type": "custom", **params}, page=_PAGE)
    return {str(one["id"]): _found(one, ours=MARK in (one.get("description") or "")) for one in found}


def _server_fields(client: JiraClient) -> dict[str, Found]:
    """A server's fields; which are ours, only its newer versions tell, and only an administrator."""
    try:
        told = {
            str(one["id"]): MARK in (one.get("description") or "")
            for one in client.offset_list("api/customFields", "values", params={"search": "Bellwether"}, page=_PAGE)
        }
        known = True
    except (NotFoundError, RefusedError):
        told, known = {}, False
    return {
        str(one["id"]): _found(one, ours=told.get(str(one["id"])) if known else None)
        for one in client.read("api/field") if one.get("custom")
    }


def _found(told: Mapping[str, Any], *, ours: bool | None) -> Found:
    return Found(
        id=str(told["id"]), name=str(told.get("name") or ""), description=str(told.get("description") or ""),
        kind=str((told.get("schema") or {}).get("custom") or "").rpartition(":")[2], ours=ours,
    )


def is_admin(client: JiraClient) -> bool:
    """Whether the account may make fields and change screens."""
    found = client.read("api/mypermissions", {"permissions": "ADMINISTER"}).get("permissions") or {}
    return bool((found.get("ADMINISTER") or {}).get("havePermission"))
