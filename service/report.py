"""The status report of a node of any level: everything its readers need, put together from one reading of the store."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from model.errors import UsageError
from model.health import ALL_DONE, Calibration, Forecast, NodeScore, Outcome, RollupResult, ScoredDimension
from model.landscape import Landscape
from model.language import words
from model.language.pages import page_words
from model.language.telling import plain
from model.registers import Registers
from model.tree import Language, Node
from rollup.declared import apart
from rollup.engine import roll_up
from rollup.explain import sentence
from rollup.sensitivity import sensitivity
from rollup.told import Told
from rollup.world import World
from service import lenses, scoring
from service.browse import levels_of
from service.change import Moved as Split
from service.change import moved_since
from service.documents import Labels, readable
from service.movement import projects_below
from service.patience import everything_at_once
from service.report_below import Below
from service.report_kept import Extent, Reading, read_kept
from service.reports.content import LEAST, MOST_LINES, Line, Moved, Report, Said, Through
from service.reports.formats import CUT, SHORT
from service.reports.page import MOST_ENTRIES, MOST_GAPS
from service.reports.teams import team_lines
from service.watermelons import unsaid
from service.workspace import Workspace, node_in
from store.scores import TrendPoint
from store.unit_of_work import UnitOfWork

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
TREND = timedelta(weeks=52)
ITEMS, HELPS = 5, 5
LEAD = 600
"""Letters of the first paragraph; a field of a tool holds fewer."""
MOST_SPLIT = 40
"""Projects below a node up to which a report splits its movement: an exact split grows with them."""
_NO_ITEM = frozenset({"alignment"})  # its items are what nobody planned for
_UNNAMED = frozenset({"resources"})  # its items lead to whoever has too much to do


@dataclass(frozen=True)
class Asked:
    """What a report is to be. ``as_of`` None: now. ``since`` None: a week before. ``lens``: the tree that the node is of.

    ``causes``: whether the movement is split, which takes the longest (None: unless ``quick``). ``names``: whoever reads it
    may see names; they stand in it only where the policy says ``people: named``, too. ``quick``: somebody waits for it: of
    an organisation that is not small (``service.patience``) it tells what was kept at the last roll-up, against the last
    weekly points before ``since``. Then it may be short: ``most_risks``: it lists so many, and rules put together (None:
    all, one by one); ``most_lines``: of so many nodes below, the first in the order of attention, and of those that moved
    most, it tells more than the numbers (None: of all); ``most_gaps``: so many of those below that are declared otherwise
    than computed are looked for beside these, the widest first (None: all).
    """

    language: Language = "en"
    as_of: datetime | None = None
    since: datetime | None = None
    lens: str | None = None
    names: bool = False
    causes: bool | None = None
    quick: bool = False
    most_risks: int | None = None
    most_lines: int | None = None
    most_gaps: int | None = None

    @classmethod
    def while_waited_for(cls, kind: str, **how: Any) -> "Asked":
        """What is asked for while somebody waits for it in a format of ``FORMATS``: no more than that format tells."""
        risks = MOST_ENTRIES if kind in CUT else None
        lines, gaps = (MOST_LINES, MOST_GAPS) if kind in SHORT else (None, None)
        return cls(quick=True, most_risks=risks, most_lines=lines, most_gaps=gaps, **how)


def report(workspace: Workspace, node: str, asked: Asked = Asked()) -> Report:
    """The report on a node (its id or unique name). Writes nothing.

    Raises UsageError for a moment to come, a beginning that is not before it, an unknown lens or node.
    """
    now = workspace.clock()
    at = asked.as_of or now
    since = asked.since or at - WEEK
    if at > now:
        raise UsageError("That has not come yet.", where="--as-of", fix="Give a day up to today; forecasts look ahead.")
    if since >= at:
        raise UsageError(f"{since:%Y-%m-%d} is not before {at:%Y-%m-%d}.", where="--since", fix="Give an earlier day.")
    quick = asked.quick and _large(workspace, asked)
    with workspace.db.read() as uow:
        kept = _kept(workspace, uow, node, asked, since) if quick else None
        return kept or _counted(workspace, uow, node, asked, (since, at))


def _kept(workspace: Workspace, uow: UnitOfWork, name: str, asked: Asked, since: datetime) -> Report | None:
    """The report from what was kept at the last roll-up, beside weekly points; None where that does not tell of all."""
    node, extent = workspace.node(name), Extent(asked.language, asked.most_risks, asked.most_lines, asked.most_gaps)
    found = read_kept(workspace, uow, node, since, extent, names=asked.names)
    if found is None:
        return None
    split = _kept_split(workspace, node.id, found) if asked.causes else None
    return _Writer(workspace, uow, found.landscape, asked).write(
        node.id, found.today, found.before, below=found.below, split=split, lens=None, more=found.more,
        unlooked=found.unlooked,
    )  # fmt: skip


def _kept_split(workspace: Workspace, node_id: str, found: Reading) -> Split | None:
    """What moved the node between the two moments that were kept; None where it is not split."""
    since, until = found.before.as_of, found.today.as_of
    few = projects_below(levels_of(workspace.tree), node_id) <= MOST_SPLIT
    told = few and since < until and _scored(found.before, node_id)
    return moved_since(workspace, node_id, since=since, until=until) if told else None


def _counted(
    workspace: Workspace, uow: UnitOfWork, node: str, asked: Asked, span: tuple[datetime, datetime]
) -> Report:
    """The report from the records, as they are known now."""
    (since, at), now = span, workspace.clock()
    look = lenses.look(workspace, uow, workspace.lens(asked.lens), as_of=asked.as_of) if asked.lens else None
    landscape, facts = (look.landscape, look.facts) if look else scoring.read(workspace, uow, known_at=None)
    node_id = node_in(landscape.tree, node).id
    today = roll_up(landscape, facts, as_of=at, known_at=now)
    before = roll_up(landscape, facts, as_of=since, known_at=now)
    told = _through(uow, look, node_id, past=asked.as_of is not None) if look else None
    world = World(landscape, facts, at)
    split = None
    if asked.causes is not False and told is None and len(world.leaves(node_id)) <= MOST_SPLIT and _scored(before, node_id):
        split = moved_since(workspace, node_id, since=since, until=asked.as_of)
    writer = _Writer(workspace, uow, landscape, asked)
    below = Below.counted(uow, (world, facts), node_id, today, names=asked.names)
    return writer.write(node_id, today, before, below=below, split=split, lens=told)


def _large(workspace: Workspace, asked: Asked) -> bool:
    """Whether counting everything for a report of now would keep whoever waits for it."""
    return asked.as_of is None and asked.lens is None and not everything_at_once(workspace)


def _scored(result: RollupResult, node_id: str) -> bool:
    return any(one.id == node_id and one.score is not None for one in result.nodes)


def _through(uow: UnitOfWork, look: lenses.Look, node_id: str, *, past: bool) -> Through:
    found = look.grouping
    outcome = lenses.metrics(uow, look, past=past).get(node_id)
    return Through(found.lens.title or found.lens.name, found.carried / found.of if found.of else None, look.why, outcome)


class _Writer:
    """Tells one node in one language."""

    def __init__(self, workspace: Workspace, uow: UnitOfWork, landscape: Landscape, asked: Asked) -> None:
        self.workspace, self.uow, self.landscape = workspace, uow, landscape
        self.language = asked.language
        self.words, self.page = words(asked.language), page_words(asked.language)
        self.nodes = landscape.tree.by_id()

    def _by_node(self, result: RollupResult, wanted: Set[str], told: Set[str]) -> dict[str, NodeScore]:
        """Scores by node. Of what lies above the report's own node it tells nothing: not everybody may see that.

        ``told``: nodes whose status is told also where it was declared otherwise than it is computed.
        """
        found = {one.id: one for one in result.nodes}
        for key in found.keys() & wanted:
            inside = next((above.id for above in self.nodes[key].parents if above.id in wanted), None)
            if found[key].parent != inside:
                found[key] = found[key].model_copy(update={"parent": inside})
            if key not in told and apart(found[key].declared_band, found[key].computed_band):
                found[key] = unsaid(found[key])
        return found

    def write(
        self, node_id: str, today: RollupResult, before: RollupResult, *,
        below: Below, split: Split | None, lens: Through | None, more: int = 0, unlooked: int = 0,
    ) -> Report:  # fmt: skip
        """``more``: how many of the nodes below are only counted; ``unlooked``: of what is declared otherwise."""
        wanted = self.landscape.tree.below(node_id)
        told = {node_id, *(gap.node for gap in below.gaps)}
        scores, then = self._by_node(today, wanted, told), self._by_node(before, wanted, told)
        score, node = scores[node_id], self.nodes[node_id]
        said = Told(score, self.language, self.landscape, scores)
        labels = readable(
            self.uow,
            {item for one in score.dimensions for item in one.finding.evidence[:ITEMS]}
            | {item for one in score.untrusted for item in one.items[:ITEMS]}
            | {item for gap in below.gaps for one in gap.reasons for item in one.evidence[:ITEMS]}
            | {item for part in (split.explained.parts if split else ()) for item in part.items[:ITEMS]}
            | {item for one in score.dimensions if (help_ := one.finding.improvement) for item in help_.items[:1]}
            | _kept_items(below.registers)
        )
        dimensions = self._dimensions(said, labels)
        policy = self.landscape.policy_for(node.project_class, node.policy)
        trend = self._trend(node_id, today)
        return Report(
            language=self.language,
            as_of=today.as_of,
            known_at=today.known_at,
            since=before.as_of,
            policy=score.policy,
            lines=self._lines(node_id, wanted, scores, then),
            more=more,
            names={one.id: one.name for one in self.landscape.tree.nodes},
            summary=sentence(score, self.landscape, language=self.language, below=scores, most=LEAD),
            dimensions=dimensions,
            outlook=self._outlook(score, node, below.dates),
            no_forecast=self._no_forecast(score, dimensions),
            moved=self._moved(score, then.get(node_id), said),
            split=split,
            month=_month(score, trend, today.as_of),
            firmness=sensitivity(score, policy),
            registers=below.registers,
            helps=self._helps(dimensions, labels),
            people=None if policy.people == "off" else below.people,
            teams=None if policy.people == "off" else team_lines(below.loads),
            goals=below.goals[0],
            orphans=below.goals[1],
            gaps=below.gaps,
            gaps_more=unlooked,
            trend=trend,
            thresholds=(policy.on_track, policy.at_risk),
            labels=labels,
            lens=lens,
            timezone=self.workspace.timezone,
        )

    def _trend(self, node_id: str, today: RollupResult) -> tuple[TrendPoint, ...]:
        points = self.uow.scores.trend(node_id, since=today.as_of - TREND)
        return tuple(point for point in points if point.at <= today.as_of)

    def _dimensions(self, told: Told, labels: Labels) -> tuple[Said, ...]:
        return tuple(
            Said(
                entry=entry,
                name=self.words.dimension(entry.finding.dimension),
                reason=told.reason(entry),
                help=told.improvement(entry),
                help_points=entry.effective_weight * (help_.points or 0.0)
                if (help_ := entry.finding.improvement) else 0.0,
                items=() if entry.finding.dimension in _UNNAMED else tuple(
                    item for item in entry.finding.evidence[:ITEMS] if item in labels
                ),
            )
            for entry in sorted(told.score.dimensions, key=_attention)
        )  # fmt: skip

    def _lines(
        self, node_id: str, wanted: Set[str], scores: Mapping[str, NodeScore], then: Mapping[str, NodeScore]
    ) -> tuple[Line, ...]:
        """The node and what is told of the ``wanted`` below it, each once, by depth."""
        depths = {node_id: 0}
        for node in self.landscape.tree.nodes:
            if node.id != node_id and node.id in wanted:
                depths[node.id] = 1 + max(depths[parent.id] for parent in node.parents if parent.id in depths)
        order = [node_id, *(node.id for node, _, _ in self.landscape.tree.walk() if node.id in depths)]
        return tuple(
            Line(
                score=scores[key],
                depth=depths[key],
                before=then.get(key),
                target=self.nodes[key].target_on,
                reason=sentence(scores[key], self.landscape, language=self.language, below=scores),
                proposed=self.nodes[key].proposed,
            )
            for key in dict.fromkeys(order)
            if key in scores
        )

    def _outlook(self, score: NodeScore, node: Node, dates: tuple[int, int]) -> tuple[tuple[str, str], ...]:
        forecast, say = score.forecast, self.page.say
        if forecast is None or forecast.refused:
            return ()
        (kept, passed), rate = dates, say("no_base")
        if passed:
            rate = say("of_n", kept=kept, n=passed, share=self.words.percent(kept / passed))
        told = () if score.continuous else self._dates(forecast, node)
        return (*told, (say("base_rate"), rate))

    def _dates(self, forecast: Forecast, node: Node) -> Iterator[tuple[str, str]]:
        """The days by which it is done, and how far they can be trusted."""
        say = self.page.say
        if node.target_on:
            yield say("target"), self.words.day(node.target_on)
        if forecast.finished:
            yield say("odds"), self.words.odds(ALL_DONE)
            return
        for key, day in (("half", forecast.p50), ("sure", forecast.p85)):
            yield say(key), self.words.day(day) if day else say("beyond")
        if forecast.on_time_words:
            yield say("odds"), self.words.odds(forecast.on_time_words, forecast.on_time)
        yield say("dates_held"), self._held(forecast.coverage_p85)

    def _held(self, coverage: Calibration | None) -> str:
        """How the organisation's own P85 dates did, with their number."""
        if coverage is None or coverage.value is None:
            return self.page.say("none_held")
        kept, share = round(coverage.value * coverage.n), self.words.percent(coverage.value)
        return self.page.say("of_n", kept=kept, n=coverage.n, share=share)

    def _no_forecast(self, score: NodeScore, dimensions: tuple[Said, ...]) -> str | None:
        if score.forecast is None or not (score.forecast.refused or score.continuous):
            return None
        place = next((one.reason for one in dimensions if one.entry.finding.dimension == "schedule"), "")
        if not score.forecast.refused:
            return self.page.say("no_forecast", why=place)
        said = self.words.refusal(score.forecast.refused_code, score.forecast.refused_values) or place
        return self.page.say("no_forecast", why=score.forecast.refused if self.language == "en" else said)

    def _moved(self, score: NodeScore, before: NodeScore | None, told: Told) -> tuple[Moved, ...] | None:
        """None: nothing is known of then."""
        if before is None or (before.score is None and score.score is None):
            return None
        rows = []
        if abs((score.score or 0.0) - (before.score or 0.0)) >= LEAST or before.band is not score.band:
            old, new = self._standing(before), self._standing(score)
            rows.append(self._row(self.page.say("score"), (before.score, old), (score.score, new), ""))
        past = {one.finding.dimension: one.finding for one in before.dimensions}
        for entry in score.dimensions:
            old_, new_ = past.get(entry.finding.dimension), entry.finding
            if old_ is not None and _differ(old_.score, new_.score):
                name = self.words.dimension(new_.dimension)
                told_old, told_new = (self._number(one.score, one.outcome) for one in (old_, new_))
                rows.append(self._row(name, (old_.score, told_old), (new_.score, told_new), told.reason(entry)))
        return tuple(rows)

    def _row(self, name: str, old: tuple[float | None, str], new: tuple[float | None, str], why: str) -> Moved:
        by = "–"
        if old[0] is not None and new[0] is not None:
            change = new[0] - old[0]
            by = f"{'+' if change >= 0 else '−'}{self.words.number(abs(change))}"
        return Moved(name, old[1], new[1], by, why)

    def _standing(self, score: NodeScore) -> str:
        number = "–" if score.score is None else self.words.number(score.score)
        return f"{number} {self.words.band(score.band)}"

    def _number(self, score: float | None, outcome: Outcome) -> str:
        if score is not None:
            return self.words.number(score)
        return self.page.say("not_applicable" if outcome is Outcome.NOT_APPLICABLE else "not_measured")

    def _helps(self, dimensions: tuple[Said, ...], labels: Labels) -> tuple[str, ...]:
        offers = sorted(
            (one for one in dimensions if one.help and one.help_points >= LEAST),
            key=lambda one: (-one.help_points, one.name),
        )
        return tuple(self._help(one, labels) for one in offers[:HELPS])

    def _help(self, one: Said, labels: Labels) -> str:
        """What to do, with which item first, for how many points."""
        what = f"{(one.help or '')[:1].upper()}{(one.help or '')[1:]}"
        improvement = one.entry.finding.improvement
        first = next((labels[item] for item in (improvement.items if improvement else ()) if item in labels), None)
        if first is not None and one.entry.finding.dimension not in _UNNAMED | _NO_ITEM:
            what = self.words.phrase("begin_with", what=what, item=plain(first.title, 60))
        return self.words.phrase("help_points", what=what, points=self.words.number(one.help_points))


