"""What people can do is kept after a roll-up of everything, and is what would be counted at that moment."""

from datetime import timedelta

import pytest

from bench.bulk import bulk_tree
from bench.page_world import people, with_candidates
from bench.portfolio import NOW, empty_workspace, made_records
from model.case import Case, Demand
from model.errors import RetryableError
from model.tree import Node, Tree
from service import choosing, scoring
from service.choosing import Wish
from service.choosing_document import selection_document
from service.people_ahead import NAME
from service.people_at_hand import MOST_WAITED_FOR
from service.workspace import Workspace
from store.database import Database

ITEMS = 5


def _company(database: Database, projects: int) -> Workspace:
    with database.begin() as uow:
        for number in range(projects):
            uow.records.save(made_records(number, ITEMS), known_at=NOW)
    space = empty_workspace(database, bulk_tree(projects))
    space.tree, space.teammates = with_candidates(space.tree), people(projects)
    return space


def test_what_is_kept_is_what_is_counted_and_names_its_moment(database: Database) -> None:
    space = _company(database, 21)
    node = space.tree.nodes[0].id
    assert choosing.opened(space, node, kept=True).people_at is None, "nothing is kept yet"
    scoring.score(space, as_of=None)
    kept, counted = choosing.opened(space, node, kept=True), choosing.opened(space, node)
    assert (kept.people_at, counted.people_at) == (NOW, None)
    assert kept.supply == counted.supply
    assert kept.supply.known
    assert any(pool.booked[quarter] for pool in kept.supply.pools for quarter in kept.quarters)
    said = selection_document(choosing.propose(kept, Wish()))["notes"]
    assert [one["text"] for one in said if one["code"] == "people_at"] == [
        "What people can do was counted on 20 Nov 2026 09:00 UTC."
    ]


def test_a_small_organisation_is_counted_at_each_look(database: Database) -> None:
    space = _company(database, 3)
    space.tree = bulk_tree(3)
    scoring.score(space, as_of=None)
    with database.read() as uow:
        assert uow.notes.get(NAME) is None


def test_one_change_keeps_what_was_counted_and_a_new_day_counts_anew(database: Database) -> None:
    space = _company(database, 21)
    scoring.score(space, as_of=None)
    later = NOW + timedelta(days=1)
    space.clock = lambda: later
    with database.begin() as uow:
        uow.dirty.mark([node.id for node in space.tree.nodes], why=scoring.MIDNIGHT, at=later)
    assert scoring.score_dirty(space)
    with database.read() as uow:
        note = uow.notes.get(NAME)
    assert note is not None
    assert note.at == later


def test_a_candidate_years_ahead_is_chosen_by_what_was_kept(database: Database) -> None:
    space = _company(database, 21)
    asked = Case(value=1, demand=(Demand(skill="backend", quarter="2031-Q3", hours=100),))
    space.tree = Tree(nodes=tuple(_with_case(node, asked) for node in space.tree.nodes))
    scoring.score(space, as_of=None)
    kept, counted = (choosing.opened(space, "all", kept=kept) for kept in (True, False))
    assert (kept.people_at, kept.quarters[-1]) == (NOW, "2031-Q3")
    assert kept.supply == counted.supply


def _with_case(node: Node, case: Case) -> Node:
    return node.model_copy(update={"case": case}) if node.id == "c0-0" else node


def test_a_large_organisation_that_was_not_counted_yet_shows_its_candidates_and_selects_nothing(database: Database) -> None:
    space = empty_workspace(database, with_candidates(bulk_tree(MOST_WAITED_FOR + 1)))
    without = choosing.opened(space, "all", kept=True)
    assert without.uncounted is None
    assert without.supply == choosing.opened(space, "all").supply, "nobody's skills are known: nothing is to be counted"
    space.teammates = people(3)
    found = choosing.opened(space, "all", kept=True)
    assert len(found.board.candidates) == 40
    for ask in (choosing.propose, choosing.budgets):
        with pytest.raises(RetryableError, match="not counted yet") as refused:
            ask(found, Wish(capacity=("backend=+10%",)))
        assert (refused.value.reason, refused.value.retry_after_s) == ("people_uncounted", 60)
    assert choosing.propose(choosing.opened(space, "all"), Wish()).selection.chosen, "a command takes its time"
