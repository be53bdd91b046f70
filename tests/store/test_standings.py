"""How nodes stand, kept beside their newest scores: as the scores say it, also of those from before it was kept."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module

from sqlalchemy import update

from model.health import Band, Basis, Finding, NodeScore, Outcome, RollupResult, ScoredDimension, Value
from store.database import Database
from store.score_numbers import Load, Standing, standing_of
from store.scores import TrendPoint
from store.tables import newest_scores

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LOAD = {"people": Value(4, "people"), "worst_load": Value(1.25, "share"), "other": Value(3, "items")}


def _score(node: str, score: float | None, declared: Band | None = None) -> NodeScore:
    finding = Finding(
        dimension="resources", version=1, outcome=Outcome.MEASURED, score=50, reason="full", reason_code="full",
        values=LOAD,
    )
    one = ScoredDimension(finding=finding, weight=1, effective_weight=1, measured_share=1, own=True)
    return NodeScore(
        id=node, kind="project", name=f"Project {node}", parent=None, score=score, band=Band.AT_RISK,
        computed_band=Band.AT_RISK, coverage=1, trust=1, basis=Basis.OBSERVED, policy="p", dimensions=(one,),
        declared_band=declared, declared_at=None if declared is None else NOW,
    )  # fmt: skip


def _kept(database: Database) -> dict[str, Standing]:
    nodes = (_score("a", 61.5, Band.ON_TRACK), _score("b", None))
    with database.begin() as uow:
        uow.scores.save(RollupResult(as_of=NOW, known_at=NOW, policy="p", nodes=nodes))
    with database.read() as uow:
        return uow.brief_scores.standings(["a", "b", "never"])


def test_how_a_node_stands_is_what_its_score_says(database: Database) -> None:
    found = _kept(database)
    assert set(found) == {"a", "b"}
    one = found["a"]
    assert (one.name, one.score, one.band, one.declared_band) == ("Project a", 61.5, Band.AT_RISK, Band.ON_TRACK)
    assert one.load == Load(people=LOAD["people"], worst_load=LOAD["worst_load"])
    assert (found["b"].score, found["b"].declared_band) == (None, None)


def test_scores_from_before_it_was_kept_are_read_the_same(database: Database) -> None:
    found = _kept(database)
    made = import_module("store.migrations.versions.0032_standing")
    for node in (_score("a", 61.5, Band.ON_TRACK), _score("b", None)):
        body = json.loads(node.model_dump_json(exclude_defaults=True))
        assert standing_of(json.dumps(made._standing(body))) == found[node.id]


def test_what_a_version_before_wrote_meanwhile_is_left_out(database: Database) -> None:
    _kept(database)
    with database.transaction() as conn:
        conn.execute(update(newest_scores).where(newest_scores.c.node == "a").values(standing=""))
    with database.read() as uow:
        assert set(uow.brief_scores.standings(["a", "b"])) == {"b"}


def _point(day: int, score: float) -> TrendPoint:
    return TrendPoint(at=NOW + timedelta(days=day), score=score, band=Band.AT_RISK, basis=Basis.OBSERVED)


def test_the_last_point_of_each_node_is_found_whenever_it_was(database: Database) -> None:
    """Most have one at the same moment; others one after it, only earlier ones, or none so far."""
    points = {
        "a": (_point(-20, 1), _point(-13, 2), _point(-6, 3)),
        "earlier": (_point(-27, 4), _point(-20, 5)),
        "later": (_point(-13, 6), _point(-8, 7)),
        "then": (_point(-7, 8),),
        "since": (_point(-1, 9),),
    }
    with database.begin() as uow:
        uow.scores.save_trend([(node, one) for node, each in points.items() for one in each])
    for nodes in (["a", "earlier", "later", "then", "since", "never"], ["earlier", "later", "a"], ["never", "then"], []):
        with database.read() as uow:
            found = uow.brief_scores.points_at(nodes, before=NOW - timedelta(days=7))
        told = {"a": 2.0, "earlier": 5.0, "later": 7.0, "then": 8.0}
        assert {node: score for node, (_, score, _) in found.items()} == {
            node: told[node] for node in nodes if node in told
        }
