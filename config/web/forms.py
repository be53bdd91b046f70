"""The mapping as a form: what stands in each row, and what was typed as a mapping again."""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.parts import as_texts
from model.mapping import Mapping
from model.work import ItemType, StatusCategory
from service.mapping_preview import WordUse

AS_IT_IS = ""
FACETS_MORE = 2
"""Empty rows for fields that lenses group by."""


@dataclass(frozen=True)
class Named:
    """A key of the mapping that names one field: its dotted key, its label, and what is to be known of it."""

    key: str
    label: str
    hint: str = ""


GROUPS: tuple[tuple[str, tuple[Named, ...]], ...] = (
    ("Size of work", (
        Named("story_points", "Story points", "Automatic: what each board estimates with, the first that is filled."),
        Named("estimate_hours", "Estimate in hours"),
    )),
    ("Dates", (Named("start_date", "Start date", "Due dates are the tool's own."),)),
    ("Severity and status", (
        Named("severity", "Severity"),
        Named("declared_status", "Status declared by hand", "Shown beside the computed band."),
    )),
    ("Risks", (
        Named("risk.probability", "Probability", "0 to 1, or 0 to 100%."),
        Named("risk.impact", "Impact", "1 to 5."),
        Named("risk.response", "Response"),
    )),
    ("Benefits", (
        Named("benefit.baseline", "Baseline"), Named("benefit.target", "Target"), Named("benefit.actual", "Actual"),
    )),
    ("Links into another tool", (Named("depends_on.url_field", "Blocked by (address)"),)),
    ("Where our health is shown", (
        Named("health_fields.health", "Health", "Automatic: the field that set-up makes."),
        Named("health_fields.score", "Score"), Named("health_fields.reason", "Reason"),
    )),
)  # fmt: skip
LINK_TYPES = "depends_on.link_types"


@dataclass(frozen=True)
class WordRow:
    """One status or type of the tool: how it is read, what was chosen for it, and what may be chosen."""

    use: WordUse
    chosen: str


def named_keys() -> tuple[Named, ...]:
    """Every key that names one field."""
    return tuple(one for _, keys in GROUPS for one in keys)


def value_of(mapping: Mapping, key: str) -> str | None:
    """The field that a dotted key of the mapping names."""
    found: Any = mapping
    for step in key.split("."):
        found = getattr(found, step)
    return found if isinstance(found, str) else None


def rows(table: Dict[str, StatusCategory] | Dict[str, ItemType], uses: Sequence[WordUse]) -> tuple[WordRow, ...]:
    """A row for each word that the tool knows or items carry, and for each that the mapping names beyond these."""
    listed = tuple(WordRow(use, _chosen(table, use.key, use.word)) for use in uses)
    known = {one.lower() for use in uses for one in (use.key, use.word)}
    unused = [WordRow(WordUse(key, key, 0, value.value), value.value) for key, value in table.items()
              if key.strip().lower() not in known]  # fmt: skip
    return (*listed, *unused)


def read(form: Dict[str, str], base: Mapping, words: Dict[str, Sequence[WordUse]]) -> Mapping:
    """What was typed as a mapping; keys the form does not show stay as they are.

    ``words``: the rows of "statuses" and "types". Raises pydantic's ValidationError for a choice that does not exist.
    """
    typed = base.model_dump(mode="json")
    for one in named_keys():
        if one.key in form:
            *above, last = one.key.split(".")
            holder = typed
            for step in above:
                holder = holder[step]
            holder[last] = form[one.key].strip() or None
    if LINK_TYPES in form:
        types = [word.strip() for word in form[LINK_TYPES].split(",")]
        typed["depends_on"]["link_types"] = [word for word in types if word]
    for group, uses in words.items():
        typed[group] = _table(form, group, typed[group], uses)
    if any(key.startswith("facet:") for key in form):
        typed["facets"] = {word: field for word, field in facets(form) if word and field}
    return Mapping.model_validate(typed)


def mapping_of(document: Dict[str, Any], connection: str) -> Mapping:
    """A connection's mapping in a document; one without it has the defaults."""
    return Mapping.model_validate(as_texts((document.get("mapping") or {}).get(connection) or {}))


def with_mapping(document: dict[str, Any], connection: str, before: Mapping, after: Mapping) -> dict[str, Any]:
    """The document with another mapping of one connection; keys whose values are the same stand as they were written."""
    mappings = dict(document.get("mapping") or {})
    values = [one.model_dump(mode="json") for one in (before, after)]
    mappings[connection] = written(mappings.get(connection) or {}, *values)
    return {**document, "mapping": mappings} if before != after else document


def written(raw: Dict[str, Any], before: Dict[str, Any], after: Dict[str, Any]) -> dict[str, Any]:
    """A connection's mapping as it stands in the document, with only that changed which differs between two mappings.

    ``before`` and ``after``: both as plain values with all their keys.
    """
    found = dict(raw)
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            inner = raw.get(key)
            new = written(inner if isinstance(inner, dict) else {}, old, new)
        if new is None or new == {}:
            found.pop(key, None)
        else:
            found[key] = new
    return found


def _chosen(table: Dict[str, StatusCategory] | Dict[str, ItemType], key: str, word: str) -> str:
    """What the mapping says of a word: by its id, else by its name."""
    if key in table:
        return table[key].value
    lowered = word.strip().lower()
    return next((value.value for name, value in table.items() if name.strip().lower() == lowered), AS_IT_IS)


def _table(form: Dict[str, str], group: str, table: dict[str, str], uses: Sequence[WordUse]) -> dict[str, str]:
    """Statuses or types with what was chosen. A new choice is kept by the id of the word, where it has one.

    Where one entry speaks by name for several words of the tool, the others keep what it said.
    """
    prefix = f"{group}:"
    posted = {key.removeprefix(prefix): value for key, value in form.items() if key.startswith(prefix)}
    found, by_key = dict(table), {use.key: use for use in uses}
    for key, value in posted.items():
        word = by_key[key].word if key in by_key else key
        name = next((one for one in found if one.strip().lower() == word.strip().lower()), None)
        if value == found.get(key, found.get(name or "", AS_IT_IS)):
            continue
        if name is not None and name != key:
            said = found.pop(name)
            same = [use.key for use in uses if use.word.strip().lower() == name.strip().lower() and use.key != key]
            found |= {other: said for other in same if other not in found}
        found.pop(key, None)
        if value != AS_IT_IS:
            found[key] = value
    return found


def facets(form: Dict[str, str]) -> list[tuple[str, str]]:
    """The rows of fields that lenses group by as they were typed: our word, and the field it stands in; none without either."""
    numbers = [key.split(":")[1] for key in form if key.startswith("facet:")]
    typed = [(form[f"facet:{one}"].strip(), form.get(f"facet_field:{one}", "").strip()) for one in numbers]
    return [one for one in typed if any(one)]
