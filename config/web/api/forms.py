"""What the endpoints take: the parts of their paths and their queries."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from config.web.api.endpoint import Form
from model.health import Band
from model.lesson import Cause
from model.push import Channel, WriteResult
from model.tree import Language
from service.csv_table import Separator

# PostgreSQL holds no text with a NUL in it; a slash ends a part of a path.
Key = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00/]+$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]+$")]
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _written_out(value: object) -> object:
    """A moment as RFC 3339 writes it: a number, or a day alone, could mean several. A leap second is the one before."""
    if not isinstance(value, str):
        return value
    if not _RFC_3339.fullmatch(value):
        raise ValueError("a moment is written as 2026-11-20T10:00:00Z")
    seconds = "59" if value[17:19] == "60" else value[17:19]
    return datetime.fromisoformat(f"{value[:17]}{seconds}{value[19:]}".upper())


def _in_utc(at: datetime) -> datetime:
    """A moment in UTC; one that no calendar holds there is the nearest that it does."""
    return min(max(at, EARLIEST), LATEST).astimezone(UTC)


def _whole(value: object) -> object:
    """A whole number of JSON however it is written: to JSON Schema 31.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
Size = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Line = Annotated[int, Field(ge=1, le=2**63 - 1)]
Whole = Annotated[int, BeforeValidator(_whole)]
LANGUAGE = "The language of sentences."


class OfNode(Form):
    node_id: Key = Field(description="The id of a node.")


class OfLens(Form):
    lens: Key = Field(description="The name of a lens.")


class OfConnection(Form):
    connection: Key = Field(description="The name of a connection.")


class OfJob(Form):
    job: Key = Field(description="The name of a job (`poll:acme-jira`), or of a delivery that was given up (`delivery:17`).")


class OfLane(Form):
    lane: Key = Field(description="What takes turns: a connection, or e.g. `push`.")


class OfErrand(Form):
    errand: Number = Field(description="The number of a plan, a push or an undoing.")


class OfDocument(Form):
    document: Number = Field(description="The number of a prepared document.")


class NodePage(Form):
    parent: Word | None = Field(default=None, description="Only the children of this node; without it, those on top.")
    limit: Size = 50
    cursor: Word | None = Field(default=None, description="`next` of the page before.")


class LostPage(Form):
    """Few nodes have more than a page: the points of one page then sum to what is missing from 100."""

    limit: Annotated[int, Field(ge=1, le=3_000, description="How many lines of points lost at most.")] = 3_000
    cursor: Number | None = Field(default=None, description="`next` of the answer before: the lines after it.")


class Weeks(Form):
    weeks: int = Field(default=52, ge=1, le=260, description="How many weeks back.")


class Since(Form):
    since: Moment | None = Field(default=None, description="The earlier moment; without it, a week before `until`.")
    until: Moment | None = Field(default=None, description="The later moment; without it, now.")
    language: Language = Field(default="en", description=LANGUAGE)


class ReportOf(Form):
    days: int = Field(default=7, ge=1, le=366, description="How many days back it compares.")
    language: Language = Field(default="en", description=LANGUAGE)
    separator: Separator = Field(
        default=Separator.COMMA, description="Between the cells of text/csv; with semicolon the decimal sign is a comma."
    )


class RegisterPage(Form):
    limit: Size = 50
    cursor: Number | None = Field(default=None, description="`next` of the page before.")


class GapPage(Form):
    limit: Size = 50
    cursor: Word | None = Field(default=None, description="`next` of the page before.")


class WritePage(Form):
    result: WriteResult | None = Field(default=None, description="Only writes with this result.")
    limit: Size = 50
    cursor: Number | None = Field(default=None, description="`next` of the page before.")


class AuditPage(Form):
    since: Moment | None = None
    until: Moment | None = None
    connection: Word | None = None
    node: Word | None = None
    run: Word | None = None
    channel: Channel | None = None
    result: WriteResult | None = None
    limit: Size = 50
    cursor: Line | None = Field(default=None, description="`next` of the page before.")


Said = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class NewOverride(Form):
    band: Literal[Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK]
    reason: Said
    until: date = Field(description="The last day on which it holds.")


class NewPlan(Form):
    only: Annotated[tuple[Word, ...], Field(max_length=2_000)] = Field(
        default=(), description="Only the writes of these nodes; none: of all."
    )


class NewChange(Form):
    since: Moment | None = Field(default=None, description="The earlier moment; without it, a week before `until`.")
    until: Moment | None = Field(default=None, description="The later moment; without it, when it is made.")
    language: Language = Field(default="en", description=LANGUAGE)


class NewReport(Form):
    format: Literal["csv", "json", "xlsx"] = "json"
    days: Whole = Field(default=7, ge=1, le=366, description="How many days back it compares.")
    language: Language = Field(default="en", description=LANGUAGE)
    separator: Separator = Field(default=Separator.COMMA, description="Between the cells of csv.")
    causes: bool = Field(default=False, description="Whether it splits the movement by cause, for at most 40 projects below.")


class NewUndo(Form):
    """Exactly what is to be undone: any of the three, at least one."""

    run: Word | None = None
    node: Word | None = None
    since: Moment | None = None


_SEVERAL = "Several are divided by commas."


class RankedBy(Form):
    by: Literal["wsjf", "value", "roi"] = Field(default="wsjf", description="What they are ordered by.")
    language: Language = Field(default="en", description=LANGUAGE)


class SelectionOf(Form):
    budget: Word | None = Field(default=None, description="250000, 250000 EUR or 1200h; else what the node's own leaves.")
    capacity: str = Field(default="", max_length=2_000, description=f"backend=+20%, design=+200h. {_SEVERAL}")
    require: str = Field(default="", max_length=20_000, description=f"Candidates that have to be in. {_SEVERAL}")
    exclude: str = Field(default="", max_length=20_000, description=f"Candidates that have to be out. {_SEVERAL}")
    language: Language = Field(default="en", description=LANGUAGE)


Several = Annotated[tuple[Word, ...], Field(max_length=500)]


class NewDecision(Form):
    """What people decide: the proposal for this question, with what they take beside it and leave out of it."""

    reason: Said
    budget: Word | None = Field(default=None, description="250000, 250000 EUR or 1200h; else what the node's own leaves.")
    capacity: Several = Field(default=(), description="backend=+20%, design=+200h.")
    require: Several = Field(default=(), description="Candidates that had to be in.")
    exclude: Several = Field(default=(), description="Candidates that had to be out.")
    take: Several = Field(default=(), description="Candidates that are taken, whatever was proposed.")
    leave: Several = Field(default=(), description="Candidates that are left out, whatever was proposed.")


class NewLesson(Form):
    cause: Cause
    worked: bool = Field(default=False, description="To be done again; else to be done otherwise.")
    text: Said = Field(description="What happened.")
    advice: Said = Field(description="What to do next time.")


class WhatIfOf(Form):
    scope: Word | None = Field(default=None, description="Items more or fewer: +10, -10.")
    people: Word | None = Field(default=None, description="Another pace: -20%.")
    by: Word | None = Field(default=None, description="Another date than the target.")


class FiguresOf(Form):
    node: Word | None = Field(default=None, description="The id of a node; without it, everything.")
    weeks: int = Field(default=12, ge=1, le=52, description="How far back the trend goes.")
