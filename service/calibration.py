"""How good forecasts were, as a document: for --json, and for a page to draw. Pure."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rollup.backtest.judged import GATE_OUTCOMES, Coverage, Gate, Judged, Skill

if TYPE_CHECKING:
    from service.backtest import Backtest

BY_PROJECT = "by_project"


def calibration_document(found: "Backtest") -> dict[str, Any]:
    """The whole check. Every share stands with its n; null where nothing can be said."""
    return {
        "at": found.at.isoformat().replace("+00:00", "Z"),
        "seed": found.seed,
        "history": {
            "projects": found.projects,
            "of": found.of,
            "every_weeks": found.every,
            "moments": found.moments,
            "refused": found.refused,
        },
        "items_within_weeks": judged_document(found.items),
        "published": {"kept": found.kept, **judged_document(found.finish)},
        "beside_dates": {
            "p50": found.record.coverage_p50.model_dump(),
            "p85": found.record.coverage_p85.model_dump(),
            "of": "published" if found.finish.p85.n >= GATE_OUTCOMES else "replayed",
            "refuted": found.record.refuted,
        },
        "earned": list(found.record.earned),
    }


def judged_document(judged: Judged) -> dict[str, Any]:
    """Odds and dates of one kind, with the verdict of the gate."""
    return {
        "n": judged.n,
        "clusters": judged.clusters,
        "brier": _round(judged.brier),
        "skill": {"expanding": _skill(judged.expanding), "rolling": _skill(judged.rolling)},
        "calibration_error": _round(judged.calibration_error),
        "reliability": [
            {"said": _round(one.said), "came_true": _round(one.came_true), "n": one.n} for one in judged.reliability
        ],
        "coverage": {"p50": _coverage(judged.p50), "p85": _coverage(judged.p85)},
        "pinball_weeks": _round(judged.pinball),
        "gate": _gate(judged.gate),
    }


def report_json(found: "Backtest") -> str:
    """The document as text, as it is kept: with every project alone, which not everybody may see."""
    alone = [asdict(one) for one in found.alone]
    return json.dumps(calibration_document(found) | {BY_PROJECT: alone}, sort_keys=True)


def _skill(skill: Skill) -> dict[str, float | None]:
    return {"value": _round(skill.value), "lower": _round(skill.lower)}


def _coverage(one: Coverage) -> dict[str, Any]:
    interval = [_round(one.low), _round(one.high)] if one.low is not None else None
    return {"value": _round(one.value), "n": one.n, "clusters": one.clusters, "interval": interval}


def _gate(gate: Gate) -> dict[str, Any]:
    return {"earned": gate.earned, "why_not": gate.why, "outcomes": gate.n, "clusters": gate.clusters}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
