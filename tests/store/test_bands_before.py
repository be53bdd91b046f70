"""What was declared and computed of a node before a moment: all of it, the newest first, however many scores there are."""

from datetime import UTC, datetime, timedelta

from model.health import Band, Basis, NodeScore, RollupResult
from store.database import Database

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SCORES = 120
BANDS = (Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK)


def _score(node: str, number: int) -> NodeScore:
    return NodeScore(
        id=node, kind="project", name=node, parent=None, score=float(number % 100), band=BANDS[number % 3],
        computed_band=BANDS[number % 3], coverage=1, trust=1, basis=Basis.OBSERVED, policy="p",
        declared_band=None if number % 4 else Band.ON_TRACK, declared_at=None if number % 4 else FIRST,
    )  # fmt: skip


def test_every_score_before_the_moment_and_none_besides(database: Database) -> None:
    moments = [FIRST + timedelta(hours=number) for number in range(SCORES)]
    for number, at in enumerate(moments):
        with database.begin() as uow:
            nodes = (_score("a", number), _score("b", number + 1))
            uow.scores.save(RollupResult(as_of=at, known_at=at, policy="p", nodes=nodes))
    with database.read() as uow:
        found = list(uow.brief_scores.bands_before("a", moments[-1], since=moments[3]))
        none = list(uow.brief_scores.bands_before("a", moments[3], since=moments[3]))
        second = next(uow.brief_scores.bands_before("b", moments[-1], since=FIRST))
    assert [one.as_of for one in found] == moments[3:-1][::-1]
    for one in found:
        number = moments.index(one.as_of)
        told = _score("a", number)
        assert (one.computed_band, one.declared_band, one.declared_at) == (
            told.computed_band, told.declared_band, told.declared_at,
        )  # fmt: skip
    assert none == []
    assert second.computed_band is BANDS[(SCORES - 1) % 3]


def test_the_first_score_of_each_node_and_of_none_that_never_had_one(database: Database) -> None:
    for number in (2, 0, 1):
        at = FIRST + timedelta(hours=number)
        nodes = (_score("a", number), *((_score("b", number),) if number else ()))
        with database.begin() as uow:
            uow.scores.save(RollupResult(as_of=at, known_at=at, policy="p", nodes=nodes))
    with database.read() as uow:
        assert uow.brief_scores.first_of(["a", "b", "c"]) == {"a": FIRST, "b": FIRST + timedelta(hours=1)}
