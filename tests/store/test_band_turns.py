"""When bands became others: kept as scores are, and told from older scores by the migration."""

import importlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, update

from model.health import Band, Basis, NodeScore, RollupResult
from model.outcome import BandTurn
from store.database import Database
from store.tables import band_turns, newest_scores

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ON, RISK, OFF, NONE = Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK, Band.NO_DATA


def _score(node: str, band: Band, number: int, shown: Band | None = None) -> NodeScore:
    return NodeScore(
        id=node, kind="project", name=node, parent=None, score=float(number), band=shown or band, computed_band=band,
        coverage=1, trust=1, basis=Basis.OBSERVED, policy="p",
    )  # fmt: skip


def _save(db: Database, hour: int, *scores: NodeScore) -> None:
    at = FIRST + timedelta(hours=hour)
    with db.begin() as uow:
        uow.scores.save(RollupResult(as_of=at, known_at=at, policy="p", nodes=scores))


def _turns(db: Database, *nodes: str, since: datetime = FIRST) -> list[BandTurn]:
    with db.read() as uow:
        return sorted(uow.scores.turns(nodes, since=since), key=lambda one: (one.node, one.at))


def _turn(node: str, hour: int, before: Band, after: Band) -> BandTurn:
    return BandTurn(node=node, at=FIRST + timedelta(hours=hour), before=before, after=after)


def _lived(db: Database, a: Sequence[Band] = (ON, RISK, RISK, NONE, ON)) -> list[BandTurn]:
    for hour, band in enumerate(a):
        _save(db, hour, _score("a", band, hour), _score("b", ON, 0), _score("c", OFF if hour > 1 else RISK, hour))
    return [_turn("a", 1, ON, RISK), _turn("a", 3, RISK, NONE), _turn("a", 4, NONE, ON), _turn("c", 2, RISK, OFF)]


def test_a_turn_is_kept_whenever_a_computed_band_becomes_another_one(database: Database) -> None:
    told = _lived(database)
    assert _turns(database, "a", "b", "c") == told
    assert _turns(database, "b", "c", "nobody") == told[3:]
    assert _turns(database, "a", since=FIRST + timedelta(hours=3)) == told[1:3]


def test_a_past_moment_an_override_and_a_worker_of_the_version_before_tell_of_none(database: Database) -> None:
    told = _lived(database)
    _save(database, 2, _score("a", OFF, 7))  # a past moment, scored late
    _save(database, 5, _score("a", ON, 8, shown=OFF))
    with database.transaction() as conn:
        conn.execute(update(newest_scores).where(newest_scores.c.node == "b").values(standing=""))
    _save(database, 6, _score("b", RISK, 9))
    assert _turns(database, "a", "b", "c") == told


def test_the_same_moment_scored_anew_tells_what_is_true_then(database: Database) -> None:
    _lived(database)
    _save(database, 9, _score("c", RISK, 50))
    _save(database, 9, _score("c", ON, 51))
    assert _turns(database, "c")[1:] == [_turn("c", 9, OFF, ON)]


def test_what_older_versions_scored_is_told_from_their_scores(database: Database) -> None:
    told = _lived(database)
    with database.transaction() as conn:
        conn.execute(delete(band_turns))
        importlib.import_module("store.migrations.versions.0036_band_turns").fill(conn)
    assert _turns(database, "a", "b", "c") == told
