"""The owners of due benefits are reminded in Jira and Asana: once, quietly where nobody asked, and like any other write."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from app.cli import main
from config.web import writes_shown
from connector.sdk.base import Connector
from model.errors import RefusedError, UsageError
from model.push import Channel, WriteResult
from model.reminder import Reminded, Says
from service import push_back, scoring, undo, write_words
from service.jobs import start_up
from service.office import Office
from service.push_back import Wish, alone
from service.undo import Extent
from service.workspace import Workspace
from store.pushes import Intent
from tests.support.jobs import work_through
from tests.support.promised import ASANA, IN_ASANA, IN_JIRA, JIRA, Promised, reminders, results

WRITTEN, SKIPPED, FAILED = WriteResult.WRITTEN, WriteResult.SKIPPED, WriteResult.FAILED
DEPLOYMENTS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


@DEPLOYMENTS
def test_each_owner_is_asked_once_and_called_by_their_account(promised: Promised, deployment: str) -> None:
    if deployment == "datacenter":
        promised.on_data_center()
    with promised.workspace() as workspace:
        assert results(reminders(push_back.plan(workspace))) == {WriteResult.PLANNED}
        done = promised.push(workspace)
        again = push_back.push(workspace)
    assert results(done) == {WRITTEN}
    assert again == ()
    assert promised.told() == (1, 1)
    (jira,), (asana,) = promised.in_jira(), promised.in_asana()
    assert ("[~" if deployment == "datacenter" else "'mention'") in jira
    for said in (jira, asana):
        assert "Calls a day" in said
        assert "from 100 to 60 by" in said
        assert "isk impact" in said  # the field, as each tool calls it


def test_a_plan_names_the_place_and_what_the_comment_does(promised: Promised) -> None:
    with promised.workspace() as workspace:
        planned = push_back.plan(workspace)
        page = write_words.told(workspace, planned)
    arguments = ["plan", "--config", str(promised.scene.path)]
    lines = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout.splitlines()
    assert sum("issue “Calls a day”" in one for one in lines) == sum("task “Calls a day”" in one for one in lines) == 1
    assert sum(one.startswith("    + reminder asks what was achieved, since 20") for one in lines) == 2
    assert sum("It was due on" in one for one in lines) == 2
    assert {(line.what, str(line.new)[:4]) for place in page for line in place.lines} == {("Reminder", "asks")}
    assert {(shown.what, str(shown.new)[:4]) for shown in map(writes_shown.line, planned)} == {("reminder", "asks")}


def test_nothing_is_said_unless_the_configuration_says_so(promised: Promised) -> None:
    promised.scene.document["publishing"] = {}
    with promised.workspace() as workspace:
        assert push_back.plan(workspace) == push_back.push(workspace) == ()
    assert promised.told() == (0, 0)


def test_what_was_entered_is_said_in_the_same_comment_and_to_nobody(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        promised.enter(72.0)
        promised.pull(workspace)
        done = promised.push(workspace)
    assert results(done) == {WRITTEN}
    assert promised.told() == (1, 1)
    (jira,), (asana,) = promised.in_jira(), promised.in_asana()
    for said in (jira, asana):
        assert "70%" in said
        assert "isk impact" not in said


def test_after_90_days_a_new_comment_takes_the_place_of_the_one_before(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        promised.passed = timedelta(days=89)
        assert promised.push(workspace) == {}
        promised.passed = timedelta(days=91)
        done = promised.push(workspace)
        assert promised.push(workspace) == {}
    assert results(done) == {WRITTEN}
    assert promised.told() == (2, 2)
    assert (len(promised.in_jira()), len(promised.in_asana())) == (1, 1)


def test_a_later_due_date_is_said_quietly_and_reminded_of_anew(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        promised.move(5)
        promised.pull(workspace)
        assert results(promised.push(workspace)) == {WRITTEN}
        assert promised.told() == (1, 1)
        assert "due on" in promised.in_asana()[0]
        promised.passed = timedelta(days=7)
        assert results(promised.push(workspace)) == {WRITTEN}
    assert promised.told() == (2, 2)
    assert (len(promised.in_jira()), len(promised.in_asana())) == (1, 1)


def test_without_a_due_date_the_comment_is_taken_away(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        promised.move(None)
        promised.pull(workspace)
        assert results(promised.push(workspace)) == {WRITTEN}
        assert promised.push(workspace) == {}
    assert (promised.in_jira(), promised.in_asana()) == ([], [])


def test_a_closed_project_is_not_forgotten(promised: Promised) -> None:
    for project in promised.projects:
        project["state"] = "closed"
    with promised.workspace() as workspace:
        scoring.score(workspace, as_of=None)
        assert results(promised.push(workspace)) == {WRITTEN}
        promised.enter(72.0)
        start_up(Office(workspace))
        work_through(workspace)
    assert promised.told() == (1, 1)
    assert "70%" in promised.in_jira()[0]
    assert "70%" in promised.in_asana()[0]


def test_a_worker_reminds_on_the_day_without_being_asked(promised: Promised) -> None:
    promised.move(1)
    with promised.workspace() as workspace:
        promised.pull(workspace)
        start_up(Office(workspace))
        work_through(workspace)
        assert promised.told() == (0, 0)
        promised.passed = timedelta(days=2)
        work_through(workspace)
        assert promised.told() == (1, 1)
        before = len(promised.scene.jira.written)
        work_through(workspace)  # our own comments come back in the polls
    assert len(promised.scene.jira.written) == before
    assert promised.told() == (1, 1)


# -- manners ----------------------------------------------------------------------------------------------------------


def test_in_quiet_hours_nobody_is_asked_and_what_waits_is_said_afterwards(promised: Promised) -> None:
    days = [(datetime.now(UTC) + timedelta(days=more)).strftime("%A").lower() for more in (-1, 0, 1)]
    promised.remind(quiet_days=days)
    with promised.workspace() as workspace:
        done = promised.push(workspace)
        assert {(write.result, write.reason) for write in done.values()} == {(SKIPPED, "quiet")}
        assert promised.told() == (0, 0)
        promised.passed = timedelta(days=3)
        work_through(workspace)
    assert promised.told() == (1, 1)


def test_nothing_is_written_in_read_only_mode(promised: Promised) -> None:
    promised.scene.document["read_only"] = True
    with promised.workspace() as workspace:
        assert results(reminders(push_back.plan(workspace))) == {WriteResult.PLANNED}
        with pytest.raises(RefusedError):
            push_back.push(workspace)
    assert promised.told() == (0, 0)


def test_where_customers_could_read_it_nothing_is_said(promised: Promised) -> None:
    promised.scene.jira.serve_customers("WEB")
    with promised.workspace() as workspace:
        assert promised.push(workspace)[JIRA].reason == "public"
    assert promised.in_jira() == []


def test_at_an_item_that_few_may_see_nothing_is_said(promised: Promised) -> None:
    promised.scene.jira.secure_issue(IN_JIRA, shown=True)
    with promised.workspace() as workspace:
        promised.pull(workspace)
        assert promised.push(workspace)[JIRA].reason == "restricted"
    assert promised.in_jira() == []


def test_the_reminder_is_told_in_the_language_of_publishing(promised: Promised) -> None:
    promised.remind(language="de")
    with promised.workspace() as workspace:
        promised.push(workspace)
    assert "Versprochen" in promised.in_jira()[0]
    assert "Versprochen" in promised.in_asana()[0]


def test_a_benefit_that_shows_health_too_has_a_comment_for_each(promised: Promised) -> None:
    task = promised.scene.asana.task(IN_ASANA).gid
    promised.projects[1]["publish"] = [{"connection": ASANA, "task": task, "comment": "on_band_change"}]
    with promised.workspace() as workspace:
        done = push_back.push(workspace)
        assert {write.channel for write in done if write.result is WRITTEN} == {Channel.COMMENT, Channel.REMINDER}
        promised.enter(72.0)
        promised.pull(workspace)
        promised.push(workspace)
    health, reminder = sorted(promised.in_asana(), key=lambda said: "benefit.reminder" in said)
    assert "70%" in reminder
    assert "Calls a day" not in health


# -- exactly once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("fault", ["drop", "503"])
def test_a_lost_answer_makes_no_second_reminder(promised: Promised, fault: str, *, again: bool) -> None:
    site, path = promised.scene.jira, f"/rest/api/3/issue/{promised.scene.jira.issue(IN_JIRA).id}/comment"
    with promised.workspace() as workspace:
        if again:
            promised.push(workspace)
            promised.passed = timedelta(days=91)
        site.faults.set(fault, method="POST", path=path)
        promised.push(workspace)
        promised.passed += timedelta(minutes=20)
        promised.push(workspace)
        assert promised.push(workspace) == {}
        with workspace.db.read() as uow:
            assert uow.pushes.intents(JIRA) == ()
    assert len(promised.in_jira()) == 1
    assert promised.told()[0] == 1 + again


@pytest.mark.parametrize("fault", ["drop_after_write", "error_500"])
def test_a_lost_answer_of_asana_makes_no_second_reminder(promised: Promised, fault: str) -> None:
    with promised.workspace() as workspace:
        promised.scene.asana.faults.set(fault, "*/stories", method="POST")
        promised.push(workspace)
        promised.passed = timedelta(minutes=20)
        promised.push(workspace)
        assert promised.push(workspace) == {}
    assert promised.told()[1] == len(promised.in_asana()) == 1


def test_a_push_that_died_between_the_old_comment_and_the_new_one_is_made_up_for(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        (made,) = promised.scene.jira.issue(IN_JIRA).comments
        promised.passed = timedelta(days=91)
        _intend_again(workspace)
        promised.scene.jira.delete_comment(IN_JIRA, str(made["id"]))
        assert promised.push(workspace)[JIRA].result is WRITTEN
        assert promised.push(workspace) == {}
    assert len(promised.in_jira()) == 1


def _intend_again(workspace: Workspace) -> None:
    """Keep what a push keeps before it begins."""
    planned = reminders(push_back.plan(workspace))[JIRA]
    with workspace.db.begin() as uow:
        uow.pushes.intend([Intent(
            connection=JIRA, target=planned.target, channel=planned.channel, node=planned.node, run="push-99", by="worker",
            mark="", signature="", writes=(planned,), at=workspace.clock(),
        )])  # fmt: skip


def test_a_comment_that_somebody_deleted_is_not_made_again_before_its_time(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        (made,) = promised.scene.jira.issue(IN_JIRA).comments
        promised.scene.jira.delete_comment(IN_JIRA, str(made["id"]))
        promised.enter(60.0, "Story Points")
        promised.enter(72.0)
        promised.pull(workspace)
        assert promised.push(workspace)[JIRA].reason == "comment_gone"
        assert promised.push(workspace) == {}
        promised.enter(None)
        promised.pull(workspace)
        promised.passed = timedelta(days=91)
        assert results(promised.push(workspace)) == {WRITTEN}
    assert len(promised.in_jira()) == 1


def test_a_benefit_that_is_gone_is_named_and_left_in_peace(promised: Promised) -> None:
    promised.scene.jira.delete_issue(IN_JIRA)
    promised.scene.asana.delete_task(IN_ASANA, by="cy")
    with promised.workspace() as workspace:
        done = push_back.push(workspace, Wish(insist=False, by="worker"))
        assert {write.result for write in done} == {FAILED}
        resting = push_back.push(workspace, Wish(insist=False, by="worker"))
        assert {(write.result, write.reason) for write in resting} == {(SKIPPED, "trouble")}
    for project in promised.projects:
        project["state"] = "candidate"
    with promised.workspace() as workspace:  # candidates promise nothing, so there is nothing to be said there
        push_back.push(workspace)
        with workspace.db.read() as uow:
            assert uow.agenda.troubles(JIRA) == {}


def test_what_another_push_was_at_stays_due(promised: Promised) -> None:
    with promised.workspace() as workspace:
        start_up(Office(workspace))
        with workspace.db.alone(alone(JIRA)) as got:
            assert got
            done = push_back.push(workspace, Wish(insist=False, by="worker"))
        assert [write.node for write in done if write.reason == "busy"] == ["web"]
        with workspace.db.read() as uow:
            assert uow.agenda.due(workspace.clock()) == ("web",)


def test_a_connection_without_its_secret_keeps_no_other_from_reminding(promised: Promised) -> None:
    with promised.workspace() as workspace:
        def connector(name: str) -> Connector:
            if name == JIRA:
                raise UsageError("The secret is not there.", where=name)
            return workspace.connector(name)

        done = push_back.push(replace(workspace, connector=connector))
    assert [write.result for write in done] == [WRITTEN]
    assert (promised.in_jira(), len(promised.in_asana())) == ([], 1)


# -- undo -------------------------------------------------------------------------------------------------------------


def test_what_was_undone_is_gone_and_stays_so_until_somebody_pushes_it_by_name(promised: Promised) -> None:
    with promised.workspace() as workspace:
        began = workspace.clock() - timedelta(minutes=1)
        promised.push(workspace)
        assert {write.result for write in undo.undo(workspace, Extent(since=began))} == {WRITTEN}
        assert (promised.in_jira(), promised.in_asana()) == ([], [])
        assert {write.reason for write in push_back.push(workspace)} == {"held"}
        promised.push(workspace, only={"WEB", "LAUNCH"} | {node.id for node in workspace.tree.projects()})
    assert (len(promised.in_jira()), len(promised.in_asana())) == (1, 1)


def test_an_edit_that_was_undone_asks_again_without_telling_anybody(promised: Promised) -> None:
    with promised.workspace() as workspace:
        promised.push(workspace)
        promised.enter(72.0)
        promised.pull(workspace)
        promised.passed = timedelta(hours=1)
        run = _run_of(promised)
        undo.undo(workspace, Extent(run=run))
        with workspace.db.read() as uow:
            kept = list(uow.pushes.written(JIRA).values())
    assert promised.told() == (1, 1)
    assert "isk impact" in promised.in_asana()[0]
    said = Reminded.of(next(iter(kept[0].values())).value)
    assert said is not None
    assert said.says is Says.ASKED


def _run_of(promised: Promised) -> str:
    """Push; the run's id."""
    with promised.workspace() as workspace:
        promised.push(workspace)
        with workspace.db.read() as uow:
            return uow.pushes.audit()[-1].run
