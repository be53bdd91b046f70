"""``uow.brief_scores``: what lists show of many nodes, read without what only a node's own page shows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select

from model.base import Instant
from model.health import Band, Forecast, NodeScore, Outcome, ScoredDimension
from store.dialect import AT, among, chunked, each_of
from store.score_numbers import Standing, Stood, standing_of, stood
from store.scores import StoredScore
from store.tables import newest_scores, scores, trend_points

_READ_AT_ONCE = 50
"""Scores of the past that are read at a time."""


# What pages ask of one node after another is built once.
_OLDER = (
    select(scores.c.id, scores.c.body, scores.c.as_of)
    .where(scores.c.node == bindparam("of"), scores.c.as_of >= bindparam("since"))
    .order_by(scores.c.as_of.desc(), scores.c.id.desc())
    .limit(_READ_AT_ONCE)
)
_BEFORE = _OLDER.where(scores.c.as_of < AT)
_FURTHER = _OLDER.where(or_(scores.c.as_of < AT, and_(scores.c.as_of == AT, scores.c.id < bindparam("id"))))
_TOLD = newest_scores.c.standing != ""
"""But for what a worker of the version before kept, that ended as this one began."""
_DECLARED = select(newest_scores.c.standing).where(newest_scores.c.declared, _TOLD).order_by(newest_scores.c.node)


class _Part(BaseModel):
    """Some fields of a record; the others are not looked at, which is what makes it quick."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class BriefFinding(_Part):
    """A finding without its values and items."""

    dimension: str
    outcome: Outcome
    score: float | None = None
    reason: str


class BriefDimension(_Part):
    """A dimension as it counted, without its items."""

    finding: BriefFinding
    weight: float
    effective_weight: float


class BriefScore(_Part):
    """The health of a node as a line of a list shows it. Names are those of the fields of ``NodeScore``."""

    id: str
    kind: str
    name: str
    score: float | None
    band: Band
    computed_band: Band
    coverage: float
    trust: float
    declared_band: Band | None = None
    declared_at: Instant | None = None
    dimensions: tuple[BriefDimension, ...] = ()
    forecast: Forecast | None = None


Scored = NodeScore | BriefScore
Weekly = tuple[Instant, float | None]
"""A moment of a trend with the score at it."""


def largest_loss(score: Scored) -> tuple[float, BriefFinding] | None:
    """The dimension that takes most points, with the points; None where nothing is lost."""
    found: list[tuple[float, ScoredDimension | BriefDimension]] = [
        (one.effective_weight * (100 - one.finding.score), one) for one in score.dimensions if one.finding.score is not None
    ]
    points, worst = max(found, key=lambda pair: pair[0], default=(0.0, None))
    if worst is None or points <= 0:
        return None
    finding = worst.finding
    brief = BriefFinding(
        dimension=finding.dimension, outcome=finding.outcome, score=finding.score, reason=finding.reason
    )
    return points, brief


@lru_cache(maxsize=256)
def _read_score(body: str) -> NodeScore:
    """A stored score. Those that lists begin with are read by one page after the other, and differ seldom."""
    return NodeScore.model_validate_json(body)


def _point(row: Row[str, Instant, float | None, str]) -> tuple[str, tuple[Instant, float | None, Band]]:
    node, at, score, band = row
    return node, (at, score, Band(band))


