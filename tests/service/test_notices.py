"""Who is told of changed bands, once each: from kept scores to a receiver."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from connector.notify.base import Outlet
from connector.notify.create import outlet
from model.errors import (
    AmbiguousWriteError,
    FatalError,
    NotFoundError,
    RefusedError,
    RetryableError,
    SkippableError,
)
from model.health import Band, Finding, Improvement, Outcome, RollupResult, ScoredDimension
from model.notices import Notice
from model.sync import Records
from model.tree import Quiet
from service import notices
from service.notices import DELAYS, Watch
from tests.support.made_notices import made_surroundings
from tests.support.made_records import made_item
from tests.support.office import NOON, Ear, Office, Opens, made_score, made_subscription
from tests.support.receiver import Reply, receiver


def test_the_first_band_is_no_news_and_a_changed_one_is_told_once(office: Opens) -> None:
    here = office()
    here.score(growth=Band.ON_TRACK, reach=Band.ON_TRACK)
    assert here.check().idle
    here.score(reach=Band.AT_RISK)
    assert [notice.node for notice in here.check().sent] == ["reach"]
    for _ in range(3):
        assert here.check().idle
    assert here.told() == [("reach", Band.ON_TRACK, Band.AT_RISK)]
    message = here.ear.heard[0].message
    assert (message.previous_score, message.score, message.url) == (80.0, 55.0, "https://bw.example/nodes/reach")
    assert message.receipt == {}


def test_a_band_that_comes_back_is_told_again_each_time(office: Opens) -> None:
    here = office()
    for band in (Band.ON_TRACK, Band.AT_RISK, Band.ON_TRACK, Band.AT_RISK):
        here.score(reach=band)
        here.check()
    assert [now for _, _, now in here.told()] == [Band.AT_RISK, Band.ON_TRACK, Band.AT_RISK]
    assert len({notice.key for notice in here.ear.heard}) == 3


def test_no_data_is_never_told_and_what_comes_after_is_compared_with_what_was_before(office: Opens) -> None:
    here = office()
    for band in (Band.NO_DATA, Band.ON_TRACK, Band.NO_DATA, Band.ON_TRACK, Band.NO_DATA, Band.OFF_TRACK):
        here.score(reach=band)
        here.check()
    assert here.told() == [("reach", Band.ON_TRACK, Band.OFF_TRACK)]


def test_a_node_that_nobody_subscribed_to_is_not_told_of(office: Opens) -> None:
    here = office(nodes=("growth",))
    here.score(growth=Band.ON_TRACK, reach=Band.ON_TRACK)
    here.check()
    here.score(reach=Band.OFF_TRACK)
    assert here.check().idle


def test_in_quiet_hours_nothing_is_told_and_after_them_what_is_true_then(office: Opens) -> None:
    here = office(at=datetime(2026, 11, 18, 20, 0, tzinfo=UTC), quiet=Quiet(start=time(22), end=time(7)))
    here.score(growth=Band.ON_TRACK, reach=Band.ON_TRACK)
    here.check()
    here.later(hours=2)
    here.score(growth=Band.AT_RISK, reach=Band.AT_RISK)
    assert here.check().idle
    here.score(growth=Band.ON_TRACK)
    here.later(hours=9)
    here.check()
    assert here.told() == [("reach", Band.ON_TRACK, Band.AT_RISK)]


def test_read_only_keeps_and_sends_nothing(office: Opens) -> None:
    here = office(read_only=True)
    here.score(reach=Band.ON_TRACK)
    assert here.check().idle
    with pytest.raises(RefusedError, match="read-only"):
        notices.told_by_hand(here.workspace)
    with here.workspace.db.read() as uow:
        assert uow.notices.newest("webhook-1") == {}


def test_a_dry_run_says_what_would_be_sent_and_keeps_nothing(office: Opens) -> None:
    here = office()
    here.score(reach=Band.ON_TRACK)
    here.check()
    here.score(reach=Band.AT_RISK)
    for _ in range(2):
        here.later()
        assert [notice.message.band for notice in notices.planned(here.workspace)] == [Band.AT_RISK]
    assert here.ear.asked == 0
    here.check()
    assert notices.planned(here.workspace) == ()


def test_a_worker_looks_once_a_minute_and_at_once_when_a_node_was_touched(office: Opens) -> None:
    here, watch = office(), Watch()
    here.score(reach=Band.ON_TRACK)
    notices.due(here.workspace, watch)
    here.score(reach=Band.AT_RISK)
    here.later(minutes=0.5)
    assert notices.due(here.workspace, watch).idle
    assert len(notices.due(here.workspace, watch, touched=("reach",)).sent) == 1


# -- when sending fails ---------------------------------------------------------------------------------------------------


def changed(here: Office) -> None:
    """One changed band waits to be told."""
    here.score(reach=Band.ON_TRACK)
    notices.due(here.workspace)
    here.later()
    here.score(reach=Band.AT_RISK)


def test_a_failed_notice_is_tried_again_after_growing_delays_and_given_up_within_a_day(office: Opens) -> None:
    here = office(Ear(errors=[RetryableError("later") for _ in range(100)]))
    changed(here)
    assert len(notices.due(here.workspace).waiting) == 1
    for number, delay in enumerate(DELAYS):
        here.moment[0] += delay - timedelta(seconds=1)
        assert notices.due(here.workspace).idle
        here.moment[0] += timedelta(seconds=1)
        last = notices.due(here.workspace)
        assert here.ear.asked == number + 2
    assert (len(last.waiting), len(last.lost)) == (0, 1)
    assert sum(DELAYS, timedelta()) < timedelta(days=1)
    here.later(hours=48)
    assert notices.due(here.workspace).idle


def test_the_receivers_own_wish_to_wait_is_a_minimum(office: Opens) -> None:
    here = office(Ear(errors=[RetryableError("later", retry_after_s=1800)]))
    changed(here)
    notices.due(here.workspace)
    for minutes, asked in ((25, 1), (6, 2)):
        here.later(minutes=minutes)
        notices.due(here.workspace)
        assert here.ear.asked == asked


def test_a_receiver_that_fails_is_asked_once_and_not_for_each_notice(office: Opens) -> None:
    here = office(Ear(errors=[FatalError("no")]))
    here.score(growth=Band.ON_TRACK, reach=Band.ON_TRACK)
    here.check()
    here.score(growth=Band.AT_RISK, reach=Band.AT_RISK)
    here.check()
    assert here.ear.asked == 1
    here.check()
    assert sorted(notice.node for notice in here.ear.heard) == ["growth", "reach"]


@pytest.mark.parametrize(("repeatable", "heard"), [(True, 1), (False, 0)])
def test_after_an_ambiguous_failure_only_who_knows_a_notice_again_is_sent_it_again(
    repeatable: bool, heard: int, office: Opens
) -> None:
    here = office(Ear(repeatable, errors=[AmbiguousWriteError("perhaps")]))
    changed(here)
    first = notices.due(here.workspace)
    assert (len(first.waiting), len(first.lost)) == ((1, 0) if repeatable else (0, 1))
    for _ in range(3):
        here.later(hours=4)
        notices.due(here.workspace)
    assert len(here.ear.heard) == heard


@pytest.mark.parametrize(("repeatable", "heard"), [(True, 1), (False, 0)])
def test_a_process_that_died_while_sending_leaves_no_second_message_to_people(
    repeatable: bool, heard: int, office: Opens
) -> None:
    here = office(Ear(repeatable, errors=[KeyboardInterrupt()]))  # type: ignore[list-item]
    changed(here)
    with pytest.raises(KeyboardInterrupt):
        notices.due(here.workspace)
    assert notices.due(here.workspace).idle
    here.later(minutes=16)
    after = notices.due(here.workspace)
    assert len(after.lost) == (0 if repeatable else 1)
    here.check()
    assert len(here.ear.heard) == heard
    here.score(reach=Band.OFF_TRACK)
    here.check()
    assert here.told()[-1] == ("reach", Band.AT_RISK, Band.OFF_TRACK)


def test_a_receiver_that_is_gone_for_good_is_given_up_at_once(office: Opens) -> None:
    here = office(Ear(errors=[NotFoundError("gone")]))
    changed(here)
    assert len(notices.due(here.workspace).lost) == 1
    here.later(hours=2)
    assert notices.due(here.workspace).idle
    here.score(reach=Band.OFF_TRACK)
    here.check()
    assert here.told() == [("reach", Band.AT_RISK, Band.OFF_TRACK)]


def test_a_notice_that_some_of_several_got_is_not_sent_again(office: Opens) -> None:
    here = office(Ear(errors=[SkippableError("one of two")]))
    changed(here)
    outcome = notices.due(here.workspace)
    assert (len(outcome.sent), len(outcome.partly)) == (1, 1)
    assert here.check().idle


def test_a_notice_that_is_no_longer_true_is_not_sent(office: Opens) -> None:
    here = office(Ear(errors=[RetryableError("later")]))
    changed(here)
    notices.due(here.workspace)
    here.score(reach=Band.ON_TRACK)
    here.check()
    assert here.told() == []
    here.score(reach=Band.AT_RISK)
    here.check()
    assert here.told() == [("reach", Band.ON_TRACK, Band.AT_RISK)]


def test_a_newer_band_takes_the_place_of_one_that_waits(office: Opens) -> None:
    here = office(Ear(errors=[RetryableError("later")]))
    changed(here)
    notices.due(here.workspace)
    here.score(reach=Band.OFF_TRACK)
    here.check()
    assert here.told() == [("reach", Band.ON_TRACK, Band.OFF_TRACK)]


def test_two_processes_at_once_send_one_message(office: Opens) -> None:
    here = office()
    other: list[notices.Outcome] = []

    class Slow(Ear):
        def send(self, notice: Notice) -> None:
            other.append(notices.due(here.workspace))
            super().send(notice)

    slow = Slow()
    here.workspace = replace(here.workspace, notifiers=(Outlet(made_subscription(), slow),))
    changed(here)
    assert len(notices.due(here.workspace).sent) == 1
    assert [outcome.idle for outcome in other] == [True]
    assert slow.asked == 1


def test_over_the_wire_a_lost_answer_brings_the_same_id_again(office: Opens) -> None:
    with receiver() as there:
        there.replies.append(Reply(silent=True))
        around = made_surroundings({"env:URL": there.url(), "env:SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
        here = office()
        here.workspace = replace(here.workspace, notifiers=(outlet(made_subscription(), around),))
        changed(here)
        assert len(notices.due(here.workspace).waiting) == 1
        assert len(here.check().sent) == 1
        ids = [posted.headers["webhook-id"] for posted in there.posted]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_titles_of_items_shown_to_few_are_left_out(office: Opens) -> None:
    here = office()
    items = (made_item(1, title="Open to all"), made_item(2, title="Secret deal", restricted=True))
    finding = Finding(
        dimension="schedule", version=1, outcome=Outcome.MEASURED, score=30.0, reason="2 of 2 open items are overdue",
        reason_code="schedule_overdue", evidence=tuple(item.id for item in items),
        improvement=Improvement(text="re-plan them", items=(items[1].id,), points=20.0),
    )
    entry = ScoredDimension(finding=finding, weight=30, effective_weight=1.0, measured_share=1.0)
    with here.workspace.db.begin() as uow:
        uow.records.save(Records(items=items), known_at=NOON)
    here.score(reach=Band.ON_TRACK)
    here.check()
    late = made_score("reach", Band.OFF_TRACK).model_copy(update={"dimensions": (entry,)})
    with here.workspace.db.begin() as uow:
        uow.scores.save(RollupResult(as_of=here.moment[0], known_at=here.moment[0], policy="p", nodes=(late,)))
    here.check()
    (cause,) = here.ear.heard[0].message.causes
    assert [title for title, _ in cause.items] == ["Open to all"]
    assert "Secret deal" not in here.ear.heard[0].model_dump_json()


def reported(here: Office, declared: Band | None, computed: Band, *, days_ago: float = 1, node: str = "web") -> None:
    """Keep a score of a node with what a person declared some days ago."""
    now = here.moment[0]
    at = now - timedelta(days=days_ago)
    said = {"declared_band": declared, "declared_at": at if declared else None}
    score = made_score(node, computed).model_copy(update=said)
    with here.workspace.db.begin() as uow:
        uow.scores.save(RollupResult(as_of=now, known_at=now, policy="p", nodes=(score,)))


@pytest.mark.parametrize(
    ("declared", "computed", "better"),
    [(Band.ON_TRACK, Band.OFF_TRACK, True), (Band.AT_RISK, Band.ON_TRACK, False)],
)
def test_a_project_s_own_people_are_told_at_once_of_a_status_that_differs_both_ways(
    office: Opens, declared: Band, computed: Band, better: bool
) -> None:
    here = office(about="reported", nodes=("web",))
    at = here.moment[0]
    reported(here, declared, computed)
    (notice,) = here.check().sent
    told = notice.reported
    assert told is not None
    assert (told.declared, told.computed, told.better) == (declared, computed, better)
    assert told.bands == (2 if better else 1)
    assert told.above_from == (told.since + timedelta(days=7)).astimezone(ZoneInfo("Europe/Berlin")).date()
    assert told.above_from > at.date()  # further up nobody sees it yet
    for _ in range(3):
        assert here.check().idle


def test_each_report_is_told_once_for_each_band_that_it_differs_from(office: Opens) -> None:
    here = office(about="reported", nodes=("web",))
    at = here.moment[0] - timedelta(days=1)

    def says(declared: Band | None, computed: Band) -> int:
        reported(here, declared, computed, days_ago=(here.moment[0] - at) / timedelta(days=1))
        return len(here.check().sent)

    assert [says(Band.ON_TRACK, band) for band in (Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK)] == [0, 1, 1]
    assert [says(Band.ON_TRACK, band) for band in (Band.AT_RISK, Band.ON_TRACK, Band.NO_DATA)] == [0, 0, 0]
    at = here.moment[0]  # a new status update that says the same
    assert says(Band.ON_TRACK, Band.AT_RISK) == 1
    assert says(None, Band.AT_RISK) == 0


def test_a_report_brought_in_line_while_the_message_waited_is_not_told(office: Opens) -> None:
    here = office(Ear(errors=[RetryableError("busy")]), about="reported", nodes=("web",))
    reported(here, Band.ON_TRACK, Band.OFF_TRACK)
    assert len(here.check().waiting) == 1
    reported(here, Band.OFF_TRACK, Band.OFF_TRACK)
    here.later(hours=1)
    assert here.check().idle
    assert here.ear.heard == []
