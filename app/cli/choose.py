"""Portfolio decisions: rank candidates, propose a selection, show what more or less budget buys, keep what people decide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_args

import click

from app import bootstrap
from app.cli.choices import (
    comparison_lines,
    decision_lines,
    frontier_table,
    rank_table,
    selection_lines,
)
from app.cli.frame import Exit, Frame, command
from model.errors import UsageError
from model.tree import Language
from rollup.portfolio.frontier import STEPS
from rollup.portfolio.ranking import By, rank
from rollup.portfolio.selection import SECONDS
from service import choosing
from service.choosing import Opened, Said, Wish
from service.choosing_document import (
    comparison_document,
    decision_document,
    frontier_document,
    rank_document,
    selection_document,
)
from service.workspace import Workspace

Function = Callable[..., Any]


@click.group("portfolio")
def portfolio_group() -> None:
    """Choose between candidate projects: it proposes, people decide."""


_ASKED = (
    click.option(
        "--budget", metavar="AMOUNT",
        help="For the candidates: 250000, 250000 EUR or 1200h (else what the node's own leaves).",
    ),
    click.option(
        "--capacity", metavar="CHANGE", multiple=True,
        help="More or less people: backend=+20%, design=-10%, security=+200h a quarter. May be repeated.",
    ),
    click.option("--require", metavar="CANDIDATE", multiple=True, help="It is to be in. May be repeated."),
    click.option("--exclude", metavar="CANDIDATE", multiple=True, help="It is to be out. May be repeated."),
    click.option(
        "--seconds", type=click.FloatRange(min=0.01), default=SECONDS, show_default=True,
        help="The longest search for one selection.",
    ),
    click.option(
        "--gap", type=click.FloatRange(0, 1), default=0.0, show_default=True,
        help="How far from the best it may stop, as a share: 0.01.",
    ),
    click.option("--language", type=click.Choice(get_args(Language)), default="en", show_default=True, help="Of sentences."),
)  # fmt: skip


def _wishes(function: Function) -> Function:
    """The options that say what is asked for."""
    for option in reversed(_ASKED):
        function = option(function)
    return function


def _wish(told: dict[str, Any]) -> Wish:
    return Wish(**{key: told[key] for key in ("budget", "capacity", "require", "exclude", "seconds", "gap")})


@contextmanager
def _opened(frame: Frame, node: str, language: Language = "en") -> Iterator[tuple[Workspace, Opened]]:
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        yield workspace, choosing.opened(workspace, node, language=language)


@command("rank")
@click.argument("node")
@click.option("--by", type=click.Choice(get_args(By)), default="wsjf", show_default=True, help="What they are ordered by.")
@click.option("--language", type=click.Choice(get_args(Language)), default="en", show_default=True, help="Of sentences.")
def rank_command(frame: Frame, node: str, by: By, language: Language) -> None:
    """The candidates at and below NODE in order, with value against risk and return, and what each lacks."""
    with _opened(frame, node, language) as (_, found):
        ranked = rank(found.board.candidates, by)
    frame.document(rank_document(found, ranked, by))
    rank_table(frame.out, found, ranked, by)


@command("select")
@click.argument("node")
@_wishes
def select_command(frame: Frame, node: str, **told: Any) -> Exit:
    """The most valuable candidates that fit under budget and capacity, or the limits that can't be kept together."""
    with _opened(frame, node, told["language"]) as (_, found):
        proposal = choosing.propose(found, _wish(told))
    document = selection_document(proposal)
    frame.document(document)
    selection_lines(frame.out, document)
    return Exit.DONE if proposal.selection.feasible else Exit.IN_PART


@command("frontier")
@click.argument("node")
@_wishes
@click.option("--steps", type=click.IntRange(1, 100), default=STEPS, show_default=True, help="How many steps of budget.")
def frontier_command(frame: Frame, node: str, steps: int, **told: Any) -> Exit:
    """What each budget buys: from the least that works to where more buys nothing, and what enters and leaves."""
    with _opened(frame, node, told["language"]) as (_, found):
        setting, edge = choosing.budgets(found, _wish(told), steps=steps)
    document = frontier_document(found, setting, edge)
    frame.document(document)
    frontier_table(frame.out, document)
    return Exit.DONE if edge.top.feasible else Exit.IN_PART


@command("compare")
@click.argument("node")
@_wishes
@click.option("--with", "number", type=int, metavar="NUMBER", help="Against that decision instead of the plain proposal.")
def compare_command(frame: Frame, node: str, number: int | None, **told: Any) -> Exit:
    """A scenario (the options) against the plain proposal, or against a decision: what enters, what leaves, what it costs."""
    with _opened(frame, node, told["language"]) as (workspace, found):
        compared = choosing.compare(workspace, found, _wish(told), number=number)
    document = comparison_document(compared)
    frame.document(document)
    comparison_lines(frame.out, document)
    return Exit.DONE if compared.after.selection.feasible else Exit.IN_PART


@command("decide")
@click.argument("node")
@_wishes
@click.option("--by", metavar="WHO", help="Who decides. Needed.")
@click.option("--reason", metavar="TEXT", help="Why. Needed.")
@click.option("--take", metavar="CANDIDATE", multiple=True, help="Chosen beside what is proposed. May be repeated.")
@click.option("--leave", metavar="CANDIDATE", multiple=True, help="Not chosen though it is proposed. May be repeated.")
def decide_command(frame: Frame, node: str, by: str | None, reason: str | None, **told: Any) -> None:
    """Keep what people decide on NODE's candidates: the proposal, with what they take beside it and leave out of it."""
    if not by or not reason:
        missing = "--reason" if by else "--by"
        raise UsageError("A decision needs a name and a reason.", where=missing, fix='Add --by NAME --reason "…".')
    with _opened(frame, node, told["language"]) as (workspace, found):
        said = Said(by, reason, take=told.pop("take"), leave=told.pop("leave"))
        decision, _ = choosing.decide(workspace, found, _wish(told), said)
        document = decision_document(decision, choosing.states_of(workspace, decision))
    frame.document({"decision": document})
    decision_lines(frame.out, document)
    frame.out.print("It is kept. What is chosen becomes active where you say state: active in the configuration.")


@command("decisions")
@click.argument("node")
def decisions_command(frame: Frame, node: str) -> None:
    """Every decision ever made on NODE's candidates: who, when, why, under which budget, and what had been proposed."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        wanted = workspace.node(node)
        made = choosing.decisions(workspace, wanted)
        documents = [decision_document(one, choosing.states_of(workspace, one)) for one in made]
    frame.document({"node": wanted.id, "decisions": documents})
    if not documents:
        frame.out.print(f"Nothing was decided on {wanted.name} yet.", markup=False)
    for document in documents:
        decision_lines(frame.out, document)


for _command in (rank_command, select_command, frontier_command, compare_command, decide_command, decisions_command):
    portfolio_group.add_command(_command)

COMMANDS = (portfolio_group,)
