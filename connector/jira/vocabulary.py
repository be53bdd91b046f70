"""A site's own words: statuses, types, priorities, link types; read with the mapping, once for many payloads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from pydantic import ValidationError

from connector.jira.fields import FieldRoles, find_roles
from connector.jira.payloads import (
    BoardDoc,
    FieldDoc,
    IssueFields,
    LinkTypeDoc,
    NamedDoc,
    Payload,
    PriorityDoc,
    ProjectDoc,
    StatusDoc,
    TypeDoc,
    VersionDoc,
)
from model.mapping import Mapping
from model.sync import RawPayload
from model.work import ItemType, LinkKind, Severity, StatusCategory

T = TypeVar("T")
D = TypeVar("D", bound=Payload)
REFERENCE_KINDS = ("field", "status", "issuetype", "priority", "linktype", "project", "version", "board", "root")
ITEM_KINDS = ("issue", "changelog", "worklogs")
CATEGORIES = {
    "new": StatusCategory.TODO, "indeterminate": StatusCategory.IN_PROGRESS, "done": StatusCategory.DONE,
    "undefined": StatusCategory.TODO,
}  # fmt: skip
# Resolutions that close an issue without the work being done.
DROPPED_RESOLUTIONS = frozenset({
    "won't do", "wont do", "won't fix", "wontfix", "duplicate", "cannot reproduce", "can't reproduce", "invalid",
    "rejected", "declined", "abandoned", "obsolete", "cancelled", "canceled", "not a bug", "not a problem",
    "incomplete", "not an issue", "withdrawn", "unresolved", "auto closed", "later", "superseded",
})  # fmt: skip
DROPPED_STATUSES = frozenset({"cancelled", "canceled", "rejected", "won't do", "abandoned", "dropped", "withdrawn"})
# For statuses of old changes which the site has since deleted.
_USUAL_STATUSES = {
    StatusCategory.TODO: ("open", "to do", "todo", "backlog", "new", "reopened", "selected for development", "ready"),
    StatusCategory.IN_PROGRESS: ("in progress", "in review", "review", "testing", "blocked", "in development"),
    StatusCategory.DONE: ("closed", "done", "resolved", "released", "complete", "completed"),
}
_USUAL_BY_NAME = {name: category for category, names in _USUAL_STATUSES.items() for name in names}
_TYPES = {
    ItemType.INITIATIVE: ("initiative", "theme"),
    ItemType.EPIC: ("epic",),
    ItemType.STORY: ("story", "user story"),
    ItemType.TASK: ("task", "improvement", "new feature", "feature", "spike", "technical task", "chore", "wish"),
    ItemType.SUBTASK: ("sub-task", "subtask"),
    ItemType.DEFECT: ("bug", "defect", "problem", "incident", "fault"),
    ItemType.REQUEST: ("service request", "request", "support", "support request", "question", "it help"),
    ItemType.MILESTONE: ("milestone",),
    ItemType.APPROVAL: ("approval",),
    ItemType.RISK: ("risk",),
    ItemType.BENEFIT: ("benefit",),
}
_TYPE_BY_NAME = {name: kind for kind, names in _TYPES.items() for name in names}
_SEVERITIES = {
    Severity.CRITICAL: ("highest", "blocker", "critical", "urgent", "p0", "p1", "sev1", "sev 1"),
    Severity.HIGH: ("high", "major", "p2", "sev2", "sev 2"),
    Severity.MEDIUM: ("medium", "normal", "moderate", "p3", "sev3", "sev 3"),
    Severity.LOW: ("low", "lowest", "minor", "trivial", "p4", "p5", "sev4", "sev 4"),
}
_SEVERITY_BY_NAME = {name: severity for severity, names in _SEVERITIES.items() for name in names}
_BY_RANK = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


@dataclass(frozen=True)
class Vocabulary:
    """What the site's words mean to us. All look-ups are by id first, then by name in lower case."""

    mapping: Mapping
    roles: FieldRoles
    fields: tuple[FieldDoc, ...] = ()
    statuses: dict[str, StatusDoc] = field(default_factory=dict)
    types: dict[str, TypeDoc] = field(default_factory=dict)
    priorities: tuple[PriorityDoc, ...] = ()
    link_types: tuple[LinkTypeDoc, ...] = ()
    projects: dict[str, ProjectDoc] = field(default_factory=dict)
    versions: dict[str, VersionDoc] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    boards: tuple[BoardDoc, ...] = ()

    @cached_property
    def _boards_by_project(self) -> dict[str, list[BoardDoc]]:
        found: dict[str, list[BoardDoc]] = {}
        for board in self.boards:
            for project in board.projects:
                found.setdefault(project.upper(), []).append(board)
        return found

    def boards_of(self, project: ProjectDoc) -> Sequence[BoardDoc]:
        """The boards of a project, which they name by its id or its key."""
        named = self._boards_by_project
        return tuple(dict.fromkeys((*named.get(project.id, ()), *named.get(project.key.upper(), ()))))

    def points_of(self, project: ProjectDoc) -> tuple[str, ...]:
        """The story point fields in the order in which they count in a project: those of its own boards first."""
        every = self.roles.points
        if len(every) < 2:
            return every
        own = [board.estimation_field for board in self.boards_of(project)]
        return tuple(dict.fromkeys((*(name for name in own if name and name in every), *every)))

    def status_category(self, status_id: str | None, name: str | None) -> StatusCategory | None:
        """The category of a status of any time; None for one that nobody knows any more."""
        mapped = _mapped(self.mapping.statuses, status_id, name)
        if mapped:
            return mapped
        known = self.statuses.get(status_id or "") or next(
            (one for one in self.statuses.values() if one.name.lower() == (name or "").lower()), None
        )
        if known:
            return self._shape(CATEGORIES.get(known.category.key, StatusCategory.TODO), known.name)
        usual = _USUAL_BY_NAME.get((name or "").strip().lower())
        return self._shape(usual, name or "") if usual else None

    def item_status(self, fields: IssueFields) -> StatusCategory:
        """The category of an issue's present status, its resolution considered.

        As the site's list of statuses tells it: an issue tells what it was when the issue was read.
        """
        mapped = _mapped(self.mapping.statuses, fields.status.id, fields.status.name)
        if mapped:
            return mapped
        status = self.statuses.get(fields.status.id, fields.status)
        category = self._shape(CATEGORIES.get(status.category.key, StatusCategory.TODO), status.name)
        return closed_by(category, fields.resolution.name if fields.resolution else None)

    def is_mapped_status(self, status_id: str | None, name: str | None) -> bool:
        return _mapped(self.mapping.statuses, status_id, name) is not None

    def type_of(self, type_id: str | None, name: str | None) -> ItemType:
        """Our type for a type's id or name, its level in the hierarchy considered."""
        known = self.types.get(type_id or "")
        return self.item_type(known or TypeDoc(id=type_id or "", name=name or ""))

    def item_type(self, doc: TypeDoc) -> ItemType:
        mapped = _mapped(self.mapping.types, doc.id, doc.name)
        if mapped:
            return mapped
        if doc.subtask or (doc.level or 0) < 0:
            return ItemType.SUBTASK
        if (doc.level or 0) >= 2:
            return ItemType.INITIATIVE
        if doc.level == 1:
            return ItemType.EPIC
        known = self.types.get(doc.id)
        for name in (doc.untranslated_name, known.untranslated_name if known else None, doc.name):
            if name and name.strip().lower() in _TYPE_BY_NAME:
                return _TYPE_BY_NAME[name.strip().lower()]
        return ItemType.OTHER

    def severity(self, priority_id: str | None, name: str | None) -> Severity | None:
        """By the priority's usual name, else by its place in the site's own order, worst first."""
        usual = _SEVERITY_BY_NAME.get((name or "").strip().lower())
        if usual or not (priority_id or name):
            return usual
        for place, priority in enumerate(self.priorities):
            if priority.id == priority_id or priority.name == name:
                count = len(self.priorities)
                return _BY_RANK[min(3, place if count <= 5 else place * 4 // count)]
        return None

    def link_kind(self, link_type: LinkTypeDoc) -> LinkKind:
        wanted = {name.lower() for name in self.mapping.depends_on.link_types}
        if link_type.name.lower() in wanted or link_type.id in wanted:
            return LinkKind.BLOCKS
        duplicate = link_type.name.lower() in ("duplicate", "duplicates", "cloners", "cloned")
        return LinkKind.DUPLICATES if duplicate else LinkKind.RELATES

    def project(self, key_or_id: str) -> ProjectDoc | None:
        """A project by id or key."""
        wanted = key_or_id.upper()
        return self.projects.get(key_or_id) or next((one for one in self.projects.values() if one.key == wanted), None)

    @staticmethod
    def _shape(category: StatusCategory, name: str) -> StatusCategory:
        dropped = category is StatusCategory.DONE and name.strip().lower() in DROPPED_STATUSES
        return StatusCategory.DROPPED if dropped else category


def closed_by(category: StatusCategory, resolution: str | None) -> StatusCategory:
    """A closed category made DROPPED where the resolution says that the work was not done."""
    if category is StatusCategory.DONE and (resolution or "").strip().lower() in DROPPED_RESOLUTIONS:
        return StatusCategory.DROPPED
    return category


def _mapped(table: dict[str, T], record_id: str | None, name: str | None) -> T | None:
    if not table:
        return None
    if record_id and record_id in table:
        return table[record_id]
    lowered = (name or "").strip().lower()
    return next((value for key, value in table.items() if key.strip().lower() == lowered), None) if lowered else None


def read_vocabulary(reference: Sequence[RawPayload], mapping: Mapping) -> Vocabulary:
    """The words of the kept reference payloads. A payload that can't be read is left out: it names nothing then."""
    by_kind: dict[str, list[RawPayload]] = {}
    for raw in reference:
        by_kind.setdefault(raw.kind, []).append(raw)
    fields = _docs(by_kind.get("field", ()), FieldDoc)
    # Which of several story point fields wins must not depend on the order in which the store hands payloads back.
    fields.sort(key=lambda one: (one.custom, len(one.id), one.id))
    boards = sorted(_docs(by_kind.get("board", ()), BoardDoc), key=lambda one: (len(one.id), one.id))
    roots = [doc for raw in by_kind.get("root", ()) for doc in _docs([raw], NamedDoc)]
    return Vocabulary(
        mapping=mapping,
        roles=find_roles(fields, boards, mapping),
        fields=tuple(fields),
        statuses={doc.id: doc for doc in _docs(by_kind.get("status", ()), StatusDoc)},
        types={doc.id: doc for doc in _docs(by_kind.get("issuetype", ()), TypeDoc)},
        priorities=tuple(sorted(_docs(by_kind.get("priority", ()), PriorityDoc), key=lambda one: one.rank)),
        link_types=tuple(_docs(by_kind.get("linktype", ()), LinkTypeDoc)),
        projects={doc.id: doc for doc in _docs(by_kind.get("project", ()), ProjectDoc)},
        versions={doc.id: doc for doc in _docs(by_kind.get("version", ()), VersionDoc)},
        roots={doc.name.upper(): doc.id for doc in roots},
        boards=tuple(boards),
    )


def _docs(raw: Sequence[RawPayload], shape: type[D]) -> list[D]:
    found: list[D] = []
    for one in raw:
        try:
            found.append(shape.model_validate_json(one.body))
        except ValidationError:
            continue
    return found
