"""Boards: which field a project estimates with, also over time, and which statuses it shows."""

from itertools import pairwise
from typing import Any

import pytest

from model.work import Change, ChangeField
from sandbox.jira.catalog import custom_field

SITE, OWN = "customfield_10016", "customfield_10899"


@pytest.fixture
def two(bench: Any) -> Any:
    """CRM estimates with the site's field, OPS with one of its own; an issue of either has both filled."""
    bench.site.add_custom_field(custom_field(OWN, "Story point estimate", "float"))
    ops = bench.site.find_project("OPS")
    board = next(one for one in bench.site.boards.values() if one.project_id == ops.id)
    board.estimates_by = OWN
    for key in ("CRM-1", "OPS-1"):
        bench.clock.move(minutes=1)
        bench.site.edit_issue(key, **{SITE: 5, OWN: 8})
    return bench


def _points(records: Any, key: str) -> tuple[float | None, list[Change]]:
    item = next(one for one in records.items if one.key == key)
    changes = [one for one in records.changes if one.item_id == item.id and one.field is ChangeField.STORY_POINTS]
    return item.story_points, sorted(changes, key=lambda one: (one.at, one.id))


def test_each_project_counts_the_points_that_its_own_board_estimates_with(two: Any) -> None:
    keeper = two.keeper()
    keeper.sync()
    records = keeper.records()
    assert [_points(records, key)[0] for key in ("CRM-1", "OPS-1")] == [5.0, 8.0]


def test_with_one_project_alone_its_board_is_found_too(two: Any) -> None:
    keeper = two.keeper(("project", "OPS"))
    keeper.sync()
    assert _points(keeper.records(), "OPS-1")[0] == 8.0


def test_the_history_of_points_is_that_of_what_counted_and_ends_with_what_counts(two: Any) -> None:
    for values in ({SITE: 13}, {OWN: None}, {SITE: 2}, {OWN: 3}):
        two.clock.move(minutes=1)
        two.site.edit_issue("OPS-1", **values)
    keeper = two.keeper()
    keeper.sync()
    now, changes = _points(keeper.records(), "OPS-1")
    told = [(one.old, one.new) for one in changes]
    assert told[-3:] == [("8", "13"), ("13", "2"), ("2", "3")]  # 13 while only the site's field was filled
    assert all(earlier[1] == later[0] for earlier, later in pairwise(told))
    assert (told[0][0], now) == (None, 3.0)


def test_a_project_knows_which_statuses_its_boards_show_and_learns_when_that_changes(bench: Any) -> None:
    keeper = bench.keeper()
    keeper.sync()
    crm = bench.site.find_project("CRM")
    board = next(one for one in bench.site.boards.values() if one.project_id == crm.id)

    def shown() -> set[str]:
        project = next(one for one in keeper.records().projects if one.key == "CRM")
        return set(project.shown_statuses)

    assert shown() == set(crm.status_ids)
    board.unshown_status_ids.add(crm.status_ids[1])
    bench.clock.move(hours=2)
    keeper.sync()
    told = [one for page in keeper.pages for one in page.raw if one.kind == "board"]
    alone = keeper.connector.normalise(told, keeper.reference())
    assert {one.key for one in alone.projects} == {"CRM", "OPS"}
    assert shown() == set(crm.status_ids) - {crm.status_ids[1]}
