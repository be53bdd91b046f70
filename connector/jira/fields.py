"""Which of the site's fields plays which part: by the mapping first, else by the board, the kind or the name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connector.jira.payloads import BoardDoc, FieldDoc
from model.mapping import Mapping

SYSTEM_FIELDS = (
    "summary", "status", "issuetype", "project", "created", "updated", "priority", "assignee", "reporter", "parent",
    "resolution", "resolutiondate", "statuscategorychangedate", "duedate", "labels", "fixVersions", "issuelinks",
    "timeoriginalestimate", "timeestimate", "timespent", "security",
    "archiveddate",
)  # fmt: skip
MOST_FIELDS = 100
"""Jira gives a thousand issues at once only while at most a hundred fields are named."""
# Types of custom fields that a mapping could name one day; rich texts and people are left where they are.
_MAPPABLE = frozenset({"number", "date", "datetime", "option", "string"})
_SPRINT, _EPIC_LINK, _POINTS = ":gh-sprint", ":gh-epic-link", ":jsw-story-points"
_POINT_NAMES = ("story point estimate", "story points")
_START_NAMES = ("start date", "target start")
_RISK_NAMES = (("risk probability", "probability"), ("risk impact", "impact"), ("risk response", "risk strategy"))
_DECLARED_NAMES = ("declared status", "project status", "rag status", "rag")
_URL_NAMES = ("depends on", "blocked by (url)", "depends on url")


@dataclass(frozen=True)
class FieldRoles:
    """Ids of the fields that mean something to us; None where there is none. ``points``: the first filled counts.

    ``facets``: what lenses group by, each with its field.
    """

    points: tuple[str, ...] = ()
    start: str | None = None
    estimate_hours: str | None = None
    severity: str | None = None
    sprint: str | None = None
    epic_link: str | None = None
    probability: str | None = None
    impact: str | None = None
    response: str | None = None
    baseline: str | None = None
    target: str | None = None
    actual: str | None = None
    declared: str | None = None
    url: str | None = None
    facets: tuple[tuple[str, str], ...] = ()

    def own(self) -> tuple[str, ...]:
        """Ids of the fields that play a part."""
        named = (
            *self.points, self.start, self.estimate_hours, self.severity, self.sprint, self.epic_link,
            self.probability, self.impact, self.response, self.baseline, self.target, self.actual, self.declared, self.url,
            *(field for _, field in self.facets),
        )
        return tuple(dict.fromkeys(field for field in named if field))


def wanted(fields: Sequence[FieldDoc], roles: FieldRoles) -> tuple[str, ...]:
    """Ids to ask for when an issue is read: named one by one, so that a thousand come in one call.

    Also fields that play no part yet: a mapping that names one later is then served without asking again.
    """
    mappable = [
        field.id for field in fields
        if field.custom and not (field.shape.custom or "").endswith(":textarea")
        and (field.shape.type in _MAPPABLE or (field.shape.type, field.shape.items) == ("array", "option"))
    ]
    return tuple(dict.fromkeys((*SYSTEM_FIELDS, *roles.own(), *mappable)))[:MOST_FIELDS]


def find_roles(fields: Sequence[FieldDoc], boards: Iterable[BoardDoc], mapping: Mapping) -> FieldRoles:
    """The parts of a site's fields. ``fields`` keep the site's order; the mapping wins over everything."""
    severity = mapping.severity if mapping.severity != "priority" else None
    return FieldRoles(
        points=(mapping.story_points,) if mapping.story_points else _points(fields, boards),
        start=mapping.start_date or _named(fields, _START_NAMES, ("date",)),
        estimate_hours=mapping.estimate_hours,
        severity=severity,
        sprint=_of_kind(fields, _SPRINT),
        epic_link=_of_kind(fields, _EPIC_LINK),
        probability=mapping.risk.probability or _named(fields, _RISK_NAMES[0], ("number", "option", "string")),
        impact=mapping.risk.impact or _named(fields, _RISK_NAMES[1], ("number", "option", "string")),
        response=mapping.risk.response or _named(fields, _RISK_NAMES[2], ("option", "string")),
        baseline=mapping.benefit.baseline,
        target=mapping.benefit.target,
        actual=mapping.benefit.actual,
        declared=mapping.declared_status,
        url=mapping.depends_on.url_field,
        facets=tuple(sorted(mapping.facets.items())),
    )


def suggest_declared(fields: Sequence[FieldDoc]) -> str | None:
    """A field that looks like a status people set by hand; only ever suggested, never assumed."""
    return _named(fields, _DECLARED_NAMES, ("option", "string"))


def suggest_url(fields: Sequence[FieldDoc]) -> str | None:
    """A field that looks like it holds the address of a blocker; only ever suggested."""
    return _named(fields, _URL_NAMES, ("string",))


def _points(fields: Sequence[FieldDoc], boards: Iterable[BoardDoc]) -> tuple[str, ...]:
    numeric = {field.id for field in fields if field.shape.type == "number"}
    of_boards = [board.estimation_field for board in boards if board.estimation_field in numeric]
    by_kind = [field.id for field in fields if (field.shape.custom or "").endswith(_POINTS)]
    by_name = [
        field.id for name in _POINT_NAMES for field in fields
        if field.id in numeric and name in (field.name.lower(), (field.untranslated_name or "").lower())
    ]
    return tuple(dict.fromkeys(field for field in (*of_boards, *by_kind, *by_name) if field and field != "timeestimate"
                               and field.startswith("customfield_")))


def _of_kind(fields: Sequence[FieldDoc], ending: str) -> str | None:
    return next((field.id for field in fields if (field.shape.custom or "").endswith(ending)), None)


def _named(fields: Sequence[FieldDoc], names: Sequence[str], types: Sequence[str]) -> str | None:
    for name in names:
        for field in fields:
            said = (field.name.lower(), (field.untranslated_name or "").lower())
            if field.custom and field.shape.type in types and name in said:
                return field.id
    return None
