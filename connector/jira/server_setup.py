"""Set-up on Data Center: fields can be made by a call; their choices and screens are an administrator's, by hand."""

from collections.abc import Iterator, Mapping
from typing import Any

from connector.jira.client import JiraClient
from model.errors import NotFoundError, RefusedError
from model.health import Band
from model.push import FIELD_NAMES, HealthRole

_PAGE = 50
_CHOICES = ", ".join(band.words for band in Band)
_ADMIN_PAGE = "Administration > Issues > Custom fields"


def is_server(client: JiraClient) -> bool:
    return client.access.deployment == "datacenter"


def find_field(client: JiraClient, name: str, kind: str, known: str | None) -> str | None:
    """A field by name and type: the stored one if it still is there, else the oldest.

    The list with descriptions is for administrators, and an administrator may have made ours by hand: no mark is asked
    for.
    """
    found = [
        str(one["id"]) for one in client.read("api/field")
        if one.get("name") == name and (one.get("schema") or {}).get("custom") == kind
    ]
    return known if known in found else next(iter(sorted(found, key=lambda one: (len(one), one))), None)


def marked_fields(client: JiraClient, name: str, mark: str) -> set[str] | None:
    """Ids of the fields of a name that bear our mark; None where the site does not tell descriptions."""
    try:
        found = list(client.offset_list("api/customFields", "values", params={"search": name}, page=_PAGE))
    except (NotFoundError, RefusedError):
        return None
    return {str(one["id"]) for one in found if one.get("name") == name and mark in (one.get("description") or "")}


def delete_field(client: JiraClient, field_id: str) -> bool:
    """Whether the site deleted a field; versions without this call leave it to an administrator."""
    try:
        answer = client.send("DELETE", "api/customFields", params={"ids": field_id}).json()
    except NotFoundError:
        return False
    return field_id in (answer.get("deletedCustomFields") or ())


def left_to_do(
    ids: Mapping[HealthRole, str], editable: Mapping[str, Any], project_key: str, type_name: str
) -> Iterator[tuple[str, str]]:
    """What an administrator must still do for one kind of issue, each with why, by what its edit form shows."""
    missing = [role for role in HealthRole if ids.get(role) not in editable]
    if missing:
        names = ", ".join(f"{FIELD_NAMES[role]!r}" for role in missing)
        yield (
            f"Add {names} to the edit screen of {type_name} in project {project_key} ({_ADMIN_PAGE} > Screens).",
            "A field can be written only where it can be edited, and Data Center tells no one which screen that is.",
        )
    health = ids.get(HealthRole.HEALTH)
    if health is None or health not in editable:
        yield (
            f"Give {FIELD_NAMES[HealthRole.HEALTH]!r} the choices {_CHOICES} ({_ADMIN_PAGE} > Configure > Edit options).",
            "Data Center takes new choices from its administration pages only.",
        )
        return
    offered = {str(one.get("value")) for one in editable[health].get("allowedValues") or ()}
    lacking = [band.words for band in Band if band.words not in offered]
    if lacking:
        yield (
            f"Add the choices {', '.join(lacking)} to {FIELD_NAMES[HealthRole.HEALTH]!r} for project {project_key} "
            f"({_ADMIN_PAGE} > Configure > Edit options).",
            "The health field offers one choice a band.",
        )
