"""What a service is told of this sandbox: connections, people, mapping and the tree, as its YAML has them."""

import re
from typing import TYPE_CHECKING, Any

from sandbox.company.candidates import VALUE_MODELS, candidates_of
from sandbox.world import Program, Project, World

if TYPE_CHECKING:
    from sandbox.server import Sandbox

Json = dict[str, Any]
JIRA = "northlight-jira"
ASANA = "northlight-asana"
ASANA_REQUESTS_PER_MINUTE = 1500  # the vendor's limit on paid plans; the sandbox may run faster
JIRA_TOKEN = "env:BELLWETHER_DEMO_JIRA_TOKEN"
ASANA_TOKEN = "env:BELLWETHER_DEMO_ASANA_TOKEN"


def company_document(sandbox: "Sandbox", world: World) -> Json:
    """The document for the made company: every project with its source, dates, budget and place of publication."""
    return {
        "connections": {JIRA: _jira_connection(sandbox), ASANA: _asana_connection(sandbox)},
        "people": _people(sandbox, world),
        "mapping": {JIRA: _jira_mapping(sandbox), ASANA: _asana_mapping(sandbox)},
        "portfolios": [
            {
                "name": portfolio.name,
                "id": portfolio.key,
                "publish": _container_targets(sandbox, portfolio.anchor, portfolio.key),
                **({"value_model": dict(VALUE_MODELS[portfolio.key])} if portfolio.key in VALUE_MODELS else {}),
                "programs": [_program(sandbox, world, world.programs[key]) for key in portfolio.programs],
            }
            for portfolio in world.portfolios.values()
        ],
    }


def playback_document(sandbox: "Sandbox") -> Json:
    """One portfolio, a program per Jira project, a project per dated version; nothing is published."""
    site = sandbox.jira
    programs = []
    for project in sorted(site.projects.values(), key=lambda one: one.key):
        versions = [one for one in site.project_versions(project.id) if one.get("releaseDate")]
        if versions:
            entries = [_version(project.key, one) for one in sorted(versions, key=lambda one: str(one["releaseDate"]))]
            programs.append({"name": project.name, "id": _slug(project.key), "projects": entries})
    empty = sandbox.source is None
    connections = {JIRA: _jira_connection(sandbox)} | ({ASANA: _asana_connection(sandbox)} if empty else {})
    return {
        "connections": connections,
        "people": [],
        "mapping": {} if empty else {JIRA: _playback_mapping(sandbox)},
        "portfolios": [{"name": "Playback", "id": "playback", "programs": programs}] if programs else [],
    }


def _version(project_key: str, version: Json) -> Json:
    entry: Json = {
        "name": f"{project_key} {version['name']}",
        "sources": [{"connection": JIRA, "project": project_key, "version": version["name"]}],
        "target_date": version["releaseDate"],
    }
    # A start after the release is a slip of the pen in the export; the release date is the one that matters.
    if version.get("startDate") and version["startDate"] <= version["releaseDate"]:
        entry["start_date"] = version["startDate"]
    return entry


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64]


def _jira_connection(sandbox: "Sandbox") -> Json:
    auth = {"type": "api_token", "email": sandbox.credentials.jira_email, "token": JIRA_TOKEN}
    return {"tool": "jira", "url": sandbox.jira_url, "auth": auth}


def _asana_connection(sandbox: "Sandbox") -> Json:
    return {
        "tool": "asana",
        "url": f"{sandbox.asana_url}/api/1.0",
        "workspace": sandbox.asana.workspace.gid,
        "requests_per_minute": int(ASANA_REQUESTS_PER_MINUTE * sandbox.speed),
        "auth": {"type": "token", "token": ASANA_TOKEN},
    }


def _people(sandbox: "Sandbox", world: World) -> list[Json]:
    accounts = {user["displayName"]: account for account, user in sandbox.jira.users.items()}
    people: list[Json] = []
    for person in world.people.values():
        ids = [f"{JIRA}:{accounts[person.name]}"] if "jira" in person.tools else []
        ids += [f"{ASANA}:{sandbox.asana.keys[person.key]}"] if "asana" in person.tools else []
        people.append(
            {"name": person.name, "ids": ids, "hours_per_week": person.hours_per_week, "skills": list(person.skills)}
        )
    return people


