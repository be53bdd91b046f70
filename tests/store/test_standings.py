"""How nodes stand, kept beside their newest scores: as the scores say it, also of those from before it was kept."""

import json
from datetime import UTC, datetime
from importlib import import_module

from sqlalchemy import update

from model.health import Band, Basis, Finding, NodeScore, Outcome, RollupResult, ScoredDimension, Value
from store.database import Database
from store.score_numbers import Standing, standing_of
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
    assert one.load.values() == {"people": LOAD["people"], "worst_load": LOAD["worst_load"]}
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
