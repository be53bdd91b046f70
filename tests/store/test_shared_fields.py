"""Records that are read have the names of their given fields in common, and stay as independent as any."""

from bench.portfolio import TOOL, made_records
from model.work import WorkItem
from store.database import Database

NUMBERS = range(1, 9)


def _read(database: Database) -> tuple[WorkItem, ...]:
    made = made_records(0, len(NUMBERS))
    with database.begin() as uow:
        uow.records.save(made, known_at=max(item.updated_at for item in made.items))
    with database.read() as uow:
        return uow.records.items([item.id for item in made.items])


def test_items_that_were_given_the_same_fields_hold_one_set_of_their_names(database: Database) -> None:
    items = _read(database)
    assert len(items) == len(NUMBERS)
    assert {item.connection for item in items} == {TOOL}
    sets = {id(item.model_fields_set): item.model_fields_set for item in items}
    assert len(sets) == len({frozenset(names) for names in sets.values()})
    assert len(sets) < len(items)


def test_a_changed_copy_leaves_the_others_alone(database: Database) -> None:
    first, *others = _read(database)
    before = [set(item.model_fields_set) for item in others]
    spent = {"spent_hours": 7.5}
    assert not spent.keys() & first.model_fields_set
    changed = first.model_copy(update=spent)
    assert spent.keys() <= changed.model_fields_set
    assert not spent.keys() & first.model_fields_set
    assert [item.model_fields_set for item in others] == before
    assert set(others[0].model_dump(exclude_unset=True)) == before[0]
