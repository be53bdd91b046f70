"""How much is asked of a site: full load, idle pass, a few changed, census."""

from collections.abc import Callable
from typing import Any

import pytest

from model.mapping import Mapping
from model.sync import Stage
from model.tree import Source
from sandbox.jira import search

Open = Callable[..., Any]


def test_a_full_load_asks_for_ids_then_issues_then_changelogs_by_the_thousand(open_bench: Open) -> None:
    bench = open_bench(2000)
    keeper = bench.keeper()
    keeper.sync()
    calls = bench.calls()
    assert (
        calls["POST /rest/api/3/search/jql"], calls["POST /rest/api/3/issue/bulkfetch"],
        calls["POST /rest/api/3/changelog/bulkfetch"],
    ) == (1, 2, 2)
    assert len(keeper.records().complete_history_of) == 2000


def test_lists_cost_three_requests_a_project_and_eight(open_bench: Open) -> None:
    bench = open_bench(20)
    bench.keeper().sync()
    lists = {call: count for call, count in bench.calls().items() if "/search/jql" not in call and "fetch" not in call}
    assert sum(lists.values()) <= 2 * 3 + 8
    assert lists["GET /rest/agile/1.0/board"] == 1


def test_an_idle_pass_is_one_request(open_bench: Open) -> None:
    bench = open_bench(300)
    keeper = bench.keeper()
    keeper.sync()
    for minutes in (1, 5, 20, 3):
        bench.clock.move(minutes=minutes)
        bench.calls()
        assert keeper.sync() == 1
        assert bench.calls() == {"POST /rest/api/3/search/jql": 1}


def test_an_idle_pass_after_a_mass_edit_stays_small(open_bench: Open) -> None:
    bench = open_bench(400)
    keeper = bench.keeper()
    for issue in list(bench.site.issues.values()):
        bench.site.edit_issue(issue.key, summary="The same for all")
    bench.clock.move(minutes=1)
    keeper.sync()
    bench.clock.move(minutes=30)
    keeper.sync()
    bench.clock.move(minutes=5)
    assert keeper.sync() <= 2


def test_one_percent_changed_costs_few_requests(open_bench: Open) -> None:
    bench = open_bench(2000, booked=1900)
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(minutes=40)
    for number in range(1, 101):
        bench.site.edit_issue(f"CRM-{number}", summary=f"Changed {number}")
    bench.clock.move(minutes=5)
    assert keeper.sync() <= 12
    assert len(keeper.changed()) == 100
    assert len(keeper.records().complete_history_of) == 2000


def test_bookings_are_asked_for_only_where_time_was_spent(open_bench: Open) -> None:
    bench = open_bench(300, booked=30)
    keeper = bench.keeper()
    keeper.sync()
    assert bench.calls()["POST /rest/api/3/issue/bulkfetch"] == 2  # the issues, the bookings of thirty
    assert len(keeper.records().worklogs) == 30


def test_issues_never_touched_cost_no_changelog(open_bench: Open) -> None:
    bench = open_bench(50, histories=0)
    keeper = bench.keeper()
    keeper.sync()
    assert "POST /rest/api/3/changelog/bulkfetch" not in bench.calls()
    assert len(keeper.records().complete_history_of) == 50


def test_changing_the_mapping_asks_for_nothing(open_bench: Open) -> None:
    bench = open_bench(30)
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(minutes=3)
    other = bench.keeper(mapping=Mapping(declared_status="customfield_10060", severity="customfield_10060"))
    other.raw, other.cursor = keeper.raw, keeper.cursor
    assert other.sync() == 1


def test_a_mapping_that_needs_a_field_never_asked_for_reads_everything_again(open_bench: Open) -> None:
    bench = open_bench(30)
    keeper = bench.keeper()
    keeper.sync()
    other = bench.keeper(mapping=Mapping(estimate_hours="customfield_77777"))
    other.raw, other.cursor = keeper.raw, keeper.cursor
    other.sync()
    assert len(other.changed()) == 30


def test_lists_and_bookings_are_read_again_every_hour(open_bench: Open) -> None:
    bench = open_bench(20)
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(minutes=61)
    bench.calls()
    keeper.sync()
    hourly = bench.calls()
    assert hourly["GET /rest/api/3/worklog/updated"] == 1
    assert hourly["GET /rest/api/3/project/<key>/version"] == 2
    assert "GET /rest/api/3/field" not in hourly
    bench.clock.move(hours=24)
    keeper.sync()
    assert bench.calls()["GET /rest/api/3/field"] == 1
    bench.clock.move(minutes=2)
    assert keeper.sync() == 1


