"""What stands at many targets, and why some can't be written."""

from collections.abc import Callable
from typing import Any

import pytest

from model.errors import ConnectionUnusableError
from model.health import Band
from model.push import PROPERTY_KEY, HealthRole

Open = Callable[..., Any]
BOTH = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


def _requests(bench: Any) -> int:
    return sum(bench.calls().values())


def test_five_hundred_targets_are_read_with_at_most_fifteen_requests(open_bench: Open, target_of: Any) -> None:
    bench = open_bench(500, histories=0)
    fields, connector = bench.fields(), bench.connector()
    targets = [target_of(issue.key) for issue in bench.site.issues.values()]
    bench.site.issue("CRM-7").fields[fields.ids[HealthRole.SCORE]] = 71.0
    bench.calls()
    found = connector.present(targets, fields=fields)
    assert _requests(bench) <= 15
    assert len(found) == 500
    assert all(state.missing is None and state.vendor_id for state in found.values())
    assert found[target_of("CRM-7").label].fields[HealthRole.SCORE] == 71.0


def test_a_server_reads_fields_by_the_thousand_and_a_property_only_where_it_is_wanted(
    open_bench: Open, target_of: Any
) -> None:
    bench = open_bench(500, histories=0)
    fields, connector = bench.fields(), bench.connector(deployment="datacenter")
    targets = [target_of(issue.key, receipt=issue.key == "CRM-3") for issue in bench.site.issues.values()]
    bench.site.issue("CRM-3").properties[PROPERTY_KEY] = {"score": 1}
    bench.calls()
    found = connector.present(targets, fields=fields)
    assert _requests(bench) <= 2
    assert found[target_of("CRM-3").label].property == {"score": 1}
    assert [label for label, state in found.items() if state.property_known] == [target_of("CRM-3").label]


def test_a_server_reads_five_hundred_targets_without_receipts_with_at_most_fifteen_requests(
    open_bench: Open, target_of: Any
) -> None:
    bench = open_bench(500, histories=0)
    fields, connector = bench.fields(), bench.connector(deployment="datacenter")
    targets = [target_of(issue.key, receipt=False) for issue in bench.site.issues.values()]
    for issue in bench.site.issues.values():
        issue.properties[PROPERTY_KEY] = {"score": 1}
    bench.calls()
    found = connector.present(targets, fields=fields)
    assert _requests(bench) <= 15
    assert {(state.property_known, state.property, state.missing) for state in found.values()} == {(False, None, None)}


@BOTH
def test_a_receipt_that_was_looked_for_is_known_not_to_be_there(bench: Any, target_of: Any, deployment: str) -> None:
    state = bench.connector(deployment=deployment).present([target_of()], fields=None)[target_of().label]
    assert (state.property_known, state.property) == (True, None)


def test_cloud_tells_every_receipt(bench: Any, target_of: Any) -> None:
    bench.site.issue("CRM-1").properties[PROPERTY_KEY] = {"score": 1}
    targets = [target_of("CRM-1", receipt=False), target_of("CRM-2", receipt=False)]
    found = bench.connector().present(targets, fields=None)
    assert [(one.property_known, one.property) for one in found.values()] == [(True, {"score": 1}), (True, None)]


@BOTH
def test_fields_and_property_are_told_as_bands_numbers_and_words(bench: Any, target_of: Any, deployment: str) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    bench.site.edit_issue("CRM-1", customfield_10201="At risk", customfield_10202=55.5, customfield_10203="Because")
    bench.site.issue("CRM-1").properties[PROPERTY_KEY] = {"band": "AT_RISK"}
    state = connector.present([target_of()], fields=fields)[target_of().label]
    assert state.fields == {HealthRole.HEALTH: "AT_RISK", HealthRole.SCORE: 55.5, HealthRole.REASON: "Because"}
    assert (state.property, state.vendor_id) == ({"band": "AT_RISK"}, bench.site.issue("CRM-1").id)
    assert (state.public, state.moved_to, state.missing) == (False, None, None)


def test_a_choice_that_is_none_of_ours_stays_its_own_words(bench: Any, target_of: Any) -> None:
    fields = bench.fields()
    bench.site.issue("CRM-1").fields["customfield_10201"] = {"id": "1", "value": "Purple"}
    state = bench.connector().present([target_of()], fields=fields)[target_of().label]
    assert state.fields[HealthRole.HEALTH] == "Purple"


