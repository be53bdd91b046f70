"""What a PMO looks at, as documents: for --json, and for pages to draw from."""

from collections import Counter
from statistics import fmean
from typing import Any

from model.health import Band
from model.lesson import Lesson
from model.outcome import Outcome
from rollup.pmo.accuracy import Accuracy
from rollup.pmo.closure import Check
from rollup.pmo.outcome import Recurring, causes_of
from rollup.pmo.steadiness import SOON, Steadiness
from service.documents import Labels, evidence_document, instant
from service.pmo import Closure, Overview

Json = dict[str, Any]


def overview_document(found: Overview) -> Json:
    """The key figures, their trend, standards, outcomes, causes, and how good the forecasts were."""
    scores = [one.score for one in found.scored if one.score is not None]
    bands = Counter(one.band.value for one in found.scored)
    return {
        "node": found.node.id if found.node else None,
        "name": found.node.name if found.node else None,
        "as_of": instant(found.at),
        "projects": {state: found.states.get(state, 0) for state in ("candidate", "active", "closed")},
        "bands": {band.value: bands.get(band.value, 0) for band in Band},
        "unscored": found.unscored,
        "uncounted": found.uncounted,
        "score": fmean(scores) if scores else None,
        "coverage": fmean(one.coverage for one in found.scored) if found.scored else None,
        "trust": fmean(one.trust for one in found.scored) if found.scored else None,
        "dates_kept": found.dates_kept.model_dump(),
        "compliance": [
            {"class": name, "kept": kept, "asked": asked, "share": kept / asked}
            for name, (kept, asked) in found.compliance.items()
        ],
        "standards": [
            {"rule": one.rule, "words": one.words, "kept": one.kept, "broken": list(one.broken)} for one in found.standards
        ],
        "trend": [
            {"at": instant(week.at), "bands": {band.value: week.bands.get(band, 0) for band in Band}, "score": week.score}
            for week in found.weeks
        ],
        "steadiness": [_steadiness(one) for one in found.steadiness],
        "finished": [_outcome(one) for one in found.outcomes],
        "causes": [_recurring(one) for one in found.causes],
        "forecasts": [_accuracy(one) for one in found.accuracy],
        "lessons": dict(found.lessons),
    }


def closure_document(found: Closure) -> Json:
    """The checklist of a project, how it ended, and what it learned."""
    return {
        "node": found.node.id,
        "name": found.node.name,
        "state": found.node.state.value,
        "ready": found.ready,
        "checks": [_check(one, found.labels) for one in found.checks],
        "outcome": _outcome(found.outcome) if found.outcome else None,
        "lessons": [lesson_document(one) for one in found.lessons],
    }


def lesson_document(lesson: Lesson) -> Json:
    return {**lesson.model_dump(mode="json", exclude={"at"}), "at": instant(lesson.at)}


def _check(check: Check, labels: Labels) -> Json:
    return {
        "id": check.id,
        "words": check.words,
        "kept": check.kept,
        "to_do": check.to_do,
        "blocks": check.blocks,
        "items": [evidence_document(item, labels) for item in check.items],
    }


def _outcome(one: Outcome) -> Json:
    return {
        "node": one.node,
        "name": one.name,
        "class": one.project_class,
        "planned_on": one.planned_on.isoformat() if one.planned_on else None,
        "ended_on": one.ended_on.isoformat(),
        "days_late": one.days_late,
        "basis": "approved" if one.agreed else "target",
        "growth": one.growth,
        "removed": one.removed,
        "effort": one.effort,
        "dates_kept": one.dates_kept,
        "start_delay_days": one.start_delay_days,
        "defects_per_item": one.defects,
        "milestones": one.milestones,
        "milestones_moved": one.milestones_moved,
        "causes": [cause.value for cause in causes_of(one)],
    }


def _steadiness(one: Steadiness) -> Json:
    return {
        "class": one.project_class,
        "projects": one.projects,
        "changes": one.changes,
        "went_back": one.went_back,
        "within_days": SOON.days,
        "share": one.went_back / one.changes if one.changes else None,
        "least": [{"node": node, "went_back": often} for node, often in one.least],
    }


def _recurring(one: Recurring) -> Json:
    return {
        "cause": one.cause.value,
        "words": one.words,
        "known": one.known,
        "projects": list(one.projects),
        "late_with": one.late_with,
        "spared": one.spared,
        "late_without": one.late_without,
        "days_with": one.days_with,
        "days_without": one.days_without,
    }


def _accuracy(one: Accuracy) -> Json:
    return {
        "class": one.project_class,
        "of": one.of,
        "projects": one.projects,
        "forecasts": one.forecasts,
        "held_p50": one.held_p50,
        "held_p85": one.held_p85,
        "bias_days": one.bias_days,
    }
