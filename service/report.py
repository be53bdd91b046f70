"""The status report of a node of any level: everything its readers need, put together from one reading of the store."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from model.errors import UsageError
from model.health import NodeScore, Outcome, RollupResult, ScoredDimension, Value
from model.landscape import Landscape
from model.language import words
from model.language.pages import page_words
from model.language.telling import plain
from model.tree import Language, Node, NodeKind
from rollup.engine import roll_up
from rollup.explain import sentence
from rollup.facts import RiskFact
from rollup.told import Told
from rollup.world import FactsAt, World
from service import scoring
from service.documents import Labels
from service.reports.content import LEAST, Conflict, Line, Moved, Report, RiskLine, Said
from service.watermelons import among, below
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

WEEK = timedelta(days=7)
TREND = timedelta(weeks=26)
ITEMS, RISKS, HELPS = 5, 20, 5
_UNNAMED = frozenset({"resources"})  # its items lead to whoever has too much to do
_WORST_IMPACT = 5.0


def report(workspace: Workspace, node_id: str, *, language: Language = "en", as_of: datetime | None = None) -> Report:
    """The report on a node as of a moment (None: now). Writes nothing. Raises UsageError for a moment to come."""
    now = workspace.clock()
    at = as_of or now
    if at > now:
        raise UsageError("That has not come yet.", where="--as-of", fix="Give a day up to today; forecasts look ahead.")
    with workspace.db.read() as uow:
        landscape, facts = scoring.read(workspace, uow, known_at=None)
        today = roll_up(landscape, facts, as_of=at, known_at=now)
        before = roll_up(landscape, facts, as_of=at - WEEK, known_at=now)
        return _Writer(workspace, uow, landscape, facts, language).write(node_id, today, before)


class _Writer:
    """Tells one node in one language."""

    def __init__(
        self, workspace: Workspace, uow: UnitOfWork, landscape: Landscape, facts: FactsAt, language: Language
    ) -> None:
        self.workspace, self.uow, self.landscape, self.facts, self.language = workspace, uow, landscape, facts, language
        self.words, self.page = words(language), page_words(language)
        self.nodes = landscape.tree.by_id()

    def write(self, node_id: str, today: RollupResult, before: RollupResult) -> Report:
        scores, then = {one.id: one for one in today.nodes}, {one.id: one for one in before.nodes}
        wanted = below(self.workspace, node_id)
        score, node = scores[node_id], self.nodes[node_id]
        world = World(self.landscape, self.facts, today.as_of)
        told = Told(score, self.language, self.landscape, scores)
        found = among(
            self.uow, self.landscape, self.facts, [scores[one] for one in scores if one in wanted],
            reader=node_id, as_of=today.as_of,
        )  # fmt: skip
        risks = self._risks(world, node_id)
        named = {item for one in score.dimensions for item in one.finding.evidence[:ITEMS]}
        named |= {risk.id for risk in risks} | {item for one in score.untrusted for item in one.items[:ITEMS]}
        named |= {item for gap in found.gaps for one in gap.reasons for item in one.evidence[:ITEMS]}
        labels = self._labels(named | _linked(score))
        dimensions = self._dimensions(told, labels)
        policy = self.landscape.policy_for(node.project_class, node.policy)
        return Report(
            language=self.language,
            as_of=today.as_of,
            known_at=today.known_at,
            week_ago=before.as_of,
            policy=score.policy,
            lines=self._lines(node_id, wanted, scores, then),
            summary=sentence(score, self.landscape, language=self.language, below=scores),
            dimensions=dimensions,
            outlook=self._outlook(score, node, world),
            no_forecast=self._no_forecast(score, dimensions),
            moved=self._moved(score, then.get(node_id), told),
            risks=tuple(RiskLine(one.id, one.probability, one.impact, one.owned) for one in risks),
            conflicts=self._conflicts(score, labels),
            helps=self._helps(dimensions),
            people=None if policy.people == "off" or node.kind is NodeKind.PROJECT else _people(world, node_id),
            gaps=found.gaps,
            trend=tuple(
                point for point in self.uow.scores.trend(node_id, since=today.as_of - TREND) if point.at <= today.as_of
            ),
            thresholds=(policy.on_track, policy.at_risk),
            labels=labels,
        )

    def _labels(self, items: set[str]) -> Labels:
        """Items that few may see in their tool are not named: more people read a report than its items."""
        known = self.uow.records.items(sorted(items))
        return self.uow.records.labels(sorted(item.id for item in known if not item.restricted))

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
        self, node_id: str, wanted: set[str], scores: Mapping[str, NodeScore], then: Mapping[str, NodeScore]
    ) -> tuple[Line, ...]:
        """The node and what is below it, each once, by depth."""
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
            )
            for key in dict.fromkeys(order)
        )

    def _outlook(self, score: NodeScore, node: Node, world: World) -> tuple[tuple[str, str], ...]:
        forecast, say = score.forecast, self.page.say
        if forecast is None or forecast.refused:
            return ()
        rows = [(say("target"), self.words.day(node.target_on))] if node.target_on else []
        for key, day in (("half", forecast.p50), ("sure", forecast.p85)):
            rows.append((say(key), self.words.day(day) if day else say("beyond")))
        if forecast.on_time_words:
            rows.append((say("odds"), self.words.odds(forecast.on_time_words)))
        facts = world.facts(node.id)
        rate = say("no_base")
        if facts.due_outcomes:
            share = self.words.percent(facts.due_kept / facts.due_outcomes)
            rate = say("of_n", kept=facts.due_kept, n=facts.due_outcomes, share=share)
        return (*rows, (say("base_rate"), rate))

    def _no_forecast(self, score: NodeScore, dimensions: tuple[Said, ...]) -> str | None:
        if score.forecast is None or not score.forecast.refused:
            return None
        place = next((one.reason for one in dimensions if one.entry.finding.dimension == "schedule"), "")
        return self.page.say("no_forecast", why=score.forecast.refused if self.language == "en" else place)

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

    def _risks(self, world: World, node_id: str) -> list[RiskFact]:
        """The open register of all projects below, the largest exposure first; what nobody assessed counts as its worst."""
        found = {risk.id: risk for key in world.leaves(node_id) for risk in world.facts(key).risks}
        return sorted(found.values(), key=lambda risk: (-_exposure(risk), risk.id))[:RISKS]

    def _conflicts(self, score: NodeScore, labels: Labels) -> tuple[Conflict, ...]:
        """The links that the dependencies dimension names in its values."""
        values = next((one.finding.values for one in score.dimensions if one.finding.dimension == "dependencies"), {})
        rows = []
        for key, value in values.items():
            if key.startswith("link_") and key.count("_") == 1:
                one, _, other = str(value.value).partition(" blocks ")
                text = self.page.say("blocks", one=_named(one, labels), other=_named(other, labels))
                late, owned = values.get(f"{key}_late"), values.get(f"{key}_owned")
                days = float(late.value) if late and isinstance(late.value, int | float) else None
                has = bool(owned.value) if owned and owned.value is not None else None
                rows.append(Conflict(text, self.page.say(f"state_{value.unit}"), days, has, self._options(key, values)))
        return tuple(rows)

    def _options(self, key: str, values: Mapping[str, Value]) -> str:
        """What can be done about a link."""
        if values[key].unit == "cycle":
            return self.page.say("option_cycle")
        needed, likely = (values.get(f"{key}_{name}") for name in ("needed", "likely"))
        if needed is None or likely is None or needed.value is None or likely.value is None:
            return self.page.say("option_undated")
        return self.page.say("option_dates", needed=needed.value, likely=likely.value)

    def _helps(self, dimensions: tuple[Said, ...]) -> tuple[str, ...]:
        offers = sorted(
            (one for one in dimensions if one.help and one.help_points >= LEAST),
            key=lambda one: (-one.help_points, one.name),
        )
        return tuple(
            self.words.phrase("help_points", what=f"{(one.help or '')[:1].upper()}{(one.help or '')[1:]}",
                              points=self.words.number(one.help_points))
            for one in offers[:HELPS]
        )  # fmt: skip


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


def _exposure(risk: RiskFact) -> float:
    probability = 1.0 if risk.probability is None else risk.probability
    return probability * (_WORST_IMPACT if risk.impact is None else risk.impact)


def _linked(score: NodeScore) -> set[str]:
    """Ids of items in the values of the dependencies dimension."""
    texts = (
        str(value.value)
        for one in score.dimensions
        if one.finding.dimension == "dependencies"
        for value in one.finding.values.values()
    )
    return {word for text in texts for word in text.split(" ") if ":item:" in word}


def _named(word: str, labels: Labels) -> str:
    if word in labels:
        return f"{labels[word].ref} “{plain(labels[word].title, 60)}”"
    return word.replace(":item:", ":")


def _people(world: World, node_id: str) -> tuple[int, int]:
    """People with open work in the projects below, and those of them with open work in several. Nobody is named."""
    projects = set(world.leaves(node_id))
    at_work = [{work.project for work in held} & projects for held in world.open_work.values()]
    return sum(1 for held in at_work if held), sum(1 for held in at_work if len(held) > 1)
