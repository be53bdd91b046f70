"""What moved a score, and what would move its band, as JSON for others."""

from typing import Any

from model.language import words
from model.tree import Language
from rollup.change import Part
from rollup.sensitivity import Flip, Sensitivity
from service.change import Moved
from service.documents import MAX_EVIDENCE, Labels, evidence_document, instant
from service.workspace import Workspace


def labels_of_parts(workspace: Workspace, moved: Moved) -> Labels:
    """Readable names of the items behind the parts."""
    ids = {item for part in moved.explained.parts for item in part.items[:MAX_EVIDENCE]}
    with workspace.db.read() as uow:
        return uow.records.labels(sorted(ids))


def change_document(moved: Moved, labels: Labels, language: Language = "en") -> dict[str, Any]:
    """``causes`` and ``parts`` each sum to ``moved``; unrounded, so that this can be checked."""
    told, said = moved.explained, words(language)
    return {
        "since": instant(told.since),
        "until": instant(told.until),
        "score_then": told.score_then,
        "score_now": told.score_now,
        "moved": told.moved,
        "remembered": moved.remembered,
        "refused": said.phrase("no_score") if told.refused else None,
        "causes": [{"cause": one.cause, "words": said.cause(one.cause), "points": one.points} for one in told.causes],
        "parts": [_part(part, labels) for part in told.parts],
    }


def _part(part: Part, labels: Labels) -> dict[str, Any]:
    return {
        "cause": part.cause,
        "points": part.points,
        "node": part.node,
        "dimension": part.dimension,
        "evidence": [evidence_document(item, labels) for item in part.items[:MAX_EVIDENCE]],
    }


def sensitivity_document(told: Sensitivity) -> dict[str, Any]:
    """How far the bands beyond are, and every single change that leads there, the smallest first."""
    return {
        "by_score": told.by_score,
        "to_better": told.to_better,
        "to_worse": told.to_worse,
        "better": [_flip(flip) for flip in told.better],
        "worse": [_flip(flip) for flip in told.worse],
    }


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "kind": flip.kind,
        "dimension": flip.dimension,
        "from": flip.old,
        "to": flip.new,
        "relative": flip.relative,
        "points": flip.points,
        "band": flip.band,
    }
