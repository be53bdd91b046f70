"""What is known of the candidates below a node: value, cost, demand, risk, and what each lacks to be judged by.

Value: as rated, or Σ weight · part / Σ weight by the portfolio's value model; a part nobody rated counts 0.
WSJF = (value + time criticality + risk reduction) / size. ROI = (gain a year · years − cost) / cost, payback = cost / gain a
year; neither is discounted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from model.case import Case, quarter_of
from model.money import Money
from model.tree import Budget, Node, NodeKind, ProjectState, Tree
from rollup.budgets import HOURS, amount_of

Need = tuple[str, str]
"""A skill and a quarter."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate below the node. ``cost``: in the unit of the board, None where it can't be told.

    ``needs``, ``excludes``: other candidates of the board. ``lacks``: slugs of what is not known of it. ``barred``: why it
    can't be chosen at all: (slug, what it is about).
    """

    id: str
    name: str
    value: float | None = None
    cost: float | None = None
    demand: Mapping[Need, float] = field(default_factory=dict)
    risk: float | None = None
    mandatory: bool = False
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    wsjf: float | None = None
    roi: float | None = None
    payback_years: float | None = None
    net: float | None = None
    lacks: tuple[str, ...] = ()
    barred: tuple[tuple[str, str], ...] = ()

    @property
    def worth(self) -> float:
        """What choosing it adds: without a value nothing."""
        return self.value or 0.0


@dataclass(frozen=True, slots=True)
class Board:
    """The candidates below a node, and what there is to spend. ``unit``: hours or a currency; None: nothing tells one.

    ``budget``: the node's own; ``committed``: budgets of its active projects; None where it can't be told.
    ``uncommitted``: active projects whose budget is not in the unit, or that have none.
    """

    node: str
    unit: str | None
    candidates: tuple[Candidate, ...]
    budget: float | None = None
    committed: float | None = None
    uncommitted: tuple[str, ...] = ()

    @property
    def left(self) -> float | None:
        """What the node's budget leaves for candidates; None: it has none."""
        return None if self.budget is None else max(0.0, self.budget - (self.committed or 0.0))

    def by_id(self) -> Mapping[str, Candidate]:
        return {one.id: one for one in self.candidates}


def board_of(tree: Tree, node_id: str, money: Money, today: date) -> Board:
    """Everything there is to choose from at and below a node."""
    nodes = tree.by_id()
    below = _projects_below(tree, node_id)
    some = [node for node in below if node.state is ProjectState.CANDIDATE]
    running = [node for node in below if node.state is ProjectState.ACTIVE]
    purse = nodes[node_id].budget if nodes[node_id].kind is not NodeKind.PROJECT else None  # a project's is its own cost
    unit = _unit(purse, some, money)
    prices = _Prices(unit, money, today)
    spent = {node.id: prices.of(node.budget) for node in running}
    known = [amount for amount in spent.values() if amount is not None]
    reader = _Reader(nodes, {node.id for node in some}, prices, today, _excluding(tree))
    return Board(
        node=node_id,
        unit=unit,
        candidates=tuple(reader.candidate(node) for node in some),
        budget=prices.of(purse),
        committed=sum(known) if unit else None,
        uncommitted=tuple(key for key, amount in spent.items() if amount is None),
    )


def _projects_below(tree: Tree, node_id: str) -> list[Node]:
    """The distinct projects at or below a node, in the tree's order."""
    inside = {node_id}
    for node in tree.nodes:  # parents come before children
        if any(parent.id in inside for parent in node.parents):
            inside.add(node.id)
    return [node for node in tree.projects() if node.id in inside]


def _excluding(tree: Tree) -> dict[str, set[str]]:
    """By project those whose cases exclude it."""
    found: dict[str, set[str]] = {}
    for node in tree.nodes:
        if node.kind is NodeKind.PROJECT and node.case:
            for key in node.case.excludes:
                found.setdefault(key, set()).add(node.id)
    return found


def _unit(purse: Budget | None, candidates: Sequence[Node], money: Money) -> str | None:
    """What is spent: as the node's budget says, else money as soon as one candidate costs money."""
    budgets = [purse] if purse else [one.budget for one in candidates if one.budget]
    if not budgets:
        return None
    return HOURS if all(one.hours is not None for one in budgets) else money.currency


