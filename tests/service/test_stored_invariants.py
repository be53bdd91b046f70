"""What must hold of a roll-up whose records lie in a store: health.md section 4, the second, third and eighth."""

import random
from dataclasses import replace

import pytest
from hypothesis import given

from model.health import Basis
from service import scoring
from service.memory import Memory
from store.database import Database
from tests.rollup.build import NOW, blocks, day
from tests.rollup.worlds import MANY_STORED, seeds, touched_item
from tests.support.stored_world import Stored, same, some_tree, some_work, versions


@pytest.fixture
def stored(database: Database) -> Stored:
    """One database serves all examples of a test: each begins by emptying it."""
    return Stored(database)


@MANY_STORED
@given(seed=seeds)
def test_2_what_was_known_then_scores_as_it_did_then(stored: Stored, seed: int) -> None:
    """Pages come in over weeks. Any past day, scored by what was known at any of their moments, stays what it was."""
    rnd = random.Random(seed)
    workspace, work = stored.emptied().workspace(some_tree(rnd)), some_work(rnd)
    as_of, seen = day(rnd.choice([1, 30, rnd.randint(0, 200)])), []
    steps = sorted(rnd.sample(range(20), rnd.randint(1, 2)), reverse=True)
    for ago in steps:
        some = [one for one in work.items if rnd.random() < 0.7]
        stored.save(work.page(some, complete=rnd.random() < 0.8), ago=ago)
        if as_of <= day(ago):
            seen.append((ago, scoring.score(workspace, as_of=as_of)))
    stored.moment[0] = NOW
    for ago, then in seen:
        assert same(then, scoring.score(workspace, as_of=as_of, known_at=day(ago)))
    last = scoring.score(workspace, as_of=as_of)
    if seen and seen[-1][0] == steps[-1]:
        assert same(seen[-1][1], last)
    bases = {node.basis for node in last.nodes if node.records}
    assert bases <= ({Basis.RECONSTRUCTED} if as_of < day(steps[0]) else {Basis.OBSERVED, Basis.RECONSTRUCTED})


@MANY_STORED
@given(seed=seeds)
def test_3_the_order_of_pages_and_their_repetition_change_nothing(stored: Stored, seed: int) -> None:
    """Everything that is scored is the same afterwards, and so is the score (tests/rollup/test_invariants.py).

    Also what no tool tells the history of, and is known by the versions of items alone.
    """
    rnd = random.Random(seed)
    tree, work = some_tree(rnd), some_work(rnd)
    told = [version for one in work.items for version in versions(rnd, one)]
    told.sort(key=lambda one: one.item.updated_at)
    pages = [(20 - 0.5 * place, work.page([version])) for place, version in enumerate(told)]
    found = []
    for mixed in (False, True):
        workspace = stored.emptied().workspace(tree)
        came = rnd.sample([*pages, *pages[:2]], len(pages) + len(pages[:2])) if mixed else pages
        for ago, page in came:
            stored.save(page, ago=ago)
        found.append(stored.read(workspace))
    assert found[0] == found[1]


@MANY_STORED
@given(seed=seeds)
def test_8_scoring_what_a_page_touched_gives_what_scoring_everything_gives(stored: Stored, seed: int) -> None:
    """By a worker that remembers what it scored before: without that, everything would be scored."""
    rnd = random.Random(seed)
    workspace, work, memory = stored.emptied().workspace(some_tree(rnd)), some_work(rnd), Memory()
    stored.save(work.page(work.items), ago=1, marking=workspace)
    stored.mark_all(workspace)
    scoring.score_dirty(workspace, memory)
    more = some_work(rnd, "more", 2)
    changed = [touched_item(one, rnd) for one in work.items if rnd.random() < 0.3]
    links = [link for link in work.links if rnd.random() < 0.5]  # those left out are taken back by their items
    links += [blocks(*rnd.sample(ends, 2)) for ends in ((*work.items, *more.items),) if len(ends) > 1]
    both = replace(work, places={**work.places, **more.places}, links=(*links, *more.links))
    stored.save(both.page([*changed, *more.items]), ago=0.001, marking=workspace)
    stored.moment[0] = NOW
    scoring.score_dirty(workspace, memory)
    kept = scoring.latest_scores(workspace)
    full = scoring.score(workspace, as_of=NOW)  # of which nothing is kept
    assert [node.model_dump_json() for node in kept] == [node.model_dump_json() for node in full.nodes]
