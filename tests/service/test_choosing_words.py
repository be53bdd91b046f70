"""What a selection is told in."""

from rollup.portfolio.candidates import Board, Candidate
from rollup.portfolio.limits import Scenario, setting_of
from rollup.portfolio.selection import Effort, Selection, broken, select
from rollup.portfolio.supply import Pool, Supply
from service.choosing_words import amount, notes_of, told_clash, told_lack

Q1 = "2027-Q1"


def test_amounts_carry_their_unit() -> None:
    assert amount(12_000.0, "EUR") == "12,000 EUR"
    assert amount(320.0, "hours") == "320 h"
    assert amount(12.5, None) == "12.50"
    assert "its brand" in told_lack("part:brand")


def test_hours_that_are_wanted_twice_are_told_otherwise_than_hours_that_lack() -> None:
    some = tuple(Candidate(skill, skill.upper(), value=1.0, demand={(skill, Q1): 60.0}) for skill in "xy")
    both = Pool(frozenset("xy"), {Q1: 100.0})
    setting = setting_of(Board("p", None, some), Supply((both,)), Scenario(), (Q1,))
    told = [told_clash(clash, {}, None) for clash in broken(setting, ("x", "y"))]
    assert told[0] == "x in 2027-Q1: 60 h would be needed of 100 h of people who are wanted for another skill, too"
    few = setting_of(Board("p", None, some), Supply((Pool(frozenset("x"), {Q1: 50.0}),)), Scenario(require=("x",)), (Q1,))
    told = [told_clash(clash, {"x": "X"}, None) for clash in select(few, Effort()).conflict]
    assert told == ["X is asked for", "x in 2027-Q1: 50 h are left, and 60 h would be needed"]


def test_what_to_mind_is_told_with_its_code() -> None:
    some = (
        Candidate("a", "A", value=1.0, cost=5.0, demand={("y", Q1): 1.0}),
        Candidate("b", "B", barred=(("demand_past", "2026-Q1"),)),
    )
    board = Board("p", "EUR", some, budget=100.0, committed=150.0, uncommitted=("run",))
    supply = Supply((Pool(frozenset("x"), {Q1: 8.0}),), promised={("x", Q1): 20.0}, unestimated=3)
    setting = setting_of(board, supply, Scenario(budget=board.left), (Q1,))
    told = dict(notes_of(setting, Selection(chosen=("a",), value=1.0, gap=0.25)))
    assert told.keys() == {
        "overcommitted", "uncommitted", "skill_missing", "overloaded", "unestimated", "no_value", "no_cost", "barred", "gap",
    }  # fmt: skip
    assert told["overloaded"] == "Active projects need 12 h of x in 2027-Q1 that nobody has."
    assert told["barred"] == "B asks for people in 2026-Q1, which is over: plan it anew."
    bare = setting_of(Board("p", None, some[:1]), Supply(), Scenario(), (Q1,))
    assert {"no_budget", "no_skills"} <= dict(notes_of(bare, Selection())).keys()
