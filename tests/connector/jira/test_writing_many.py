"""Equal values for many issues in one job of the site, and what becomes of those that it leaves out."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from connector.jira import bulk_fields as writing
from model.errors import AmbiguousWriteError, RefusedError, RetryableError
from model.push import FieldValue, HealthFields, HealthRole
from model.tree import Target
from sandbox.jira import bulk_fields
from sandbox.jira.catalog import custom_field

HEALTH, SCORE, REASON = HealthRole.HEALTH, HealthRole.SCORE, HealthRole.REASON
ALL: Mapping[HealthRole, FieldValue] = {HEALTH: "AT_RISK", SCORE: 55.5, REASON: "Because"}
NONE: Mapping[HealthRole, FieldValue] = dict.fromkeys(HealthRole)
SUBMIT, LOOK = "POST /rest/api/3/bulk/issues/fields", "GET /rest/api/3/bulk/queue/<task_id>"


@pytest.fixture
def places_of(target_of: Callable[..., Target]) -> Callable[..., list[tuple[Target, str]]]:
    """Every issue of a site as a target with its id."""
    return lambda bench: [(target_of(one.key), one.id) for one in bench.site.issues.values()]


def _untouched(bench: Any) -> bool:
    return not bench.site.written and all(bench.shown(one.key) == [None] * 3 for one in bench.site.issues.values())


def test_fifty_issues_are_written_by_one_job_that_sends_no_mail(open_bench: Any, places_of: Any) -> None:
    bench = open_bench(50, histories=0)
    fields, connector = bench.fields(), bench.connector()
    bench.calls()
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}
    assert all(bench.shown(one.key) == ["At risk", 55.5, "Because"] for one in bench.site.issues.values())
    assert {(one.what, one.mail) for one in bench.site.written} == {("field", False)}
    assert bench.calls() == {SUBMIT: 1, LOOK: 2, "GET /rest/api/3/field": 1}


def test_the_kinds_of_the_fields_are_asked_for_once(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    for score in (1.0, 2.0):
        bench.calls()
        assert connector.write_fields_of_many(places_of(bench), {SCORE: score}, fields=fields) == {}
    assert bench.calls() == {SUBMIT: 1, LOOK: 2}


def test_none_clears_each_field(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    connector.write_fields_of_many(places_of(bench), ALL, fields=fields)
    assert connector.write_fields_of_many(places_of(bench), NONE, fields=fields) == {}
    assert bench.shown("CRM-1") == bench.shown("OPS-2") == [None, None, None]


def test_a_text_too_long_is_cut(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    assert connector.write_fields_of_many(places_of(bench), {REASON: "word " * 200}, fields=fields) == {}
    assert bench.shown("CRM-1")[2].endswith("word…")


def test_more_than_a_job_takes_are_several_jobs(
    bench: Any, places_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BULK_MOST", 4)
    monkeypatch.setattr(bulk_fields, "MOST_ISSUES", 4)
    fields, connector = bench.fields(), bench.connector()
    bench.calls()
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}
    assert bench.calls()[SUBMIT] == 2
    assert all(bench.shown(one.key)[1] == 55.5 for one in bench.site.issues.values())


# -- where a job is not for us: nothing is done -----------------------------------------------------------------------


def test_a_server_has_no_such_job(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector(deployment="datacenter")
    bench.calls()
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) is None
    assert bench.calls() == {}


def test_without_the_global_right_it_is_asked_for_once_only(bench: Any, places_of: Any) -> None:
    bench.site.denied.add("BULK_CHANGE")
    fields, connector = bench.fields(), bench.connector()
    bench.calls()
    for _ in range(3):
        assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) is None
    assert bench.calls()[SUBMIT] == 1
    assert _untouched(bench)


def test_check_says_what_the_missing_right_costs(bench: Any) -> None:
    assert not [one for one in bench.connector().check().problems if "Make bulk changes" in one.fix]
    bench.site.denied.add("BULK_CHANGE")
    report = bench.connector().check()
    (problem,) = (one for one in report.problems if "Make bulk changes" in one.fix)
    assert report.ok
    assert not problem.fatal


@pytest.mark.parametrize("value", ["NO_DATA", "Purple"])
def test_a_choice_without_a_known_id_is_left_to_single_edits(bench: Any, places_of: Any, value: str) -> None:
    fields = bench.fields()
    fields = fields.model_copy(update={"options": {band: one for band, one in fields.options.items() if band != value}})
    assert bench.connector().write_fields_of_many(places_of(bench), {HEALTH: value}, fields=fields) is None
    assert _untouched(bench)


@pytest.mark.parametrize(("number", "kind"), [("customfield_10201", "textfield"), ("customfield_10203", "textarea")])
def test_a_field_of_another_kind_is_left_to_single_edits(bench: Any, places_of: Any, number: str, kind: str) -> None:
    fields = bench.fields()
    bench.site.add_custom_field(custom_field(number, f"Own {kind}", kind))
    bench.calls()
    assert bench.connector().write_fields_of_many(places_of(bench), ALL, fields=fields) is None
    assert SUBMIT not in bench.calls()


def test_a_role_without_a_field_is_left_to_single_edits(bench: Any, places_of: Any) -> None:
    fields = HealthFields(connection="acme", ids={SCORE: bench.fields().ids[SCORE]})
    assert bench.connector().write_fields_of_many(places_of(bench), ALL, fields=fields) is None
    assert _untouched(bench)


def test_a_job_that_jira_refuses_as_a_whole_is_left_to_single_edits(
    bench: Any, places_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields, connector = bench.fields(), bench.connector()
    with monkeypatch.context() as patch:
        patch.setattr(bulk_fields, "FORMS", {"singleLineTextFields": "textfield"})
        assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) is None
    assert _untouched(bench)
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}


# -- what a job leaves out --------------------------------------------------------------------------------------------


def test_issues_without_the_field_on_their_screen_are_named_by_field_and_get_the_others(
    bench: Any, places_of: Any
) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.take_off_screen("CRM", "customfield_10203")
    refused = connector.write_fields_of_many(places_of(bench), ALL, fields=fields)
    assert {label: set(roles) for label, roles in refused.items()} == {
        f"acme:issue:CRM-{number}": {REASON} for number in (1, 2, 3)
    }
    assert refused["acme:issue:CRM-1"][REASON].startswith("Bellwether reason is not on the edit screen of CRM-1.")
    assert bench.shown("CRM-1") == ["At risk", 55.5, None]
    assert bench.shown("OPS-1") == ["At risk", 55.5, "Because"]
    assert not any(one.mail for one in bench.site.written)


def test_each_refused_field_has_a_sentence_of_its_own(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    for number in fields.ids.values():
        bench.site.take_off_screen("CRM", number)
    refused = connector.write_fields_of_many(places_of(bench), ALL, fields=fields)["acme:issue:CRM-2"]
    assert [why.partition(" is not")[0] for why in refused.values()] == [
        "Bellwether health", "Bellwether score", "Bellwether reason",
    ]


def test_issues_with_choices_of_another_context_get_theirs_by_its_words(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.replace_option("customfield_10201", "At risk")
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}
    assert bench.shown("OPS-3") == ["At risk", 55.5, "Because"]


def test_a_locked_issue_and_one_that_is_gone_are_told_for_every_field(bench: Any, places_of: Any) -> None:
    fields, connector, places = bench.fields(), bench.connector(), places_of(bench)
    bench.site.lock_issue("CRM-1")
    bench.site.secure_issue("OPS-1")
    refused = connector.write_fields_of_many(places, ALL, fields=fields)
    assert {label: set(roles) for label, roles in refused.items()} == {
        "acme:issue:CRM-1": set(ALL), "acme:issue:OPS-1": set(ALL),
    }
    assert "does not let CRM-1 be edited now" in refused["acme:issue:CRM-1"][SCORE]
    assert "OPS-1 is not there, or not visible" in refused["acme:issue:OPS-1"][SCORE]
    assert bench.shown("CRM-2") == ["At risk", 55.5, "Because"]


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DEAD"])
def test_what_a_job_that_broke_off_has_not_written_is_written_by_itself(
    bench: Any, places_of: Any, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    fields, connector = bench.fields(), bench.connector()
    monkeypatch.setattr(bulk_fields, "_edit", lambda _jira, issue, *_, **__: None if issue.key == "CRM-1" else "broken")
    honest = bulk_fields._job

    def broken(*given: Any) -> Any:
        return {**honest(*given), "then": {"status": status, "progressPercent": 20}}

    monkeypatch.setattr(bulk_fields, "_job", broken)
    bench.calls()
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}
    assert bench.calls()["PUT /rest/api/3/issue/<key>"] == 5
    assert bench.shown("OPS-3") == ["At risk", 55.5, "Because"]


def test_what_a_later_job_refuses_as_a_whole_is_written_by_itself(
    bench: Any, places_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BULK_MOST", 4)
    monkeypatch.setattr(bulk_fields, "MOST_JOBS", 1)
    fields, connector, honest = bench.fields(), bench.connector(), bulk_fields._values

    def only_for_four(jira: Any, asked: Any) -> Any:
        if len(asked["selectedIssueIdsOrKeys"]) != 4:
            raise bulk_fields._refusal(400, "No.")
        return honest(jira, asked)

    monkeypatch.setattr(bulk_fields, "_values", only_for_four)
    bench.calls()
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}
    assert bench.calls()["PUT /rest/api/3/issue/<key>"] == 2
    assert all(bench.shown(one.key) == ["At risk", 55.5, "Because"] for one in bench.site.issues.values())


# -- lost answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_a_job_whose_answer_is_lost_is_not_asked_for_again(bench: Any, places_of: Any, kind: str) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.faults.set(kind, path="/rest/api/3/bulk/issues/fields", seconds=0.01)
    bench.calls()
    with pytest.raises(AmbiguousWriteError):
        connector.write_fields_of_many(places_of(bench), ALL, fields=fields)
    assert bench.calls()[SUBMIT] == 1


def test_a_job_of_which_nothing_is_told_any_more_may_or_may_not_be_done(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.faults.set("403", path="/rest/api/3/bulk/queue")
    with pytest.raises(AmbiguousWriteError, match="does not tell what became of it"):
        connector.write_fields_of_many(places_of(bench), ALL, fields=fields)


def test_a_look_that_fails_is_made_again(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.faults.set("503", path="/rest/api/3/bulk/queue", times=2)
    assert connector.write_fields_of_many(places_of(bench), ALL, fields=fields) == {}


def test_a_job_that_never_ends_is_told_and_not_waited_for_for_ever(
    bench: Any, places_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields, connector, honest = bench.fields(), bench.connector(), bulk_fields._job
    monkeypatch.setattr(bulk_fields, "_job", lambda *given: {**honest(*given), "then": {}})
    with pytest.raises(RetryableError, match="still writing the fields"):
        connector.write_fields_of_many(places_of(bench), ALL, fields=fields)
    assert sum(bench.clock.slept) <= 120


def test_in_read_only_mode_no_job_is_asked_for(bench: Any, places_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector(read_only=True)
    bench.calls()
    with pytest.raises(RefusedError, match="read-only"):
        connector.write_fields_of_many(places_of(bench), ALL, fields=fields)
    assert SUBMIT not in bench.calls()
