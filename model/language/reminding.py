"""The sentences of a reminder that are the same in every markup."""

from model.language import Words, words
from model.language.telling import Line, address, plain
from model.reminder import Reminder, Says


def heading(reminder: Reminder) -> str:
    """ "Benefit: fewer calls a day"."""
    said = words(reminder.language)
    measure = plain(reminder.measure or "").strip()
    return said.phrase("of", name=said.phrase("benefit"), what=measure) if measure else said.phrase("benefit")


def opening(reminder: Reminder) -> str:
    """What this is about: a number is missing, or is there, or is not due any more."""
    said, day = words(reminder.language), words(reminder.language).day(reminder.due_on)
    if reminder.says is Says.ASKED:
        return said.phrase("benefit_asked", day=day)
    if reminder.says is Says.MOVED:
        return said.phrase("benefit_moved", day=day)
    actual = _amount(said, reminder, reminder.actual or 0.0)
    if reminder.realised is None:
        return said.phrase("benefit_entered", actual=actual)
    return said.phrase("benefit_realised", actual=actual, share=said.percent(reminder.realised))


def details(reminder: Reminder) -> tuple[Line, ...]:
    """What was promised, what to enter and where, our page of the node."""
    said = words(reminder.language)
    told = [Line(said.phrase("label", name=said.phrase("promised")), _promised(said, reminder))]
    if reminder.says is Says.ASKED:
        field = plain(reminder.field or "").strip()
        where = said.phrase("enter_field", field=field) if field else said.phrase("enter_here")
        told.append(Line(said.phrase("label", name=said.phrase("to_enter")), where))
    if url := address(reminder.url):
        told.append(Line(link=(said.phrase("promised_in", name=plain(reminder.node_name)), url)))
    return tuple(told)


def footer(reminder: Reminder) -> str:
    return words(reminder.language).phrase("edited")


def _promised(said: Words, reminder: Reminder) -> str:
    day = said.day(reminder.due_on)
    if reminder.target is None:
        return said.phrase("promised_by", day=day)
    target = _amount(said, reminder, reminder.target)
    if reminder.baseline is None:
        return said.phrase("promised_to", target=target, day=day)
    return said.phrase("promised_from", baseline=_amount(said, reminder, reminder.baseline), target=target, day=day)


def _amount(said: Words, reminder: Reminder, number: float) -> str:
    """A number in the benefit's own unit."""
    unit = plain(reminder.unit or "").strip()
    told = said.amount(number, unit or None)
    return f"{told} {unit}" if unit and told == said.number(number) else told
