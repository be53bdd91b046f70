"""Fields that a mapping names and the tool does not have: told by ``check``, the same words for every tool."""

from collections.abc import Collection, Iterator

from model.mapping import Mapping
from model.sync import Problem


def unknown_fields(mapping: Mapping, known: Collection[str]) -> Iterator[Problem]:
    """A problem for each field id of the mapping that is not among the ids the tool has."""
    for key, field_id in named_fields(mapping):
        if field_id not in known:
            yield Problem(
                what=f"The mapping's {key} names the field {field_id!r}, which the tool does not have.",
                fix="Run `bellwether discover` to see the fields, or remove the key.",
                fatal=False,
            )


def named_fields(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Every field id a mapping names, with the key that names it."""
    single = ("story_points", "start_date", "estimate_hours", "severity", "declared_status")
    pairs = [(key, getattr(mapping, key)) for key in single]
    for group in ("risk", "benefit", "health_fields"):
        pairs += [(f"{group}.{key}", value) for key, value in getattr(mapping, group).model_dump().items()]
    pairs += [(f"facets.{name}", value) for name, value in mapping.facets.items()]
    pairs.append(("depends_on.url_field", mapping.depends_on.url_field))
    yield from ((key, value) for key, value in pairs if value is not None)
