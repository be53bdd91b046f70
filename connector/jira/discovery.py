"""What a site offers: projects, fields and how well they are filled, statuses that look odd, a first mapping."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from connector.jira.fields import suggest_declared, suggest_url
from connector.jira.payloads import FieldDoc, StatusDoc
from connector.jira.reference import ReferenceReader
from connector.jira.scope import text
from connector.jira.site import Site
from connector.jira.values import text_of
from connector.jira.vocabulary import CATEGORIES, DROPPED_STATUSES, Vocabulary, read_vocabulary
from model.mapping import Mapping
from model.sync import Discovery, FieldFound, SourceFound, StatusFound

SAMPLE = 200
MOST_PROJECTS_SAMPLED = 50
_EXAMPLES = 5
_LONGEST_EXAMPLE = 60
_PERSONAL_TYPES = frozenset({"user", "comments-page"})
_DONE_WORDS = ("done", "closed", "resolved", "complete", "finished", "released")
_OPEN_WORDS = ("to do", "todo", "open", "backlog", "in progress", "review", "blocked", "doing")


def discover(site: Site, name: str, reader: ReferenceReader) -> Discovery:
    """Look around with a sample of the newest issues."""
    raw = [*reader.vocabulary(), *reader.projects()]
    words = read_vocabulary(raw, Mapping())
    keys = sorted(project.key for project in words.projects.values() if not project.archived)
    raw += reader.boards(keys[:MOST_PROJECTS_SAMPLED])
    words = read_vocabulary(raw, Mapping())
    sample = _sample(site, keys)
    return Discovery(
        name=name,
        sources=tuple(_sources(words)),
        fields=tuple(_field(field, sample) for field in words.fields),
        statuses=tuple(_statuses(words, sample)),
        types=tuple(sorted({one.name for one in words.types.values()})),
        suggested_mapping=_suggestion(words),
    )


def _sample(site: Site, keys: Sequence[str]) -> list[dict[str, Any]]:
    """The newest issues with every field they show; Jira gives those only a hundred issues at a time."""
    if not keys:
        return []
    jql = f"project in ({', '.join(text(key) for key in keys[:MOST_PROJECTS_SAMPLED])}) ORDER BY updated DESC"
    ids = [int(issue["id"]) for issue in next(site.search(jql), [])][:SAMPLE]
    return [issue["fields"] for issue in site.issues(ids, ["*navigable"])]


def _sources(words: Vocabulary) -> Iterable[SourceFound]:
    for project in sorted(words.projects.values(), key=lambda one: one.key):
        yield SourceFound(
            kind="project", label=project.key, name=project.name or project.key, selector={"project": project.key}
        )


def _field(field: FieldDoc, sample: Sequence[dict[str, Any]]) -> FieldFound:
    filled = [fields[field.id] for fields in sample if fields.get(field.id) not in (None, "", [], {})]
    examples = Counter() if field.shape.type in _PERSONAL_TYPES else Counter(_shown(value) for value in filled)
    return FieldFound(
        id=field.id, name=field.name, type=field.shape.type,
        fill_rate=round(len(filled) / len(sample), 3) if sample else None,
        examples=tuple(word for word, _ in examples.most_common(_EXAMPLES) if word),
    )


def _shown(value: Any) -> str:
    """An example short enough for a table; long texts and people are left out."""
    if isinstance(value, list):
        return ", ".join(word for word in (_shown(one) for one in value[:3]) if word)[:_LONGEST_EXAMPLE]
    if isinstance(value, dict) and "accountId" in value:
        return ""
    return (text_of(value) or "")[:_LONGEST_EXAMPLE]


def _statuses(words: Vocabulary, sample: Sequence[dict[str, Any]]) -> Iterable[StatusFound]:
    counts = Counter(str((fields.get("status") or {}).get("id")) for fields in sample)
    for status in sorted(words.statuses.values(), key=lambda one: (one.name, one.id)):
        yield StatusFound(
            id=status.id, name=status.name, category=status.category.key, items=counts.get(status.id, 0),
            contradiction=contradiction(status),
        )


def contradiction(status: StatusDoc) -> str | None:
    """Where a status's name says another thing than its category."""
    name, category = status.name.strip().lower(), status.category.key
    if category not in CATEGORIES or category == "undefined":
        return "Jira gives this status no category; it counts as to do."
    if category != "done" and (name in _DONE_WORDS or name in DROPPED_STATUSES):
        return f"By its name it is closed, by its category {category}."
    if category == "done" and name in _OPEN_WORDS:
        return "By its name it is open, by its category done."
    return None


def _suggestion(words: Vocabulary) -> dict[str, object]:
    """A mapping for the YAML: only what was found, and only what a person would have to write."""
    roles = words.roles
    found: dict[str, object] = {
        "story_points": roles.points[0] if roles.points else None,
        "start_date": roles.start,
        "declared_status": suggest_declared(words.fields),
    }
    if roles.probability or roles.impact:
        risk = {"probability": roles.probability, "impact": roles.impact, "response": roles.response}
        found["risk"] = {key: value for key, value in risk.items() if value}
    url = suggest_url(words.fields)
    if url:
        found["depends_on"] = {"url_field": url}
    return {key: value for key, value in found.items() if value}

