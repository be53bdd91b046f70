"""What a workspace offers, and the mapping it suggests: from a sample of tasks, never from all of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.payloads import FieldDefinition, Ref
from connector.asana.status import Standing, read_status
from connector.asana.vocabulary import dropped_word, finished_section, open_section, plain
from connector.asana.words import Roles, Words, roles_of, type_by_word
from model.mapping import Mapping
from model.sync import Discovery, FieldFound, SourceFound, StatusFound
from model.work import CLOSED, ItemType, StatusCategory

NOT_TICKED = "not ticked off"
SAMPLED_PROJECTS = 8
_EXAMPLES = 5
_EXAMPLE_LENGTH = 60


@dataclass
class _Sample:
    """What a sample of tasks holds."""

    tasks: list[Json] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)  # plain name → name


def discover(client: AsanaClient, mapping: Mapping) -> Discovery:
    """Projects, portfolios, fields with fill rates, sections as statuses, types, and a suggested mapping."""
    projects = [each for page in client.projects() for each in page if not each.get("archived")]
    definitions = _definitions(client, projects)
    sample = _sample(client, projects)
    roles = roles_of(mapping, tuple(definitions.values()))
    statuses = _statuses(sample, Words(connection=client.name, mapping=mapping, roles=roles))
    return Discovery(
        name=client.name,
        sources=(*_project_sources(client.name, projects), *_portfolio_sources(client)),
        fields=tuple(_field(each, sample.tasks) for each in definitions.values()),
        statuses=statuses,
        types=_types(definitions, roles, sample.tasks),
        suggested_mapping=_suggestion(definitions, roles, statuses, _custom_types(sample.tasks)),
    )


def _definitions(client: AsanaClient, projects: Sequence[Json]) -> dict[str, FieldDefinition]:
    """The workspace's fields and those that live in one project only."""
    found: dict[str, FieldDefinition] = {}
    try:
        found.update({str(each["gid"]): FieldDefinition.model_validate(each) for each in client.custom_fields()})
    except (PlanError, *INVISIBLE):
        pass  # Said by ``check``; fields of single projects may still be there.
    for project in projects:
        for setting in project.get("custom_field_settings") or ():
            definition = FieldDefinition.model_validate(setting["custom_field"])
            found.setdefault(definition.gid, definition)
    return found


