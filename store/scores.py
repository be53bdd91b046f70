"""``uow.scores``: the health of nodes, stored when it differs, and the points of their trends."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, func, insert, select

from model.base import Instant, Record
from model.health import Band, Basis, NodeScore, RollupResult
from model.outcome import BandTurn
from store.dialect import AT, among, among_listed, chunked, digest, listed, lock, replace_row, upsert_on
from store.score_numbers import numbers_of, standing_of, standing_text
from store.tables import band_turns, newest_scores, scores, trend_points

_AT_ONCE = 100
"""Scores whose text is held at once while they are saved."""


class StoredScore(Record):
    """A score with the moment it speaks of and the moment of knowledge it was computed from."""

    score: NodeScore
    as_of: Instant
    known_at: Instant


class TrendPoint(Record):
    """A node's score at one moment of its sparkline."""

    at: Instant
    score: float | None
    band: Band
    basis: Basis


# What every run of a worker executes is built once: see ``store.dialect.among_listed``.
_NEWEST = select(func.max(newest_scores.c.as_of))
_ADDED = insert(scores).returning(scores.c.id, scores.c.node)
_RANKED = (
    select(
        scores.c.node,
        scores.c.hash,
        func.row_number()
        .over(partition_by=scores.c.node, order_by=(scores.c.as_of.desc(), scores.c.id.desc()))
        .label("place"),
    )
    .where(among_listed(scores.c.node), scores.c.as_of <= AT)
    .subquery()
)
_BEFORE = (
    select(_RANKED.c.node, _RANKED.c.hash, newest_scores.c.standing)
    .outerjoin(newest_scores, (newest_scores.c.node == _RANKED.c.node) & (newest_scores.c.as_of <= AT))
    .where(_RANKED.c.place == 1)
)


@cache
def _pointed(dialect: str) -> Any:
    """Makes a score the node's newest, unless a later one is there."""
    statement = upsert_on(dialect, newest_scores)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["node"],
        set_={"score_id": new.score_id, "as_of": new.as_of, "declared": new.declared, "standing": new.standing},
        where=newest_scores.c.as_of <= new.as_of,
    )


