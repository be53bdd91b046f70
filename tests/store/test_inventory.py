"""What is held of a connection's items: for a census, and for the reading of histories."""

from typing import Any

from model.sync import Departure, Records, Skipped
from model.work import Allocation, Budget, BudgetKind
from store.database import Database
from tests.support.departures import gone_by_why
from tests.support.made_records import day, made_item, made_membership

CRM = "acme:project:10"
OPS = "acme:project:11"


def _save(database: Database, at: float, **fields: Any) -> None:
    with database.begin() as uow:
        uow.records.save(Records(**{name: tuple(values) for name, values in fields.items()}), known_at=day(at))


def test_a_known_item_says_where_it_is_now_and_whether_it_is_gone(database: Database) -> None:
    first, second = made_item(1, restricted=True), made_item(2, connection="other")
    moved = [made_membership(first, CRM, to_at=day(1)), made_membership(first, OPS, from_at=day(1))]
    _save(database, 2, items=[first, second], memberships=moved, complete_history_of=[first.id])
    with database.begin() as uow:
        uow.records.mark_gone([first.id], at=day(3), known_at=day(3))
    with database.read() as uow:
        (known,) = uow.inventory.known_items("acme")
    assert (known.id, known.key, known.containers) == (first.id, "CRM-1", (OPS,))
    assert (known.restricted, known.gone) == (True, True)


def test_histories_are_wanted_until_they_were_read_and_again_when_they_are_out_of_date(database: Database) -> None:
    old, new = made_item(1), made_item(2, updated_at=day(4))
    _save(database, 5, items=[old, new])

    def wanted() -> tuple[str, ...]:
        with database.read() as uow:
            return uow.inventory.without_history("acme")

    assert wanted() == ("2", "1")
    _save(database, 6, complete_history_of=[old.id, new.id])
    assert wanted() == ()
    with database.begin() as uow:
        uow.inventory.outdate_histories([old.id])
    assert wanted() == ("1",)
    _save(database, 7, complete_history_of=[old.id])
    assert wanted() == ()


def test_what_is_below_an_ancestor_is_wanted_right_behind_it(database: Database) -> None:
    top = made_item(1)
    below = made_item(2, parent_id=top.id, updated_at=day(4))
    other = made_item(3, updated_at=day(3))
    deeper, outside = made_item(4, parent_id=below.id, updated_at=day(2)), made_item(5, parent_id="acme:item:9")
    _save(database, 5, items=[top, below, other, deeper, outside])
    with database.read() as uow:
        assert uow.inventory.without_history("acme") == ("1", "2", "4", "3", "5")


def test_items_that_are_each_others_parents_are_wanted_once_each(database: Database) -> None:
    _save(database, 5, items=[made_item(1, parent_id="acme:item:2"), made_item(2, parent_id="acme:item:1")])
    with database.read() as uow:
        assert sorted(uow.inventory.without_history("acme")) == ["1", "2"]


def test_the_history_of_a_gone_item_is_not_wanted(database: Database) -> None:
    _save(database, 1, items=[made_item(1)])
    with database.begin() as uow:
        uow.records.mark_gone(["acme:item:1"], at=day(2), known_at=day(2))
        assert uow.inventory.without_history("acme") == ()


def test_why_an_item_is_gone_is_kept(database: Database) -> None:
    _save(database, 1, items=[made_item(number) for number in range(1, 4)])
    with database.begin() as uow:
        uow.records.mark_gone(["acme:item:1"], at=day(2), known_at=day(2), why=Departure.HIDDEN)
        uow.records.mark_gone(["acme:item:2", "acme:item:3"], at=day(2), known_at=day(2))
    assert gone_by_why(database, "acme") == {"gone_or_hidden": 1, "deleted": 2}


def _unseen(database: Database, known_at: float | None = None) -> int:
    with database.read() as uow:
        at = None if known_at is None else day(known_at)
        return uow.records.project_records("crm", [CRM], known_at=at).skipped


def test_an_unreadable_item_lowers_trust_where_it_would_have_counted_until_it_is_readable(database: Database) -> None:
    skip = Skipped(item="acme:CRM-9", why="The date can't be read.", item_id="acme:item:9", containers=(CRM,))
    with database.begin() as uow:
        uow.skipped.save("acme", [skip, skip], readable=(), known_at=day(1))
        uow.skipped.save("acme", [skip], readable=(), known_at=day(2))
    assert _unseen(database) == 1
    with database.begin() as uow:
        assert uow.skipped.all("acme") == (skip,)
        uow.skipped.save("acme", [], readable=["acme:item:9"], known_at=day(3))
    assert (_unseen(database), _unseen(database, known_at=2)) == (0, 1)


def test_a_hidden_item_lowers_trust_and_a_deleted_one_does_not(database: Database) -> None:
    items = [made_item(1), made_item(2)]
    _save(database, 1, items=items, memberships=[made_membership(item, CRM) for item in items])
    with database.begin() as uow:
        uow.records.mark_gone([items[0].id], at=day(2), known_at=day(2), why=Departure.HIDDEN)
        uow.records.mark_gone([items[1].id], at=day(2), known_at=day(2))
    assert _unseen(database) == 1


def test_a_budget_that_a_complete_list_no_longer_names_is_retracted(database: Database) -> None:
    budget = Budget(id="acme:budget:1", connection="acme", project_id=CRM, kind=BudgetKind.TIME, planned=40.0)
    _save(database, 1, budgets=[budget], complete_budgets_of=[CRM])
    with database.read() as uow:
        assert uow.records.budgets([CRM]) == (budget,)
    with database.begin() as uow:
        saved = uow.records.save(Records(complete_budgets_of=(CRM,)), known_at=day(2))
        assert uow.records.budgets([CRM]) == ()
    assert saved.subjects == (CRM,)


def test_an_allocation_is_found_by_its_project(database: Database) -> None:
    planned = Allocation(
        id="acme:allocation:1", connection="acme", project_id=CRM, person_id="acme:person:ada", percent=50.0
    )
    _save(database, 1, allocations=[planned])
    with database.read() as uow:
        assert uow.records.allocations([CRM, OPS]) == (planned,)
