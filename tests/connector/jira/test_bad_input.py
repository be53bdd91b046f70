"""What a site may do wrong: the rest arrives, the item is named, nothing is overwritten by a worse version of itself."""

import json
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from model.errors import ConnectionUnusableError, RetryableError, UsageError
from model.mapping import Mapping
from model.sync import Page, Stage
from model.work import ItemType
from sandbox.jira.catalog import custom_field

Open = Callable[..., Any]
ODD = "a\u00a0b \U0001f469\u200d\U0001f4bb \u05e9\u05dc\u05d5\u05dd \u202eright"


def test_texts_of_every_kind_survive(bench: Any) -> None:
    bench.site.edit_issue("CRM-1", summary=ODD)
    keeper = bench.keeper()
    keeper.sync()
    assert ODD in {item.title for item in keeper.records().items}


def test_half_a_character_in_one_title_stops_nothing_and_is_forgotten_with_it(bench: Any) -> None:
    """Also where the changelog goes on telling of the old title."""
    keeper = bench.keeper()
    for title, told in (("cut \ud83d", "cut \ufffd"), ("whole again", "whole again")):
        bench.site.edit_issue("CRM-1", summary=title)
        keeper.sync()
        records = keeper.records()
        assert (len(records.items), records.skipped) == (6, ())
        assert told in {item.title for item in records.items}


def test_a_description_of_ten_megabytes_is_never_asked_for(bench: Any) -> None:
    bench.site.edit_issue("CRM-1", description="x" * 10_000_000)
    keeper = bench.keeper()
    keeper.sync()
    # The changelog tells of the edit in both directions; of it nothing is kept either.
    assert max(len(one.body) for one in keeper.raw.values()) < 10_000


@pytest.mark.parametrize("spoilt", [
    {"assignee": None, "reporter": None, "priority": None, "issuelinks": None, "labels": None, "fixVersions": None},
    {"resolution": None, "security": None, "customfield_10020": None, "customfield_10016": None},
])
def test_null_where_an_object_is_due_is_empty(bench: Any, spoilt: dict[str, Any]) -> None:
    bench.site.spoil_issue("CRM-1", **spoilt)
    keeper = bench.keeper()
    keeper.sync()
    records = keeper.records()
    assert (len(records.items), records.skipped) == (6, ())


@pytest.mark.parametrize("spoilt", [{"duedate": "soon"}, {"summary": {"not": "text"}}, {"created": "yesterday"}])
def test_a_malformed_issue_is_named_with_where_it_counts(bench: Any, spoilt: dict[str, Any]) -> None:
    bench.site.issue("CRM-1").fields.update(spoilt)
    keeper = bench.keeper()
    keeper.sync()
    records = keeper.records()
    (skip,) = records.skipped
    issue = bench.site.issue("CRM-1")
    assert len(records.items) == 5
    assert (skip.item, skip.item_id) == ("acme:CRM-1", f"acme:item:{issue.id}")
    assert f"acme:project:{issue.project_id}" in skip.containers


def test_an_unknown_status_and_type_are_asked_for_and_read(bench: Any) -> None:
    keeper = bench.keeper()
    keeper.sync()
    status, kind = bench.site.add_status("Brand new", "done"), bench.site.add_type("Novelty", 0)
    project = bench.site.find_project("CRM")
    project.status_ids.append(status["id"])
    project.type_ids.append(kind["id"])
    bench.clock.move(minutes=5)
    bench.site.edit_issue("CRM-1", status="Brand new", issuetype="Novelty")
    bench.clock.move(minutes=1)
    bench.calls()
    keeper.sync()
    item = next(one for one in keeper.records().items if one.key == "CRM-1")
    assert (item.original_status, item.type, item.original_type) == ("Brand new", ItemType.OTHER, "Novelty")
    assert bench.calls()["GET /rest/api/3/status"] == 1
    assert status["id"] in {one.vendor_id for one in keeper.reference() if one.kind == "status"}


def test_a_cycle_of_parents_ends(bench: Any) -> None:
    bench.site.edit_issue("CRM-2", parent="CRM-1")
    bench.site.edit_issue("CRM-3", parent="CRM-2")
    bench.site.edit_issue("CRM-1", parent="CRM-3")
    keeper = bench.keeper(("epic", "CRM-1"))
    keeper.sync()
    assert {item.key for item in keeper.records().items} == {"CRM-1", "CRM-2", "CRM-3"}
    bench.clock.move(hours=1)
    keeper.sync()


def test_issues_that_vanish_between_their_ids_and_themselves_are_no_error(bench: Any) -> None:
    keeper = bench.keeper()
    pages = keeper.connector.pull(keeper.sources, cursor=None, checkpoint=None)
    keeper.keep(next(pages))
    original = keeper.connector._site.issues

    def vanishing(ids: Any, fields: Any) -> Any:
        if "CRM-2" in bench.site.ids_by_key:
            bench.site.delete_issue("CRM-2")
        return original(ids, fields)

    keeper.connector._site.issues = vanishing
    for page in pages:
        keeper.keep(page)
    assert len(keeper.records().items) == 5


