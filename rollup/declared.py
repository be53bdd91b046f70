"""Declared against computed: the status that a person set by hand, and how far it lies from ours, both ways."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from model.health import Band, Finding, Gap, NodeScore, Outcome
from model.landscape import Landscape
from model.policy import Policy
from model.tree import Node
from model.work import Declared, DeclaredStatus

REASONS = 3
ITEMS = 10
_BANDS = {
    Declared.ON_TRACK: Band.ON_TRACK,
    Declared.AT_RISK: Band.AT_RISK,
    Declared.OFF_TRACK: Band.OFF_TRACK,
}
_RANK = {Band.OFF_TRACK: 0, Band.AT_RISK: 1, Band.ON_TRACK: 2}
# Their items lead to whoever has too much to do, or are what nobody planned for.
_UNNAMED = frozenset({"resources", "alignment"})


def declared_at(
    landscape: Landscape, node: Node, own: tuple[Declared, datetime] | None, at: datetime
) -> tuple[Band, datetime] | None:
    """The newest status that a person set on the node by a moment: on what feeds it, or where its health is shown.

    ``own``: the newest one on its items. None where the newest one says nothing of health (on hold, complete).
    """
    said: list[tuple[datetime, Declared]] = []
    if own is not None and own[1] <= at:
        said.append((own[1], own[0]))
    places = places_of(node)
    said.extend(
        (entry.at, entry.status) for entry in landscape.declared if entry.subject_id in places and entry.at <= at
    )
    if not said:
        return None
    when, status = max(said)
    return (_BANDS[status], when) if status in _BANDS else None


def places_of(node: Node) -> set[str]:
    """Where a status of the node itself is declared: on what feeds it, or where its health is shown."""
    return {f"{source.connection}:{source.kind}:{source.value}" for source in node.sources} | {
        target.label for target in node.publish
    }


def newest_said(said: Iterable[DeclaredStatus], at: datetime) -> tuple[Declared, datetime] | None:
    """The newest status of what feeds a project by a moment, with when it was said."""
    by_then = [(entry.at, entry.id, entry.status) for entry in said if entry.at <= at]
    if not by_then:
        return None
    when, _, status = max(by_then)
    return status, when


class Moment(NamedTuple):
    """What was declared (and when) and what was computed at one moment of the past."""

    at: datetime
    declared: Band | None
    declared_at: datetime | None
    computed: Band


def apart(declared: Band | None, computed: Band) -> int:
    """How many bands the declared one is better than the computed one, below 0: worse; 0 where they can't be compared."""
    if declared is None or declared not in _RANK or computed not in _RANK:
        return 0
    return _RANK[declared] - _RANK[computed]


def gap(score: NodeScore, policy: Policy, past: Iterable[Moment], as_of: datetime) -> Gap | None:
    """How a node's declared band lies against its computed one; None where they agree or can't be compared.

    ``past``: what was at earlier moments, the newest first; it is asked for no more than is needed. The computed band is the
    one before an override.
    """
    bands = apart(score.declared_band, score.computed_band)
    if not bands or score.declared_band is None or score.declared_at is None:
        return None
    since, earlier = apart_since(bands > 0, (score.declared_band, score.declared_at), past, as_of)
    return Gap(
        node=score.id,
        name=score.name,
        kind=score.kind,
        better=bands > 0,
        declared=score.declared_band,
        computed=score.computed_band,
        bands=abs(bands),
        points=points_apart(score, policy),
        score=score.score,
        since=since,
        earlier=earlier,
        declared_at=score.declared_at,
        band_reasons=score.band_reasons,
        reasons=_reasons(score, better=bands > 0),
    )


def apart_since(
    better: bool, declared: tuple[Band, datetime], past: Iterable[Moment], as_of: datetime
) -> tuple[datetime, bool]:
    """When the present stretch of being apart in this direction began, and whether it may be older than what is known.

    It begins with a declaration where that said something else than what was declared before; where a status was only
    repeated, at the first moment that is known to be apart. ``declared``: the present status and when it was declared.
    ``past``: as ``gap`` is given it.
    """
    since, (band, said), certain = as_of, declared, False
    for moment in (one for one in past if one.at <= as_of):
        bands = apart(moment.declared, moment.computed)
        if not bands or (bands > 0) is not better:
            certain = True
            since = said if moment.at < said <= since and moment.declared is not band else since
            break
        since, band, said = moment.at, moment.declared or band, moment.declared_at or said
    return since, not certain


class Declaring(Protocol):
    """A score with what was declared beside it."""

    @property
    def score(self) -> float | None: ...

    @property
    def declared_band(self) -> Band | None: ...


def points_apart(score: Declaring, policy: Policy) -> float:
    """How far the score is from the declared band."""
    if score.score is None:
        return 0.0
    if score.declared_band is Band.ON_TRACK:
        return max(0.0, policy.on_track - score.score)
    if score.declared_band is Band.OFF_TRACK:
        return max(0.0, score.score - policy.at_risk)
    return max(0.0, policy.at_risk - score.score, score.score - policy.on_track)


def _reasons(score: NodeScore, *, better: bool) -> tuple[Finding, ...]:
    """What costs most where the report is better than we compute; what speaks most for it where it is worse."""
    counted = [one for one in score.dimensions if one.finding.outcome is Outcome.MEASURED and one.effective_weight > 0]
    lost = {one.finding.dimension: one.effective_weight * (100 - (one.finding.score or 0.0)) for one in counted}
    kept = {one.finding.dimension: one.effective_weight * (one.finding.score or 0.0) for one in counted}
    told = lost if better else kept
    order = sorted((one.finding for one in counted), key=lambda finding: (-told[finding.dimension], finding.dimension))
    return tuple(_unnamed(finding) for finding in order[:REASONS] if told[finding.dimension] >= 0.05)


def _unnamed(finding: Finding) -> Finding:
    items = () if finding.dimension in _UNNAMED else finding.evidence[:ITEMS]
    return finding.model_copy(update={"evidence": items, "improvement": None})


def shown_above(since: datetime, policy: Policy, as_of: datetime) -> bool:
    """Whether the node's own people had the policy's days with a gap, so that others are told of it, too."""
    return (as_of - since).days >= policy.watermelon_days
