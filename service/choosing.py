"""Portfolio decisions: what there is to choose from, what is worth most, and what people decided.

The service proposes and never chooses: nothing here changes the tree, only ``decide`` keeps what people say.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from model.decision import Asked, Decision, Weighed
from model.errors import CHANGED_MEANWHILE, RetryableError, UsageError
from model.landscape import Landscape
from model.money import Money
from model.tree import Language, Node, NodeKind
from rollup.budgets import HOURS
from rollup.curves import Curves
from rollup.dimensions.resources import CURVES, rules_of
from rollup.portfolio.candidates import Board, board_of
from rollup.portfolio.frontier import STEPS, Difference, Frontier, difference, frontier
from rollup.portfolio.limits import Scenario, Setting, setting_of
from rollup.portfolio.selection import SECONDS, Clash, Effort, Selection, broken, measured, select
from rollup.portfolio.supply import Shift, Supply, quarters_of
from service.choosing_words import Telling
from service.people_at_hand import looked_up
from service.said_twice import READ_AGAIN, SENT_TWICE
from service.searching import Search, in_turn
from service.workspace import Workspace, local_day

_AMOUNT = r"\d{1,15}(?:\.\d{1,6})?"
_BUDGET = re.compile(rf"({_AMOUNT})\s*([A-Z]{{3}}|h)?", re.ASCII)
_SHIFT = re.compile(rf"(.+?)=([+-]{_AMOUNT})(%|h)")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, as typed. ``budget``: "250000", "250000 USD" or "1200h" for the candidates; None: what the
    node's own leaves. ``capacity``: "backend=+20%", "design=-10%", "security=+200h" (a quarter). ``require``, ``exclude``:
    ids or names of candidates. ``seconds`` and ``gap``: how long and how near to the best.
    """

    budget: str | None = None
    capacity: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    seconds: float = SECONDS
    gap: float = 0.0

    @property
    def effort(self) -> Effort:
        return Effort(seconds=self.seconds, gap=self.gap)


@dataclass(frozen=True, slots=True)
class Said:
    """Who decides and why; what they ``take`` beside the proposal and ``leave`` out of it (ids or names)."""

    by: str
    reason: str
    take: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A node whose candidates are looked at: the board, what people can do, and the money that all of it is told in.

    ``people_at``: when what people can do was counted (None: now), told in ``zone``. ``search``: how a selection is found.
    ``telling``: the language of sentences. ``uncounted``: why nothing can be selected yet.
    """

    node: Node
    board: Board
    supply: Supply
    quarters: tuple[str, ...]
    money: Money
    people_at: datetime | None = None
    zone: str = "UTC"
    search: Search = select
    telling: Telling = field(default_factory=Telling)
    uncounted: RetryableError | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A selection with everything that it depends on."""

    opened: Opened
    setting: Setting
    selection: Selection


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two selections side by side. ``decision``: the one that ``before`` was taken from; ``broken``: what it breaks now."""

    before: Proposal
    after: Proposal
    difference: Difference
    decision: Decision | None = None
    broken: tuple[Clash, ...] = ()


def opened(workspace: Workspace, name: str, *, kept: bool = False, language: Language = "en") -> Opened:
    """The candidates at and below a node (its id or unique name), as everything stands now. Raises UsageError.

    ``kept``: for whoever waits for a page. What people can do is what the last roll-up of everything kept; where it did not,
    it is counted in a small organisation, and waited for in a large one. Searches take turns (``service.searching``).
    """
    node, today = workspace.node(name), local_day(workspace)
    plain = Landscape(tree=workspace.tree, policies=dict(workspace.policies), teammates=workspace.teammates)
    other_work = rules_of(Curves(CURVES, plain.policy_for(node.project_class, node.policy))).other_work
    board = board_of(plain.tree, node.id, workspace.money, today)
    quarters = quarters_of(board.candidates, today)
    people = looked_up(workspace, plain, quarters, other_work, kept=kept)
    return Opened(
        node, board, people.supply, quarters, workspace.money, people_at=people.at, zone=workspace.timezone,
        search=in_turn(workspace.db) if kept else select, telling=Telling(language), uncounted=people.uncounted,
    )  # fmt: skip


def propose(found: Opened, wish: Wish) -> Proposal:
    """The most valuable selection under a wish. Raises UsageError where the wish can't be read."""
    setting = setting_for(found, wish)
    return Proposal(found, setting, found.search(setting, wish.effort))


