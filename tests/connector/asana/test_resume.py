"""Cut off anywhere, a pull goes on to the same end, and little of what it asked was in vain."""

import random
from datetime import date
from itertools import pairwise

import pytest

from connector.asana.client import AT_ONCE
from connector.asana.payloads import loads
from model.tree import Source
from sandbox.asana.entities import TimeEntry


def big(bench):
    """A portfolio of three projects with subtasks, one of them with more than a page."""
    for number in range(120):
        task = bench.space.create_task("BRAND", f"Task {number}", by="ada")
        if number % 15 == 0:
            below = bench.space.create_subtask(task.gid, "Below", by="ada")
            bench.space.create_subtask(below.gid, "Deeper", by="ada")
    return [Source(connection="acme-asana", kind="portfolio", value=bench.gid("growth")), *bench.sources("LAUNCH")]


def bodies(pages):
    return {(each.kind, each.vendor_id): each.body for page in pages for each in page.raw}


def reference_of(bench, pages):
    newest = {(each.kind, each.vendor_id): each for page in pages for each in page.raw}
    return [each for each in newest.values() if each.kind in bench.connector.reference_kinds]


def test_a_first_pull_cut_off_after_any_page_goes_on_without_a_request_in_vain(bench):
    sources = big(bench)
    before = bench.requests()
    whole = list(bench.connector.pull(sources, cursor=None, checkpoint=None))
    needed = bench.requests() - before
    for cut in range(1, len(whole)):
        before = bench.requests()
        pages = bench.connector.pull(sources, cursor=None, checkpoint=None)
        stored = [next(pages) for _ in range(cut)]
        pages.close()
        reference = reference_of(bench, stored)
        rest = list(bench.connector.pull(sources, cursor=None, checkpoint=stored[-1].checkpoint, reference=reference))
        assert bodies([*stored, *rest]) == bodies(whole)
        assert rest[-1].cursor
        assert bench.requests() - before <= needed + 2  # a goal whose body was at hand is asked for again


@pytest.mark.parametrize("seed", range(5))
def test_a_page_that_was_not_stored_costs_no_more_than_what_was_on_its_way(bench, seed):
    sources, chance = big(bench), random.Random(seed)
    before = bench.requests()
    whole = list(bench.connector.pull(sources, cursor=None, checkpoint=None))
    needed = bench.requests() - before
    cut = chance.randrange(1, len(whole))
    before = bench.requests()
    pages = bench.connector.pull(sources, cursor=None, checkpoint=None)
    stored = [next(pages) for _ in range(cut)]
    next(pages)  # read, and lost before it was stored
    pages.close()
    reference = reference_of(bench, stored)
    rest = list(bench.connector.pull(sources, cursor=None, checkpoint=stored[-1].checkpoint, reference=reference))
    assert bodies([*stored, *rest]) == bodies(whole)
    assert bench.requests() - before <= needed + AT_ONCE + 2


def by_family(kept):
    """Kept tasks as a store hands them in: a top ancestor, what is below it, the next one."""
    tasks = {each.vendor_id: each for each in kept.raw.values() if each.kind == "task"}
    families = {gid: [each] for gid, each in tasks.items() if not loads(each.body).get("root")}
    for each in tasks.values():
        root = loads(each.body).get("root")
        if root:
            families[root["gid"]].append(each)
    return [each for family in families.values() for each in family]


def book(bench, key):
    task, by, day = bench.space.task(key), bench.space.user("ada"), date(2026, 11, 2)
    entry = TimeEntry(bench.space.new_gid("time_entry"), task, 90, day, bench.clock(), by, None)
    bench.space.time_entries[entry.gid] = entry
    task.time_entries.append(entry)


def test_histories_cut_off_anywhere_ask_again_for_what_was_on_its_way_and_one_ancestor_at_most(bench):
    sources = big(bench)
    for task in list(bench.space.project("BRAND").tasks)[::4]:
        book(bench, task)
    kept = bench.empty().take(bench.connector.pull(sources, cursor=None, checkpoint=None))
    tasks, reference = by_family(kept), kept.reference(bench.connector)

    def read(wanted):
        size = bench.connector.history_batch
        return bench.connector.histories(
            (wanted[at : at + size] for at in range(0, len(wanted), size)), reference=reference
        )

    before, whole, spent = bench.requests(), [], [0]
    for page in read(tasks):
        whole.append(page)
        spent.append(bench.requests() - before)
    assert max(after - earlier for earlier, after in pairwise(spent)) <= AT_ONCE
    booked = {each.task.gid for each in bench.space.time_entries.values()}
    assert spent[-1] == len(tasks) + len(booked)
    for cut in range(1, len(whole)):
        told = {each.vendor_id for page in whole[:cut] for each in page.raw}
        before = bench.requests()
        rest = list(read([each for each in tasks if each.vendor_id not in told]))
        assert bodies([*whole[:cut], *rest]) == bodies(whole)
        assert spent[cut] + bench.requests() - before <= spent[-1] + 1


def test_an_incremental_pull_cut_off_after_any_page_loses_no_change(bench):
    sources = big(bench)
    kept = bench.pull(sources)
    bench.clock.move(minutes=30)
    for task in list(bench.space.project("BRAND").tasks)[:40]:
        bench.space.edit_task(task, by="ada", name="Changed")
    bench.space.delete_task("LAUNCH-4", by="ada")
    bench.space.add_to_project("LAUNCH-1", "LAUNCH", by="ada", section="Review")
    reference = kept.reference(bench.connector)

    def pull(checkpoint=None):
        return bench.connector.pull(sources, cursor=kept.cursor, checkpoint=checkpoint, reference=reference)

    whole = list(pull())
    gone = {each for page in whole for each in page.gone}
    assert gone
    for cut in range(1, len(whole)):
        pages = pull()
        stored = [next(pages) for _ in range(cut)]
        pages.close()
        rest = list(pull(stored[-1].checkpoint))
        every = [*stored, *rest]
        assert bodies(every) == bodies(whole)
        assert {each for page in every for each in page.gone} == gone


def test_a_checkpoint_of_another_version_begins_anew(bench):
    sources = bench.sources("LAUNCH")
    pages = list(bench.connector.pull(sources, cursor=None, checkpoint='{"v": 1, "full": true}'))
    assert bench.gid("LAUNCH-1") in {gid for kind, gid in bodies(pages) if kind == "task"}
