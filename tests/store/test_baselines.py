"""Baselines: proposed, approved, superseded; and as they stood at a past moment."""

from datetime import UTC, date, datetime, timedelta

from model.baseline import BaselinePlan, PlannedItem, PlannedMilestone, held_at
from model.sync import Records
from model.tree import Budget
from model.work import Budget as KeptBudget
from model.work import BudgetKind
from store.database import Database

AT = datetime(2026, 3, 1, tzinfo=UTC)
PLAN = BaselinePlan(
    as_of=AT,
    start_on=date(2026, 1, 1),
    target_on=date(2026, 12, 1),
    budget=Budget(amount=100, currency="EUR"),
    items=(PlannedItem(id="a", due_on=date(2026, 5, 1), points=3.0), PlannedItem(id="b", hours=8.0)),
    milestones=(PlannedMilestone(id="m", due_on=date(2026, 6, 1)),),
)


def _later(days: int) -> datetime:
    return AT + timedelta(days=days)


def test_a_baseline_comes_back_as_it_was_set(database: Database) -> None:
    with database.begin() as uow:
        made = uow.baselines.propose("alpha", PLAN, by="bo", at=AT, reason=None)
    with database.read() as uow:
        assert uow.baselines.of("alpha") == (made,)
        assert uow.baselines.of("beta") == ()
    assert made.plan == PLAN
    assert made.proposed


def test_nothing_holds_before_it_is_approved_and_only_one_after(database: Database) -> None:
    with database.begin() as uow:
        assert not uow.baselines.approve("alpha", by="ada", at=AT)
        for number in range(2):
            uow.baselines.propose("alpha", PLAN, by="bo", at=_later(10 * number), reason="more")
            assert uow.baselines.approve("alpha", by="ada", at=_later(10 * number + 1))
        assert not uow.baselines.approve("alpha", by="ada", at=_later(12))
    with database.read() as uow:
        known = uow.baselines.of("alpha")
    held = [held_at(known, _later(days)) for days in (0, 1, 10, 11, 90)]
    assert [one.number if one else None for one in held] == [None, 1, 1, 2, 2]


def test_a_new_proposal_takes_the_place_of_one_that_waits(database: Database) -> None:
    with database.begin() as uow:
        for days in (0, 1):
            uow.baselines.propose("alpha", PLAN, by="bo", at=_later(days), reason=None)
        uow.baselines.approve("alpha", by="ada", at=_later(2))
    with database.read() as uow:
        first, second = uow.baselines.of("alpha")
    assert (first.approved_at, first.superseded_at) == (None, _later(1))
    assert (second.approved_by, second.approved_at) == ("ada", _later(2))


def test_a_past_moment_knows_nothing_of_what_came_later(database: Database) -> None:
    with database.begin() as uow:
        uow.baselines.propose("alpha", PLAN, by="bo", at=AT, reason=None)
        uow.baselines.approve("alpha", by="ada", at=_later(2))
        uow.baselines.propose("alpha", PLAN, by="bo", at=_later(4), reason="more")
        uow.baselines.approve("alpha", by="ada", at=_later(6))
    with database.read() as uow:
        assert uow.baselines.of("alpha", known_at=_later(-1)) == ()
        (proposed,) = uow.baselines.of("alpha", known_at=_later(1))
        assert proposed.proposed
        first, second = uow.baselines.of("alpha", known_at=_later(5))
        assert first.superseded_at is None
        assert second.proposed


def test_the_records_of_a_project_carry_its_baselines(database: Database) -> None:
    with database.begin() as uow:
        made = uow.baselines.propose("alpha", PLAN, by="bo", at=AT, reason=None)
    with database.read() as uow:
        assert uow.records.project_records("alpha", ()).baselines == (made,)


def test_budgets_of_the_tools_are_kept_with_the_time_they_were_seen(database: Database) -> None:
    for days, planned in ((0, 100.0), (10, 120.0)):
        budget = KeptBudget(
            id="acme:budget:1", connection="acme", project_id="acme:project:1", kind=BudgetKind.TIME, planned=planned
        )
        records = Records(budgets=(budget,), complete_budgets_of=("acme:project:1",))
        with database.begin() as uow:
            uow.records.save(records, known_at=_later(days))
    with database.read() as uow:
        seen = uow.records.project_records("alpha", ("acme:project:1",)).budgets
        assert [(one.budget.planned, one.from_at) for one in seen] == [(100, AT), (120, _later(10))]
        assert [one.to_at is None for one in seen] == [False, True]
        (then,) = uow.records.project_records("alpha", ("acme:project:1",), known_at=_later(5)).budgets
        assert then.budget.planned == 100