def budgets(found: Opened, wish: Wish, *, steps: int = STEPS) -> tuple[Setting, Frontier]:
    """The best selection for each budget."""
    setting = setting_for(found, wish)
    return setting, frontier(setting, wish.effort, steps=steps, search=found.search)


def compare(workspace: Workspace, found: Opened, wish: Wish, *, number: int | None = None) -> Comparison:
    """A scenario against the plain proposal, or (``number``) against a decision that was made, as it stands today."""
    after = propose(found, wish)
    plain = Wish(seconds=wish.seconds, gap=wish.gap)
    if number is None:
        before = propose(found, plain)
        return Comparison(before, after, difference(before.selection, after.selection))
    decision = next((one for one in decisions(workspace, found.node) if one.number == number), None)
    if decision is None:
        fix = f"`bellwether portfolio decisions {found.node.id}` lists those there are."
        raise UsageError(f"There is no decision {number} on {found.node.name}.", where="--with", fix=fix)
    setting = setting_for(found, plain)
    stood = Proposal(found, setting, measured(setting, decision.chosen))
    changed = difference(stood.selection, after.selection)
    return Comparison(stood, after, changed, decision, broken(setting, stood.selection.chosen))


def decide(
    workspace: Workspace, found: Opened, wish: Wish, said: Said, *, seen: Collection[int] | None = None
) -> tuple[Decision, Proposal]:
    """Keep what people decide: the proposal, with what they take beside it and leave out of it; the decision there is where
    it was sent twice. ``seen``: the numbers of all there were.

    A choice that breaks limits is kept all the same, with what it breaks: people decide. Raises UsageError without a name or
    a reason, and (``changed_meanwhile``) where there are other decisions than were seen.
    """
    for option, text in (("--by", said.by), ("--reason", said.reason)):
        if not text.strip():
            raise UsageError("A decision needs a name and a reason.", where=option, fix="Say who decides, and why.")
    proposal = propose(found, wish)
    taken, left = _named(found, said.take, "--take"), _named(found, said.leave, "--leave")
    both = sorted(set(taken) & set(left))
    if both:
        raise UsageError(f"{', '.join(both)} can't be both taken and left.", where="--leave", fix="Keep one of the two.")
    chosen = (set(proposal.selection.chosen) | set(taken)) - set(left)
    own = measured(proposal.setting, chosen)
    scenario = proposal.setting.scenario
    names = {one.id: one.name for one in found.board.candidates}
    made = Decision(
        node=found.node.id,
        number=1,
        at=workspace.clock(),
        by=said.by.strip(),
        reason=said.reason.strip(),
        asked=Asked(
            budget=scenario.budget, unit=found.board.unit, capacity=wish.capacity, require=scenario.require,
            exclude=scenario.exclude,
        ),
        candidates=tuple(
            Weighed(id=one.id, name=one.name, value=one.value, cost=one.cost, risk=one.risk, mandatory=one.mandatory)
            for one in found.board.candidates
        ),
        proposal=proposal.selection.chosen,
        proposal_value=proposal.selection.value,
        proposal_gap=proposal.selection.gap,
        chosen=own.chosen,
        value=own.value,
        cost=own.cost,
        broken=tuple(found.telling.clash(one, names, found.board.unit) for one in broken(proposal.setting, own.chosen)),
    )  # fmt: skip
    with workspace.db.begin() as uow:
        uow.decisions.alone(made.node)
        known = uow.decisions.of(made.node)
        if seen is not None and {one.number for one in known} != set(seen):
            raise UsageError("Somebody decided meanwhile.", where="decisions", fix=READ_AGAIN, reason=CHANGED_MEANWHILE)
        twice = known and made.at - known[-1].at < SENT_TWICE and _words(known[-1]) == _words(made)
        return known[-1] if twice else uow.decisions.add(made), proposal


