"""How a site's words are read: its statuses with their own category, its types, and the fields that play a part."""

from dataclasses import replace

from connector.jira.discovery import contradiction
from connector.jira.fields import FieldRoles
from connector.jira.vocabulary import Vocabulary
from model.mapping import Mapping
from model.sync import BoardRead, Reading, StatusRead
from model.work import StatusCategory

_SAID = {"new": "To do", "indeterminate": "In progress", "done": "Done"}


def reading_of(words: Vocabulary) -> Reading:
    """What the vocabulary makes of the site's own words."""
    bare = replace(words, mapping=Mapping())
    statuses = tuple(
        StatusRead(
            id=one.id, name=one.name, category=_SAID.get(one.category.key, "none"),
            means=words.status_category(one.id, one.name) or StatusCategory.TODO,
            itself=bare.status_category(one.id, one.name) or StatusCategory.TODO,
            contradiction=contradiction(one),
        )
        for one in words.statuses.values()
    )  # fmt: skip
    types = {one.name: words.item_type(one) for one in words.types.values()}
    several = len(words.roles.points) > 1
    points = {project.id: words.points_of(project) for project in words.projects.values()} if several else {}
    return Reading(statuses=statuses, types=types, parts=_parts(words.roles), points=points, boards=_boards(words))


def _boards(words: Vocabulary) -> tuple[BoardRead, ...]:
    """Every board by its name, once for each of its projects: these may order the fields otherwise, by their other boards."""
    known = {name: one for one in words.projects.values() for name in (one.id, one.key)}
    found = [
        BoardRead(
            name=board.name or board.id, project=project.key, estimates_with=board.estimation_field,
            points=words.points_of(project),
        )
        for board in words.boards
        for project in {known[one].id: known[one] for one in board.projects if one in known}.values()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.project)))


def _parts(roles: FieldRoles) -> dict[str, tuple[str, ...]]:
    single = {
        "start_date": roles.start, "estimate_hours": roles.estimate_hours or "timeoriginalestimate",
        "severity": roles.severity or "priority", "declared_status": roles.declared,
        "risk.probability": roles.probability, "risk.impact": roles.impact, "risk.response": roles.response,
        "benefit.baseline": roles.baseline, "benefit.target": roles.target, "benefit.actual": roles.actual,
        "depends_on.url_field": roles.url,
    }  # fmt: skip
    return {"story_points": roles.points} | {key: (field,) for key, field in single.items() if field}
