"""What saving records does to the present, to the past, and to what is reported."""

import pytest

from model.errors import UsageError
from model.landscape import ProjectRecords
from model.sync import Records
from model.work import ChangeField, ContainerKind, Iteration, IterationState, Milestone
from store.database import Database
from tests.support.made_records import day, made_change, made_item, made_link, made_membership

CRM = "acme:project:CRM"
OPS = "acme:project:OPS"


def node(database: Database, *containers: str, known_at: float | None = None) -> ProjectRecords:
    with database.read() as uow:
        moment = None if known_at is None else day(known_at)
        return uow.records.project_records("n", containers, known_at=moment)


def save(database: Database, known_at: float, **parts: object) -> tuple[tuple[str, ...], ...]:
    """Saved as (created, updated, unchanged)."""
    with database.begin() as uow:
        saved = uow.records.save(Records.model_validate(parts), known_at=day(known_at))
    return saved.created, saved.updated, saved.unchanged


def test_a_new_item_is_created_then_unchanged_then_updated(database: Database) -> None:
    item = made_item(1)
    assert save(database, 1, items=[item]) == ((item.id,), (), ())
    assert save(database, 2, items=[item]) == ((), (), (item.id,))
    assert save(database, 3, items=[made_item(1, title="Other")]) == ((), (item.id,), ())


def test_a_new_change_counts_its_item_as_updated(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item])
    assert save(database, 2, changes=[made_change(item, 1)]) == ((), (item.id,), ())


def test_a_history_that_became_complete_counts_as_an_update_once(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], memberships=[made_membership(item, CRM)])
    assert not node(database, CRM).items[0].history_known
    parts = {"memberships": [made_membership(item, CRM)], "complete_history_of": [item.id]}
    assert save(database, 2, **parts) == ((), (item.id,), ())
    assert save(database, 3, **parts) == ((), (), (item.id,))
    assert node(database, CRM).items[0].history_known
    assert not node(database, CRM, known_at=1).items[0].history_known


def test_what_was_known_then_is_still_known_of_then(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], memberships=[made_membership(item, CRM)], complete_history_of=[item.id])
    before = node(database, CRM, known_at=1.5)
    later = made_item(1, title="Other", updated_at=day(2))
    moved = [made_membership(item, CRM, to_at=day(2)), made_membership(item, OPS, from_at=day(2))]
    save(database, 2, items=[later], changes=[made_change(item, 2)], memberships=moved, complete_history_of=[item.id])
    assert node(database, CRM, known_at=1.5) == before
    assert node(database, OPS, known_at=1.5).items == ()
    assert node(database, CRM).items[0].memberships[0].to_at == day(2)
    assert node(database, OPS).items[0].item == later
    assert node(database, CRM, known_at=0.5).items == ()


def test_a_complete_history_retracts_what_it_does_not_name(database: Database) -> None:
    item, other = made_item(1), made_item(2)
    save(
        database,
        1,
        items=[item, other],
        changes=[made_change(item, 1), made_change(item, 2), made_change(other, 1)],
        memberships=[made_membership(item, CRM), made_membership(other, CRM)],
        links=[made_link(item, other)],
        complete_history_of=[item.id, other.id],
    )
    save(
        database,
        2,
        items=[item],
        changes=[made_change(item, 2)],
        memberships=[made_membership(item, CRM)],
        complete_history_of=[item.id],
    )
    first, second = node(database, CRM).items
    assert [change.id for change in first.changes] == [made_change(item, 2).id]
    assert [change.id for change in second.changes] == [made_change(other, 1).id]
    assert len(node(database, CRM, known_at=1).items[0].changes) == 2
    with database.read() as uow:
        assert [link.id for link in uow.records.links()] == ["acme:link:1-2"]  # the item it ends at tells of it
    save(
        database,
        3,
        items=[other],
        changes=[made_change(other, 1)],
        memberships=[made_membership(other, CRM)],
        complete_history_of=[other.id],
    )
    with database.read() as uow:
        assert uow.records.links() == ()
        assert uow.records.links(known_at=day(1)) == (made_link(item, other),)


def test_a_link_that_differs_touches_both_its_ends(database: Database) -> None:
    item, other = made_item(1), made_item(2)
    save(database, 1, items=[item, other])
    assert save(database, 2, items=[item], links=[made_link(item, other)]) == ((), (item.id, other.id), ())


def test_a_present_state_gives_up_what_it_no_longer_names(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], memberships=[made_membership(item, CRM)])
    save(database, 2, items=[item], memberships=[made_membership(item, OPS)])
    assert node(database, CRM).items == ()
    assert len(node(database, CRM, known_at=1).items) == 1
    assert len(node(database, OPS).items) == 1


def test_a_present_state_leaves_intervals_told_by_history(database: Database) -> None:
    item = made_item(1)
    told = [made_membership(item, CRM, to_at=day(3)), made_membership(item, OPS, from_at=day(3))]
    save(database, 5, items=[item], memberships=told, complete_history_of=[item.id])
    save(database, 6, items=[item], memberships=[made_membership(item, OPS), made_membership(item, CRM)])
    assert node(database, OPS).items[0].memberships == (told[1],)
    intervals = node(database, CRM).items[0].memberships
    assert [(m.from_at, m.to_at) for m in intervals] == [(day(0), day(3)), (day(3), None)]