class BriefScores:
    """Newest scores and trends of many nodes at once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def of(self, nodes: Collection[str]) -> dict[str, BriefScore]:
        """The newest score of each of these nodes, by id; those without one are left out."""
        return {node: BriefScore.model_validate_json(body) for node, body in self._bodies(nodes)}

    def one(self, node: str) -> tuple[BriefScore, Instant] | None:
        """The newest score of one node with the moment it speaks of."""
        statement = (
            select(scores.c.body, scores.c.as_of)
            .join(newest_scores, newest_scores.c.score_id == scores.c.id)
            .where(newest_scores.c.node == node)
        )
        row = self._conn.execute(statement).one_or_none()
        return None if row is None else (BriefScore.model_validate_json(row[0]), row[1])

    def whole(self, nodes: Collection[str]) -> dict[str, StoredScore]:
        """The same with everything that was stored."""
        found: dict[str, StoredScore] = {}
        for chunk in chunked(nodes):
            statement = (
                select(newest_scores.c.node, scores.c.body, scores.c.as_of, scores.c.known_at)
                .join(scores, newest_scores.c.score_id == scores.c.id)
                .where(among(newest_scores.c.node, chunk))
            )
            for node, body, as_of, known_at in self._conn.execute(statement):
                found[node] = StoredScore(score=_read_score(body), as_of=as_of, known_at=known_at)
        return found

    def standings(self, nodes: Collection[str]) -> dict[str, Standing]:
        """How these nodes stand, by id: of thousands at once; those without a score are left out."""
        found: dict[str, Standing] = {}
        for chunk in chunked(nodes):
            statement = select(newest_scores.c.standing).where(among(newest_scores.c.node, chunk), _TOLD)
            found.update((one.id, one) for one in map(standing_of, self._conn.execute(statement).scalars().all()))
        return found

    def first_of(self, nodes: Collection[str]) -> dict[str, Instant]:
        """The moment of the first score of each of these nodes; those that never had one are left out."""
        found: dict[str, Instant] = {}
        for chunk in chunked(nodes):
            first = select(scores.c.node, func.min(scores.c.as_of)).where(among(scores.c.node, chunk)).group_by(scores.c.node)
            found.update((node, at) for node, at in self._conn.execute(first))
        return found

    def bands_before(self, node: str, moment: Instant, *, since: Instant) -> Iterator[Stood]:
        """What was declared and computed of a node at its scores before a moment, the newest first, some read at a time."""
        given: dict[str, Any] = {"of": node, "since": since, "at": moment}
        statement = _BEFORE
        while rows := self._conn.execute(statement, given).all():
            yield from (stood(body, as_of) for _, body, as_of in rows)
            given["id"], _, given["at"] = rows[-1]
            statement = _FURTHER

    def declared(self) -> tuple[Standing, ...]:
        """How the nodes stand whose status a person declared, by id."""
        return tuple(map(standing_of, self._conn.execute(_DECLARED).scalars().all()))

    def trends(self, nodes: Collection[str], *, since: Instant) -> Mapping[str, Sequence[Weekly]]:
        """The kept points of these nodes from ``since`` on, each node's oldest first: what a small line needs."""
        table, found = trend_points, dict[str, list[Weekly]]()
        for chunk in chunked(nodes):
            statement = (
                select(table.c.node, table.c.at, table.c.score)
                .where(among(table.c.node, chunk), table.c.at >= since)
                .order_by(table.c.node, table.c.at)
            )
            for node, at, score in self._conn.execute(statement):
                found.setdefault(node, []).append((at, score))
        return found

    def points_at(self, nodes: Collection[str], *, before: Instant) -> Mapping[str, tuple[Instant, float | None, Band]]:
        """The last kept point of each of these nodes at or before a moment, with its own; those without one are left out."""
        table, earlier, found = trend_points, trend_points.alias(), dict[str, tuple[Instant, float | None, Band]]()
        point = select(table.c.node, table.c.at, table.c.score, table.c.band)
        for chunk in chunked(nodes):
            # Nearly all have one at the same moment: whoever has none from then on is looked for one by one.
            ends = select(func.max(table.c.at)).where(table.c.node == chunk[0], table.c.at <= before)
            likely = self._conn.execute(ends).scalar() or before
            late = point.where(among(table.c.node, chunk), table.c.at.between(likely, before)).order_by(table.c.at)
            found.update(map(_point, self._conn.execute(late).all()))  # row by row takes twice as long
            node = each_of([one for one in chunk if one not in found])
            last = select(func.max(earlier.c.at)).where(earlier.c.node == node, earlier.c.at <= before).scalar_subquery()
            found.update(map(_point, self._conn.execute(point.where(table.c.node == node, table.c.at == last))))
        return found

    def bands(self, nodes: Collection[str], *, since: Instant) -> Mapping[Instant, Mapping[Band, int]]:
        """How many of these nodes were in which band at each kept moment, oldest first."""
        table, found = trend_points, dict[Instant, dict[Band, int]]()
        for chunk in chunked(nodes):
            statement = (
                select(table.c.at, table.c.band, func.count())
                .where(table.c.at >= since, among(table.c.node, chunk))
                .group_by(table.c.at, table.c.band)
                .order_by(table.c.at)
            )
            for at, band, count in self._conn.execute(statement):
                counts = found.setdefault(at, {})
                counts[Band(band)] = counts.get(Band(band), 0) + count
        return dict(sorted(found.items()))

    def _bodies(self, nodes: Collection[str]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for chunk in chunked(nodes):
            statement = (
                select(newest_scores.c.node, scores.c.body)
                .join(scores, newest_scores.c.score_id == scores.c.id)
                .where(among(newest_scores.c.node, chunk))
            )
            found += [(row[0], row[1]) for row in self._conn.execute(statement)]
        return found
