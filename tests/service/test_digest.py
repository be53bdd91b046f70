"""Digests: when they are due, what they name, and that each comes once."""

from datetime import UTC, datetime, time, timedelta

import pytest

from model.errors import RetryableError
from model.health import Band
from model.notices import Digest, Notice, Rhythm
from model.sync import Records
from model.tree import Quiet
from model.work import ItemType, StatusCategory
from service import notices
from tests.support.made_records import made_item, made_membership
from tests.support.office import NOON, PROJECT, Ear, Office, Opens

DAILY = Rhythm(at=time(8))
WEEKLY = Rhythm(at=time(8), weekday=0)


def digests(here: Office, hours: int, every: float = 1) -> list[datetime]:
    """When digests were heard within so many hours."""
    found: list[datetime] = []
    for _ in range(round(hours / every)):
        found += [here.moment[0] for _ in notices.due(here.workspace).sent]
        here.later(minutes=0, hours=every)
    return found


def test_a_daily_digest_comes_once_a_day_at_its_local_time(office: Opens) -> None:
    here = office(rhythm=DAILY, nodes=("reach",))
    here.score(reach=Band.ON_TRACK)
    assert digests(here, 24 * 3) == [datetime(2026, 11, day, 7, 0, tzinfo=UTC) for day in (19, 20, 21)]
    assert len({notice.key for notice in here.ear.heard}) == 3


def test_a_weekly_digest_comes_on_its_day_across_a_change_of_clocks(office: Opens) -> None:
    here = office(rhythm=WEEKLY, nodes=("reach",), at=datetime(2026, 10, 16, 12, 0, tzinfo=UTC))
    here.score(reach=Band.ON_TRACK)
    monday, after = datetime(2026, 10, 19, 6, 0, tzinfo=UTC), datetime(2026, 10, 26, 7, 0, tzinfo=UTC)
    assert digests(here, 24 * 11) == [monday, after]


@pytest.mark.parametrize(
    ("rhythm", "late_hours", "comes"), [(DAILY, 11, True), (DAILY, 13, False), (WEEKLY, 23, True), (WEEKLY, 25, False)]
)
def test_a_missed_digest_is_sent_late_but_not_too_late(rhythm: Rhythm, late_hours: int, comes: bool, office: Opens) -> None:
    here = office(rhythm=rhythm, nodes=("reach",), at=datetime(2026, 11, 22, 20, 0, tzinfo=UTC))
    here.score(reach=Band.ON_TRACK)
    notices.due(here.workspace)
    here.moment[0] = datetime(2026, 11, 23, 7, 0, tzinfo=UTC) + timedelta(hours=late_hours)
    assert bool(notices.due(here.workspace).sent) is comes


def test_a_digest_that_was_due_before_anybody_asked_for_it_is_not_sent(office: Opens) -> None:
    here = office(rhythm=DAILY, nodes=("reach",))
    here.score(reach=Band.ON_TRACK)
    for _ in range(5):
        assert here.check().idle


def test_a_daily_digest_rests_on_quiet_days(office: Opens) -> None:
    here = office(rhythm=DAILY, nodes=("reach",), quiet=Quiet(days=(5, 6)), at=datetime(2026, 11, 19, 12, tzinfo=UTC))
    here.score(reach=Band.ON_TRACK)
    assert [moment.day for moment in digests(here, 24 * 5)] == [20, 23, 24]


def test_a_digest_names_the_children_and_what_moved_since_the_last(office: Opens) -> None:
    here = office(rhythm=DAILY, nodes=("reach",))
    here.score(reach=Band.ON_TRACK, web=Band.ON_TRACK, shop=Band.ON_TRACK)
    digests(here, 24)
    here.score(web=Band.OFF_TRACK)
    digests(here, 24)
    first, second = (_digest_of(notice) for notice in here.ear.heard)
    assert (first.since, first.moved) == (None, ())
    assert second.since is not None
    assert [(child.node, child.previous_band, child.band) for child in second.moved] == [
        ("web", Band.ON_TRACK, Band.OFF_TRACK)
    ]
    assert {child.node: child.url for child in second.children}["shop"] == "https://bw.example/nodes/shop"


def test_a_digest_names_overdue_decisions_of_the_projects_below_but_not_those_shown_to_few(office: Opens) -> None:
    here = office(rhythm=DAILY, nodes=("growth",))
    due_on = NOON.date() - timedelta(days=10)
    waits = {"type": ItemType.APPROVAL, "due_on": due_on, "title": "Approve the budget"}
    items = [
        made_item(1, **waits),
        made_item(2, **{**waits, "restricted": True}),
        made_item(3, **{**waits, "status": StatusCategory.DONE}),
        made_item(4, **{**waits, "due_on": due_on + timedelta(days=30)}),
        made_item(5, **{**waits, "type": ItemType.TASK}),
    ]
    records = Records(items=tuple(items), memberships=tuple(made_membership(item, PROJECT) for item in items))
    with here.workspace.db.begin() as uow:
        uow.records.save(records, known_at=NOON)
    here.score(growth=Band.AT_RISK)
    digests(here, 24)
    found = _digest_of(here.ear.heard[0])
    assert [(one.title, one.due_on) for one in found.decisions] == [("Approve the budget", due_on)]
    assert found.decisions_total == 1


def _digest_of(notice: Notice) -> Digest:
    assert notice.digest is not None
    return notice.digest


def test_a_digest_that_never_went_through_gives_way_to_the_next(office: Opens) -> None:
    here = office(Ear(errors=[RetryableError("later", retry_after_s=86400)]), rhythm=DAILY, nodes=("reach",))
    here.score(reach=Band.ON_TRACK)
    digests(here, 24 * 2)
    assert [_digest_of(notice).period.day for notice in here.ear.heard] == [20]
