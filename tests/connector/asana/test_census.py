"""The census: what left the tool, told apart by what the tool says."""

import pytest

from model.errors import RetryableError

BOTH = ("LAUNCH", "BRAND")
LISTS = ("deleted", "moved", "archived", "gone_or_hidden", "back")


def item(bench, key):
    return f"acme-asana:item:{bench.gid(key)}"


def started(bench, *keys):
    kept = bench.pull(bench.sources(*(keys or BOTH)))
    bench.clock.move(minutes=30)
    return kept


def count(bench, kept, known=None, keys=BOTH):
    held = kept.known(bench.connector) if known is None else known
    return bench.connector.census(bench.sources(*keys), held, reference=kept.reference(bench.connector))


def found(census):
    return {name: set(getattr(census, name)) for name in LISTS if getattr(census, name)}


def again(census, kind="task"):
    return {each.vendor_id for each in census.page.raw if each.kind == kind}


def test_where_nothing_changed_it_costs_one_pass_and_finds_nothing(bench):
    kept = started(bench)
    before = bench.requests()
    census = count(bench, kept)
    # Two projects, one list each, and one request for each of the two parents with subtasks.
    assert bench.requests() - before == 2 + 2 + 2
    assert (found(census), census.page.raw, census.checked) == ({}, (), 6)


DEEDS = {
    "a deleted task": (lambda b: b.space.delete_task("LAUNCH-4", by="ada"), {"deleted": {"LAUNCH-4"}}, set()),
    "a deleted parent": (
        lambda b: b.space.delete_task("LAUNCH-2", by="ada"), {"deleted": {"LAUNCH-2", "LAUNCH-5"}}, set(),
    ),
    "another section": (
        lambda b: b.space.add_to_project("LAUNCH-4", "LAUNCH", by="ada", section="Doing"), {}, {"LAUNCH-4"},
    ),
    "a changed subtask": (lambda b: b.space.edit_task("LAUNCH-5", by="ada", name="Other"), {}, {"LAUNCH-5"}),
    "taken out of the project": (
        lambda b: b.space.remove_from_project("BRAND-1", "BRAND", by="ada"), {"moved": {"BRAND-1"}}, set(),
    ),
    "an archived project": (lambda b: b.space.archive_project("BRAND", by="ada"), {"archived": {"BRAND-1"}}, set()),
    "a hidden project": (lambda b: b.space.hide_project("BRAND"), {"gone_or_hidden": {"BRAND-1"}}, set()),
    "a deleted project": (
        lambda b: b.space.delete_project("BRAND", by="ada"), {"gone_or_hidden": {"BRAND-1"}}, {"LAUNCH-1"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEEDS)
def test_what_happened_is_told_apart(bench, name):
    deed, told, read = DEEDS[name]
    kept = started(bench)
    ids = {key: item(bench, key) for key in bench.space.keys}
    read_again = {bench.gid(key) for key in read}
    deed(bench)
    census = count(bench, kept)
    assert found(census) == {verdict: {ids[key] for key in keys} for verdict, keys in told.items()}
    below = {bench.gid("LAUNCH-2"), bench.gid("LAUNCH-5")} if "LAUNCH-1" in read else set()
    assert again(census) == read_again | below
    assert again(census, "stories") == again(census)


def test_a_task_that_is_still_there_but_hidden_is_not_called_deleted(bench):
    kept = started(bench)
    bench.space.hides = lambda thing: getattr(thing, "gid", "") == bench.gid("LAUNCH-4")
    del bench.space.project("LAUNCH").tasks[bench.gid("LAUNCH-4")]
    assert found(count(bench, kept)) == {"gone_or_hidden": {item(bench, "LAUNCH-4")}}


def test_items_held_as_gone_that_are_there_are_back(bench):
    kept = started(bench)
    known = [
        each.model_copy(update={"gone": each.vendor_id == bench.gid("LAUNCH-4")}) for each in kept.known(bench.connector)
    ]
    census = count(bench, kept, known)
    assert found(census) == {"back": {item(bench, "LAUNCH-4")}}
    assert again(census) == {bench.gid("LAUNCH-4")}


def test_items_that_nobody_knew_are_back_and_come_whole(bench):
    kept = started(bench)
    known = [each for each in kept.known(bench.connector) if each.vendor_id != bench.gid("LAUNCH-5")]
    census = count(bench, kept, known)
    assert found(census) == {"back": {item(bench, "LAUNCH-5")}}
    body = next(each for each in census.page.raw if each.kind == "task").body
    assert body == kept.raw["task", bench.gid("LAUNCH-5")].body


def test_an_item_gone_already_is_not_told_a_second_time(bench):
    kept = started(bench)
    known = [
        each.model_copy(update={"gone": each.vendor_id == bench.gid("LAUNCH-4")}) for each in kept.known(bench.connector)
    ]
    bench.space.delete_task("LAUNCH-4", by="ada")
    assert found(count(bench, kept, known)) == {}


def test_an_archived_project_taken_back_brings_its_items_back(bench):
    kept = started(bench)
    known = [
        each.model_copy(update={"gone": each.vendor_id == bench.gid("BRAND-1")}) for each in kept.known(bench.connector)
    ]
    bench.space.archive_project("BRAND", by="ada")
    assert found(count(bench, kept, known)) == {}
    bench.space.archive_project("BRAND", by="ada", archived=False)
    assert found(count(bench, kept, known)) == {"back": {item(bench, "BRAND-1")}}


def test_many_at_once_are_exact_at_the_cost_of_one_pass_and_of_what_differs(bench):
    made = [bench.space.create_task("BRAND", f"Task {number}", by="ada").gid for number in range(60)]
    parents = made[:10]
    subtasks = [bench.space.create_subtask(gid, "Below", by="ada").gid for gid in parents for _ in range(2)]
    kept = started(bench)
    before = bench.requests()
    count(bench, kept)
    one_pass = bench.requests() - before
    deleted, moved = made[10:30], made[30:50]
    for gid in deleted:
        bench.space.delete_task(gid, by="ada")
    for gid in moved:
        bench.space.add_to_project(gid, "BRAND", by="ada", section="Doing")
    for gid in subtasks:
        bench.space.edit_task(gid, by="ada", name="Changed")
    before = bench.requests()
    census = count(bench, kept)
    spent = bench.requests() - before
    assert found(census) == {"deleted": {f"acme-asana:item:{gid}" for gid in deleted}}
    assert again(census) == {*moved, *subtasks}
    # 20 missing are asked for; what moved or changed came with the pass; 40 histories, 10 of parents.
    assert spent == one_pass + 20 + 40 + 10


def test_a_census_that_can_not_see_everything_concludes_nothing(bench):
    kept = started(bench)
    bench.space.faults.set("error_500", "/tasks", times=None)
    with pytest.raises(RetryableError):
        count(bench, kept)
