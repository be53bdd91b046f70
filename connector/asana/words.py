"""How one connection's words are read: its mapping first, then what its fields are called."""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field

from connector.asana.payloads import FieldDefinition, Project, Ref, Section, User, read_payload
from connector.asana.vocabulary import OUTCOME_FIELDS, SEVERITIES, TYPES, named, plain
from model.errors import SkippableError
from model.mapping import Mapping
from model.sync import RawPayload
from model.work import ItemType, Severity, StatusCategory


@dataclass(frozen=True)
class Roles:
    """The id of the custom field that plays each role; None where the workspace has none."""

    story_points: str | None = None
    estimate_hours: str | None = None
    remaining_hours: str | None = None
    severity: str | None = None
    type: str | None = None
    start_date: str | None = None
    probability: str | None = None
    impact: str | None = None
    response: str | None = None
    baseline: str | None = None
    target: str | None = None
    actual: str | None = None
    url_field: str | None = None
    outcomes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Words:
    """All that ``normalise`` knows beside the payload at hand. ``own_account``: the vendor id of who we act as.

    ``minutes``: ids of the fields whose number counts minutes. ``section_projects``: section id to project id.
    """

    connection: str
    mapping: Mapping
    roles: Roles = Roles()
    minutes: frozenset[str] = frozenset()
    own_account: str | None = None
    section_projects: Dict[str, str] = field(default_factory=dict)

    def mapped_status(self, *refs: Ref | None) -> StatusCategory | None:
        """What the mapping says of a section or an option, by id or by name; the first that it knows."""
        for ref in refs:
            if ref is None:
                continue
            said = self.mapping.statuses.get(ref.gid) or self._statuses_by_name().get(plain(ref.name or ""))
            if said:
                return said
        return None

    def mapped_type(self, gid: str, name: str) -> ItemType | None:
        """The type the mapping gives to an option or a custom type, by id or by name."""
        by_name = {plain(key): value for key, value in self.mapping.types.items()}
        return self.mapping.types.get(gid) or by_name.get(plain(name))

    def hours(self, field_id: str | None, number: float | None) -> float | None:
        """A number of an effort field, in hours."""
        return number / 60 if number is not None and field_id in self.minutes else number

    def _statuses_by_name(self) -> dict[str, StatusCategory]:
        return {plain(key): value for key, value in self.mapping.statuses.items()}


def type_by_word(name: str) -> ItemType | None:
    """The type a word commonly means."""
    return TYPES.get(plain(name))


def severity_by_word(name: str | None) -> Severity | None:
    """The severity a word commonly means."""
    return SEVERITIES.get(plain(name)) if name else None


def words_of(connection: str, mapping: Mapping, reference: Sequence[RawPayload]) -> Words:
    """Read the reference payloads once. One that is unusable is passed over here: it is reported where it is mapped."""
    definitions = definitions_of(reference)
    sections: dict[str, str] = {}
    own: str | None = None
    for raw in reference:
        try:
            if raw.kind == "section":
                project = read_payload(Section, raw).project
                if project:
                    sections[raw.vendor_id] = project.gid
            elif raw.kind == "me":
                own = read_payload(User, raw).gid
        except SkippableError:
            continue
    return Words(
        connection=connection,
        mapping=mapping,
        roles=roles_of(mapping, tuple(definitions.values())),
        minutes=frozenset(gid for gid, each in definitions.items() if each.format == "duration"),
        own_account=own,
        section_projects=sections,
    )


def definitions_of(reference: Sequence[RawPayload]) -> dict[str, FieldDefinition]:
    """Every custom field by its id: the workspace's own and those that live in one project only."""
    found: dict[str, FieldDefinition] = {}
    for raw in reference:
        try:
            if raw.kind == "custom_field":
                found[raw.vendor_id] = read_payload(FieldDefinition, raw)
            elif raw.kind == "project":
                for setting in read_payload(Project, raw).custom_field_settings:
                    found.setdefault(setting.custom_field.gid, setting.custom_field)
        except SkippableError:
            continue
    return found


def roles_of(mapping: Mapping, definitions: Sequence[FieldDefinition]) -> Roles:
    """Which field plays which role: as mapped, else by its name among fields of the right type."""

    def of(kind: str) -> list[tuple[str, str]]:
        return [(each.gid, each.name) for each in definitions if each.resource_subtype == kind]

    numbers, enums, texts = of("number"), of("enum"), of("text")
    return Roles(
        story_points=mapping.story_points or named("story_points", numbers),
        estimate_hours=mapping.estimate_hours or named("estimate_hours", numbers),
        remaining_hours=named("remaining_hours", numbers),
        severity=mapping.severity or named("severity", enums),
        type=named("type", enums),
        start_date=mapping.start_date,
        probability=mapping.risk.probability or named("probability", numbers) or named("probability", enums),
        impact=mapping.risk.impact or named("impact", numbers) or named("impact", enums),
        response=mapping.risk.response or named("response", enums),
        baseline=mapping.benefit.baseline or named("baseline", numbers),
        target=mapping.benefit.target or named("target", numbers),
        actual=mapping.benefit.actual or named("actual", numbers),
        url_field=mapping.depends_on.url_field or named("url_field", texts),
        outcomes=frozenset(gid for gid, name in enums if plain(name) in OUTCOME_FIELDS),
    )
