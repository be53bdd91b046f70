"""What the benchmark of pages adds to the bulk of items: a configuration of its size, people, candidates, statuses, a lens.

Programs stand in the file under the portfolios that the tree has below its top; every account of the items belongs to a
person with a skill; each portfolio has projects to choose from; of one project in three somebody declared how it stands.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bench.bulk import PER_PORTFOLIO, PER_PROGRAM
from bench.portfolio import NOW, TOOL
from config.configuration import Configuration
from config.loader import load_text
from model.case import Case, Demand
from model.landscape import Teammate
from model.lens import Lens, LensKind
from model.tree import Budget, Node, NodeKind, Parent, ProjectState, Tree
from model.work import Declared, DeclaredStatus

SKILLS = ("backend", "frontend", "design", "data", "testing")
LENS = Lens(name="kind", kind=LensKind.CLASS)
"""Every project by its class, which is the same for all: the broadest group there can be."""
CANDIDATES = 40
"""Projects to choose from, in each portfolio."""
DECLARED_EVERY, DECLARED_WEEKS = 3, 8
_SAID = (Declared.ON_TRACK, Declared.ON_TRACK, Declared.AT_RISK, Declared.OFF_TRACK)
_QUARTERS = ("2026-Q4", "2027-Q1")


def document(projects: int) -> dict[str, Any]:
    """The configuration as a file would have it."""
    programs = [
        {"name": f"Program {number}", "id": f"g{number}", "projects": list(_projects(number, projects))}
        for number in range(-(-projects // PER_PROGRAM))
    ]
    return {
        "lenses": {LENS.name: {"by": "class"}},
        "connections": {
            TOOL: {
                "tool": "jira", "url": "https://acme.example", "auth": {"type": "personal_access_token", "token": "env:T"},
            }
        },
        "people": [
            {"name": one.name, "ids": [f"{TOOL}:{one.key.removeprefix('u')}"], "skills": list(one.skills)}
            for one in people(projects)
        ],
        "portfolios": [
            {"name": f"Portfolio {begin // PER_PORTFOLIO}", "id": f"f{begin // PER_PORTFOLIO}",
             "programs": programs[begin : begin + PER_PORTFOLIO]}
            for begin in range(0, len(programs), PER_PORTFOLIO)
        ],
    }  # fmt: skip


def _projects(program: int, projects: int) -> Iterator[dict[str, Any]]:
    for number in range(program * PER_PROGRAM, min(projects, (program + 1) * PER_PROGRAM)):
        yield {
            "name": f"Project {number}", "id": f"p{number}", "start_date": "2026-01-05", "target_date": "2027-03-31",
            "sources": [{"connection": TOOL, "project": str(number)}],
        }  # fmt: skip


def configuration(folder: Path, projects: int) -> Configuration:
    """The configuration, in a file in the folder, as pages that change it want it."""
    path = folder / "bellwether.yaml"
    path.write_text(yaml.safe_dump(document(projects), sort_keys=False))
    return load_text(path.read_text(), path, environment={"T": "not-used"})


def people(projects: int) -> tuple[Teammate, ...]:
    """Everybody who works on the items, each with a skill."""
    last = (projects - 1) // 4 * 5 + 7
    return tuple(
        Teammate(
            key=f"u{number}", name=f"Person {number}", accounts=(f"{TOOL}:user:{number}",),
            skills=(SKILLS[number % len(SKILLS)],),
        )
        for number in range(last + 1)
    )  # fmt: skip


def declared(projects: int) -> tuple[DeclaredStatus, ...]:
    """What people said of projects, mostly that all is well, one to eight weeks ago."""
    return tuple(
        DeclaredStatus(
            id=f"{TOOL}:status:{number}", connection=TOOL, subject_id=f"{TOOL}:project:{number}",
            status=_SAID[number // DECLARED_EVERY % len(_SAID)], original_status="Said by hand",
            at=NOW - timedelta(weeks=1 + number % DECLARED_WEEKS), by=f"{TOOL}:user:{number // 4 * 5}",
        )
        for number in range(0, projects, DECLARED_EVERY)
    )  # fmt: skip


def with_candidates(tree: Tree) -> Tree:
    """The tree with projects to choose from below every portfolio under the top."""
    tops = [node.id for node in tree.nodes if node.kind is NodeKind.PORTFOLIO and node.parents]
    programs = {top: next(node.id for node in tree.nodes if any(up.id == top for up in node.parents)) for top in tops}
    made = tuple(_candidate(place, number, programs[top]) for place, top in enumerate(tops) for number in range(CANDIDATES))
    return Tree(nodes=(*tree.nodes, *made))


def _candidate(place: int, number: int, program: str) -> Node:
    chosen = 7 * place + number
    need = Demand(skill=SKILLS[chosen % len(SKILLS)], quarter=_QUARTERS[number % 2], hours=300 + 40 * (chosen % 9))
    return Node(
        id=f"c{place}-{number}", kind=NodeKind.PROJECT, name=f"Candidate {place}-{number}", parents=(Parent(id=program),),
        state=ProjectState.CANDIDATE, start_on=NOW.date(), budget=Budget(hours=400 + 60 * (chosen % 11)),
        case=Case(value=5 + chosen % 13, time_criticality=chosen % 5, size=1 + chosen % 8, risk=(chosen % 7) / 10,
                  demand=(need,)),
    )  # fmt: skip
