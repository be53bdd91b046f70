"""What stands in a status report, in the reader's language and ready to be laid out; texts carry no markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from model.health import Band, Gap, NodeScore, ScoredDimension
from model.language import Words, words
from model.language.pages import PageWords, page_words
from model.tree import Language
from service.documents import Labels
from store.scores import TrendPoint

LEAST = 0.05
"""Points under which nothing is said to have changed or to be lost."""


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
    """A node at or below the one reported on."""

    score: NodeScore
    depth: int
    before: NodeScore | None
    target: date | None
    reason: str

    @property
    def moved(self) -> float | None:
        """Points in the week."""
        if self.before is None or self.before.score is None or self.score.score is None:
            return None
        return self.score.score - self.before.score


@dataclass(frozen=True)
class RiskLine:
    """An open risk; who answers for it is not said."""

    item: str
    probability: float | None
    impact: float | None
    owned: bool


@dataclass(frozen=True)
class Conflict:
    """A link that can't be kept."""

    text: str
    state: str
    days_late: float | None
    owned: bool | None
    options: str


@dataclass(frozen=True)
class Moved:
    """What was otherwise a week ago."""

    name: str
    old: str
    new: str
    by: str
    why: str


@dataclass(frozen=True)
class Report:
    """A report on ``lines[0]``. ``lines`` are in the tree's order; ``labels``: the items that may be named.

    ``people``: how many people below have open work, and how many of them in more than one project; None where that is
    not to be told. ``outlook``: label and text.
    """

    language: Language
    as_of: datetime
    known_at: datetime
    week_ago: datetime
    policy: str
    lines: tuple[Line, ...]
    summary: str
    dimensions: tuple[Said, ...]
    outlook: tuple[tuple[str, str], ...]
    no_forecast: str | None
    moved: tuple[Moved, ...] | None
    risks: tuple[RiskLine, ...]
    conflicts: tuple[Conflict, ...]
    helps: tuple[str, ...]
    people: tuple[int, int] | None
    gaps: tuple[Gap, ...]
    trend: tuple[TrendPoint, ...]
    thresholds: tuple[float, float]
    labels: Labels

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

    def ranked(self, most: int) -> Sequence[Line]:
        """What is below, the worst first, at most so many: each node once."""
        return sorted(self.below, key=rank)[:most]

    def movers(self, most: int = 5) -> Sequence[Line]:
        """What moved most in the week, either way."""
        moved = [line for line in self.below if line.moved is not None and abs(line.moved) >= LEAST]
        return sorted(moved, key=lambda line: (-abs(line.moved or 0.0), line.score.id))[:most]

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


_RANK = {Band.OFF_TRACK: 0, Band.AT_RISK: 1, Band.NO_DATA: 2, Band.ON_TRACK: 3}


def rank(line: Line) -> tuple[int, float, str]:
    """The order of attention."""
    score = line.score
    return _RANK[score.band], score.score if score.score is not None else 101.0, score.id
