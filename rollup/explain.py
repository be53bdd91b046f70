"""A score in words: one sentence for a field, one message for a comment, one document for a property."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce

from pydantic import JsonValue

from model.health import Band, NodeScore, Outcome, ScoredDimension
from model.landscape import Landscape
from model.language.telling import plain
from model.push import Cause, HealthMessage
from model.tree import Language
from rollup.told import Told, caps, gaps

MAX_SENTENCE = 250
LONGEST_RECEIPT, LONGEST_NAME, LONGEST_REASON = 32_000, 200, 400
"""Characters of a receipt as JSON, letters beyond ASCII escaped (Jira takes 32,768); of a name and of a reason in it."""
CAUSES = 3
ITEMS = 3
MAX_TITLE = 60
# Its items are what nobody planned for; what helps is done to their projects.
_HELPED_OTHERWISE = frozenset({"alignment"})
# Its items lead to whoever has too much to do: a person's load is never written into a tool.
_UNNAMED = frozenset({"resources"})

Titles = Mapping[str, tuple[str, str | None]]


def sentence(
    score: NodeScore,
    landscape: Landscape | None = None,
    *,
    language: Language = "en",
    below: Mapping[str, NodeScore] | None = None,
    most: int = MAX_SENTENCE,
) -> str:
    """Why a node stands where it stands, in at most so many characters: the largest losses, or what is missing."""
    return _cut(_why(Told(score, language, landscape, below or {})), most)


def _sentence(told: Told) -> str:
    return _cut(_why(told), MAX_SENTENCE)


def _why(told: Told) -> str:
    score, said = told.score, told.words
    if score.band is Band.NO_DATA:
        why = gaps(told) or [said.phrase("nothing_measured")]
        told_all = reduce(lambda one, other: said.phrase("joint", one=one, other=other), why)
        return said.phrase("no_data", why=told_all)
    parts = [
        said.phrase("of", name=said.dimension(entry.finding.dimension), what=told.reason(entry))
        for entry in named_losses(score)
    ]
    parts = [*caps(told)[:1], *parts]
    return ". ".join(_capital(part) for part in parts) if parts else said.phrase("nothing_against")


def named_losses(score: NodeScore) -> list[ScoredDimension]:
    """The dimensions that the sentence names: those that cost most."""
    return [entry for entry in _by_loss(score) if _lost(entry) >= 0.05][:2]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cut(text: str, most: int) -> str:
    """At most so many UTF-16 units, as the tools count: what they would cut off never stood there."""
    return _cut_off(plain(text, len(text)), most)


def _cut_off(text: str, most: int) -> str:
    if _units(text) <= most:
        return text
    text = text[:most]
    while _units(text) > most - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _lost(entry: ScoredDimension) -> float:
    return entry.effective_weight * (100 - (entry.finding.score or 0.0)) if entry.effective_weight else 0.0


def _by_loss(score: NodeScore) -> list[ScoredDimension]:
    counted = [entry for entry in score.dimensions if entry.finding.outcome is Outcome.MEASURED]
    return sorted(counted, key=lambda entry: (-_lost(entry), entry.finding.dimension))


def message(  # noqa: PLR0913 - each is a fact of its own, and all but the first five may be left out
    score: NodeScore,
    landscape: Landscape,
    titles: Titles,
    previous: NodeScore | None,
    as_of: datetime,
    *,
    language: Language = "en",
    trend: Sequence[float | None] = (),
    url: str | None = None,
    below: Mapping[str, NodeScore] | None = None,
) -> HealthMessage:
    """What a person should read about a node, in one language.

    ``titles``: item id → title and URL, for the items that may be named. ``previous``: what it is compared with.
    ``trend``: the score at the end of each of the last weeks, oldest first. ``url``: our own page of the node.
    ``below``: the scores of the projects under a parent (see ``Told``).
    """
    told = Told(score, language, landscape, below or {})
    forecast = None if score.continuous else score.forecast
    return HealthMessage(
        node=score.id,
        node_name=score.name,
        language=language,
        band=score.band,
        score=None if score.score is None else round(score.score, 1),
        previous_band=previous.band if previous else None,
        previous_score=round(previous.score, 1) if previous and previous.score is not None else None,
        reason=_sentence(told),
        causes=_causes(told, titles),
        cheapest_help=_cheapest_help(told, titles),
        p50=forecast.p50 if forecast else None,
        p85=forecast.p85 if forecast else None,
        odds_words=told.words.odds(forecast.on_time_words) if forecast and forecast.on_time_words else None,
        coverage=score.coverage,
        trust=score.trust,
        as_of=as_of,
        trend=tuple(None if point is None else round(point, 1) for point in trend),
        url=url,
        receipt=receipt(score, landscape),
    )


def _causes(told: Told, titles: Titles) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            points=round(_lost(entry), 1),
            dimension=told.words.dimension(entry.finding.dimension),
            reason=told.reason(entry),
            items=_items(entry, titles),
        )
        for entry in _by_loss(told.score)[:CAUSES]
        if _lost(entry) >= 0.05
    )


def _items(entry: ScoredDimension, titles: Titles) -> tuple[tuple[str, str | None], ...]:
    if entry.finding.dimension in _UNNAMED:
        return ()
    return tuple(titles[key] for key in entry.finding.evidence if key in titles)[:ITEMS]


def cheapest_help(score: NodeScore) -> str | None:
    """The improvement that gives most points back to the node, with the points; None where nothing is known to help."""
    return _cheapest_help(Told(score), {})


def _cheapest_help(told: Told, titles: Titles) -> str | None:
    offers = [
        (entry.effective_weight * help_.points, entry.finding.dimension, text, help_.items)
        for entry in told.score.dimensions
        if (help_ := entry.finding.improvement) is not None and help_.points and (text := told.improvement(entry))
    ]
    offers = [offer for offer in offers if offer[0] >= 0.05]
    if not offers:
        return None
    points, dimension, text, items = max(offers)
    what, said = _capital(text), told.words
    first = next((titles[key][0] for key in items if key in titles), None)
    if first is not None and dimension not in _HELPED_OTHERWISE | _UNNAMED:
        what = said.phrase("begin_with", what=what, item=plain(first, MAX_TITLE))
    return said.phrase("help_points", what=what, points=said.number(points))


def receipt(score: NodeScore, landscape: Landscape) -> dict[str, JsonValue]:
    """The JSON document of the property: displayed score, band with reasons, and points lost per project and dimension.

    However long people's names are, it is no longer than a tool takes: what costs least is left out first.
    """
    names = {node.id: node.name for node in landscape.tree.nodes}
    lost: list[JsonValue] = [
        {
            "points": round(one.points, 1),
            "node": one.node,
            "node_name": _cut_off(names.get(one.node, one.node), LONGEST_NAME),
            "dimension": one.dimension,
            "reason": "" if one.dimension in _UNNAMED else _cut_off(one.reason, LONGEST_REASON),
        }
        for one in score.lost[:20]
    ]
    found: dict[str, JsonValue] = {
        "node": score.id,
        "band": score.band.value,
        "band_reasons": [_cut_off(reason, LONGEST_REASON) for reason in score.band_reasons],
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
        "lost": lost,
    }
    while lost and len(json.dumps(found)) > LONGEST_RECEIPT:
        lost.pop()
    return found
