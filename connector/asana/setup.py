"""Our three fields: made once in the workspace, attached where targets can show them, taken away again."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.payloads import FieldDefinition
from connector.asana.vocabulary import plain
from connector.asana.writer import band_of_option
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AppError
from model.health import Band
from model.mapping import HealthFieldNames
from model.push import FIELD_NAMES, HealthFields, HealthRole, SetupResult, SetupStep
from model.tree import Target

MARK = "Written by Bellwether. Changes made here by hand are shown, not kept."
"""The description of the fields that we make; only a field that carries it is ours to delete."""

KINDS = {HealthRole.HEALTH: "enum", HealthRole.SCORE: "number", HealthRole.REASON: "text"}
_COLOURS = {Band.ON_TRACK: "green", Band.AT_RISK: "yellow", Band.OFF_TRACK: "red", Band.NO_DATA: "none"}
_NO_PLAN = "Custom fields need a paid plan of Asana; without one, nothing can show our health."


class Place(NamedTuple):
    """Where a field is attached: a portfolio shows it on itself and on the projects in it."""

    kind: str
    gid: str
    name: str


class Setup:
    """Plans or makes our fields. One object per run."""

    def __init__(self, client: AsanaClient, names: HealthFieldNames, *, apply: bool) -> None:
        self._client = client
        self._mapped = {
            HealthRole.HEALTH: names.health, HealthRole.SCORE: names.score, HealthRole.REASON: names.reason,
        }  # fmt: skip
        self._apply = apply
        self._steps: list[SetupStep] = []

    def run(self, targets: Sequence[Target], known: HealthFields | None) -> SetupResult:
        """What is missing for ``targets``, made when ``apply``."""
        try:
            existing = [FieldDefinition.model_validate(each) for each in self._client.custom_fields()]
        except (PlanError, *INVISIBLE) as exc:
            self._by_hand("Get custom fields for the workspace", f"{_NO_PLAN} ({exc.what})")
            return self._result(None)
        found = {role: self._field(role, existing, known) for role in HealthRole}
        places = self._places(targets)
        for role, definition in found.items():
            for place in places:
                self._attach(role, definition, place)
        return self._result(self._ids(found))

    def remove(self, targets: Sequence[Target], known: HealthFields) -> SetupResult:
        """Delete the fields that we made and that still say so; a field of the team's own stays, whatever it is called."""
        del targets  # Deleting a field takes it off everything that shows it.
        existing = {str(each["gid"]): FieldDefinition.model_validate(each) for each in self._client.custom_fields()}
        for role, gid in known.ids.items():
            definition = existing.get(gid)
            if definition is None or gid == self._mapped[role]:
                continue
            if definition.description.strip() != MARK:
                self._by_hand(
                    f"Delete the custom field “{definition.name}”, if nobody needs it",
                    "it does not carry our mark in its description, so it may be the team's own",
                )
                continue
            self._do(
                f"Delete the custom field “{definition.name}” and its values",
                "setup made it",
                partial(self._client.delete_field, gid),
            )
        return self._result(None)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _result(self, fields: HealthFields | None) -> SetupResult:
        return SetupResult(connection=self._client.name, steps=tuple(self._steps), fields=fields)

    def _by_hand(self, what: str, why: str) -> None:
        self._steps.append(SetupStep(connection=self._client.name, what=what, why=why, by_hand=True))

    def _do(self, what: str, why: str, act: Callable[[], Any]) -> Any:
        """Note a step and, when applying, take it. What the account may not do becomes a step for a person."""
        if not self._apply:
            self._steps.append(SetupStep(connection=self._client.name, what=what, why=why))
            return None
        try:
            made = act()
        except (PlanError, UnexpectedAnswerError, *INVISIBLE) as exc:
            self._by_hand(what, f"{why}; Asana refused it to this account: {exc.what}")
            return None
        self._steps.append(SetupStep(connection=self._client.name, what=what, why=why, done=True))
        return made

    # -- fields -------------------------------------------------------------------------------------------------------

    def _field(
        self, role: HealthRole, existing: Sequence[FieldDefinition], known: HealthFields | None
    ) -> FieldDefinition | None:
        """The field of a role: as mapped, as kept, by its name, or made."""
        definition = self._existing(role, existing, known)
        if definition is None:
            made = self._do(
                f"Create the custom field “{FIELD_NAMES[role]}” ({KINDS[role]})",
                f"it shows the {role.value} of a project, program or portfolio",
                lambda: self._client.create_field(_definition(role)),
            )
            return FieldDefinition.model_validate(made) if made else None
        if definition.resource_subtype != KINDS[role]:
            self._by_hand(
                f"Rename the custom field “{definition.name}”, or map another field for our {role.value}",
                f"it is of type {definition.resource_subtype}, and our {role.value} needs {KINDS[role]}",
            )
            return None
        return self._with_options(definition) if role is HealthRole.HEALTH else definition

    def _existing(
        self, role: HealthRole, existing: Sequence[FieldDefinition], known: HealthFields | None
    ) -> FieldDefinition | None:
        by_id = {each.gid: each for each in existing}
        for gid in (self._mapped[role], known.ids.get(role) if known else None):
            if gid and gid in by_id:
                return by_id[gid]
        return next((each for each in existing if plain(each.name) == plain(FIELD_NAMES[role])), None)

    def _with_options(self, definition: FieldDefinition) -> FieldDefinition | None:
        """The health field with an option for each band."""
        there = {band_of_option(option.name) for option in definition.enum_options if option.enabled}
        missing = [band for band in Band if band not in there]
        for band in missing:
            self._do(
                f"Add the option “{band.words}” to “{definition.name}”",
                "every band needs one",
                partial(self._client.add_option, definition.gid, band.words),
            )
        if missing and self._apply:
            fields = self._client.custom_fields()
            again = next((each for each in fields if each["gid"] == definition.gid), None)
            return FieldDefinition.model_validate(again) if again else definition
        return definition

    def _ids(self, found: Mapping[HealthRole, FieldDefinition | None]) -> HealthFields | None:
        ids = {role: definition.gid for role, definition in found.items() if definition is not None}
        health = found[HealthRole.HEALTH]
        if health is None or len(ids) < len(HealthRole):
            return None
        options = {
            band: option.gid
            for option in health.enum_options
            if option.enabled and (band := band_of_option(option.name)) is not None
        }
        if len(options) < len(Band):
            return None
        return HealthFields(connection=self._client.name, ids=ids, options=options)

    # -- places -------------------------------------------------------------------------------------------------------

    def _attach(self, role: HealthRole, definition: FieldDefinition | None, place: Place) -> None:
        if definition is not None and definition.gid in self._attached(place):
            return
        name = definition.name if definition else FIELD_NAMES[role]
        gid = definition.gid if definition else None
        if self._apply and gid is None:
            return  # It could not be made; that is a step of its own.
        self._do(
            f"Show “{name}” on the {place.kind} “{place.name}”", "fields are seen only where they are attached",
            lambda: self._client.attach(place.kind, place.gid, str(gid)),
        )  # fmt: skip

    def _attached(self, place: Place) -> frozenset[str]:
        try:
            settings = self._client.settings(place.kind, place.gid)
        except (PlanError, *INVISIBLE):
            return frozenset()
        return frozenset(str(each["custom_field"]["gid"]) for each in settings if each.get("custom_field"))

    def _places(self, targets: Sequence[Target]) -> list[Place]:
        """Where the fields have to be attached so that the targets show them; each place once."""
        wanted = [target for target in targets if target.fields]
        places: dict[tuple[str, str], Place] = {}
        holders = self._holders(wanted) if any(target.kind == "project" for target in wanted) else {}
        for target in wanted:
            try:
                place = self._place(target, holders)
            except (PlanError, *INVISIBLE) as exc:
                self._by_hand(f"Let this account see {target.label}", _what(exc))
                continue
            if place:
                places.setdefault((place.kind, place.gid), place)
        return list(places.values())

    def _place(self, target: Target, holders: Mapping[str, Place]) -> Place | None:
        body = self._client.target(target.kind, target.value)
        name = str(body.get("name") or target.value)
        if target.kind in ("portfolio", "goal"):
            return Place(target.kind, target.value, name)
        if target.kind == "task":
            return self._project_of_task(target)
        if target.value in holders:
            return holders[target.value]
        self._by_hand(
            f"Put the project “{name}” into a portfolio that this account owns, and publish to that portfolio or run "
            "setup again",
            "Asana shows values on a project itself only through the fields of a portfolio it is in",
        )
        return None

    def _project_of_task(self, target: Target) -> Place | None:
        task = self._client.task(target.value)
        projects = [each["project"]["gid"] for each in task.get("memberships") or () if each.get("project")]
        if projects:
            return Place("project", str(projects[0]), str(projects[0]))
        self._by_hand(f"Put the task {target.value} into a project", "a task shows the fields of its project")
        return None

    def _holders(self, targets: Sequence[Target]) -> dict[str, Place]:
        """The portfolio through which each project shows values: one of the targets first, else one of our own."""
        gids = [target.value for target in targets if target.kind == "portfolio"]
        try:
            gids.extend(str(each["gid"]) for each in self._client.portfolios())
        except (PlanError, *INVISIBLE):
            pass
        holders: dict[str, Place] = {}
        for gid in dict.fromkeys(gids):
            try:
                body: Json = self._client.portfolio(gid)
                items = self._client.portfolio_items(gid)
            except (PlanError, *INVISIBLE):
                continue
            for item in items:
                if item.get("resource_type") == "project":
                    holders.setdefault(str(item["gid"]), Place("portfolio", gid, str(body.get("name") or gid)))
        return holders


def _definition(role: HealthRole) -> dict[str, Any]:
    """The field of a role as Asana is asked to make it."""
    data: dict[str, Any] = {
        "name": FIELD_NAMES[role],
        "resource_subtype": KINDS[role],
        "description": MARK,
    }
    if role is HealthRole.HEALTH:
        data["enum_options"] = [{"name": band.words, "color": _COLOURS[band]} for band in Band]
    if role is HealthRole.SCORE:
        data["precision"] = 1
    return data


def _what(error: AppError) -> str:
    return error.what