def test_a_history_confirms_what_a_present_state_told_without_a_new_version(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], memberships=[made_membership(item, CRM)])
    save(database, 2, memberships=[made_membership(item, CRM)], complete_history_of=[item.id])
    save(database, 3, items=[item], memberships=[made_membership(item, OPS)])
    assert len(node(database, CRM).items) == 1


def test_a_gone_item_keeps_everything_and_can_come_back(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], changes=[made_change(item, 1)], memberships=[made_membership(item, CRM)])
    with database.begin() as uow:
        assert uow.records.mark_gone([item.id, "acme:item:9"], at=day(2), known_at=day(3)) == (item.id,)
        assert uow.records.mark_gone([item.id], at=day(2), known_at=day(4)) == ()
        assert uow.records.item_count("acme") == 0
    found = node(database, CRM).items[0]
    assert (found.deleted_at, len(found.changes)) == (day(2), 1)
    assert node(database, CRM, known_at=2.5).items[0].deleted_at is None
    assert save(database, 5, items=[item]) == ((), (item.id,), ())
    assert node(database, CRM).items[0].deleted_at is None
    assert node(database, CRM, known_at=4).items[0].deleted_at == day(2)


def test_a_rebuild_from_kept_payloads_brings_no_gone_item_back(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], memberships=[made_membership(item, CRM)])
    with database.begin() as uow:
        uow.records.mark_gone([item.id], at=day(2), known_at=day(2))
        uow.records.save(Records(items=(item,)), known_at=day(3), seen_now=False)
    assert node(database, CRM).items[0].deleted_at == day(2)


def test_older_knowledge_that_comes_late_changes_nothing(database: Database) -> None:
    item = made_item(1, title="New", updated_at=day(4))
    save(database, 5, items=[item], memberships=[made_membership(item, CRM)], complete_history_of=[item.id])
    stale = made_item(1, title="Old", updated_at=day(1))
    assert save(database, 3, items=[stale], complete_history_of=[item.id]) == ((), (), (item.id,))
    assert node(database, CRM).items[0].item == item


def test_an_item_is_found_by_id_ref_key_vendor_id_and_old_key(database: Database) -> None:
    item = made_item(7)
    moved = made_change(item, 1, field=ChangeField.KEY, old="OLD-3", new="CRM-7")
    save(database, 1, items=[item, made_item(8)], changes=[moved])
    with database.read() as uow:
        for label in (item.id, "acme:CRM-7", "CRM-7", "acme:7", "OLD-3", "acme:OLD-3"):
            assert uow.records.item(label) == item
        assert uow.records.item("CRM-99") is None
        assert uow.records.item_by_label("other", "CRM-7") is None


def test_a_key_of_two_connections_is_ambiguous(database: Database) -> None:
    save(database, 1, items=[made_item(1), made_item(1, connection="other")])
    with database.read() as uow, pytest.raises(UsageError, match="acme:CRM-1, other:CRM-1"):
        uow.records.item("CRM-1")


def test_an_item_container_means_every_descendant_now_or_before(database: Database) -> None:
    epic, story = made_item(1), made_item(2, parent_id="acme:item:1")
    task, former = made_item(3, parent_id=story.id), made_item(4)
    left = made_change(former, 1, field=ChangeField.PARENT, old=epic.id, new=None)
    save(database, 1, items=[epic, story, task, former, made_item(5)], changes=[left])
    container = f"item:{epic.id}"
    assert [found.item.id for found in node(database, container).items] == [story.id, task.id, former.id]
    with database.read() as uow:
        touched = uow.records.nodes_touched([task.id], {"a": [container], "b": [f"item:{former.id}"]})
        assert touched == {"a"}


def test_parents_in_a_circle_do_not_hang(database: Database) -> None:
    save(database, 1, items=[made_item(1, parent_id="acme:item:2"), made_item(2, parent_id="acme:item:1")])
    assert [found.item.id for found in node(database, "item:acme:item:1").items] == ["acme:item:2"]
    with database.read() as uow:
        assert uow.records.nodes_touched(["acme:item:1"], {"a": ["item:acme:item:2"]}) == {"a"}


def test_a_node_an_item_has_left_is_touched_too(database: Database) -> None:
    item = made_item(1)
    save(database, 1, items=[item], memberships=[made_membership(item, CRM)])
    save(database, 2, items=[item], memberships=[made_membership(item, OPS)])
    with database.read() as uow:
        touched = uow.records.nodes_touched([item.id], {"crm": [CRM], "ops": [OPS], "else": ["x"]})
    assert touched == {"crm", "ops"}


def test_a_node_knows_its_milestones_and_its_items_iterations(database: Database) -> None:
    item = made_item(1)
    sprint = Iteration(id="acme:iteration:5", connection="acme", name="S5", state=IterationState.ACTIVE)
    own = Milestone(id="acme:milestone:1", connection="acme", project_id=CRM, name="1.0")
    other = Milestone(id="acme:milestone:2", connection="acme", project_id=OPS, name="2.0")
    in_sprint = made_membership(item, sprint.id, container_kind=ContainerKind.ITERATION)
    save(
        database,
        1,
        items=[item],
        memberships=[made_membership(item, CRM), in_sprint],
        iterations=[sprint],
        milestones=[own, other],
    )
    found = node(database, CRM)
    assert (found.milestones, found.iterations, found.first_known_at) == ((own,), (sprint,), day(1))
    assert len(found.items[0].memberships) == 1
