"""Our three fields in one silent edit, and what becomes of those that Jira refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.jira.health_fields import LONGEST_TEXT, shortened
from model.errors import ConnectionUnusableError, FatalError, NotFoundError, RefusedError
from model.health import Band
from model.push import FieldValue, HealthRole
from sandbox.jira.catalog import custom_field

BOTH = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
HEALTH, SCORE, REASON = HealthRole.HEALTH, HealthRole.SCORE, HealthRole.REASON
ALL: Mapping[HealthRole, FieldValue] = {HEALTH: "AT_RISK", SCORE: 55.5, REASON: "Because"}


@BOTH
def test_three_fields_are_written_in_one_edit_that_sends_no_mail(bench: Any, target_of: Any, deployment: str) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    bench.calls()
    assert connector.write_fields(target_of(), ALL, fields=fields) == {}
    assert bench.shown("CRM-1") == ["At risk", 55.5, "Because"]
    assert [(one.what, one.mail) for one in bench.site.written] == [("field", False)]
    assert sum(bench.calls().values()) == 1


def test_only_the_given_roles_are_written(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    connector.write_fields(target_of(), ALL, fields=fields)
    assert connector.write_fields(target_of(), {SCORE: 10.0}, fields=fields) == {}
    assert bench.shown("CRM-1") == ["At risk", 10.0, "Because"]


def test_a_band_is_a_choice_by_its_id_other_words_by_themselves_and_none_clears(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    (choices,) = bench.site.field("customfield_10201").options.values()
    choices.append({"id": "77", "value": "Purple"})
    for value, shown in (("NO_DATA", "No data"), ("Purple", "Purple"), (None, None)):
        assert connector.write_fields(target_of(), {HEALTH: value}, fields=fields) == {}
        assert bench.shown("CRM-1")[0] == shown


def test_without_known_choices_a_band_is_written_by_its_words(bench: Any, target_of: Any) -> None:
    fields = bench.fields().model_copy(update={"options": {}})
    assert bench.connector().write_fields(target_of(), {HEALTH: "OFF_TRACK"}, fields=fields) == {}
    assert bench.shown("CRM-1")[0] == Band.OFF_TRACK.words


@BOTH
def test_a_field_off_the_screen_is_named_and_the_others_are_written(
    bench: Any, target_of: Any, deployment: str
) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    bench.site.take_off_screen("CRM", "customfield_10203")
    bench.calls()
    refused = connector.write_fields(target_of(), ALL, fields=fields)
    assert set(refused) == {REASON}
    assert refused[REASON].startswith("Bellwether reason is not on the edit screen of CRM-1.")
    assert bench.shown("CRM-1") == ["At risk", 55.5, None]
    assert sum(bench.calls().values()) == 2


@BOTH
def test_a_deleted_choice_is_named_and_the_others_are_written(bench: Any, target_of: Any, deployment: str) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    bench.site.delete_option("customfield_10201", "At risk")
    refused = connector.write_fields(target_of(), ALL, fields=fields)
    assert set(refused) == {HEALTH}
    assert "offers no choice 'At risk' on CRM-1 any more" in refused[HEALTH]
    assert bench.shown("CRM-1") == [None, 55.5, "Because"]


def test_a_choice_with_another_id_is_written_by_its_words(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.replace_option("customfield_10201", "At risk")
    assert connector.write_fields(target_of(), ALL, fields=fields) == {}
    assert bench.shown("CRM-1") == ["At risk", 55.5, "Because"]


@BOTH
def test_fields_of_the_teams_own_may_be_texts(bench: Any, target_of: Any, deployment: str) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    for number, kind in (("customfield_10201", "textfield"), ("customfield_10203", "textarea")):
        bench.site.add_custom_field(custom_field(number, f"Own {kind}", kind))
    assert connector.write_fields(target_of(), ALL, fields=fields) == {}
    state = connector.present([target_of()], fields=fields)[target_of().label]
    assert state.fields == {HEALTH: "AT_RISK", SCORE: 55.5, REASON: "Because"}


def test_several_refused_fields_have_a_sentence_each(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.delete_option("customfield_10201", "At risk")
    bench.site.take_off_screen("CRM", "customfield_10203")
    refused = connector.write_fields(target_of(), ALL, fields=fields)
    assert set(refused) == {HEALTH, REASON}
    assert "choice" in refused[HEALTH]
    assert "screen" in refused[REASON]
    assert bench.shown("CRM-1") == [None, 55.5, None]


def test_when_all_are_refused_it_is_one_error_that_names_them(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    for number in fields.ids.values():
        bench.site.take_off_screen("CRM", number)
    with pytest.raises(FatalError, match=r"health is not on the edit screen.*score is not.*reason is not") as caught:
        connector.write_fields(target_of(), ALL, fields=fields)
    assert caught.value.reason == "field_not_editable"


@BOTH
def test_a_locked_issue_is_told_as_such(bench: Any, target_of: Any, deployment: str) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    bench.site.lock_issue("CRM-1")
    with pytest.raises(FatalError, match="does not let CRM-1 be edited now") as caught:
        connector.write_fields(target_of(), ALL, fields=fields)
    assert caught.value.reason == "target_locked"


@BOTH
def test_an_account_without_the_right_is_refused_and_a_gone_issue_not_found(
    bench: Any, target_of: Any, deployment: str
) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    bench.site.denied.add("EDIT_ISSUES")
    with pytest.raises(RefusedError, match="may not edit CRM-1"):
        connector.write_fields(target_of(), ALL, fields=fields)
    with pytest.raises(NotFoundError, match="issue CRM-999 is not there, or not visible"):
        connector.write_fields(target_of("CRM-999"), ALL, fields=fields)


def test_where_mails_cannot_be_kept_back_it_is_asked_for_once_only(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector(deployment="datacenter")
    bench.site.denied |= {"ADMINISTER", "ADMINISTER_PROJECTS"}
    bench.calls()
    for score in (1.0, 2.0, 3.0):
        assert connector.write_fields(target_of(), {SCORE: score}, fields=fields) == {}
    assert sum(bench.calls().values()) == 4
    assert bench.shown("CRM-1")[1] == 3.0


def test_an_issue_named_by_its_id_tells_nothing_of_the_mails_of_others(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector(deployment="datacenter")
    ids = [bench.site.issue(key).id for key in ("CRM-1", "OPS-1")]
    bench.site.denied |= {"ADMINISTER", "ADMINISTER_PROJECTS"}
    assert connector.write_fields(target_of(ids[0]), {SCORE: 1.0}, fields=fields) == {}
    bench.site.denied -= {"ADMINISTER", "ADMINISTER_PROJECTS"}
    assert connector.write_fields(target_of(ids[1]), {SCORE: 1.0}, fields=fields) == {}
    assert [one.mail for one in bench.site.written] == [True, False]


def test_a_text_too_long_is_cut_and_written(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    assert connector.write_fields(target_of(), {REASON: "word " * 200}, fields=fields) == {}
    shown = bench.shown("CRM-1")[2]
    assert len(shown) <= LONGEST_TEXT
    assert shown.endswith("word…")


@given(st.text(max_size=600))
def test_a_shortened_text_is_never_cut_within_a_character(text: str) -> None:
    short = shortened(text)
    assert len(short.encode("utf-16-le", "surrogatepass")) // 2 <= LONGEST_TEXT
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_an_emoji_of_several_parts_is_kept_whole_or_left_out() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert shortened("x" * 250 + family) == "x" * 250 + "…"


def test_what_comes_as_a_page_of_a_login_is_no_success(bench: Any, target_of: Any) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.faults.set("html", method="PUT")
    with pytest.raises(ConnectionUnusableError):
        connector.write_fields(target_of(), ALL, fields=fields)


@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_an_edit_whose_answer_is_lost_is_made_again_and_stands(bench: Any, target_of: Any, kind: str) -> None:
    fields, connector = bench.fields(), bench.connector()
    bench.site.faults.set(kind, method="PUT", seconds=0.01)
    assert connector.write_fields(target_of(), ALL, fields=fields) == {}
    assert bench.shown("CRM-1") == ["At risk", 55.5, "Because"]
    assert len(bench.site.written) == 1  # the second time everything stood there already
