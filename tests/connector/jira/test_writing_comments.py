"""One comment a node and target: made once, edited in silence, for its audience only, never for customers."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connector.jira.comments import COMMENT_PROPERTY
from model.errors import AmbiguousWriteError, ConnectionUnusableError, FatalError, NotFoundError, RefusedError
from model.health import Band
from model.push import HealthRole
from model.tree import Audience, Courtesy
from sandbox.jira import comments as sandbox_comments
from sandbox.jira.datacenter import writing as sandbox_writing

Open = Callable[..., Any]
BOTH = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


def _comments(bench: Any, key: str = "CRM-1") -> list[Any]:
    return list(bench.site.issue(key).comments)


@BOTH
def test_a_comment_is_made_once_and_edited_from_then_on_even_when_its_id_was_lost(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    connector = bench.connector(deployment=deployment)
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    again = bench.connector(deployment=deployment).write_comment(target_of(), message_of(score=30.0), comment_id=None)
    assert made == again == connector.write_comment(target_of(), message_of(), comment_id=made)
    assert len(_comments(bench)) == 1
    assert bench.site.comment_properties[made][COMMENT_PROPERTY] == {"node": "crm"}


def test_two_nodes_have_a_comment_each_on_one_issue(bench: Any, target_of: Any, message_of: Any) -> None:
    connector = bench.connector()
    made = {connector.write_comment(target_of(), message_of(node=node), comment_id=None) for node in ("a", "b", "a")}
    assert len(made) == len(_comments(bench)) == 2
    assert {connector.find_comment(target_of(), node) for node in ("a", "b")} == made
    assert connector.find_comment(target_of(), "c") is None


def test_only_a_new_comment_sends_a_mail(bench: Any, target_of: Any, message_of: Any) -> None:
    connector = bench.connector()
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    for score in (20.0, 10.0):
        connector.write_comment(target_of(), message_of(score=score), comment_id=made)
    assert [(one.what, one.mail) for one in bench.site.written] == [
        ("comment_new", True), ("comment_edit", False), ("comment_edit", False),
    ]


@BOTH
def test_editing_a_comment_that_is_gone_says_so(bench: Any, target_of: Any, message_of: Any, deployment: str) -> None:
    connector = bench.connector(deployment=deployment)
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    bench.site.delete_comment("CRM-1", made)
    with pytest.raises(NotFoundError):
        connector.write_comment(target_of(), message_of(), comment_id=made)
    assert not _comments(bench)


@BOTH
@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_a_comment_whose_answer_was_lost_is_not_written_twice(
    bench: Any, target_of: Any, message_of: Any, deployment: str, kind: str
) -> None:
    connector = bench.connector(deployment=deployment)
    bench.site.faults.set(kind, method="POST", path=f"/rest/api/{3 if deployment == 'cloud' else 2}/issue/CRM-1/comment",
                          seconds=0.01)
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    assert [one["id"] for one in _comments(bench)] == [made]


def test_a_comment_that_was_perhaps_not_made_is_left_open(bench: Any, target_of: Any, message_of: Any) -> None:
    connector = bench.connector()
    bench.site.faults.set("503", method="POST", path="/rest/api/3/issue/CRM-1/comment")
    with pytest.raises(AmbiguousWriteError):
        connector.write_comment(target_of(), message_of(), comment_id=None)
    assert not _comments(bench)


def test_with_a_third_of_the_answers_lost_there_is_one_comment_each(
    open_bench: Open, target_of: Any, message_of: Any
) -> None:
    bench = open_bench(40, histories=0)
    connector = bench.connector()
    bench.site.faults.set("reset", method="WRITE", share=0.3, seed=7, times=10**6)
    keys = [issue.key for issue in bench.site.issues.values()]

    def written(key: str, score: float) -> str:
        for _ in range(10):  # as the next pushes would
            with contextlib.suppress(AmbiguousWriteError, ConnectionUnusableError):
                return str(connector.write_comment(target_of(key), message_of(score=score), comment_id=None))
        raise AssertionError(key)

    for score in (30.0, 40.0):
        made = {key: written(key, score) for key in keys}
    assert bench.site.faults.struck >= 10
    assert {key: [one["id"] for one in _comments(bench, key)] for key in keys} == {key: [made[key]] for key in keys}


@BOTH
def test_a_customers_request_gets_no_comment_and_is_told_why(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    connector = bench.connector(deployment=deployment)
    bench.site.serve_customers("CRM")
    with pytest.raises(RefusedError, match="customers could read") as caught:
        connector.write_comment(target_of(), message_of(), comment_id=None)
    assert caught.value.reason == "public_comments"
    assert "fields are written" in caught.value.fix
    assert not _comments(bench)


def test_a_comment_is_not_edited_where_a_project_began_to_serve_customers(
    bench: Any, target_of: Any, message_of: Any
) -> None:
    connector = bench.connector()
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    bench.site.serve_customers("CRM")
    connector.present([target_of()], fields=None)
    with pytest.raises(RefusedError):
        connector.write_comment(target_of(), message_of(score=1.0), comment_id=made)


def test_who_looked_at_the_target_needs_no_more_requests_than_the_edit(
    bench: Any, target_of: Any, message_of: Any
) -> None:
    connector = bench.connector()
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    fresh = bench.connector()
    fresh.present([target_of()], fields=None)
    bench.calls()
    fresh.write_comment(target_of(), message_of(), comment_id=made)
    assert bench.calls() == {"PUT /rest/api/3/issue/<key>/comment/<comment_id>": 1}


# -- audience ---------------------------------------------------------------------------------------------------------


@BOTH
def test_an_audience_is_a_group_by_id_or_name_or_a_role(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    connector = bench.connector(deployment=deployment)
    bench.site.groups["g-1"] = "board"
    group = "g-1" if deployment == "cloud" else "board"
    for audience, word in ((Audience(group=group), "board"), (Audience(role="Administrators"), "Administrators")):
        target = target_of(courtesy=Courtesy(audience=audience))
        made = connector.write_comment(target, message_of(), comment_id=None)
        assert [one["visibility"]["value"] for one in _comments(bench) if one["id"] == made] == [word]
    assert len(_comments(bench)) == 1


@BOTH
def test_an_audience_that_is_not_there_is_told_and_nothing_is_written(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    target = target_of(courtesy=Courtesy(audience=Audience(group="nobody")))
    with pytest.raises(FatalError, match="refuses the audience") as caught:
        bench.connector(deployment=deployment).write_comment(target, message_of(), comment_id=None)
    assert caught.value.reason == "audience"
    assert not _comments(bench)


@BOTH
def test_an_issue_full_of_comments_is_told_as_such(
    bench: Any, target_of: Any, message_of: Any, deployment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sandbox_comments, sandbox_writing):
        monkeypatch.setattr(module, "MOST_COMMENTS", 3)
    for number in range(3):
        bench.site.add_comment("CRM-1", f"Comment {number}")
    with pytest.raises(FatalError, match="as many comments as Jira allows") as caught:
        bench.connector(deployment=deployment).write_comment(target_of(), message_of(), comment_id=None)
    assert caught.value.reason == "comment_limit"


# -- whose, gone, asked -----------------------------------------------------------------------------------------------


@BOTH
def test_a_comment_is_ours_until_somebody_else_edits_it_and_none_when_gone(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    connector = bench.connector(deployment=deployment)
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    assert connector.comment_is_ours(target_of(), made) is True
    bench.site.edit_comment("CRM-1", made, "Not so bad")
    assert connector.comment_is_ours(target_of(), made) is False
    connector.write_comment(target_of(), message_of(), comment_id=made)
    assert connector.comment_is_ours(target_of(), made) is True
    bench.site.delete_comment("CRM-1", made)
    assert connector.comment_is_ours(target_of(), made) is None


@BOTH
def test_deleting_a_comment_twice_is_fine(bench: Any, target_of: Any, message_of: Any, deployment: str) -> None:
    connector = bench.connector(deployment=deployment)
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    connector.delete_comment(target_of(), made)
    connector.delete_comment(target_of(), made)
    assert not _comments(bench)


@BOTH
def test_a_comment_of_somebody_else_is_never_taken_for_ours(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    theirs = bench.site.add_comment("CRM-1", "(bellwether: crm)")["id"]
    bench.site.comment_properties[theirs] = {COMMENT_PROPERTY: {"node": "crm"}}
    connector = bench.connector(deployment=deployment)
    assert connector.find_comment(target_of(), "crm") is None
    assert connector.write_comment(target_of(), message_of(), comment_id=None) != theirs


@BOTH
def test_questions_of_others_are_told_oldest_first_and_nothing_else(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    connector = bench.connector(deployment=deployment)
    since = bench.clock()
    asked = []
    for text in ("/bellwether why", "Hello", "  /Bellwether   WHY ", "why /bellwether why", "/bellwether why?"):
        bench.clock.move(minutes=1)
        asked.append(bench.site.add_comment("CRM-1", text)["id"])
    bench.site.add_comment("CRM-1", "/bellwether why", by=bench.site.credentials["sandbox-jira-token"])
    connector.write_comment(target_of(), message_of(), comment_id=None)
    told = connector.questions(target_of(), since=since)
    assert [one.id for one in told] == [asked[0], asked[2]]
    assert [one.at for one in told] == [since + timedelta(minutes=1), since + timedelta(minutes=3)]
    assert connector.questions(target_of(), since=told[-1].at + timedelta(seconds=1)) == ()


def test_looking_for_questions_stops_at_the_first_older_comment(bench: Any, target_of: Any) -> None:
    for _ in range(250):
        bench.site.add_comment("CRM-1", "Chat")
    bench.clock.move(minutes=1)
    bench.site.add_comment("CRM-1", "/bellwether why")
    connector = bench.connector()
    connector.own_account()
    bench.calls()
    assert len(connector.questions(target_of(), since=bench.clock())) == 1
    assert sum(bench.calls().values()) == 1


def test_the_newest_of_our_comments_is_found_without_reading_those_of_others(bench: Any, target_of: Any) -> None:
    for _ in range(120):
        bench.site.add_comment("CRM-1", "Chat")
    connector = bench.connector()
    connector.own_account()
    bench.calls()
    assert connector.find_comment(target_of(), "crm") is None
    assert bench.calls() == {"GET /rest/api/3/issue/<key>/comment": 2}


# -- what Jira does not have ------------------------------------------------------------------------------------------


def test_an_issue_takes_no_status_update(bench: Any, target_of: Any, message_of: Any) -> None:
    connector = bench.connector()
    with pytest.raises(FatalError, match="no status updates"):
        connector.write_status_update(target_of(), message_of(), mark="m")
    assert connector.find_status_update(target_of(), "m", since=bench.clock()) is None
    assert (connector.comment_kinds, connector.property_kinds) == (frozenset({"issue"}), frozenset({"issue"}))


# -- the limits of the vendor, at the vendor's own speed --------------------------------------------------------------


def test_many_writes_to_one_issue_break_no_limit(bench: Any, target_of: Any, message_of: Any) -> None:
    connector = bench.connector(speed=1.0)
    bench.site.limits._monotonic = lambda: bench.clock.at.timestamp()
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    for number in range(130):
        band = Band.OFF_TRACK if number % 2 else Band.AT_RISK
        connector.write_comment(target_of(), message_of(band=band, score=float(number)), comment_id=made)
    assert not bench.site.limits.violations


def test_a_burst_of_edits_breaks_no_limit(open_bench: Open, target_of: Any) -> None:
    bench = open_bench(200, histories=0)
    fields, connector = bench.fields(), bench.connector(speed=1.0)
    bench.site.limits._monotonic = lambda: bench.clock.at.timestamp()
    for issue in list(bench.site.issues.values()):
        connector.write_fields(target_of(issue.key), {HealthRole.SCORE: 5.0}, fields=fields)
    assert not bench.site.limits.violations


@BOTH
def test_an_account_that_may_not_comment_is_told_so(
    bench: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    bench.site.denied.add("ADD_COMMENTS")
    with pytest.raises(RefusedError, match="may not comment on CRM-1"):
        bench.connector(deployment=deployment).write_comment(target_of(), message_of(), comment_id=None)