def test_an_expired_page_token_begins_the_search_again(open_bench: Open) -> None:
    bench = open_bench(6000, histories=0)
    bench.site.faults.set("expired_token", path="/rest/api/3/search/jql")
    keeper = bench.keeper()
    pages = list(keeper.connector.pull(keeper.sources, cursor=None, checkpoint=None))
    assert len({one.vendor_id for page in pages for one in page.raw if one.kind == "issue"}) == 6000


def test_a_token_revoked_in_the_middle_keeps_what_came_and_goes_on_later(open_bench: Open) -> None:
    bench = open_bench(6000, histories=0)
    keeper = bench.keeper()
    pages = keeper.connector.pull(keeper.sources, cursor=None, checkpoint=None)
    for page in pages:
        keeper.keep(page)
        if page.stage is Stage.ITEMS:
            break
    bench.site.faults.set("401", times=99)
    with pytest.raises(ConnectionUnusableError):
        _keep_all(keeper, pages)
    assert 0 < len(keeper.records().items) < 6000
    bench.site.faults.clear()
    bench.calls()
    keeper.sync()
    assert len(keeper.records().items) == 6000
    assert "GET /rest/api/3/field" not in bench.calls()


def _keep_all(keeper: Any, pages: Any) -> None:
    for page in pages:
        keeper.keep(page)


@pytest.mark.parametrize("kind", ["malformed", "html"])
def test_an_answer_that_is_no_json_ends_the_pull_and_moves_no_cursor(bench: Any, kind: str) -> None:
    keeper = bench.keeper()
    keeper.sync()
    cursor = keeper.cursor
    bench.clock.move(hours=1)
    bench.site.faults.set(kind, path="/rest/api/3/search/jql", times=9)
    with pytest.raises(ConnectionUnusableError):
        keeper.sync()
    assert keeper.cursor == cursor


def test_an_empty_answer_to_nobody_is_not_believed(bench: Any) -> None:
    keeper = bench.keeper()
    bench.site.edit_issue("CRM-1", summary="Fresh")
    keeper.sync()
    bench.clock.move(hours=1)
    bench.site.faults.set("anonymous", times=9)
    with pytest.raises(ConnectionUnusableError):
        keeper.sync()


def test_a_search_that_leaves_out_what_is_there_moves_no_cursor(bench: Any) -> None:
    bench.site.edit_issue("CRM-1", summary="Fresh")
    bench.clock.move(hours=1)
    keeper = bench.keeper()
    keeper.sync()
    cursor = keeper.cursor
    bench.clock.move(hours=1)
    bench.site.faults.set("anonymous", path="/rest/api/3/search/jql", times=9)
    with pytest.raises(RetryableError, match="not believed"):
        keeper.sync()
    assert keeper.cursor == cursor


def test_an_issue_that_no_search_shows_does_not_stop_the_rest_for_ever(bench: Any) -> None:
    bench.site.edit_issue("CRM-1", summary="Fresh")
    bench.clock.move(hours=1)
    keeper = bench.keeper()
    keeper.sync()
    bench.site.archived_issue_ids.add(bench.site.issue("CRM-1").id)  # and nothing in it says so
    bench.clock.move(hours=1)
    bench.site.edit_issue("OPS-1", summary="Changed")
    keeper.sync()
    assert "Changed" in {item.title for item in keeper.records().items}
    bench.clock.move(minutes=5)
    keeper.sync()
    bench.clock.move(minutes=5)
    assert keeper.sync() == 1


def test_empty_changelogs_for_nobody_overwrite_none(bench: Any) -> None:
    keeper = bench.keeper()
    keeper.sync()
    before = keeper.records()
    bench.site.faults.set("anonymous", path="/rest/api/3/changelog/bulkfetch")
    keeper.histories()
    assert keeper.records() == before


def test_issues_answered_to_nobody_are_asked_for_again(bench: Any) -> None:
    bench.site.faults.set("anonymous", path="/rest/api/3/issue/bulkfetch")
    keeper = bench.keeper()
    keeper.sync()
    assert len(keeper.records().items) == 6


def test_one_unreadable_changelog_leaves_the_present_state(bench: Any) -> None:
    keeper = bench.keeper()
    keeper.sync()
    number = bench.site.issue("CRM-1").id
    spoilt = keeper.raw[("changelog", number)]
    keeper.raw[("changelog", number)] = spoilt.model_copy(update={"body": b'{"histories": [{"id": "1"}]}'})
    records = keeper.records()
    assert len(records.items) == 6
    assert f"acme:item:{number}" not in records.complete_history_of
    assert [skip.item_id for skip in records.skipped] == [f"acme:item:{number}"]
    assert any(m.item_id == f"acme:item:{number}" for m in records.memberships)