def test_an_empty_field_is_there_and_a_deleted_one_is_not(bench: Any, target_of: Any) -> None:
    fields = bench.fields()
    del bench.site.fields["customfield_10203"]
    state = bench.connector().present([target_of()], fields=fields)[target_of().label]
    assert state.fields == {HealthRole.HEALTH: None, HealthRole.SCORE: None}


@BOTH
def test_a_moved_issue_is_found_under_its_old_key_and_told_its_new_one(
    bench: Any, target_of: Any, deployment: str
) -> None:
    connector = bench.connector(deployment=deployment)
    number = bench.site.issue("CRM-1").id
    moved = bench.site.move_issue("CRM-1", "ELSE")
    found = connector.present([target_of("CRM-1"), target_of("CRM-2")], fields=None)
    state = found[target_of("CRM-1").label]
    assert (state.vendor_id, state.moved_to, state.missing) == (number, moved.key, None)
    assert found[target_of("CRM-2").label].moved_to is None


def test_a_key_in_small_letters_and_an_id_are_no_moves(bench: Any, target_of: Any) -> None:
    number = bench.site.issue("CRM-2").id
    found = bench.connector().present([target_of("crm-1"), target_of(number)], fields=None)
    assert [state.moved_to for state in found.values()] == [None, None]


@BOTH
@pytest.mark.parametrize(("deed", "slug", "words"), [
    (lambda site: site.delete_issue("CRM-1"), "target_gone", "CRM-1 is not there, or not visible"),
    (lambda site: site.secure_issue("CRM-1"), "target_gone", "CRM-1 is not there, or not visible"),
    (lambda site: site.archive_issue("CRM-1"), "issue_archived", "CRM-1 is archived"),
    (lambda site: site.archive_project("CRM"), "project_archived", "CRM of CRM-1 is archived"),
    (lambda site: site.hide_project("CRM"), "project_hidden", "CRM of CRM-1 is not there, or not visible"),
])
def test_what_can_not_be_written_is_missing_with_its_own_sentence(
    bench: Any, target_of: Any, deployment: str, deed: Any, slug: str, words: str
) -> None:
    deed(bench.site)
    found = bench.connector(deployment=deployment).present([target_of("CRM-1"), target_of("OPS-1")], fields=None)
    state = found[target_of("CRM-1").label]
    assert (state.missing_reason, words in (state.missing or "")) == (slug, True)
    assert found[target_of("OPS-1").label].missing is None


def test_a_deleted_project_is_told_apart(bench: Any, target_of: Any) -> None:
    bench.site.delete_project("CRM")
    state = bench.connector().present([target_of()], fields=None)[target_of().label]
    assert state.missing_reason == "project_deleted"


def test_another_kind_of_target_is_refused_by_a_sentence(bench: Any, target_of: Any) -> None:
    target = target_of("1200", kind="portfolio")
    assert bench.connector().present([target], fields=None)[target.label].missing_reason == "wrong_kind"


@BOTH
def test_an_issue_of_a_service_project_is_public(bench: Any, target_of: Any, deployment: str) -> None:
    bench.site.serve_customers("CRM")
    found = bench.connector(deployment=deployment).present([target_of("CRM-1"), target_of("OPS-1")], fields=None)
    assert [state.public for state in found.values()] == [True, False]


def test_nobody_signed_in_is_an_error_and_no_missing_target(bench: Any, target_of: Any) -> None:
    connector = bench.connector()
    bench.site.faults.set("anonymous", times=50)
    with pytest.raises(ConnectionUnusableError):
        connector.present([target_of()], fields=None)


def test_a_site_that_takes_only_a_hundred_at_once_is_read_all_the_same(
    open_bench: Open, target_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.jira import search

    bench = open_bench(250, histories=0)
    monkeypatch.setattr(search, "MOST_FETCHED", 100)
    targets = [target_of(issue.key) for issue in bench.site.issues.values()]
    found = bench.connector().present(targets, fields=None)
    assert [state.missing for state in found.values()] == [None] * 250


def test_bands_written_by_their_words_are_read_as_bands_without_known_choices(bench: Any, target_of: Any) -> None:
    fields = bench.fields().model_copy(update={"options": {}})
    bench.site.edit_issue("CRM-1", customfield_10201="Off track")
    state = bench.connector().present([target_of()], fields=fields)[target_of().label]
    assert state.fields[HealthRole.HEALTH] == Band.OFF_TRACK.value