def test_a_site_that_takes_only_a_hundred_issues_at_once_is_read_in_hundreds(
    open_bench: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_FETCHED", 100)
    bench = open_bench(550, histories=0)
    keeper = bench.keeper()
    keeper.sync()
    assert len(keeper.records().items) == 550
    assert bench.calls()["POST /rest/api/3/issue/bulkfetch"] == 1 + 6


def test_an_incremental_pull_cut_off_reads_only_what_is_left(open_bench: Open) -> None:
    bench = open_bench(1200, histories=0)
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(hours=2)
    for issue in list(bench.site.issues.values()):
        bench.site.edit_issue(issue.key, summary="Changed")
    bench.clock.move(minutes=1)
    pages = keeper.connector.pull(
        keeper.sources, cursor=keeper.cursor, checkpoint=None, reference=keeper.reference()
    )
    for page in pages:
        keeper.keep(page)
        if any(one.kind == "issue" for one in page.raw):
            break
    pages.close()
    keeper.sync()
    assert len(keeper.changed()) == 200
    assert {item.title for item in keeper.records().items} == {"Changed"}


def _new(kind: str, value: str) -> Source:
    return Source(connection="acme", kind=kind, value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "value"), [("epic", "OPS-1"), ("jql", "parent = OPS-1")])
def test_a_new_source_beside_others_is_read_alone(open_bench: Open, kind: str, value: str) -> None:
    bench = open_bench(1000)
    for number in range(2, 22):
        bench.site.edit_issue(f"OPS-{number}", parent="OPS-1")
    keeper = bench.keeper(("project", "CRM"))
    keeper.sync()
    bench.clock.move(minutes=180)
    keeper.sync()
    keeper.sources += (_new(kind, value),)
    bench.calls()
    keeper.sync()
    assert {bench.site.issue(f"OPS-{number}").id for number in range(2, 22)} == keeper.changed()
    assert bench.calls()["POST /rest/api/3/search/jql"] <= 5
    fresh = bench.keeper(("project", "CRM"), (kind, value))
    fresh.sync()
    assert _told(keeper) == _told(fresh)
    bench.clock.move(minutes=40)
    bench.site.edit_issue("OPS-7", summary="Changed")
    bench.clock.move(minutes=1)
    assert keeper.sync() <= 4
    assert keeper.changed() == {bench.site.issue("OPS-7").id}


def test_a_new_query_over_known_issues_keeps_what_else_brings_them(open_bench: Open) -> None:
    bench = open_bench(60)
    keeper = bench.keeper(("jql", "project = CRM"))
    keeper.sync()
    bench.clock.move(minutes=60)
    keeper.sources += (_new("jql", "project in (CRM, OPS)"),)
    keeper.sync()
    fresh = bench.keeper(("jql", "project = CRM"), ("jql", "project in (CRM, OPS)"))
    fresh.sync()
    assert _told(keeper) == _told(fresh)


def test_a_new_source_that_was_cut_off_is_read_by_the_next_pull_and_one_that_is_refused_is_named(open_bench: Open) -> None:
    bench = open_bench(1200)
    keeper = bench.keeper(("project", "CRM"))
    keeper.sync()
    keeper.sources += (_new("project", "OPS"), _new("jql", "priority = Gigantic"))
    for page in keeper.connector.pull(
        keeper.sources, cursor=keeper.cursor, checkpoint=keeper.checkpoint, reference=keeper.reference()
    ):
        keeper.keep(page)
        if page.stage is Stage.ITEMS and page.raw:
            break
    keeper.sync()
    assert len(keeper.changed()) == 600
    assert [skip.item for page in keeper.pages for skip in page.skipped][:1] == ["acme:jql:priority = Gigantic"]
    fresh = bench.keeper(("project", "CRM"), ("project", "OPS"))
    fresh.sync()
    assert _told(keeper) == _told(fresh)


def _told(keeper: Any) -> set[str]:
    records = keeper.records()
    return {one.model_dump_json() for one in records.items} | {
        f"{one.item_id} {one.container_id}" for one in records.memberships if one.to_at is None
    }