def _words(decision: Decision) -> tuple[object, ...]:
    """What somebody said with a decision, whatever was proposed to them."""
    return decision.by, decision.reason, decision.asked, decision.chosen


def decisions(workspace: Workspace, node: Node) -> tuple[Decision, ...]:
    """Every decision ever made on a node's candidates, the oldest first."""
    with workspace.db.read() as uow:
        return uow.decisions.of(node.id)


def states_of(workspace: Workspace, decision: Decision) -> dict[str, str]:
    """What the chosen candidates of a decision are today: candidate, active, closed, or gone."""
    nodes = workspace.tree.by_id()
    return {
        key: nodes[key].state.value if key in nodes and nodes[key].kind is NodeKind.PROJECT else "gone"
        for key in decision.chosen
    }


def setting_for(found: Opened, wish: Wish) -> Setting:
    """A wish in the board's words.

    Raises UsageError naming the option that can't be read, RetryableError where what people can do is to be counted first.
    """
    if found.uncounted is not None:
        raise found.uncounted
    scenario = Scenario(
        budget=found.board.left if wish.budget is None else _budget(found, wish.budget),
        shifts=tuple(_shift(found, text) for text in wish.capacity),
        require=_named(found, wish.require, "--require"),
        exclude=_named(found, wish.exclude, "--exclude"),
    )
    return setting_of(found.board, found.supply, scenario, found.quarters)


def _budget(found: Opened, text: str) -> float:
    """A typed budget in the unit of the board."""
    told = _BUDGET.fullmatch(text.strip())
    if told is None:
        raise UsageError(f"{text!r} is no budget.", where="--budget", fix="Write 250000, 250000 EUR or 1200h.")
    amount, unit = float(told[1]), {"h": HOURS, None: found.board.unit}.get(told[2], told[2])
    if found.board.unit is None or unit == found.board.unit:
        return amount
    own = None if HOURS in (unit, found.board.unit) else found.money.own(amount, unit or "")
    if own is None:
        what = f"The candidates of {found.node.name} cost {found.board.unit}, and {text!r} can't be told in that."
        raise UsageError(what, where="--budget", fix=f"Give it in {found.board.unit}, or name the worth under currencies:.")
    return own


def _shift(found: Opened, text: str) -> Shift:
    """A typed change of people."""
    told = _SHIFT.fullmatch(text.strip())
    if told is None:
        fix = "Write backend=+20%, backend=-10% or backend=+200h (a quarter)."
        raise UsageError(f"{text!r} is no change of capacity.", where="--capacity", fix=fix)
    skill, amount = told[1].strip(), float(told[2])
    asked = {need[0] for one in found.board.candidates for need in one.demand}
    known = sorted(found.supply.skills | asked)
    if not found.supply.known:
        raise UsageError("Nobody's skills are known.", where="--capacity", fix="Say skills: of the people under people:.")
    if skill not in known:
        raise UsageError(f"Nobody has or needs {skill!r}.", where="--capacity", fix=f"Skills are: {', '.join(known)}.")
    if told[3] == "%" and skill not in found.supply.skills:
        what = f"Nobody has the skill {skill!r}: there is nothing to take a share of."
        raise UsageError(what, where="--capacity", fix=f"Say hours a quarter: {skill}=+200h.")
    return Shift(skill, share=amount / 100) if told[3] == "%" else Shift(skill, hours=amount)


def _named(found: Opened, names: Iterable[str], option: str) -> tuple[str, ...]:
    """Candidates by id or unique name, each once."""
    return tuple(dict.fromkeys(_candidate(found, name, option) for name in names))


def _candidate(found: Opened, name: str, option: str) -> str:
    ids: Sequence[str] = [one.id for one in found.board.candidates]
    if name in ids:
        return name
    named = [one.id for one in found.board.candidates if one.name.casefold() == name.casefold()]
    if len(named) == 1:
        return named[0]
    some = ", ".join(named or ids) or "none"
    what = f"{name!r} names {len(named)} candidates." if named else f"{name!r} is no candidate below {found.node.name}."
    raise UsageError(what, where=option, fix=f"Candidates are: {some}.")
