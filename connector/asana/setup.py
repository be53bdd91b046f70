"""Our three fields: made once in the workspace, attached where targets can show them, verified, taken away again."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from connector.asana.client import INVISIBLE, AsanaClient, PlanError
from connector.asana.payloads import FieldDefinition
from connector.asana.setup_places import Pages, Place, Places
from connector.asana.setup_removal import FIELD, OPTION, SETTING, Removal
from connector.asana.target_calls import Thing
from connector.asana.vocabulary import plain
from connector.asana.writer import band_of_option
from connector.sdk.http import UnexpectedAnswerError
from connector.sdk.setup_notes import SetupNotes, settled
from model.errors import AppError
from model.health import Band
from model.mapping import HealthFieldNames
from model.push import FIELD_NAMES, HealthFields, HealthRole, SetupMade, SetupResult, Verified
from model.tree import Target

MARK = "Written by Bellwether. Changes made here by hand are shown, not kept."
"""The description of the fields that we make; only a field that carries it is ours to delete."""

KINDS = {HealthRole.HEALTH: "enum", HealthRole.SCORE: "number", HealthRole.REASON: "text"}
MOST_FIELDS = 20
"""How many custom fields a project, portfolio or goal takes."""

REFUSALS: tuple[type[AppError], ...] = (PlanError, UnexpectedAnswerError, *INVISIBLE)
_COLOURS = {Band.ON_TRACK: "green", Band.AT_RISK: "yellow", Band.OFF_TRACK: "red", Band.NO_DATA: "none"}
_NO_PLAN = "Custom fields need a paid plan of Asana; without one, nothing can show our health."


class Setup:
    """Plans or makes our fields, or takes them away. One object per run."""

    def __init__(
        self, client: AsanaClient, names: HealthFieldNames, *, made: Sequence[SetupMade], apply: bool,
        keep: Callable[[SetupMade], None] | None = None,
    ) -> None:
        self._client = client
        self._mapped = {
            HealthRole.HEALTH: names.health, HealthRole.SCORE: names.score, HealthRole.REASON: names.reason,
        }  # fmt: skip
        self._notes = SetupNotes(client.name, apply=apply, made=made, refusals=REFUSALS, keep=keep)
        self._pages = Pages(client.options.url, client.workspace)
        self._places = Places(client, self._notes, self._pages)
        self._found: dict[HealthRole, FieldDefinition] = {}

    def run(self, targets: Sequence[Target], known: HealthFields | None) -> SetupResult:
        """What is missing for ``targets``, made when applying.

        Raises AppError when nothing can be read; once something was made, the rest becomes a step for the next run.
        """
        before = self._notes.made
        try:
            self._run(targets, known)
        except AppError as error:
            if self._notes.made == before:
                raise
            self._notes.broken_off(error)
        return self._notes.result(self._ids())

    def remove(self, targets: Sequence[Target], known: HealthFields | None) -> SetupResult:
        """Take away what the ledger names; a field of the team's own stays, whatever it is called."""
        del targets  # What was made is named by the ledger, wherever it stands.
        return Removal(self._client, self._notes, mapped=self._mapped.values(), mark=MARK).run(known)

    def _run(self, targets: Sequence[Target], known: HealthFields | None) -> None:
        try:
            existing = self._workspace_fields()
        except (PlanError, *INVISIBLE) as exc:
            self._notes.by_hand(
                "Get custom fields for the workspace.", f"{_NO_PLAN} ({exc.what})", where=self._pages.plan()
            )
            return
        for role in HealthRole:
            definition = self._field(role, existing, known)
            if definition is not None:
                self._found[role] = definition
        places = self._places.find(targets)
        for place in places:
            self._attach_all(place)
        self._verify(places)

    def _workspace_fields(self) -> list[FieldDefinition]:
        return [FieldDefinition.model_validate(each) for each in self._client.custom_fields()]

    # -- fields -------------------------------------------------------------------------------------------------------

    def _field(
        self, role: HealthRole, existing: Sequence[FieldDefinition], known: HealthFields | None
    ) -> FieldDefinition | None:
        """The field of a role: as mapped, as kept, by its name, or made."""
        mapped = self._mapped[role]
        definition = self._named(mapped, existing) if mapped else self._existing(role, existing, known)
        if definition is None:
            return None if mapped else self._make(role)
        problem = _unfit(definition, role)
        if problem:
            self._notes.by_hand(
                f"Name another field in the mapping: health_fields.{role.value}.", f"“{definition.name}” {problem}"
            )
            return None
        if not mapped and definition.description.strip() == MARK:
            self._notes.remember(FIELD, definition.gid)  # Also when a run was cut off before it could say so.
        return self._with_options(definition) if role is HealthRole.HEALTH else definition

    def _named(self, gid: str, existing: Sequence[FieldDefinition]) -> FieldDefinition | None:
        """A field of the mapping; one of a single project is not in the workspace's list."""
        listed = next((each for each in existing if each.gid == gid), None)
        if listed is not None:
            return listed
        try:
            return FieldDefinition.model_validate(self._client.custom_field(gid))
        except REFUSALS as exc:
            self._notes.by_hand(f"Correct the mapping: there is no custom field {gid} for this account.", exc.what)
            return None

    def _existing(
        self, role: HealthRole, existing: Sequence[FieldDefinition], known: HealthFields | None
    ) -> FieldDefinition | None:
        """Names are unique in a workspace: a field that is called as ours is the one to use."""
        kept = known.ids.get(role) if known else None
        stored = next((each for each in existing if each.gid == kept and not _unfit(each, role)), None)
        return stored or self._called(role, existing)

    def _called(self, role: HealthRole, existing: Sequence[FieldDefinition]) -> FieldDefinition | None:
        return next((each for each in existing if plain(each.name) == plain(FIELD_NAMES[role])), None)

    def _make(self, role: HealthRole) -> FieldDefinition | None:
        def create() -> None:
            made = settled(
                lambda: FieldDefinition.model_validate(self._client.create_field(_definition(role))),
                lambda: self._called(role, self._workspace_fields()),
            )
            self._notes.remember(FIELD, made.gid)
            self._found[role] = made

        self._notes.do(
            f"Create the custom field “{FIELD_NAMES[role]}” ({KINDS[role]}).",
            f"It shows the {role.value} of a project, program or portfolio.", create,
        )
        return self._found.get(role)

    def _with_options(self, definition: FieldDefinition) -> FieldDefinition:
        """The health field with an option for each band."""
        bands = {band_of_option(option.name): option for option in definition.enum_options if not option.enabled}
        bands |= {band_of_option(option.name): option for option in definition.enum_options if option.enabled}
        for band in Band:
            option = bands.get(band)
            if option is None:
                self._notes.do(
                    f"Add the option “{band.words}” to “{definition.name}”.", "Every band needs one.",
                    partial(self._add_option, definition.gid, band), affects=("everything that shows the field",),
                )
            elif not option.enabled:
                self._notes.by_hand(
                    f"Enable the option “{option.name}” of “{definition.name}” again.", "It is there, but disabled."
                )
        if self._notes.apply and not all(band in bands for band in Band):
            return FieldDefinition.model_validate(self._client.custom_field(definition.gid))
        return definition

    def _add_option(self, gid: str, band: Band) -> None:
        def added() -> str | None:
            again = FieldDefinition.model_validate(self._client.custom_field(gid))
            return next((each.gid for each in again.enum_options if band_of_option(each.name) is band), None)

        option = settled(lambda: str(self._client.add_option(gid, band.words)["gid"]), added)
        self._notes.remember(OPTION, option, gid)

    def _ids(self) -> HealthFields | None:
        health = self._found.get(HealthRole.HEALTH)
        if health is None or len(self._found) < len(HealthRole):
            return None
        options = {
            band: option.gid
            for option in health.enum_options
            if option.enabled and (band := band_of_option(option.name)) is not None
        }
        if len(options) < len(Band):
            return None
        ids = {role: self._found[role].gid for role in HealthRole}
        return HealthFields(connection=self._client.name, ids=ids, options=options)

    # -- places -------------------------------------------------------------------------------------------------------

    def _attach_all(self, place: Place) -> None:
        kind, gid = place.thing
        try:
            settings = self._client.settings(kind, gid)
        except REFUSALS as exc:
            where = self._pages.of(place.thing)
            self._notes.by_hand(f"Let this account see the fields of {place.label}.", exc.what, where=where)
            return
        have = {str(each["custom_field"]["gid"]) for each in settings if each.get("custom_field")}
        roles = [role for role in HealthRole if not self._is_there(role, have)]
        if self._notes.apply:
            roles = [role for role in roles if role in self._found]  # What could not be made is a step of its own.
        if not roles:
            return
        if len(settings) + len(roles) > MOST_FIELDS:
            self._notes.by_hand(
                f"Take {len(settings) + len(roles) - MOST_FIELDS} custom fields off {place.label}.",
                f"It has {len(settings)} of the {MOST_FIELDS} that Asana allows, and ours are {len(roles)} more.",
                where=self._pages.of(place.thing),
            )
            return
        names = ", ".join(f"“{self._name(role)}”" for role in roles)
        self._notes.do(
            f"Show {names} on {place.label}.", "Fields are seen only where they are attached.",
            partial(self._attach, roles, place), affects=self._places.affected(place),
            where=self._pages.of(place.thing),
        )

    def _is_there(self, role: HealthRole, have: set[str]) -> bool:
        return role in self._found and self._found[role].gid in have

    def _name(self, role: HealthRole) -> str:
        return self._found[role].name if role in self._found else FIELD_NAMES[role]

    def _attach(self, roles: Sequence[HealthRole], place: Place) -> None:
        kind, gid = place.thing
        for role in roles:
            field_id = self._found[role].gid
            settled(partial(self._send, place, field_id), partial(self._attached, place, field_id))
            self._notes.remember(SETTING, field_id, f"{kind}/{gid}")

    def _send(self, place: Place, field_id: str) -> bool:
        self._client.attach(*place.thing, field_id)
        return True

    def _attached(self, place: Place, field_id: str) -> bool | None:
        told = self._client.settings(*place.thing)
        return True if any(each["custom_field"]["gid"] == field_id for each in told) else None

    def _verify(self, places: Sequence[Place]) -> None:
        """Read a target of each kind at each place, and see which of our fields it shows."""
        samples: dict[tuple[Thing, str], tuple[Thing, Verified]] = {}
        for place in places:
            for target, name in place.targets.items():
                thing = Thing(target.kind, target.value)
                kind = target.kind if thing == place.thing else f"{target.kind} in {place.label}"
                samples.setdefault((place.thing, kind), (thing, Verified(kind=kind, sample=name)))
        told = self._client.singly(list(dict.fromkeys(thing for thing, _ in samples.values())))
        for thing, sample in samples.values():
            body = told[thing]
            shown = [] if isinstance(body, AppError) else body.get("custom_fields") or []
            have = {str(each["gid"]) for each in shown if each.get("enabled") is not False}
            lacking = tuple(self._name(role) for role in HealthRole if not self._is_there(role, have))
            self._notes.verified.append(sample.model_copy(update={"lacking": lacking}))


def _unfit(definition: FieldDefinition, role: HealthRole) -> str:
    """Why a field can't hold our value; "" when it can."""
    if definition.resource_subtype != KINDS[role]:
        return f"is of type {definition.resource_subtype}, and our {role.value} needs {KINDS[role]}."
    if definition.is_formula_field or definition.is_value_read_only:
        return "can't be written: Asana computes it."
    return ""


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