@dataclass(frozen=True, slots=True)
class _Prices:
    """Budgets in one unit. Hours become money by the general rate, where there is one; money never becomes hours."""

    unit: str | None
    money: Money
    today: date

    def of(self, budget: Budget | None) -> float | None:
        amount = amount_of(budget)
        if amount is None or self.unit is None:
            return None
        if amount[1] == self.unit:
            return amount[0]
        return self.in_money(amount) if self.unit != HOURS else None

    def in_money(self, amount: tuple[float, str]) -> float | None:
        """An amount in the deployment's own currency."""
        number, unit = amount
        if unit != HOURS:
            return self.money.own(number, unit)
        rate = self.money.rate(None, None, self.today)
        return self.money.own(number * rate.hourly, rate.currency) if rate else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes candidates of nodes. ``nodes``: the tree's. ``mine``: the ids of those on the board.

    ``excluding``: by project those whose cases exclude it.
    """

    nodes: Mapping[str, Node]
    mine: set[str]
    prices: _Prices
    today: date
    excluding: Mapping[str, set[str]]

    def candidate(self, node: Node) -> Candidate:
        case = node.case or Case()
        value, unrated = self._value(node, case)
        delay = None if value is None else value + (case.time_criticality or 0.0) + (case.risk_reduction or 0.0)
        cost = self.prices.of(node.budget)
        amount = amount_of(node.budget)
        net, roi, payback = self._return(case, self.prices.in_money(amount) if amount else None)
        known = {"value": value, "cost": cost, "size": case.size, "benefit": net, "risk": case.risk}
        lacks = [name for name, held in known.items() if held is None] + [f"part:{part}" for part in unrated]
        return Candidate(
            id=node.id,
            name=node.name,
            value=value,
            cost=cost,
            demand={(one.skill, one.quarter): one.hours for one in case.demand},
            risk=case.risk,
            mandatory=case.mandatory,
            needs=tuple(key for key in case.needs if key in self.mine),
            excludes=tuple(sorted(self.mine.intersection(self._excluded(node)))),
            wsjf=delay / case.size if delay is not None and case.size else None,
            roi=roi,
            payback_years=payback,
            net=net,
            lacks=tuple(lacks),
            barred=tuple(self._barred(node, case)),
        )

    def _value(self, node: Node, case: Case) -> tuple[float | None, list[str]]:
        """The value, and the parts of the value model that nobody rated."""
        model = dict(self._portfolio(node).value_model)
        parts = dict(case.parts)
        if not parts or not model:
            return case.value, []
        total = sum(model.values())
        return sum(weight * parts.get(part, 0.0) for part, weight in model.items()) / total, sorted(model.keys() - parts)

    def _portfolio(self, node: Node) -> Node:
        while node.kind is not NodeKind.PORTFOLIO and node.parents:
            node = self.nodes[node.parents[0].id]
        return node

    def _return(self, case: Case, cost: float | None) -> tuple[float | None, float | None, float | None]:
        """Net gain in money, return on investment, years until the cost is back."""
        yearly = self.prices.money.own(case.gain.per_year, case.gain.currency) if case.gain else None
        if yearly is None or case.gain is None or not cost:
            return None, None, None
        net = yearly * case.gain.years - cost
        return net, net / cost, cost / yearly if yearly else None

    def _excluded(self, node: Node) -> set[str]:
        """The projects that exclude a project, whichever of the two says so."""
        told = set(node.case.excludes) if node.case else set()
        return told | self.excluding.get(node.id, set())

    def _stands(self, key: str) -> ProjectState | None:
        """The state of a project; None for what is none."""
        node = self.nodes.get(key)
        return node.state if node is not None and node.kind is NodeKind.PROJECT else None

    def _barred(self, node: Node, case: Case) -> list[tuple[str, str]]:
        """Why it can't be chosen, whatever there is to spend."""
        found = [
            ("needs_elsewhere", key)
            for key in case.needs
            if self._stands(key) is ProjectState.CANDIDATE and key not in self.mine
        ]
        found += [
            ("excludes_active", key) for key in sorted(self._excluded(node)) if self._stands(key) is ProjectState.ACTIVE
        ]
        past = sorted({one.quarter for one in case.demand if one.quarter < quarter_of(self.today)})
        return found + [("demand_past", quarter) for quarter in past]
