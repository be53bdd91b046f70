"""The suggested mapping as the first steps show it: a line for each question, with how well each field is filled."""

from collections.abc import Mapping as Dict
from dataclasses import dataclass

from config.merging import decided, merged
from config.web.forms import named_keys
from model.mapping import Mapping
from model.sync import Discovery, FieldFound

_FIRST = ("story_points", "estimate_hours", "start_date", "severity", "declared_status", "risk.probability", "risk.impact")
_TITLES = {"risk.probability": "Risk probability", "risk.impact": "Risk impact"}
QUESTIONS = tuple((one.key, _TITLES.get(one.key, one.label)) for one in named_keys() if one.key in _FIRST)


@dataclass(frozen=True)
class Asked:
    """The questions about one connection: its mapping in the version that the form showed (``before``), what was suggested
    there, and what was chosen."""

    name: str
    found: Discovery
    before: Mapping
    suggested: Mapping
    chosen: Mapping


@dataclass(frozen=True)
class Row:
    """One question: ``key`` of the form, the field that is chosen, whether that is what was suggested; ``now``: the field
    that stands in the configuration, and what it is ``called``."""

    key: str
    title: str
    field: FieldFound | None
    chosen: str
    suggested: bool
    now: str
    called: str


def rows(asked: Asked, now: Mapping) -> tuple[Row, ...]:
    """A row for each question, beside how the connection is mapped now."""
    fields = {one.id: one for one in asked.found.fields}
    result = []
    for key, title in QUESTIONS:
        value, first, stands = _at(asked.chosen, key), _at(asked.suggested, key), _at(now, key)
        called = fields[stands].name if stands in fields else stands
        suggested = bool(value) and value == first
        result.append(Row(f"{asked.name}:{key}", title, fields.get(value), value, suggested, stands, called))
    return tuple(result)


def read(form: Dict[str, str], connection: str, suggested: Mapping) -> Mapping:
    """The mapping as it was chosen; what the form does not show is as suggested. Raises pydantic's ValidationError."""
    typed = suggested.model_dump()
    for key, _title in QUESTIONS:
        name = f"{connection}:{key}"
        if name in form:
            outer, _, inner = key.partition(".")
            if inner:
                typed[outer][inner] = form[name].strip() or None
            else:
                typed[outer] = form[name].strip() or None
    return Mapping.model_validate(typed)


def onto(asked: Asked, now: Mapping) -> Mapping:
    """What was chosen, on top of what others made of the mapping since; where both changed one place, what was chosen."""
    document, conflicts = merged(*(one.model_dump(mode="json") for one in (asked.before, asked.chosen, now)))
    for one in conflicts:
        document = decided(document, one, mine=True)
    return Mapping.model_validate(document)


def _at(mapping: Mapping, key: str) -> str:
    outer, _, inner = key.partition(".")
    value = getattr(mapping, outer)
    return str((getattr(value, inner) if inner else value) or "")
