"""The rules of reminders, without a tool and without a clock: what the owner of a benefit is told, and when again."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from model.register_kept import KeptBenefit
from model.reminder import Reminded, Reminder, Says
from service.pushing.job import Job

AGAIN = timedelta(days=90)


class Step(StrEnum):
    """ASK: by a new comment, which people are told of, in place of ours. EDIT: ours, in silence. DROP: take ours away."""

    ASK = "ask"
    EDIT = "edit"
    DROP = "drop"


@dataclass(frozen=True)
class Turn:
    """What is to be done, what is kept of it (None: nothing stands there any more), and why."""

    step: Step
    kept: Reminded | None
    why: str


def turn_of(benefit: KeptBenefit, last: Reminded | None, today: date) -> Turn | None:
    """What a benefit takes now; None: nothing. ``last``: what we said at its item last.

    Whoever was asked before the date that it is due on now was asked about another date, which counts as not asked.
    """
    if benefit.due_on is None:
        return Turn(Step.DROP, None, "It has no due date any more.") if _stands(last) else None
    if not benefit.known:
        return None
    if benefit.actual is not None:
        return _edit(last, Says.ENTERED, "What was achieved is entered.")
    if benefit.due_on > today:
        return _edit(last, Says.MOVED, f"It is due on {benefit.due_on} now.")
    if benefit.owner_id is None:
        return None
    if last is None or last.asked_on < benefit.due_on:
        why = f"It was due on {benefit.due_on}, and what was achieved is not entered."
    elif today < last.asked_on + AGAIN:
        return _edit(last, Says.ASKED, "What is asked for has changed.")
    else:
        why = f"It was asked for on {last.asked_on}, and is not entered."
    return Turn(Step.ASK, Reminded(says=Says.ASKED, asked_on=today), why)


def _edit(last: Reminded | None, says: Says, why: str) -> Turn | None:
    if last is None or not _stands(last):
        return None
    return Turn(Step.EDIT, last.model_copy(update={"says": says}), why)


def _stands(last: Reminded | None) -> bool:
    return last is not None and not last.gone


@dataclass(frozen=True, kw_only=True)
class ReminderJob(Job):
    """One benefit of one project. ``message``: None where ours is only taken away. ``comment_id``: of our comment there,
    if any. ``restricted``: few may see its item.
    """

    turn: Turn
    message: Reminder | None
    comment_id: str | None = None
    restricted: bool = False
