"""Dates and moments as people type them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from model.errors import UsageError
from service.movement import EARLIEST


def moment(text: str | None, *, timezone: str, now: datetime, option: str) -> datetime | None:
    """A typed DATE as the end of that day in the deployment's zone (today: now), or a full ISO moment with its offset.

    Raises UsageError for anything else, for a day that has not come yet, and for one before anything is known of.
    """
    if text is None:
        return None
    zone, told = ZoneInfo(timezone), None
    try:
        day = date.fromisoformat(text) if len(text) <= 10 else (told := datetime.fromisoformat(text)).date()
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", where=option, fix="Write it as 2026-11-20.") from error
    if told is not None and told.tzinfo is None:
        raise UsageError(f"{text!r} has no time zone.", where=option, fix="Write a date alone, or add an offset like +01:00.")
    if day < EARLIEST:
        raise UsageError(f"Nothing is known of {text}.", where=option, fix=f"Give a day from {EARLIEST} on.")
    if (told is None and day > now.astimezone(zone).date()) or (told is not None and told > now):
        raise UsageError(f"{text} has not come yet.", where=option, fix="Give a day up to today; `forecast` looks ahead.")
    end = told or datetime.combine(day + timedelta(days=1), time(), tzinfo=zone) - timedelta(microseconds=1)
    return min(end, now)


def _ago(found: re.Match[str], now: datetime) -> datetime:
    """So long before now, but not before anything is known of."""
    return max(now - int(found.group(1)) * _UNITS[found.group(2)], datetime.combine(EARLIEST, time(), UTC))


_AGO = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def since(text: str | None, *, timezone: str, now: datetime, option: str) -> datetime | None:
    """A typed TIME from which on: the begin of a day in the deployment's zone, a full ISO moment, or "90m", "2h", "3d" ago.

    Raises UsageError for anything else, and for what has not come yet.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return _ago(ago, now)
    if len(text) > 10 and (local := _local(text)) is not None:
        text = local.replace(tzinfo=ZoneInfo(timezone)).isoformat()
    try:
        end = moment(text, timezone=timezone, now=now, option=option)
    except UsageError as error:
        fix = error.fix if _is_moment(text) else "Write it as 2026-11-20, 2026-11-20T10:00 or 2h."
        raise UsageError(error.what, where=option, fix=fix) from error
    if end is None or len(text) > 10:
        return end
    return datetime.combine(date.fromisoformat(text), time(), tzinfo=ZoneInfo(timezone)).astimezone(now.tzinfo)


def earlier(text: str | None, *, timezone: str, now: datetime, option: str) -> datetime | None:
    """A typed moment to compare with: as ``moment``, or "7d", "12h" before ``now``."""
    ago = _AGO.fullmatch(text.strip()) if text else None
    if ago:
        return _ago(ago, now)
    return moment(text, timezone=timezone, now=now, option=option)


def _local(text: str) -> datetime | None:
    """A moment without a zone: it is one of this deployment's."""
    if not _is_moment(text):
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is None else None


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