def _sample(client: AsanaClient, projects: Sequence[Json]) -> _Sample:
    """The first page of tasks of some projects, evenly picked, with all their sections."""
    step = max(1, len(projects) // SAMPLED_PROJECTS)
    picked = [str(each["gid"]) for each in projects[::step]][:SAMPLED_PROJECTS]
    sample = _Sample()
    for tasks, sections in client.in_parallel(lambda gid: _one_project(client, gid), picked):
        sample.tasks.extend(tasks)
        for section in sections:
            sample.sections.setdefault(plain(section["name"]), section["name"])
    return sample


def _one_project(client: AsanaClient, gid: str) -> tuple[list[Json], list[Json]]:
    """Under narrow scopes the tasks may be there to read and the sections not."""
    try:
        tasks = client.task_page({"project": gid}, None)[0]
    except INVISIBLE:
        return [], []
    try:
        return tasks, client.sections(gid)
    except INVISIBLE:
        return tasks, []


def _project_sources(name: str, projects: Iterable[Json]) -> list[SourceFound]:
    return [_source(name, "project", each) for each in projects]


def _portfolio_sources(client: AsanaClient) -> list[SourceFound]:
    try:
        return [_source(client.name, "portfolio", each) for each in client.portfolios()]
    except (PlanError, *INVISIBLE):
        return []


def _source(connection: str, kind: str, body: Json) -> SourceFound:
    gid = str(body["gid"])
    return SourceFound(
        kind=kind, label=gid, name=str(body.get("name") or gid), selector={"connection": connection, kind: gid}
    )


def _field(definition: FieldDefinition, tasks: Sequence[Json]) -> FieldFound:
    """A field with the share of the tasks showing it that fill it; None where no sampled task shows it."""
    shown, texts = 0, list[str]()
    for task in tasks:
        for value in task.get("custom_fields") or ():
            if value.get("gid") == definition.gid:
                shown += 1
                text = _shown(value)
                if text is not None:
                    texts.append(text)
    return FieldFound(
        id=definition.gid,
        name=definition.name,
        type=definition.resource_subtype,
        fill_rate=round(len(texts) / shown, 3) if shown else None,
        examples=tuple(list(dict.fromkeys(texts))[:_EXAMPLES]),
    )


def _shown(value: Json) -> str | None:
    """A field's value as text; None when it is empty."""
    if value.get("enum_value"):
        return str(value["enum_value"].get("name") or "")
    if value.get("number_value") is not None:
        return f"{value['number_value']:g}"
    if value.get("text_value"):
        return str(value["text_value"])[:_EXAMPLE_LENGTH]
    if value.get("date_value"):
        return str(value["date_value"].get("date") or "") or None
    return None


def _statuses(sample: _Sample, words: Words) -> tuple[StatusFound, ...]:
    """Sections by name, with what they mean for a task that is not ticked off, and where that looks wrong; and being ticked.

    A ticked task is counted with its section only where that says that work was given up.
    """
    said = {plain(word): category for word, category in words.mapping.statuses.items()}
    means = {
        key: said.get(key) or (StatusCategory.DROPPED if dropped_word(name) else open_section(name))
        for key, name in sample.sections.items()
    }
    counts, still_open, completed = Counter[str](), Counter[str](), 0
    for task in sample.tasks:
        homes = [plain(((home or {}).get("section") or {}).get("name") or "") for home in task.get("memberships") or ()]
        counts.update(homes)
        if not task.get("completed"):
            still_open.update(homes)
        elif not any(means.get(home) is StatusCategory.DROPPED for home in homes):
            completed += 1
    done = read_status(Standing(completed=True), words)
    return (
        *(_section(name, means[key], counts[key], still_open[key]) for key, name in sample.sections.items()),
        *_custom_statuses(sample.tasks, words),
        StatusFound(id=done.original, name=done.original, category=done.category.value, items=completed),
    )


def _section(name: str, means: StatusCategory, count: int, still_open: int) -> StatusFound:
    """A section as a status. ``count``: all of the sampled tasks in it; ``still_open``: those that are not ticked off."""
    finished = finished_section(name) and means is not StatusCategory.DROPPED
    wrong = None
    if finished and still_open and means not in CLOSED:
        wrong = f"{still_open} of {count} sampled tasks here are not ticked off: they count as open."
    return StatusFound(
        id=name, name=name, category=means.value, only=NOT_TICKED if finished else None,
        items=count if means is StatusCategory.DROPPED else still_open, contradiction=wrong,
    )  # fmt: skip


def _custom_statuses(tasks: Sequence[Json], words: Words) -> list[StatusFound]:
    """The status options of custom task types, as far as sampled tasks show them."""
    shown: dict[str, tuple[Ref, int]] = {}
    for task in tasks:
        option = task.get("custom_type_status_option") or {}
        if option.get("gid"):
            ref, count = shown.get(str(option["gid"]), (Ref.model_validate(option), 0))
            shown[ref.gid] = (ref, count + 1)
    return [
        StatusFound(
            id=ref.gid, name=ref.name or ref.gid, items=count,
            category=read_status(Standing(completed=False, custom_status=ref), words).category.value,
        )
        for ref, count in shown.values()
    ]  # fmt: skip


def _types(definitions: dict[str, FieldDefinition], roles: Roles, tasks: Sequence[Json]) -> tuple[str, ...]:
    subtypes = {str(task.get("resource_subtype") or "default_task") for task in tasks}
    type_field = definitions.get(roles.type or "")
    options = [option.name for option in type_field.enum_options if option.enabled] if type_field else []
    return tuple(dict.fromkeys([*options, *_custom_types(tasks), *sorted(subtypes)]))


def _custom_types(tasks: Sequence[Json]) -> list[str]:
    return sorted({str((task.get("custom_type") or {}).get("name") or "") for task in tasks} - {""})


def _suggestion(
    definitions: dict[str, FieldDefinition], roles: Roles, statuses: Sequence[StatusFound], customs: Sequence[str]
) -> dict[str, object]:
    """A mapping in the shape of the configuration, with only what was found."""
    single: dict[str, Any] = {
        "story_points": roles.story_points,
        "estimate_hours": roles.estimate_hours,
        "severity": roles.severity,
    }
    suggested: dict[str, object] = {name: gid for name, gid in single.items() if gid}
    # What no task stands in and its name alone says is left to the name: it is read so whenever a task comes there.
    plain_statuses = {
        each.name: each.category for each in statuses
        if each.name != "Completed" and (each.items or each.category != open_section(each.name).value)
    }  # fmt: skip
    if plain_statuses:
        suggested["statuses"] = plain_statuses
    type_field = definitions.get(roles.type or "")
    options = [option.name for option in (type_field.enum_options if type_field else ())]
    types = {
        name: type_.value for name in (*options, *customs)
        if (type_ := type_by_word(name)) and type_ is not ItemType.TASK
    }  # fmt: skip
    if types:
        suggested["types"] = types
    said = (("probability", roles.probability), ("impact", roles.impact), ("response", roles.response))
    risk = {name: gid for name, gid in said if gid}
    if risk:
        suggested["risk"] = risk
    if roles.url_field:
        suggested["depends_on"] = {"url_field": roles.url_field}
    return suggested