def test_bookings_kept_from_before_do_not_stay_when_no_time_is_spent_any_more(open_bench: Open) -> None:
    bench = open_bench(booked=1)
    keeper = bench.keeper()
    keeper.sync()
    assert len(keeper.records().worklogs) == 1
    bench.site.issue("CRM-1").worklogs.clear()
    bench.site.edit_issue("CRM-1", timespent=None)
    bench.clock.move(minutes=1)
    keeper.sync()
    records = keeper.records()
    assert records.worklogs == ()
    assert len(records.complete_history_of) == 6


def test_one_source_that_is_refused_is_named_and_the_rest_arrives(bench: Any) -> None:
    keeper = bench.keeper(("project", "CRM"), ("project", "NOPE"))
    keeper.sync()
    assert len(keeper.records().items) == 3
    named = [skip for page in keeper.pages for skip in page.skipped]
    assert ["NOPE" in skip.item and "NOPE" in skip.why for skip in named] == [True]
    bench.clock.move(minutes=2)
    keeper.sync()
    assert [skip.item for page in keeper.pages for skip in page.skipped] == ["acme:project:NOPE"]


def test_a_source_that_is_accepted_again_is_read_whole(bench: Any) -> None:
    bench.site.hide_project("OPS")
    keeper = bench.keeper()
    keeper.sync()
    assert len(keeper.records().items) == 3
    bench.site.show_project("OPS")
    for _ in range(2):
        bench.clock.move(minutes=61)
        keeper.sync()
    assert len(keeper.records().items) == 6


def test_a_cursor_of_an_earlier_version_reads_everything(bench: Any) -> None:
    keeper = bench.keeper()
    keeper.cursor = json.dumps({"since": "2026-11-20T08:00:00Z", "seen": {}})
    keeper.sync()
    assert len(keeper.changed()) == 6


def test_a_cursor_that_is_none_is_a_usage_error(bench: Any) -> None:
    keeper = bench.keeper()
    keeper.cursor = "nonsense"
    with pytest.raises(UsageError, match="cursor"):
        keeper.sync()


@pytest.mark.parametrize("cut", range(4))
def test_a_pull_killed_anywhere_ends_as_if_it_was_not(open_bench: Open, cut: int) -> None:
    bench = open_bench(2300, histories=1)
    whole = bench.keeper()
    whole.sync()
    keeper = bench.keeper()
    bench.calls()
    pages = keeper.connector.pull(keeper.sources, cursor=None, checkpoint=None)
    for number, page in enumerate(pages):
        if number == cut:
            break
        keeper.keep(page)
    pages.close()
    keeper.connector = bench.keeper().connector
    keeper.sync()
    assert {key: one.body for key, one in keeper.raw.items()} == {key: one.body for key, one in whole.raw.items()}
    searches = bench.calls()
    assert searches["GET /rest/api/3/field"] == (1 if cut else 2)
    assert searches["POST /rest/api/3/issue/bulkfetch"] <= 3 + 4


def test_a_legacy_epic_link_leads_to_its_epic(bench: Any) -> None:
    field = custom_field("customfield_10014", "Epic Link", "any")
    field.schema["custom"] = "com.pyxis.greenhopper.jira:gh-epic-link"
    bench.site.add_custom_field(field)
    bench.site.issue("CRM-2").fields["customfield_10014"] = "OPS-1"
    keeper = bench.keeper(mapping=Mapping())
    keeper.sync()
    item = next(one for one in keeper.records().items if one.key == "CRM-2")
    assert item.parent_id == f"acme:item:{bench.site.issue('OPS-1').id}"


def test_pages_of_a_full_pull_come_in_the_agreed_order(bench: Any) -> None:
    keeper = bench.keeper()
    pages: list[Page] = list(keeper.connector.pull(keeper.sources, cursor=None, checkpoint=None))
    assert [stage for stage, _ in groupby(page.stage for page in pages)] == [Stage.REFERENCE, Stage.ITEMS]
    assert all(page.checkpoint for page in pages[:-1])
    assert {one.kind for page in pages for one in page.raw if one.kind in keeper.connector.item_kinds} == {"issue"}


def test_a_malformed_changelog_entry_is_named_with_its_issue_and_the_rest_arrives(bench: Any) -> None:
    bench.site.issue("CRM-1").histories[0].update({"items": [{"fieldtype": "jira"}]})
    keeper = bench.keeper()
    keeper.sync()
    records = keeper.records()
    assert len(records.items) == 6
    assert [skip.item for skip in records.skipped] == ["acme:CRM-1"]
    assert len(records.complete_history_of) == 5
