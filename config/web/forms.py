"""The mapping as a form: what stands in each row, and what was typed as a mapping again."""

from collections.abc import Mapping as Dict
from dataclasses import dataclass

from model.mapping import Mapping
from model.work import ItemType, StatusCategory
from service.mapping_preview import WordsInUse

SINGLE = (
    ("story_points", "Story points"),
    ("estimate_hours", "Estimate in hours"),
    ("start_date", "Start date"),
    ("severity", "Severity"),
    ("declared_status", "Status declared by hand"),
)
"""Mapping keys that name one field, with their label."""

AS_IT_IS = ""


@dataclass(frozen=True)
class WordRow:
    """One status or type of the tool: how many items carry it, what it means now, what was chosen for it."""

    group: str
    word: str
    count: int
    meaning: str
    chosen: str
    choices: tuple[str, ...]


def rows(mapping: Mapping, words: WordsInUse) -> tuple[WordRow, ...]:
    """A row for each status and type that items really carry, and for each the mapping names beyond these."""
    statuses = _rows("statuses", words.statuses, {k: v.value for k, v in mapping.statuses.items()}, StatusCategory)
    types = _rows("types", words.types, {k: v.value for k, v in mapping.types.items()}, ItemType)
    return (*statuses, *types)


def _rows(
    group: str,
    used: tuple[tuple[str, int, str], ...],
    chosen: Dict[str, str],
    choices: type[StatusCategory] | type[ItemType],
) -> tuple[WordRow, ...]:
    values = tuple(choice.value for choice in choices)
    seen = {word for word, _count, _meaning in used}
    listed = [WordRow(group, word, n, meaning, chosen.get(word, AS_IT_IS), values) for word, n, meaning in used]
    unused = [WordRow(group, word, 0, value, value, values) for word, value in chosen.items() if word not in seen]
    return (*listed, *unused)


def read(form: Dict[str, str], in_force: Mapping) -> Mapping:
    """What was typed as a mapping; keys the form does not show stay as they are.

    Raises pydantic's ValidationError for a choice that does not exist.
    """
    typed = in_force.model_dump()
    for key, _label in SINGLE:
        typed[key] = form.get(key, "").strip() or None
    for group in ("statuses", "types"):
        prefix = f"{group}:"
        shown = {key.removeprefix(prefix): value for key, value in form.items() if key.startswith(prefix)}
        kept = {word: meaning for word, meaning in typed[group].items() if word not in shown}
        typed[group] = kept | {word: meaning for word, meaning in shown.items() if meaning != AS_IT_IS}
    for key in ("probability", "impact"):
        typed["risk"][key] = form.get(f"risk:{key}", "").strip() or None
    typed["depends_on"]["url_field"] = form.get("depends_on:url_field", "").strip() or None
    return Mapping.model_validate(typed)
