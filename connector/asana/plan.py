"""What the workspace's plan or the account's rights leave out, said once for each feature.

A sync works without any of them: each lacks only what it names.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from connector.asana.client import INVISIBLE, AsanaClient, PlanError
from model.errors import AppError
from model.sync import Problem

_PLAN = "Use a plan that has it, or do without; everything else works."
_RIGHT = (
    "Give the account the right: a personal access token, a service account or an app with full permissions. "
    "Everything else works."
)


class Feature(NamedTuple):
    """``ask`` makes the request that the feature needs; ``effect`` is what is missing without it."""

    name: str
    effect: str
    ask: Callable[[], Any]


def features(client: AsanaClient) -> list[Problem]:
    """A problem for each feature that the plan (402) or the account (403) lacks; none of them is fatal.

    One request a feature, two to find a project and a task to ask about. Raises nothing.
    """
    told = [_told(each) for each in _of_workspace(client)]
    try:
        projects = [each for each in client.projects_page(None, ("archived",))[0] if not each.get("archived")]
        if projects:
            told += [_told(each) for each in _of_project(client, str(projects[0]["gid"]))]
    except AppError as exc:
        told.append(Problem(what=f"Projects can't be read: {exc.what}", fix=exc.fix or _RIGHT, fatal=False))
    return [each for each in told if each is not None]


def _of_workspace(client: AsanaClient) -> list[Feature]:
    return [
        Feature("Custom fields", "No field can show our health, and no field is read.", client.custom_fields),
        Feature("Portfolios", "Sources and targets can only be projects, sections and tasks.", client.portfolios),
        Feature("Goals", "No goal and nothing that supports it is read.", lambda: client.goals_page(None)),
        Feature("Allocations", "Who is planned for what is not read.", lambda: _allocations(client)),
    ]


def _allocations(client: AsanaClient) -> None:
    try:
        client.allocations(workspace=client.workspace)
    except (PlanError, *INVISIBLE):
        raise
    except AppError:
        return  # Asana may want a project named: that is no lack.


def _of_project(client: AsanaClient, project: str) -> list[Feature]:
    found = [
        Feature("Budgets", "No budget is read.", lambda: client.budgets(project)),
        Feature("Sections", "A section is known by what its tasks tell of it only.", lambda: client.sections(project)),
        Feature(
            "Events", "What changed is found by one list a project; deletions and moves by a census.",
            lambda: client.has_events(project),
        ),
    ]  # fmt: skip
    tasks, _ = client.task_page({"project": project}, None, wanted=("name",))
    if tasks:
        task = str(tasks[0]["gid"])
        found += [
            Feature("Dependencies", "What blocks a task is not known.", lambda: client.dependencies(task)),
            Feature("Time tracking", "Booked time is known as a total only.", lambda: client.time_entries(task)),
        ]
    return found


def _told(feature: Feature) -> Problem | None:
    try:
        feature.ask()
    except PlanError:
        return Problem(
            what=f"The workspace's plan lacks this: {feature.name.lower()}. {feature.effect}", fix=_PLAN, fatal=False
        )
    except INVISIBLE as exc:
        return Problem(what=f"{feature.name} can't be read: {exc.what} {feature.effect}", fix=_RIGHT, fatal=False)
    except AppError as exc:
        return Problem(what=exc.what, fix=exc.fix or _RIGHT, fatal=False)
    return None
