"""Decisions: kept as they were made, numbered by node, never changed."""

from datetime import UTC, datetime

from model.decision import Asked, Decision, Weighed
from store.database import Database

DECISION = Decision(
    node="growth",
    number=1,
    at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    by="Ada",
    reason="the board's say",
    asked=Asked(budget=100.0, unit="EUR", capacity=("backend=+20%",), require=("a",)),
    candidates=(Weighed(id="a", name="A", value=5.0, cost=40.0, risk=0.1, mandatory=True), Weighed(id="b", name="B")),
    proposal=("a",),
    proposal_value=5.0,
    proposal_gap=0.0,
    chosen=("a", "b"),
    value=5.0,
    cost=40.0,
    broken=("over budget",),
)


def test_decisions_come_back_as_they_were_made_and_are_numbered_by_node(database: Database) -> None:
    with database.begin() as uow:
        first = uow.decisions.add(DECISION)
        second = uow.decisions.add(DECISION.model_copy(update={"by": "Bo", "chosen": ()}))
        other = uow.decisions.add(DECISION.model_copy(update={"node": "run"}))
    assert (first.number, second.number, other.number) == (1, 2, 1)
    with database.read() as uow:
        assert uow.decisions.of("growth") == (first, second)
        assert uow.decisions.of("nobody") == ()
    assert first == DECISION
