"""Single values of Jira as ours. What can't be read raises SkippableError; it never becomes "empty"."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from connector.jira.payloads import UserDoc
from connector.sdk.risk_words import IMPACTS, SHARES
from model.errors import SkippableError
from model.ids import record_id
from model.work import Declared, Person

_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")
_DECLARED = {
    Declared.ON_TRACK: ("on track", "on_track", "green", "ontrack"),
    Declared.AT_RISK: ("at risk", "at_risk", "amber", "yellow"),
    Declared.OFF_TRACK: ("off track", "off_track", "red"),
    Declared.ON_HOLD: ("on hold", "on_hold", "paused"),
    Declared.COMPLETE: ("complete", "completed", "done"),
    Declared.DROPPED: ("dropped", "cancelled", "canceled"),
}
_DECLARED_BY_WORD = {word: status for status, words in _DECLARED.items() for word in words}


def read_date(value: Any, field: str) -> date | None:
    """An ISO date, alone or in front of a time of day; None when empty. Raises SkippableError for anything else."""
    if value is None or value == "":
        return None
    found = _ISO_DATE.fullmatch(str(value))
    try:
        if found:
            return date.fromisoformat(found.group(1))
    except ValueError:
        pass
    raise SkippableError(f"The field {field} holds a date that can't be read.", reason="bad_date")


def text_of(value: Any) -> str | None:
    """The words of a select, a text or a number; None when empty."""
    if isinstance(value, dict):
        value = value.get("value", value.get("name"))
    return None if value is None or value == "" else str(value)


def texts_of(value: Any) -> tuple[str, ...]:
    """The words of a field that may hold several: selects, labels, components."""
    each = value if isinstance(value, list) else [value]
    return tuple(text for one in each if (text := text_of(one)))


def read_number(value: Any, field: str) -> float | None:
    """A number, also out of a select or a text such as "70 %". Raises SkippableError for words."""
    text = text_of(value)
    if text is None:
        return None
    try:
        return float(text.strip().rstrip("%").strip())
    except ValueError:
        raise SkippableError(f"The field {field} holds no number.", reason="bad_number") from None


def read_probability(value: Any, field: str) -> float | None:
    """A share 0..1: a share, a percentage, or one of the usual words. Raises SkippableError."""
    text = (text_of(value) or "").strip().lower()
    if text in SHARES:
        return SHARES[text]
    number = read_number(value, field)
    if number is None:
        return None
    share = number / 100 if number > 1 or text.endswith("%") else number
    if not 0 <= share <= 1:
        raise SkippableError(f"The field {field} holds no probability between 0 and 100 %.", reason="bad_number")
    return share


def read_impact(value: Any, field: str) -> float | None:
    """An impact 1..5: a number or one of the usual words. Raises SkippableError."""
    word = (text_of(value) or "").strip().lower()
    if word in IMPACTS:
        return IMPACTS[word]
    number = read_number(value, field)
    if number is not None and number < 0:
        raise SkippableError(f"The field {field} holds a negative impact.", reason="bad_number")
    return number


def read_declared(value: Any, field: str) -> Declared | None:
    """A status set by hand; None when empty. Raises SkippableError for a word that is none of ours."""
    text = text_of(value)
    if text is None:
        return None
    found = _DECLARED_BY_WORD.get(text.strip().lower())
    if found is None:
        raise SkippableError(f"The field {field} holds a status that is not known.", reason="unknown_declared")
    return found


def hours(seconds: float | None) -> float | None:
    """Hours of Jira's seconds."""
    return None if seconds is None else round(seconds / 3600, 4)


def decimal_text(number: float | None) -> str | None:
    """A number as a change tells it: ``5``, ``0.5``."""
    return None if number is None else f"{number:.10g}"


@lru_cache(maxsize=4096)
def person(connection: str, user: UserDoc) -> Person:
    """An account as a person; an app's account is a bot."""
    return Person(
        id=record_id(connection, "person", user.account_id or ""), connection=connection,
        name=user.name or (user.account_id or ""), active=user.active, is_bot=user.account_type == "app",
    )
