"""What must hold of the records whatever is saved, in whatever order."""

import re
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.landscape import ProjectRecords
from model.sync import Records
from model.work import ContainerKind
from store.database import Database
from tests.support.made_records import day, made_change, made_item, made_membership

# One database serves all examples of a test: each example has a connection of its own.
SHARED = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_NUMBERS = count()

_version = st.tuples(
    st.integers(0, 2),  # which item
    st.sampled_from(["A", "B", "C"]),  # title
    st.integers(0, 3),  # how many changes it has had
    st.sets(st.sampled_from(["CRM", "OPS"]), min_size=1),  # containers it was ever in
    st.booleans(),  # whether the history is complete
)
versions = st.lists(_version, min_size=1, max_size=6)


def records_of(version: Any, connection: str, step: int) -> Records:
    """The records of one item's version; its time of change rises with the step."""
    number, title, changes, containers, complete = version
    item = made_item(number, connection=connection, title=title, updated_at=day(step))
    return Records(
        items=(item,),
        changes=tuple(made_change(item, n) for n in range(changes)),
        memberships=tuple(made_membership(item, f"{connection}:project:{name}") for name in sorted(containers)),
        complete_history_of=(item.id,) if complete else (),
    )


def everything(database: Database, connection: str, known_at: float | None = None) -> ProjectRecords:
    containers = [f"{connection}:project:{name}" for name in ("CRM", "OPS")]
    with database.read() as uow:
        return uow.records.project_records("n", containers, known_at=None if known_at is None else day(known_at))


@SHARED
@given(versions=versions)
def test_saving_the_same_again_changes_nothing_and_says_so(database: Database, versions: Any) -> None:
    connection = f"c{next(_NUMBERS)}"
    newest = {version[0]: version for version in versions}
    for step, version in enumerate(newest.values()):
        with database.begin() as uow:
            uow.records.save(records_of(version, connection, step), known_at=day(step))
    before = everything(database, connection)
    for step, version in enumerate(newest.values()):
        with database.begin() as uow:
            saved = uow.records.save(records_of(version, connection, step), known_at=day(50))
        assert (saved.created, saved.updated) == ((), ())
        assert saved.unchanged == (f"{connection}:item:{version[0]}",)
    assert everything(database, connection) == before
    assert everything(database, connection, 49) == before


@SHARED
@given(versions=versions)
def test_later_saves_do_not_change_what_was_known_before(database: Database, versions: Any) -> None:
    connection = f"c{next(_NUMBERS)}"
    seen = []
    for step, version in enumerate(versions):
        with database.begin() as uow:
            uow.records.save(records_of(version, connection, step), known_at=day(step))
            if step % 3 == 2:
                uow.records.mark_gone([f"{connection}:item:{version[0]}"], at=day(step), known_at=day(step + 0.2))
        seen.append(everything(database, connection, step + 0.5))
        assert seen[-1] == everything(database, connection)
    for step, known in enumerate(seen):
        assert everything(database, connection, step + 0.5) == known


@SHARED
@given(versions=versions, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_batches_does_not_matter_for_the_present(database: Database, versions: Any, shuffle: Any) -> None:
    complete = [(*version[:4], True) for version in versions]
    found = []
    for reorder in (False, True):
        connection = f"c{next(_NUMBERS)}"
        batches = [(step, records_of(version, connection, step)) for step, version in enumerate(complete)]
        if reorder:
            shuffle.shuffle(batches)
        for step, batch in batches:
            with database.begin() as uow:
                uow.records.save(batch, known_at=day(step))
        text = everything(database, connection).model_dump_json(exclude={"first_known_at"})
        found.append(re.sub(rf"\b{connection}\b", "c", text))
    assert found[0] == found[1]


@SHARED
@given(versions=versions)
def test_nothing_that_was_ever_saved_is_lost(database: Database, versions: Any) -> None:
    connection = f"c{next(_NUMBERS)}"
    for step, version in enumerate(versions):
        with database.begin() as uow:
            uow.records.save(records_of(version, connection, step), known_at=day(step))
    for step, version in enumerate(versions):
        records = records_of(version, connection, step)
        found = {history.item.id: history for history in everything(database, connection, step).items}
        history = found[records.items[0].id]
        assert history.item == records.items[0]
        assert set(records.changes) <= set(history.changes)
        assert {m.container_kind for m in history.memberships} == {ContainerKind.PROJECT}
