"""How a workspace's words are read: its sections as statuses, the options of its type field, the fields that play a part."""

from collections.abc import Sequence
from dataclasses import replace

from connector.asana.payloads import Ref, Section, read_payload
from connector.asana.status import Standing, read_status
from connector.asana.vocabulary import finished_section, plain
from connector.asana.words import Roles, Words, definitions_of, type_by_word
from model.errors import SkippableError
from model.mapping import Mapping
from model.sync import RawPayload, Reading, StatusRead
from model.work import ItemType, StatusCategory

_NOT_TICKED = "By its name its work is done; a task here is open until it is ticked off."


def reading_of(words: Words, reference: Sequence[RawPayload]) -> Reading:
    """Sections of one name are one status, whatever project they are in: a mapping names them by it."""
    names: dict[str, Ref] = {}
    for raw in reference:
        if raw.kind == "section":
            try:
                section = read_payload(Section, raw)
            except SkippableError:
                continue
            names.setdefault(plain(section.name or ""), Ref(gid=section.gid, name=section.name))
    statuses = [_section(ref, words) for name, ref in names.items() if name]
    done = read_status(Standing(completed=True), words)
    ticked = StatusRead(
        id=done.original, name=done.original, category="ticked off", means=done.category, itself=done.category
    )
    return Reading(statuses=(*statuses, ticked), types=_types(words, reference), parts=_parts(words.roles))


def _section(ref: Ref, words: Words) -> StatusRead:
    standing = Standing(completed=False, sections={"": ref})
    means = read_status(standing, words).category
    name = ref.name or ""
    open_ = means not in (StatusCategory.DONE, StatusCategory.DROPPED)
    return StatusRead(
        id=name, name=name, category="section, not ticked off", means=means,
        itself=read_status(standing, replace(words, mapping=Mapping())).category,
        contradiction=_NOT_TICKED if open_ and finished_section(name) else None,
    )  # fmt: skip


def _types(words: Words, reference: Sequence[RawPayload]) -> dict[str, ItemType]:
    field = definitions_of(reference).get(words.roles.type or "")
    options = [option for option in field.enum_options if option.enabled] if field else []
    return {
        option.name: words.mapped_type(option.gid, option.name) or type_by_word(option.name) or ItemType.OTHER
        for option in options
    }


def _parts(roles: Roles) -> dict[str, tuple[str, ...]]:
    single = {
        "story_points": roles.story_points, "estimate_hours": roles.estimate_hours, "severity": roles.severity,
        "start_date": roles.start_date, "risk.probability": roles.probability, "risk.impact": roles.impact,
        "risk.response": roles.response, "benefit.baseline": roles.baseline, "benefit.target": roles.target,
        "benefit.actual": roles.actual, "depends_on.url_field": roles.url_field,
    }  # fmt: skip
    return {key: (field,) for key, field in single.items() if field}
