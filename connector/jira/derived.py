"""Programs and projects out of queries, labels and project categories."""

from collections.abc import Mapping

from connector.jira.payloads import ProjectDoc
from connector.jira.scope import text
from model.derived import Offspring, Origin
from model.errors import UsageError
from model.tree import Source

EVERY = "*"


def source_of(origin: Origin) -> Source | None:
    """The query that brings the issues; None for a category, which the projects' list tells.

    Raises UsageError for another kind of origin.
    """
    if origin.kind == "jql":
        return Source(connection=origin.connection, kind="jql", value=origin.value)
    if origin.kind == "label":
        return Source(connection=origin.connection, kind="jql", value=f"labels = {text(origin.value)}")
    if origin.kind == "category":
        return None
    raise UsageError(
        f"Nothing can be derived from a {origin.kind} of Jira.", where=f"{origin.connection}:{origin.value}",
        fix="Use from: with jql, label or category.", reason="bad_origin",
    )


def derive(origin: Origin, projects: Mapping[str, ProjectDoc]) -> tuple[Offspring, ...] | None:
    """A program for a category of projects by its name (``*``: for each there is); None for what issues tell."""
    if source_of(origin) is not None:
        return None
    members: dict[str, list[ProjectDoc]] = {}
    names: dict[str, str] = {}
    for project in sorted(projects.values(), key=lambda one: (len(one.id), one.id)):
        category = project.category
        if category is not None and origin.value in (EVERY, category.name, category.id):
            members.setdefault(category.id, []).append(project)
            names[category.id] = category.name
    return tuple(
        Offspring(
            key=f"category:{id_}", name=names[id_],
            members=tuple(_project(origin.connection, project) for project in members[id_]),
        )
        for id_ in sorted(members, key=lambda one: (len(one), one))
    )


def _project(connection: str, project: ProjectDoc) -> Offspring:
    source = Source(connection=connection, kind="project", value=project.key)
    name = project.name or project.key
    return Offspring(key=f"project:{project.id}", name=name, source=source, pull=(source,), closed=project.archived)
