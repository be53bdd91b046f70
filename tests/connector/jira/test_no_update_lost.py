"""Whatever the zone, the clocks and the lag of the search: what a person changed arrives."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Open = Callable[..., Any]
LAGS_S = [120.0, 600.0]
ZONES = ["Etc/GMT+12", "America/St_Johns", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati"]
KEYS = [f"{project}-{number}" for project in ("CRM", "OPS") for number in (1, 2, 3)]

deed = st.tuples(st.sampled_from(["edit", "create", "wait", "sync", "skew"]), st.integers(0, 5), st.integers(1, 1500))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ZONES), skew_s=st.integers(-600, 600), lag_s=st.sampled_from(LAGS_S),
    deeds=st.lists(deed, min_size=3, max_size=14),
)
def test_no_update_is_lost(
    open_bench: Open, zone: str, skew_s: int, lag_s: float, deeds: list[tuple[str, int, int]]
) -> None:
    bench = open_bench(6)
    bench.site.set_time_zone(zone)
    bench.site.faults.search_lag_s = lag_s
    bench.clock.skew = timedelta(seconds=skew_s)
    keeper = bench.keeper()
    keeper.sync()
    for number, (what, which, seconds) in enumerate(deeds):
        if what == "edit":
            bench.site.edit_issue(KEYS[which], summary=f"Edit {number}")
        elif what == "create":
            bench.site.create_issue("CRM", f"New {number}")
        elif what == "wait":
            bench.clock.move(seconds=seconds)
        elif what == "skew":
            bench.clock.skew = timedelta(seconds=seconds % 1200 - 600)
        else:
            keeper.sync()
    bench.clock.move(seconds=lag_s + 1)
    keeper.sync()
    there = {issue.id: issue.fields["summary"] for issue in bench.site.issues.values()}
    assert {item.vendor_id: item.title for item in keeper.records().items} == there


def test_a_late_write_is_found_though_a_later_one_was_seen_first(open_bench: Open) -> None:
    bench = open_bench()
    bench.site.faults.search_lag_s = 600.0
    keeper = bench.keeper()
    keeper.sync()
    bench.site.edit_issue("CRM-1", summary="Seen, so it is asked for by its id")
    bench.clock.move(minutes=11)
    keeper.sync()
    bench.site.edit_issue("OPS-1", summary="Not in the index yet")
    bench.clock.move(minutes=5)
    bench.site.edit_issue("CRM-1", summary="Later, and shown at once")
    bench.clock.move(seconds=5)
    keeper.sync()
    assert keeper.changed() == {bench.site.issue("CRM-1").id}
    bench.clock.move(minutes=11)
    keeper.sync()
    assert keeper.changed() == {bench.site.issue("OPS-1").id}


def test_an_issue_read_in_the_very_second_of_its_change_is_read_once_more(open_bench: Open) -> None:
    bench = open_bench()
    keeper = bench.keeper()
    bench.site.edit_issue("CRM-1", summary="Before it was read")
    keeper.sync()
    bench.site.edit_issue("CRM-1", summary="After it was read, in the same second")
    bench.clock.move(minutes=5)
    keeper.sync()
    assert "After it was read, in the same second" in {item.title for item in keeper.records().items}
    bench.clock.move(minutes=5)
    assert keeper.sync() == 1


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_of_ours_that_jumps_loses_nothing(open_bench: Open, minutes: int) -> None:
    bench = open_bench()
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(minutes=30)
    keeper.sync()
    bench.site.edit_issue("CRM-1", summary="Changed")
    bench.clock.move(hours=5)
    bench.clock.skew = timedelta(minutes=minutes)
    keeper.sync()
    assert keeper.changed() == {bench.site.issue("CRM-1").id}


def test_a_new_issue_below_an_epic_arrives_with_what_came_along_below_it(open_bench: Open) -> None:
    bench = open_bench()
    bench.site.edit_issue("CRM-2", parent="CRM-1")
    bench.site.edit_issue("OPS-2", parent="OPS-1")
    bench.clock.move(minutes=1)
    keeper = bench.keeper(("epic", "CRM-1"))
    keeper.sync()
    bench.clock.move(hours=3)
    bench.site.edit_issue("OPS-1", parent="CRM-2")
    bench.clock.move(minutes=2)
    keeper.sync()
    assert keeper.changed() == {bench.site.issue("OPS-1").id, bench.site.issue("OPS-2").id}


def test_an_issue_deleted_below_an_epic_does_not_stop_the_rest(open_bench: Open) -> None:
    bench = open_bench()
    for key in ("CRM-2", "CRM-3"):
        bench.site.edit_issue(key, parent="CRM-1")
    keeper = bench.keeper(("epic", "CRM-1"))
    keeper.sync()
    bench.clock.move(hours=3)
    bench.site.delete_issue("CRM-2")
    bench.site.edit_issue("CRM-3", summary="Still here")
    keeper.sync()
    assert keeper.changed() == {bench.site.issue("CRM-3").id}
    bench.clock.move(minutes=5)
    keeper.sync()
    bench.clock.move(minutes=5)
    assert keeper.sync() == 1


def test_an_issue_that_entered_a_query_is_found_and_says_so(open_bench: Open) -> None:
    bench = open_bench()
    keeper = bench.keeper(("jql", "priority = High"))
    keeper.sync()
    assert keeper.records().items == ()
    bench.clock.move(hours=2)
    bench.site.edit_issue("OPS-1", priority="High")
    bench.clock.move(minutes=1)
    keeper.sync()
    records = keeper.records()
    (container,) = keeper.connector.container_ids(keeper.sources[0], keeper.reference())
    assert [m.container_id for m in records.memberships if m.container_id == container]


def test_an_issue_that_just_left_a_query_is_read_again(open_bench: Open) -> None:
    bench = open_bench()
    bench.site.edit_issue("OPS-1", priority="High")
    keeper = bench.keeper(("jql", "priority = High"))
    keeper.sync()
    bench.site.edit_issue("OPS-1", priority="Low")
    bench.clock.move(minutes=1)
    keeper.sync()
    records = keeper.records()
    assert not [m for m in records.memberships if ":query:" in m.container_id and m.to_at is None]


def test_a_moved_issue_keeps_its_id(open_bench: Open) -> None:
    bench = open_bench()
    keeper = bench.keeper()
    keeper.sync()
    number = bench.site.issue("CRM-1").id
    bench.clock.move(hours=1)
    bench.site.move_issue("CRM-1", "OPS")
    bench.clock.move(minutes=1)
    keeper.sync()
    assert [item.key for item in keeper.records().items if item.vendor_id == number] == ["OPS-4"]


def test_a_new_source_is_read_from_its_beginning(open_bench: Open) -> None:
    bench = open_bench()
    keeper = bench.keeper(("project", "CRM"))
    keeper.sync()
    more = bench.keeper()
    more.raw, more.cursor = keeper.raw, keeper.cursor
    more.sync()
    assert {item.key for item in more.records().items} == set(KEYS)


def test_bookings_that_leave_the_issue_untouched_are_found_by_their_feed(open_bench: Open) -> None:
    bench = open_bench(booked=2)
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(hours=2)
    issue = bench.site.issue("CRM-1")
    log = issue.worklogs[0]
    log |= {"timeSpentSeconds": 7200, "updated": bench.site.stamp(bench.clock())}
    bench.clock.move(minutes=2)
    keeper.sync()
    assert keeper.changed() == {issue.id}
    assert sorted(one.hours for one in keeper.records().worklogs) == [1.0, 2.0]
