"""Which custom fields an old export has: their kind from their values, their name from the history."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sandbox.jira.catalog import custom_field
from sandbox.jira.records import Field, Json
from sandbox.jira.site import JiraSite

SPRINT_MARK = "com.atlassian.greenhopper.service.sprint.Sprint@"
RANK_MARK = "0|"
MOST_NAMED_BY_VALUES = 500


@dataclass(frozen=True)
class FieldGuess:
    """A custom field of an export; ``named`` when its name is known and not only its id."""

    id: str
    name: str
    kind: str
    named: bool


def learn_fields(site: JiraSite, issues: list[Json]) -> dict[str, FieldGuess]:
    """Find the custom fields of all issues and add them to the site under their own ids."""
    kinds: dict[str, Counter[str]] = {}
    for one in issues:
        for field_id, value in one["fields"].items():
            if field_id.startswith("customfield_") and value not in (None, [], ""):
                kinds.setdefault(field_id, Counter())[_kind(value)] += 1
    final = {field_id: counts.most_common(1)[0][0] for field_id, counts in kinds.items()}
    names = _names(issues, final)
    guesses: dict[str, FieldGuess] = {}
    for field_id, kind in final.items():
        name = names.get(field_id, field_id)
        guesses[field_id] = FieldGuess(field_id, name, kind, field_id in names)
        site.add_custom_field(custom_field(field_id, name, kind))
    _fill_options(site, issues)
    return guesses


def _kind(value: Any) -> str:
    first = value[0] if isinstance(value, list) else value
    if isinstance(first, str):
        return _text_kind(first, listed=isinstance(value, list))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "float"
    if isinstance(first, dict):
        if "value" in first:
            return "multiselect" if isinstance(value, list) else "select"
        if "displayName" in first and not isinstance(value, list):
            return "userpicker"
    return "any"


def _text_kind(text: str, *, listed: bool) -> str:
    if listed:
        return "gh-sprint" if text.startswith(SPRINT_MARK) else "labels"
    return "textfield" if len(text) <= 255 else "textarea"


def _names(issues: list[Json], kinds: dict[str, str]) -> dict[str, str]:
    """Names by field id: a field whose present value is what its name's last change led to, issue by issue."""
    votes: dict[tuple[str, str], int] = {}
    ends: Counter[str] = Counter()
    for one in issues:
        last: dict[str, Any] = {}
        for entry in (one.get("changelog") or {}).get("histories") or ():
            for line in entry.get("items") or ():
                if line.get("fieldtype") == "custom":
                    last[line["field"]] = line.get("toString")
        for name, words in last.items():
            ends[name] += 1
            for field_id in kinds:
                value = one["fields"].get(field_id)
                if _fits(value, words):
                    votes[(field_id, name)] = votes.get((field_id, name), 0) + 1
    found: dict[str, str] = {}
    for (field_id, name), count in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        if field_id not in found and name not in found.values() and count * 2 >= ends[name]:
            found[field_id] = name
    return found


def _fits(value: Any, words: Any) -> bool:
    if value is None or not words:
        return False
    if isinstance(value, (int, float)):
        return _number(words) == float(value)
    if isinstance(value, list):
        texts = [str(one.get("value", one.get("name", ""))) if isinstance(one, dict) else one for one in value]
        if texts and texts[0].startswith(SPRINT_MARK):
            return all(f"name={part.strip()}," in " ".join(texts) for part in str(words).split(",")[-1:])
        return bool(texts) and sorted(str(words).strip("[]").replace(",", "").split()) == sorted(
            " ".join(texts).split()
        )
    if isinstance(value, dict):
        return words in (value.get("value"), value.get("displayName"), value.get("name"))
    return str(value) == str(words)


def _number(words: Any) -> float | None:
    try:
        return float(words)
    except ValueError:
        return None


def _fill_options(site: JiraSite, issues: list[Json]) -> None:
    """Give select fields the options that the issues use."""
    selects: list[Field] = [one for one in site.fields.values() if one.kind in ("select", "multiselect")]
    for field in selects:
        options: dict[str, Json] = {}
        for one in issues:
            value = one["fields"].get(field.id)
            for option in value if isinstance(value, list) else [value]:
                if isinstance(option, dict) and "id" in option:
                    options[str(option["id"])] = {"id": str(option["id"]), "value": option.get("value", "")}
        field.options[field.contexts[0].id] = list(options.values())
