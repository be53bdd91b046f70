"""What the API answers of decisions: candidates, selections, what lies ahead, the PMO's figures."""

from typing import Any

from pydantic import AwareDatetime

from config.web.api.shapes import Calibrated, Score, Shape, Share
from model.tree import NodeKind


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
