"""The suggested mapping as the first steps show it: a line for each question, with how well each field is filled."""

from collections.abc import Mapping as Dict
from dataclasses import dataclass

from config.web.forms import named_keys
from model.mapping import Mapping
from model.sync import Discovery, FieldFound

_FIRST = ("story_points", "estimate_hours", "start_date", "severity", "declared_status", "risk.probability", "risk.impact")
_TITLES = {"risk.probability": "Risk probability", "risk.impact": "Risk impact"}
QUESTIONS = tuple((one.key, _TITLES.get(one.key, one.label)) for one in named_keys() if one.key in _FIRST)


@dataclass(frozen=True)
class Row:
    """One question: ``key`` of the form, the field that is chosen, whether that is what was suggested."""

    key: str
    title: str
    field: FieldFound | None
    chosen: str
    suggested: bool


def rows(connection: str, found: Discovery, suggested: Mapping, chosen: Mapping) -> tuple[Row, ...]:
    """A row for each question."""
    fields = {one.id: one for one in found.fields}
    result = []
    for key, title in QUESTIONS:
        value, first = _at(chosen, key), _at(suggested, key)
        result.append(Row(f"{connection}:{key}", title, fields.get(value), value, bool(value) and value == first))
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


def _at(mapping: Mapping, key: str) -> str:
    outer, _, inner = key.partition(".")
    value = getattr(mapping, outer)
    return str((getattr(value, inner) if inner else value) or "")
