"""When the owner of a benefit is told what: asked once it is due, again after 90 days, never twice at once."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.register_kept import KeptBenefit
from model.reminder import Reminded, Says
from service.pushing.remind import AGAIN, Step, turn_of

DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
DUE = TODAY - 10 * DAY


def _benefit(**more: Any) -> KeptBenefit:
    given: dict[str, Any] = {
        "id": "acme:item:1", "owner_id": "acme:person:1", "due_on": DUE, "measure": "Calls", "baseline": 100.0, "target": 60.0,
        "actual": None, "known": True,
    }  # fmt: skip
    return KeptBenefit(**{**given, **more})


def _said(asked_on: date = TODAY - 5 * DAY, says: Says = Says.ASKED, *, gone: bool = False) -> Reminded:
    return Reminded(says=says, asked_on=asked_on, gone=gone)


@pytest.mark.parametrize("due_on", [TODAY, TODAY - DAY, TODAY - timedelta(days=900)])
def test_a_due_benefit_without_a_number_is_asked_for(due_on: date) -> None:
    turn = turn_of(_benefit(due_on=due_on), None, TODAY)
    assert turn is not None
    assert (turn.step, turn.kept) == (Step.ASK, Reminded(says=Says.ASKED, asked_on=TODAY))


@pytest.mark.parametrize(
    "more", [{"due_on": None}, {"due_on": TODAY + DAY}, {"actual": 0.0}, {"owner_id": None}, {"known": False}]
)
def test_nothing_is_said_of_one_that_is_not_due_entered_without_an_owner_or_not_known(more: dict[str, Any]) -> None:
    assert turn_of(_benefit(**more), None, TODAY) is None


@pytest.mark.parametrize(("days", "step"), [(0, Step.EDIT), (89, Step.EDIT), (90, Step.ASK), (400, Step.ASK)])
@pytest.mark.parametrize("gone", [False, True])
def test_it_is_asked_for_again_after_90_days(days: int, step: Step, gone: bool) -> None:
    turn = turn_of(_benefit(due_on=TODAY - timedelta(days=500)), _said(TODAY - timedelta(days=days), gone=gone), TODAY)
    if gone and step is Step.EDIT:
        assert turn is None  # somebody deleted it, and is left in peace until then
    else:
        assert turn is not None
        assert turn.step is step


@pytest.mark.parametrize(
    ("more", "says"), [({"actual": 72.0}, Says.ENTERED), ({"due_on": TODAY + DAY}, Says.MOVED)]
)
def test_what_is_entered_or_moved_is_said_in_silence_by_the_comment_that_is_there(more: dict[str, Any], says: Says) -> None:
    turn = turn_of(_benefit(**more), _said(), TODAY)
    assert turn is not None
    assert (turn.step, turn.kept) == (Step.EDIT, _said(says=says))
    assert turn_of(_benefit(**more), _said(gone=True), TODAY) is None


def test_a_later_due_date_is_asked_for_anew_however_short_ago_the_earlier_one_was() -> None:
    said, due_on = _said(TODAY, Says.MOVED), TODAY + 7 * DAY
    turn = turn_of(_benefit(due_on=due_on), said, due_on)
    assert turn is not None
    assert turn.step is Step.ASK


def test_a_number_that_was_taken_back_is_asked_for_in_silence_within_the_90_days() -> None:
    turn = turn_of(_benefit(), _said(says=Says.ENTERED), TODAY)
    assert turn is not None
    assert (turn.step, turn.kept) == (Step.EDIT, _said())


def test_without_a_due_date_the_comment_goes() -> None:
    turn = turn_of(_benefit(due_on=None), _said(), TODAY)
    assert turn is not None
    assert (turn.step, turn.kept) == (Step.DROP, None)


def test_a_due_date_that_is_set_after_there_was_none_is_asked_for_at_once() -> None:
    """Else nothing would stand at an item that is due, for as long as 90 days."""
    item = _Item(_benefit())
    item.look(TODAY)
    item.benefit = _benefit(due_on=None)
    item.look(TODAY + DAY)
    assert item.comments == []
    item.benefit = _benefit()
    item.look(TODAY + 2 * DAY)
    assert item.comments == [Says.ASKED]


@dataclass
class _Item:
    """An item with its comments: what each says, and when people were told."""

    benefit: KeptBenefit
    last: Reminded | None = None
    comments: list[Says] = field(default_factory=list)
    told: list[tuple[date, date]] = field(default_factory=list)  # on a day, of a due date

    def look(self, today: date) -> None:
        turn = turn_of(self.benefit, self.last, today)
        if turn is None:
            return
        if turn.step is not Step.EDIT:
            self.comments.clear()
        if turn.step is Step.DROP:
            self.told.clear()  # a due date that is set after there was none is another one
        if turn.step is Step.ASK and self.benefit.due_on:
            self.comments.append(Says.ASKED)
            self.told.append((today, self.benefit.due_on))
        elif turn.step is Step.EDIT and turn.kept:
            self.comments[0] = turn.kept.says
        self.last = turn.kept

    def deleted(self) -> None:
        """By somebody; that it is gone is found out by an edit in vain."""
        if self.comments and self.last:
            self.comments.clear()
            self.last = self.last.model_copy(update={"gone": True})


DATES = st.none() | st.integers(-200, 400).map(lambda days: TODAY + days * DAY)
ACTS = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 100)),
    st.tuples(st.just("due_on"), DATES),
    st.tuples(st.just("actual"), st.none() | st.floats(-10, 200)),
    st.tuples(st.just("owner_id"), st.none() | st.just("acme:person:2")),
    st.tuples(st.just("deleted"), st.none()),
)


@given(st.lists(ACTS, max_size=40))
def test_whatever_happens_there_is_one_reminder_at_most_and_none_without_a_due_date(acts: list[tuple[str, Any]]) -> None:
    item, today = _Item(_benefit()), TODAY
    for what, value in acts:
        if what == "pass":
            today += value * DAY
        elif what == "deleted":
            item.deleted()
        else:
            item.benefit = replace(item.benefit, **{what: value})
        item.look(today)
        benefit = item.benefit
        assert len(item.comments) <= 1
        assert not (item.comments and benefit.due_on is None)
        assert not (benefit.actual is not None and item.comments == [Says.ASKED])
        before = len(item.told)
        item.look(today)
        assert len(item.told) == before  # a second look in a day says nothing more
    for number, (day, due_on) in enumerate(item.told):
        assert due_on <= day
        assert all(day - earlier >= AGAIN or earlier < due_on for earlier, _ in item.told[:number])
