"""What the API answers of decisions: candidates, selections, what lies ahead, the PMO's figures."""

from typing import Any

from pydantic import AwareDatetime

from config.web.api.shapes import Calibrated, Score, Shape, Share
from model.lesson import Cause
from model.tree import NodeKind, ProjectState


class CandidateList(Shape):
    """``unit``: what costs are in: hours or a currency."""

    node: str
    name: str
    unit: str | None
    by: str
    candidates: list[dict[str, Any]]


class SelectionShape(Shape):
    """``conflict``: limits that can't be kept together; then nothing is chosen."""

    node: str
    name: str
    unit: str | None
    scenario: dict[str, Any]
    selection: dict[str, Any]
    chosen: list[dict[str, Any]]
    not_chosen: list[dict[str, Any]]
    conflict: list[dict[str, Any]]
    capacity: list[dict[str, Any]]
    notes: list[dict[str, Any]]


class DecisionList(Shape):
    node: str
    decisions: list[dict[str, Any]]


class DecisionOne(Shape):
    """``broken``: limits that it does not keep. ``now``: what the chosen are today."""

    number: int
    node: str
    at: AwareDatetime
    by: str
    reason: str
    proposal: list[str]
    chosen: list[str]
    broken: list[str]
    now: dict[str, str]


class LessonShape(Shape):
    number: int
    node: str
    project_class: str
    cause: Cause
    worked: bool
    text: str
    advice: str
    by: str
    at: AwareDatetime


class LessonList(Shape):
    node: str
    lessons: list[LessonShape]


class ClosureShape(Shape):
    """``ready``: nothing stands in the way; ``checks``: what is asked, and the items that stand in the way."""

    node: str
    name: str
    state: ProjectState
    ready: bool
    checks: list[dict[str, Any]]
    outcome: dict[str, Any] | None
    lessons: list[LessonShape]


class OutlookShape(Shape):
    node: str
    kind: NodeKind
    label: str
    forecast: dict[str, Any] | None
    refused: str | None


class KeyFigures(Shape):
    node: str | None
    as_of: AwareDatetime
    projects: dict[str, int]
    bands: dict[str, int]
    unscored: int
    uncounted: int
    score: Score | None
    coverage: Share | None
    trust: Share | None
    dates_kept: Calibrated


class ForecastCheck(Shape):
    """How often dates held, how odds came true, and which have ``earned`` a number."""

    at: AwareDatetime
    history: dict[str, Any]
    earned: list[str]
