"""A score in words: one sentence for a field, one message for a comment, one document for a property."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from model.health import Band, NodeScore, Outcome, ScoredDimension
from model.landscape import Landscape
from model.push import Cause, HealthMessage

MAX_SENTENCE = 250
CAUSES = 3
ITEMS = 3

Titles = Mapping[str, tuple[str, str | None]]


def sentence(score: NodeScore) -> str:
    """Why a node stands where it stands, in at most 250 characters: the largest losses, or what is missing."""
    if score.band is Band.NO_DATA:
        told = [reason.split(": ", 1)[-1] for reason in score.band_reasons] or ["nothing is measured"]
        return _cut("No data: " + "; ".join(told))
    worst = [entry for entry in _by_loss(score) if _lost(entry) >= 0.05][:2]
    caps = [reason.split(": ", 1)[-1] for reason in score.band_reasons]
    told = [f"{entry.finding.dimension.capitalize()}: {entry.finding.reason}" for entry in worst]
    if caps and not _explained_by_score(score):
        told.insert(0, caps[0])
    return _cut(". ".join(told) if told else "Nothing stands against it")


def _explained_by_score(score: NodeScore) -> bool:
    return not any(
        reason.startswith(("critical_dimension", "worst_child", "override")) for reason in score.band_reasons
    )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SENTENCE else text[: MAX_SENTENCE - 1].rstrip() + "…"


def _lost(entry: ScoredDimension) -> float:
    return entry.effective_weight * (100 - (entry.finding.score or 0.0)) if entry.effective_weight else 0.0


def _by_loss(score: NodeScore) -> list[ScoredDimension]:
    counted = [entry for entry in score.dimensions if entry.finding.outcome is Outcome.MEASURED]
    return sorted(counted, key=lambda entry: (-_lost(entry), entry.finding.dimension))


def message(
    score: NodeScore, landscape: Landscape, titles: Titles, previous: NodeScore | None, as_of: datetime
) -> HealthMessage:
    """What a person should read about a node. ``titles``: item id → title and URL, for the items that may be named."""
    causes = tuple(
        Cause(
            points=round(_lost(entry), 1),
            dimension=entry.finding.dimension,
            reason=entry.finding.reason,
            items=tuple(titles[key] for key in entry.finding.evidence if key in titles)[:ITEMS],
        )
        for entry in _by_loss(score)[:CAUSES]
        if _lost(entry) >= 0.05
    )
    forecast = score.forecast
    return HealthMessage(
        node=score.id,
        node_name=score.name,
        band=score.band,
        score=None if score.score is None else round(score.score, 1),
        previous_band=previous.band if previous else None,
        previous_score=round(previous.score, 1) if previous and previous.score is not None else None,
        reason=sentence(score),
        causes=causes,
        cheapest_help=cheapest_help(score),
        p50=forecast.p50 if forecast else None,
        p85=forecast.p85 if forecast else None,
        odds_words=forecast.on_time_words if forecast else None,
        coverage=score.coverage,
        trust=score.trust,
        as_of=as_of,
        receipt=receipt(score, landscape),
    )


def cheapest_help(score: NodeScore) -> str | None:
    """The improvement that gives most points back to the node, with the points; None where nothing is known to help."""
    offers = [
        (entry.effective_weight * help_.points, entry.finding.dimension, help_.text)
        for entry in score.dimensions
        if (help_ := entry.finding.improvement) is not None and help_.points
    ]
    offers = [offer for offer in offers if offer[0] >= 0.05]
    if not offers:
        return None
    points, _, text = max(offers)
    return f"{text[0].upper()}{text[1:]}: up to +{points:.1f} points"


def receipt(score: NodeScore, landscape: Landscape) -> dict[str, JsonValue]:
    """The JSON document of the property: displayed score, band with reasons, and points lost per project and dimension."""
    names = {node.id: node.name for node in landscape.tree.nodes}
    return {
        "node": score.id,
        "band": score.band.value,
        "band_reasons": list(score.band_reasons),
        "score": None if score.score is None else round(score.score, 1),
        "coverage": round(score.coverage, 4),
        "trust": round(score.trust, 4),
        "basis": score.basis.value,
        "policy": score.policy,
        "dimensions": [
            {
                "name": entry.finding.dimension,
                "outcome": entry.finding.outcome.value,
                "score": None if entry.finding.score is None else round(entry.finding.score, 1),
                "weight": round(entry.weight, 4),
                "reason_code": entry.finding.reason_code,
            }
            for entry in score.dimensions
        ],
        "lost": [
            {
                "points": round(lost.points, 1),
                "node": lost.node,
                "node_name": names.get(lost.node, lost.node),
                "dimension": lost.dimension,
                "reason": lost.reason,
            }
            for lost in score.lost[:20]
        ],
    }