def _jira_field(sandbox: "Sandbox", *names: str) -> str | None:
    wanted = [name.lower() for name in names]
    return next((one.id for one in sandbox.jira.fields.values() if one.custom and one.name.lower() in wanted), None)


def _jira_mapping(sandbox: "Sandbox") -> Json:
    known = {str(one["name"]) for one in sandbox.jira.types.values()}
    types = {"Risk": "risk", "Benefit": "benefit", "Bug": "defect", "Milestone": "milestone"}
    return _filled(
        {
            "story_points": _jira_field(sandbox, "Story Points", "Story point estimate"),
            "start_date": _jira_field(sandbox, "Start date"),
            "severity": "priority",
            "types": {name: kind for name, kind in types.items() if name in known},
            "risk": _filled(
                {
                    "probability": _jira_field(sandbox, "Risk probability"),
                    "impact": _jira_field(sandbox, "Risk impact"),
                }
            ),
            "declared_status": _jira_field(sandbox, "Project status", "Declared status"),
            "depends_on": _filled(
                {
                    "link_types": ["Blocks"],
                    "url_field": _jira_field(sandbox, "Depends on", "Linked work", "External dependency"),
                }
            ),
        }
    )


def _playback_mapping(sandbox: "Sandbox") -> Json:
    return _filled({"story_points": _jira_field(sandbox, "Story Points"), "severity": "priority"})


def _asana_mapping(sandbox: "Sandbox") -> Json:
    gids = {one.name: one.gid for one in sandbox.asana.custom_fields.values()}
    return _filled(
        {
            "story_points": gids.get("Story points"),
            "estimate_hours": gids.get("Estimated hours"),
            "severity": gids.get("Priority"),
            "types": {"Bug": "defect", "Risk": "risk", "Benefit": "benefit"},
            "risk": _filled({"probability": gids.get("Risk probability"), "impact": gids.get("Risk impact")}),
            "depends_on": _filled({"url_field": gids.get("Linked work")}),
        }
    )


def _filled(mapping: Json) -> Json:
    """Without what is not there."""
    return {key: value for key, value in mapping.items() if value not in (None, {}, [])}


def _program(sandbox: "Sandbox", world: World, program: Program) -> Json:
    return {
        "name": program.name,
        "id": program.key,
        "sponsor": world.people[program.sponsor].name,
        "publish": _container_targets(sandbox, program.anchor, program.key),
        "projects": [
            *(_project(sandbox, world.projects[key]) for key in program.projects),
            *candidates_of(program.key, world.now.date()),
        ],
    }


def _container_targets(sandbox: "Sandbox", anchor: str | None, key: str) -> list[Json]:
    """An item of the PMO's Jira project, and the Asana portfolio of the same name where there is one."""
    targets: list[Json] = [{"connection": JIRA, "issue": anchor}] if anchor else []
    if key in sandbox.asana.keys:
        targets.append({"connection": ASANA, "portfolio": sandbox.asana.keys[key]})
    return targets


def _project(sandbox: "Sandbox", project: Project) -> Json:
    if project.tool == "jira":
        source: Json = {"connection": JIRA, "project": project.key}
        target: Json = {"connection": JIRA, "issue": project.anchor, "comment": "on_band_change"}
        if project.team_managed:
            # Only its own admin can add fields to a team-managed project; the receipt and the comment need none.
            target["fields"] = False
    else:
        gid = sandbox.asana.keys[project.key]
        source = {"connection": ASANA, "project": gid}
        target = {"connection": ASANA, "project": gid, "status_update": "on_band_change"}
    entry: Json = {"name": project.name, "id": project.key.lower()}
    if project.kind == "support":
        entry["class"] = "support"
    if project.start and project.target:
        entry["start_date"] = project.start.isoformat()
        entry["target_date"] = project.target.isoformat()
    if project.budget_hours:
        entry["budget"] = {"hours": project.budget_hours}
    return entry | {"sources": [source], "publish": [target]}