def _attention(entry: ScoredDimension) -> tuple[int, float, str]:
    """What costs most first, then what is missing, then what does not count or does not apply."""
    finding = entry.finding
    if finding.outcome is Outcome.MEASURED and entry.weight > 0:
        return 0, -entry.effective_weight * (100 - (finding.score or 0.0)), finding.dimension
    place = 1 if finding.outcome is not Outcome.NOT_APPLICABLE and entry.weight > 0 else 2
    return place + (finding.outcome is Outcome.NOT_APPLICABLE), 0.0, finding.dimension


def _differ(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= LEAST


def _kept_items(kept: Registers) -> set[str]:
    """Ids of the items that the registers name: those that a reader looks at first."""
    named = [risk.id for risk in kept.risks] + [one.id for one in kept.benefits if not one.from_goal]
    named += [end for one in kept.conflicts for end in (one.predecessor, one.successor)]
    named += [item for rule in kept.rules for item in rule.items[:ITEMS]]
    return set(named)


def _month(score: NodeScore, trend: tuple[TrendPoint, ...], at: datetime) -> float | None:
    """Points since the last weekly point that is a month old; None where none has a score."""
    past = [point for point in trend if point.at <= at - MONTH and point.at >= at - 2 * MONTH]
    if not past or past[-1].score is None or score.score is None:
        return None
    return score.score - past[-1].score