class ScoreRepository:
    """Scores are never changed: a different one is stored beside the old."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def save(self, result: RollupResult) -> tuple[str, ...]:
        """Store the scores that differ from the node's newest at or before ``as_of``; returns these nodes' ids."""
        lock(self._conn, "scores")
        fresh: list[str] = []
        for begin in range(0, len(result.nodes), _AT_ONCE):
            fresh += self._save(result, result.nodes[begin : begin + _AT_ONCE])
        return tuple(fresh)

    def _save(self, result: RollupResult, nodes: Sequence[NodeScore]) -> list[str]:
        bodies = {node.id: node.model_dump_json(exclude_defaults=True) for node in nodes}
        hashes = {node: digest(body.encode()) for node, body in bodies.items()}
        before = self._before(list(bodies), result.as_of)
        fresh = [node for node in bodies if node not in before or before[node][0] != hashes[node]]
        told = {"as_of": result.as_of, "known_at": result.known_at}
        rows = [{"node": node, **told, "hash": hashes[node], "body": bodies[node]} for node in fresh]
        if rows:
            made = self._conn.execute(_ADDED, rows).all()
            told_of = {node.id: node for node in nodes}
            newest = [
                {
                    "node": node, "score_id": number, "as_of": result.as_of,
                    "declared": told_of[node].declared_band is not None, "standing": standing_text(told_of[node]),
                }
                for number, node in sorted(made)
            ]  # fmt: skip
            self._conn.execute(_pointed(self._conn.dialect.name), newest)
            self._note_turns([told_of[node] for node in fresh], before, result.as_of)
        return fresh

    def _note_turns(self, nodes: Sequence[NodeScore], before: Mapping[str, tuple[bytes, str | None]], at: Instant) -> None:
        """Keep which of these nodes stand in another band than they did. A past moment scored late tells of none."""
        stood = {node: standing_of(told).computed_band for node, (_, told) in before.items() if told}
        turned = [
            {"node": one.id, "at": at, "before": stood[one.id].value, "after": one.computed_band.value}
            for one in nodes
            if stood.get(one.id, one.computed_band) is not one.computed_band
        ]
        if turned:
            self._conn.execute(replace_row(self._conn, band_turns, "after"), turned)

    def latest(self) -> tuple[StoredScore, ...]:
        """The newest score of every node that ever had one, by node id."""
        statement = (
            select(scores.c.body, scores.c.as_of, scores.c.known_at)
            .join(newest_scores, newest_scores.c.score_id == scores.c.id)
            .order_by(newest_scores.c.node)
        )
        return tuple(_stored(body, as_of, known_at) for body, as_of, known_at in self._conn.execute(statement))

    def latest_among(self, nodes: Sequence[str]) -> dict[str, StoredScore]:
        """The newest scores of some nodes, by node; those that never had one are left out."""
        statement = (
            select(scores.c.body, scores.c.as_of, scores.c.known_at)
            .join(newest_scores, newest_scores.c.score_id == scores.c.id)
            .where(among(newest_scores.c.node, nodes))
        )
        found = (_stored(body, as_of, known_at) for body, as_of, known_at in self._conn.execute(statement))
        return {one.score.id: one for one in found}

    def having(self, nodes: Collection[str]) -> frozenset[str]:
        """Those of some nodes that were ever scored."""
        statement = select(newest_scores.c.node).where(among(newest_scores.c.node, nodes))
        return frozenset(self._conn.execute(statement).scalars())

    def newest_as_of(self) -> Instant | None:
        """The moment of the newest score of all; None before the first."""
        newest: Instant | None = self._conn.execute(_NEWEST).scalar_one()
        return newest

    def latest_of(self, node: str) -> StoredScore | None:
        statement = (
            select(scores.c.body, scores.c.as_of, scores.c.known_at)
            .join(newest_scores, newest_scores.c.score_id == scores.c.id)
            .where(newest_scores.c.node == node)
        )
        row = self._conn.execute(statement).one_or_none()
        return None if row is None else _stored(row[0], row[1], row[2])

    def latest_of_many(self, nodes: Sequence[str]) -> tuple[StoredScore, ...]:
        """The newest score of each of these nodes; those without one are left out."""
        found: list[StoredScore] = []
        for chunk in chunked(nodes):
            statement = (
                select(scores.c.body, scores.c.as_of, scores.c.known_at)
                .join(newest_scores, newest_scores.c.score_id == scores.c.id)
                .where(among(newest_scores.c.node, chunk))
                .order_by(newest_scores.c.node)
            )
            found += [_stored(body, as_of, known_at) for body, as_of, known_at in self._conn.execute(statement)]
        return tuple(found)

    def numbers_of_many(self, nodes: Sequence[str]) -> dict[str, NodeScore]:
        """The newest score of each of these nodes without its words, by node; those without one are left out."""
        found: dict[str, NodeScore] = {}
        for chunk in chunked(nodes):
            statement = (
                select(newest_scores.c.node, scores.c.body)
                .join(newest_scores, newest_scores.c.score_id == scores.c.id)
                .where(among(newest_scores.c.node, chunk))
            )
            found.update((node, numbers_of(body)) for node, body in self._conn.execute(statement))
        return found

    def before(self, node: str) -> StoredScore | None:
        """The score that was stored before a node's newest; None where there is only one."""
        statement = (
            select(scores.c.body, scores.c.as_of, scores.c.known_at)
            .where(scores.c.node == node)
            .order_by(scores.c.as_of.desc(), scores.c.id.desc())
            .limit(2)
        )
        rows = self._conn.execute(statement).all()
        return None if len(rows) < 2 else _stored(rows[1][0], rows[1][1], rows[1][2])

    def history(self, node: str, *, since: Instant | None = None) -> tuple[StoredScore, ...]:
        """Every stored score of a node, oldest first."""
        statement = select(scores.c.body, scores.c.as_of, scores.c.known_at).where(scores.c.node == node)
        if since is not None:
            statement = statement.where(scores.c.as_of >= since)
        rows = self._conn.execute(statement.order_by(scores.c.as_of, scores.c.id))
        return tuple(_stored(body, as_of, known_at) for body, as_of, known_at in rows)

    def standing(self, node: str, *, since: Instant) -> tuple[StoredScore, ...]:
        """Every score of a node that stood at ``since`` or later, oldest first."""
        stood = select(func.max(scores.c.as_of)).where(scores.c.node == node, scores.c.as_of <= since).scalar_subquery()
        return self.history(node, since=self._conn.execute(select(stood)).scalar_one() or since)

    def stood_at(self, node: str, moment: Instant) -> StoredScore | None:
        """The newest score of a node at or before a moment; None where there is none."""
        statement = (
            select(scores.c.body, scores.c.as_of, scores.c.known_at)
            .where(scores.c.node == node, scores.c.as_of <= moment)
            .order_by(scores.c.as_of.desc(), scores.c.id.desc())
            .limit(1)
        )
        row = self._conn.execute(statement).one_or_none()
        return None if row is None else _stored(row[0], row[1], row[2])

    def save_trend(self, points: Sequence[tuple[str, TrendPoint]]) -> None:
        """Keep points of trends; a point at the same moment of the same node is replaced."""
        rows = {(node, point.at): {"node": node, **point.model_dump(mode="python")} for node, point in points}
        if rows:
            ordered = [rows[key] for key in sorted(rows)]
            plain = [{**row, "band": row["band"].value, "basis": row["basis"].value} for row in ordered]
            self._conn.execute(replace_row(self._conn, trend_points), plain)

    def trend(self, node: str, *, since: Instant) -> tuple[TrendPoint, ...]:
        """The kept points of a node from ``since`` on, oldest first."""
        table = trend_points
        statement = (
            select(table.c.at, table.c.score, table.c.band, table.c.basis)
            .where(table.c.node == node, table.c.at >= since)
            .order_by(table.c.at)
        )
        return tuple(TrendPoint(**row._mapping) for row in self._conn.execute(statement))

    def turns(self, nodes: Collection[str], *, since: Instant) -> tuple[BandTurn, ...]:
        """When the computed bands of these nodes became others, from ``since`` on, in no order."""
        table = band_turns.c
        rows = self._conn.execute(select(band_turns).where(among(table.node, nodes), table.at >= since))
        return tuple(BandTurn(**row._mapping) for row in rows)

    def _before(self, nodes: Sequence[str], as_of: Instant) -> dict[str, tuple[bytes, str | None]]:
        """The digest of each node's newest score at or before a moment, and how the node stands, if not by a later one."""
        found: dict[str, tuple[bytes, str | None]] = {}
        for chunk in chunked(nodes):
            rows = self._conn.execute(_BEFORE, {**listed(chunk), "at": as_of})
            found.update((node, (content_hash, standing)) for node, content_hash, standing in rows)
        return found


def _stored(body: str, as_of: Instant, known_at: Instant) -> StoredScore:
    return StoredScore(score=NodeScore.model_validate_json(body), as_of=as_of, known_at=known_at)
