"""Goals and allocations as they were known, and what they touch."""

from model.sync import Records
from model.work import Allocation, Goal
from service.plans import planned_ever, planned_time
from store.database import Database
from tests.support.made_records import day

PROJECT = "acme:project:10"
CONTAINERS = {"alpha": (PROJECT,), "beta": ("acme:project:11",)}


def _goal(current: float) -> Goal:
    return Goal(id="acme:goal:1", connection="acme", name="Revenue", initial=0, current=current, target=10)


def _allocation(number: int, person: str | None, **fields: object) -> Allocation:
    values = {"id": f"acme:allocation:{number}", "connection": "acme", "project_id": PROJECT, "person_id": person}
    return Allocation.model_validate({**values, **fields})


def _save(database: Database, at: float, **fields: object) -> tuple[str, ...]:
    with database.begin() as uow:
        return uow.records.save(Records.model_validate(fields), known_at=day(at)).subjects


def test_every_version_of_a_goal_is_kept_with_its_time_and_a_change_is_told(database: Database) -> None:
    assert _save(database, 1, goals=(_goal(2),)) == ("acme:goal:1",)
    assert _save(database, 3, goals=(_goal(2),)) == ()
    assert _save(database, 5, goals=(_goal(8),)) == ("acme:goal:1",)
    with database.read() as uow:
        versions = uow.records.goal_versions()
        then = uow.records.goal_versions(known_at=day(4))
    assert [(one.goal.current, one.from_at, one.to_at) for one in versions] == [(2, day(1), day(5)), (8, day(5), None)]
    assert [(one.goal.current, one.from_at, one.to_at) for one in then] == [(2, day(1), None)]


def test_allocations_are_tied_to_the_nodes_that_their_project_feeds(database: Database) -> None:
    ada, placeholder = _allocation(1, "acme:person:ada", percent=50), _allocation(2, None, hours=8)
    _save(database, 1, allocations=(ada, placeholder), complete_allocations_of=(PROJECT,))
    with database.read() as uow:
        (planned,) = planned_time(uow, CONTAINERS, None)
    assert (planned.account, planned.nodes, planned.percent) == ("acme:person:ada", ("alpha",), 50)


def test_who_was_once_planned_is_remembered_where_a_change_may_concern_them_elsewhere(database: Database) -> None:
    _save(database, 1, allocations=(_allocation(1, "acme:person:ada"),), complete_allocations_of=(PROJECT,))
    assert _save(database, 2, complete_allocations_of=(PROJECT,)) == (PROJECT,)
    with database.read() as uow:
        assert planned_time(uow, CONTAINERS, None) == ()
        assert [one.account for one in planned_time(uow, CONTAINERS, day(1))] == ["acme:person:ada"]
        assert planned_ever(uow, CONTAINERS) == {"alpha": ("acme:person:ada",)}
