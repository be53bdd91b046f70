"""The small types that the configuration document is made of: names, days, shares, references to connections."""

import re
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, StringConstraints, ValidationInfo, WithJsonSchema

from config.faults import did_you_mean, refuse
from model.base import Record

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LENS = re.compile(r"(?=.{1,24}$)[a-z0-9]+(-[a-z0-9]+)*")
_NODE_ID = re.compile(r"[a-z0-9-]{1,64}")

SMALLEST, LARGEST = 1e-6, 1e12
"""Of numbers that are added up or shared out: beyond these a sum is no number any more, or a share of it nothing."""


class Part(Record):
    """A mapping of the document: no unknown keys, no infinite numbers."""

    model_config = ConfigDict(allow_inf_nan=False)


def as_text(value: object) -> object:
    """A whole number as text (ids are often written without quotes); other numbers are refused.

    YAML has already changed 1.10 into 1.1 and 007 into 7 when they arrive here.
    """
    if type(value) is int:
        return str(value)
    if isinstance(value, int | float):
        raise refuse("YAML reads this as a number or a yes/no, not as text.", "Put it in quotes.")
    return value


def as_texts(value: object) -> object:
    """``as_text`` for everything inside a value."""
    if isinstance(value, dict):
        return {key: as_texts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_texts(inner) for inner in value]
    return as_text(value)


def as_texts_where_whole(value: Any) -> Any:
    """Every whole number inside a value as text: a tool's gids are often written without quotes. The rest stays."""
    if isinstance(value, dict):
        return {key: as_texts_where_whole(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_texts_where_whole(inner) for inner in value]
    return str(value) if type(value) is int else value


def _day(value: object) -> object:
    fix = "Write a day of the calendar as YYYY-MM-DD."
    if isinstance(value, datetime):
        raise refuse("This is a moment, not a day.", fix)
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise refuse(f"{value!r} is not a date.", fix)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refuse(f"There is no day {value!r}.", fix) from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        guess = did_you_mean(value, sorted(available_timezones()))
        raise refuse(f"There is no time zone {value!r}{guess}", "Use a name like Europe/Berlin, or UTC.") from None
    return value


def _country(value: str) -> str:
    import holidays  # It takes a fifth of a second, and most files name no country.

    known = holidays.list_supported_countries()
    land, _, region = value.upper().partition("-")
    if land not in known:
        raise refuse(f"There is no country {value!r} with known holidays.", "Use two letters (ISO 3166), e.g. DE.")
    if region and region not in known[land]:
        regions = ", ".join(known[land]) or "none"
        raise refuse(f"{land} has no region {region!r} with holidays of its own.", f"Regions of {land}: {regions}.")
    return f"{land}-{region}" if region else land


def _connection_key(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse(f"{value!r} can't name a connection.", "Use letters, digits, - and _ only, 64 at most.")
    return value


def _known(value: str, info: ValidationInfo, *, kind: str) -> str:
    known: list[str] = (info.context or {}).get(kind, [value])
    if value not in known:
        one = "connection" if kind == "connections" else "tool"
        raise refuse(
            f"There is no {one} {value!r}{did_you_mean(value, known)}", f"Known {kind}: {', '.join(known) or 'none'}."
        )
    return value


def _connection(value: str, info: ValidationInfo) -> str:
    return _known(value, info, kind="connections")


def _tool(value: str, info: ValidationInfo) -> str:
    return _known(value, info, kind="tools")


def _node_id(value: str) -> str:
    if not _NODE_ID.fullmatch(value):
        raise refuse(f"{value!r} can't be an id.", "Use small letters a to z, digits and -, 64 at most.")
    return value


def _lens_name(value: str) -> str:
    if not _LENS.fullmatch(value):
        raise refuse(f"{value!r} can't name a lens.", "Use small letters a to z, digits and single dashes, 24 at most.")
    return value


def meant(value: float) -> float:
    """The number, where it lies within what people write down. Raises a fault else."""
    if value and not SMALLEST <= abs(value) <= LARGEST:
        raise refuse(f"{value:.3g} is no number that can be meant here.", f"Give one from {SMALLEST:.6f} to {LARGEST:,.0f}.")
    return value


_TEXT_SCHEMA = WithJsonSchema({"type": ["string", "integer"], "minLength": 1})

Label = Annotated[
    str, BeforeValidator(as_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), _TEXT_SCHEMA
]
"""A text, or a whole number that stands for one (a gid without quotes)."""

Meant = AfterValidator(meant)
"""On a number that others are added to or compared with: within what people write down."""

Day = Annotated[date, BeforeValidator(_day)]
Country = Annotated[Label, AfterValidator(_country)]
"""A country whose public holidays are known, "DE", or a region of it, "DE-BY"."""

Zone = Annotated[Label, AfterValidator(_zone)]
ConnectionKey = Annotated[str, AfterValidator(_connection_key)]
ConnectionName = Annotated[Label, AfterValidator(_connection)]
"""The name of a connection that is configured (checked where the validation context lists them)."""

ToolName = Annotated[Label, AfterValidator(_tool)]
LensName = Annotated[str, AfterValidator(_lens_name)]
NodeId = Annotated[Label, AfterValidator(_node_id)]
