"""What stands in a status report, in the reader's language and ready to be laid out; texts carry no markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from model.base import day_ended
from model.health import Band, Gap, NodeScore, ScoredDimension
from model.language import Words, words
from model.language.pages import PageWords, page_words
from model.language.telling import plain
from model.registers import Registers
from model.tree import Language
from rollup.sensitivity import Sensitivity
from service import change
from service.documents import Labels
from store.scores import TrendPoint

LEAST = 0.05
"""Points under which nothing is said to have changed or to be lost."""
MOST_LINES, MOVERS = 50, 5
"""Nodes below that a report to be read tells of, the first in the order of attention, and of what moved most."""


@dataclass(frozen=True)
class Said:
    """A dimension of the node, told."""

    entry: ScoredDimension
    name: str
    reason: str
    help: str | None
    help_points: float
    items: tuple[str, ...]

    @property
    def lost(self) -> float:
        """Points of the node's score."""
        return self.entry.effective_weight * (100 - (self.entry.finding.score or 0.0))


@dataclass(frozen=True)
class Line:
    """A node at or below the one reported on. ``proposed``: a candidate, whose band says nothing."""

    score: NodeScore
    depth: int
    before: NodeScore | None
    target: date | None
    reason: str
    proposed: bool = False

    @property
    def moved(self) -> float | None:
        """Points since the earlier moment."""
        if self.before is None or self.before.score is None or self.score.score is None:
            return None
        return self.score.score - self.before.score


@dataclass(frozen=True)
class TeamLine:
    """How the people of one project are loaded, as numbers of all together; None: not told, or not known.

    ``fullest``: the largest load of one of them as a share of what they can do.
    """

    node: str
    people: int
    over: int | None
    across: int | None
    fullest: float | None


@dataclass(frozen=True)
class GoalLine:
    """A goal with the projects below that serve it, by id. The numbers are those of its metric, in ``unit``."""

    name: str
    projects: tuple[str, ...]
    baseline: float | None = None
    actual: float | None = None
    target: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Through:
    """The lens that the report looks through. ``grouped``: the share of all work that carries a value of it.

    ``outcome``: the metric that the node is for, as the document of the lens has it.
    """

    name: str
    grouped: float | None
    why: str | None
    outcome: Mapping[str, Any] | None


@dataclass(frozen=True)
class Moved:
    """What was otherwise at the earlier moment."""

    name: str
    old: str
    new: str
    by: str
    why: str


@dataclass(frozen=True)
class Report:
    """A report on ``lines[0]``. ``lines`` are in the tree's order; ``more``: how many nodes below are not among them,
    because it is to be read. ``gaps_more``: of those that are declared otherwise than computed, how many are not among
    ``gaps`` for the same reason. ``labels``: the items that may be named.

    ``since``: the earlier moment that everything is compared with. ``split``: what moved the score since then, exactly;
    None where that is not split (through a lens, or too much below it): then ``moved`` alone tells of it.
    ``month``: points since the weekly point a month ago. ``names``: node id → name. ``orphans``: ids of projects below
    that no goal is tied to. ``teams`` None: loads are not to be told. ``people``: how many people below have open work,
    and how many of them in more than one project; None where that is not to be told. ``outlook``: label and text.
    """

    language: Language
    as_of: datetime
    known_at: datetime
    since: datetime
    policy: str
    lines: tuple[Line, ...]
    names: Mapping[str, str]
    summary: str
    dimensions: tuple[Said, ...]
    outlook: tuple[tuple[str, str], ...]
    no_forecast: str | None
    moved: tuple[Moved, ...] | None
    split: change.Moved | None
    month: float | None
    firmness: Sensitivity
    registers: Registers
    helps: tuple[str, ...]
    people: tuple[int, int] | None
    teams: tuple[TeamLine, ...] | None
    goals: tuple[GoalLine, ...]
    orphans: tuple[str, ...]
    gaps: tuple[Gap, ...]
    trend: tuple[TrendPoint, ...]
    thresholds: tuple[float, float]
    labels: Labels
    lens: Through | None = None
    more: int = 0
    gaps_more: int = 0
    timezone: str = "UTC"

    @property
    def since_on(self) -> date:
        """The day that ``since`` is told by: the one that a weekly point (midnight of UTC) ends, else the organisation's."""
        if self.since.astimezone(UTC).time() == time.min:
            return day_ended(self.since)
        return (self.since - timedelta(microseconds=1)).astimezone(ZoneInfo(self.timezone)).date()

    @property
    def node(self) -> NodeScore:
        return self.lines[0].score

    @property
    def below(self) -> Sequence[Line]:
        return self.lines[1:]

    @property
    def words(self) -> Words:
        return words(self.language)

    @property
    def page(self) -> PageWords:
        return page_words(self.language)

    @property
    def all_below(self) -> int:
        """How many nodes are below."""
        return len(self.below) + self.more

    def ranked(self, most: int) -> Sequence[Line]:
        """What is below, the worst first and candidates last, at most so many: each node once."""
        return sorted(self.below, key=lambda line: (line.proposed, attention(line.score)))[:most]

    def listed(self) -> Sequence[Line]:
        """All of it in the tree's order, candidates last."""
        return sorted(self.lines, key=lambda line: line.proposed)

    def movers(self) -> Sequence[Line]:
        """What moved most, either way."""
        lines = {line.score.id: line for line in self.below}
        return [lines[one] for one in most_moved({one: line.moved for one, line in lines.items()})]

    def signed(self, points: float | None) -> str:
        """ "+3.2", "−0.4", "0", or a dash."""
        if points is None:
            return "–"
        if abs(points) < LEAST:
            return "0"
        return f"{'+' if points > 0 else '−'}{self.words.number(abs(points))}"

    def number(self, number: float | None) -> str:
        return "–" if number is None else self.words.number(number)

    def day(self, day: date | None) -> str:
        return "–" if day is None else self.words.day(day)

    def ref(self, item: str) -> str:
        label = self.labels.get(item)
        return label.ref if label else ""

    def short(self, item: str) -> str:
        """An item as people speak of it: its key, or its title where the tool has no keys; empty: not to be named."""
        label = self.labels.get(item)
        if label is None:
            return ""
        key = label.ref.rpartition(":")[2]
        return self.words.phrase("quoted", what=plain(label.title, 40)) if key.isdigit() else key

    def named(self, node: str) -> str:
        """A node by its name."""
        return self.names.get(node, node)


_RANK = {Band.OFF_TRACK: 0, Band.AT_RISK: 1, Band.NO_DATA: 2, Band.ON_TRACK: 3}


class Ranked(Protocol):
    """What has a place in the order of attention."""

    @property
    def id(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def band(self) -> Band: ...


def attention(score: Ranked) -> tuple[int, float, str]:
    """The order in which nodes deserve attention."""
    return _RANK[score.band], score.score if score.score is not None else 101.0, score.id


def most_moved(points: Mapping[str, float | None]) -> list[str]:
    """Those of some nodes that moved most, either way, by the points that each moved (None: not known)."""
    moved = {node: abs(by) for node, by in points.items() if by is not None and abs(by) >= LEAST}
    return sorted(moved, key=lambda node: (-moved[node], node))[:MOVERS]
