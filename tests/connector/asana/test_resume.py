"""Cut off anywhere, a pull goes on to the same end, and little of what it asked was in vain."""

import random

import pytest

from connector.asana.client import AT_ONCE
from model.tree import Source


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
