"""Set-up on Data Center: fields can be made by a call; their choices and screens are an administrator's, by hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector.jira.client import JiraClient
from connector.jira.samples import Place, Sample
from connector.jira.setup_fields import CHOICES
from model.errors import NotFoundError
from model.health import Band
from model.push import HealthRole

_ADMIN_PAGE = "Administration > Issues > Custom fields"


@dataclass(frozen=True)
class LeftToDo:
    """One thing an administrator must still do. ``of_screen``: on the project's screens, else at the field itself."""

    what: str
    why: str
    of_screen: bool


def delete_field(client: JiraClient, field_id: str) -> None:
    """Delete a field. Raises NotFoundError where the version has no such call, or where the field stays."""
    answer = client.send("DELETE", "api/customFields", params={"ids": field_id}).json()
    if field_id not in (answer.get("deletedCustomFields") or ()):
        raise NotFoundError("The site did not delete it.", where=client.access.name)


def left_to_do(
    ids: Mapping[HealthRole, str], names: Mapping[HealthRole, str], sample: Sample, place: Place
) -> Iterator[LeftToDo]:
    """What is left for one kind of issue, by what its edit form shows."""
    missing = [role for role in HealthRole if ids.get(role) not in sample.fields]
    if missing:
        listed = ", ".join(f"{names[role]!r}" for role in missing)
        yield LeftToDo(
            f"Add {listed} to the edit screen of {place.type_name} in project {place.project_key} "
            f"({_ADMIN_PAGE} > Screens).",
            "A field can be written only where it can be edited, and Data Center tells no one which screen that is.",
            of_screen=True,
        )
    health, name = ids.get(HealthRole.HEALTH), names[HealthRole.HEALTH]
    if health is None or health not in sample.fields:
        yield LeftToDo(
            f"Give {name!r} the choices {CHOICES} ({_ADMIN_PAGE} > Configure > Edit options).",
            "Data Center takes new choices from its administration pages only.", of_screen=False,
        )
        return
    offered = sample.choices(health)
    lacking = [band.words for band in Band if band.words not in offered]
    if lacking:
        yield LeftToDo(
            f"Add the choices {', '.join(lacking)} to {name!r} for project {place.project_key} "
            f"({_ADMIN_PAGE} > Configure > Edit options).",
            "The health field offers one choice a band.", of_screen=False,
        )
