"""Plays a folder of real Jira issues: an export as the REST API gave it, old Server shapes turned into Cloud's.

Layout: ``issues.jsonl`` or ``issues.jsonl.xz`` (an issue a line, with ``expand=changelog``), ``projects.json``,
``versions.json``, and where present ``sprints.json``.
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.jira.records import Board, Issue, IssueLink, Json, Project
from sandbox.jira.server_fields import FieldGuess, learn_fields
from sandbox.jira.server_shapes import Shapes
from sandbox.jira.shapes import parse_stamp
from sandbox.jira.site import JiraSite


@dataclass
class Playback:
    """What was loaded, and what was not: each skipped line with its number and why."""

    issues: int = 0
    projects: int = 0
    versions: int = 0
    sprints: int = 0
    skipped: list[str] = field(default_factory=list)


def load_export(site: JiraSite, folder: Path) -> Playback:
    """Load an export into a fresh site. Raises FileNotFoundError when the folder has no issues file."""
    report = Playback()
    raw = list(_issues(folder, report))
    with site.lock:
        shapes = Shapes(site)
        _load_projects(site, _json(folder / "projects.json", report), raw, report)
        _load_versions(site, _json(folder / "versions.json", report), shapes, report)
        guesses = learn_fields(site, [one for _, one in raw])
        shapes.field_ids = {guess.name: guess.id for guess in guesses.values() if guess.named}
        _load_sprints(site, _json(folder / "sprints.json", report), report)
        for line, one in raw:
            try:
                _load_issue(shapes, one, guesses)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                report.skipped.append(f"issues line {line} ({one.get('key', 'no key')}): {error!r}")
        _finish(site, shapes)
        report.issues, report.projects = len(site.issues), len(site.projects)
        report.versions, report.sprints = len(site.versions), len(site.sprints)
    return report


def _issues(folder: Path, report: Playback) -> Iterator[tuple[int, Json]]:
    packed, plain = folder / "issues.jsonl.xz", folder / "issues.jsonl"
    if not packed.exists() and not plain.exists():
        raise FileNotFoundError(f"{folder} has neither issues.jsonl nor issues.jsonl.xz")
    with plain.open(encoding="utf-8") if plain.exists() else lzma.open(packed, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                one = json.loads(line)
            except ValueError as error:
                report.skipped.append(f"issues line {number}: not JSON ({error})")
                continue
            if isinstance(one, dict) and isinstance(one.get("fields"), dict) and one.get("key"):
                yield number, one
            else:
                report.skipped.append(f"issues line {number}: not an issue (key and fields are needed)")


def _json(path: Path, report: Playback) -> list[Json]:
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        report.skipped.append(f"{path.name}: not JSON ({error})")
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _load_projects(site: JiraSite, told: list[Json], raw: list[tuple[int, Json]], report: Playback) -> None:
    seen = [one["fields"]["project"] for _, one in raw if isinstance(one["fields"].get("project"), dict)]
    for one in [*told, *seen]:
        if "id" not in one or "key" not in one:
            report.skipped.append(f"projects.json: a project without id or key: {one}")
            continue
        if str(one["id"]) in site.projects:
            continue
        category = one.get("projectCategory")
        project = Project(
            id=str(one["id"]),
            key=one["key"],
            name=one.get("name") or one["key"],
            lead_id=None,
            team_managed=False,
            screen_id=1,
            type_ids=[],
            status_ids=[],
            category={key: value for key, value in category.items() if key != "self"} if category else None,
        )
        site.add_project(project)
        board = Board(site.next_id("board", 1_000_000), f"{project.key} board", project.id, "kanban")
        site.boards[board.id] = board


def _load_versions(site: JiraSite, told: list[Json], shapes: Shapes, report: Playback) -> None:
    by_key = {project.key: project.id for project in site.projects.values()}
    for one in told:
        project_id = by_key.get(one.get("projectKey", ""))
        if project_id is None or "id" not in one or "name" not in one:
            report.skipped.append(f"versions.json: a version of no known project: {one.get('name')}")
            continue
        shapes.version(one, project_id)


def _present(value: Any) -> Any:
    return None if value == "<null>" else value


def _load_sprints(site: JiraSite, told: list[Json], report: Playback) -> None:
    for one in told:
        try:
            number = int(one["id"])
            record: Json = {"id": number, "name": str(one["name"]), "state": str(one["state"]).lower(), "goal": ""}
        except (KeyError, ValueError):
            report.skipped.append(f"sprints.json: a sprint without id, name or state: {one}")
            continue
        for name in ("startDate", "endDate", "completeDate"):
            if _present(one.get(name)):
                record[name] = one[name]
        view = _present(one.get("rapidViewId"))
        record["boardId"] = int(view) if view else None
        site.sprints[number] = record


def _load_issue(shapes: Shapes, raw: Json, guesses: dict[str, FieldGuess]) -> None:
    site, told = shapes.site, raw["fields"]
    created, updated = parse_stamp(told["created"]), parse_stamp(told["updated"])
    project = site.projects[str(told["project"]["id"])]
    fields = shapes.fields(told, project, guesses)
    fields["project"] = project.ref
    issue = Issue(str(raw["id"]), raw["key"], project.id, fields, updated, created, updated, updated)
    issue.histories = shapes.histories((raw.get("changelog") or {}).get("histories") or [])
    issue.comments = [shapes.comment(one) for one in (told.get("comment") or {}).get("comments") or []]
    issue.worklogs = [shapes.worklog(one, issue.id) for one in (told.get("worklog") or {}).get("worklogs") or []]
    for kept, table in ((fields["issuetype"], project.type_ids), (fields["status"], project.status_ids)):
        if kept["id"] not in table:
            table.append(kept["id"])
    issue.parent_id = str(told["parent"]["id"]) if told.get("parent") else None
    for link in told.get("issuelinks") or []:
        shapes.note_link(link, issue.id)
    site.add_issue(issue)
    tail = issue.key.rsplit("-", 1)[-1]
    project.next_number = max(project.next_number, int(tail) + 1)


def _finish(site: JiraSite, shapes: Shapes) -> None:
    """Join what refers to other issues, index comments and worklogs, start new ids above the loaded ones."""
    for number, link in shapes.links.items():
        if link.outward_id in site.issues and link.inward_id in site.issues:
            site.add_link(IssueLink(number, link.type_id, link.outward_id, link.inward_id))
    for issue in site.issues.values():
        site.comment_owner |= {one["id"]: issue.id for one in issue.comments}
        site.worklog_owner |= {one["id"]: issue.id for one in issue.worklogs}
        for entry in issue.histories:
            old_keys = (line["fromString"] for line in entry["items"] if line["field"] == "Key")
            for key in old_keys:
                site.ids_by_key.setdefault(key or "", issue.id)
    _place_sprints(site)
    tables: dict[str, Json] = {
        "issue": dict(site.issues), "comment": dict(site.comment_owner), "worklog": dict(site.worklog_owner),
        "link": dict(shapes.links), "version": dict(site.versions),
    }  # fmt: skip
    for kind, table in tables.items():
        site.reserve_ids(kind, max([9999, *(int(one) for one in table)]))
    highest = max([9999, *(int(one["id"]) for issue in site.issues.values() for one in issue.histories)])
    site.reserve_ids("history", highest)


def _place_sprints(site: JiraSite) -> None:
    """Put each sprint on the board of the project that most of its issues are in."""
    for field_ in [one for one in site.fields.values() if one.kind == "gh-sprint"]:
        counts: dict[tuple[int, str], int] = {}
        for issue in site.issues.values():
            for sprint in issue.fields.get(field_.id) or ():
                key = (sprint["id"], issue.project_id)
                counts[key] = counts.get(key, 0) + 1
        boards = {board.project_id: board for board in site.boards.values()}
        for number in {one for one, _ in counts}:
            home = max((one for one in counts if one[0] == number), key=lambda one: counts[one])[1]
            boards[home].kind = "scrum"
            boards[home].sprint_ids.append(number)
            site.sprints[number]["boardId"] = boards[home].id


