"""What a selection is told in."""

from model.language.choosing import PHRASES
from model.language.words import placeholders
from rollup.portfolio.candidates import Board, Candidate
from rollup.portfolio.limits import Scenario, setting_of
from rollup.portfolio.selection import Effort, Selection, broken, select
from rollup.portfolio.supply import Pool, Supply
from service.choosing_words import Telling, amount, figure, moved

Q1 = "2027-Q1"
TELLING = Telling()


def test_amounts_carry_their_unit() -> None:
    assert amount(12_000.0, "EUR") == "12,000 EUR"
    assert amount(320.0, "hours") == "320 h"
    assert amount(12.5, None) == "12.50"
    assert [figure(one) for one in (21.8, 100.0, 1_234_567.891)] == ["21.8", "100", "1,234,567.89"]
    assert [moved(-190_000, "EUR"), moved(9.4), moved(0)] == ["−190,000 EUR", "+9.4", "0"]
    assert "its brand" in TELLING.lack("part:brand")


def test_hours_that_are_wanted_twice_are_told_otherwise_than_hours_that_lack() -> None:
    some = tuple(Candidate(skill, skill.upper(), value=1.0, demand={(skill, Q1): 60.0}) for skill in "xy")
    both = Pool(frozenset("xy"), {Q1: 100.0})
    setting = setting_of(Board("p", None, some), Supply((both,)), Scenario(), (Q1,))
    told = [TELLING.clash(clash, {}, None) for clash in broken(setting, ("x", "y"))]
    assert told[0] == "x in 2027-Q1: 60 h would be needed of 100 h of people who are wanted for another skill, too"
    few = setting_of(Board("p", None, some), Supply((Pool(frozenset("x"), {Q1: 50.0}),)), Scenario(require=("x",)), (Q1,))
    told = [TELLING.clash(clash, {"x": "X"}, None) for clash in select(few, Effort()).conflict]
    assert told == ["X is asked for", "x in 2027-Q1: 50 h are left, and 60 h would be needed"]


def test_what_to_mind_is_told_with_its_code() -> None:
    some = (
        Candidate("a", "A", value=1.0, cost=5.0, demand={("y", Q1): 1.0}),
        Candidate("b", "B", barred=(("demand_past", "2026-Q1"),)),
    )
    board = Board("p", "EUR", some, budget=100.0, committed=150.0, uncommitted=("run",))
    supply = Supply((Pool(frozenset("x"), {Q1: 8.0}),), promised={("x", Q1): 20.0}, unestimated=3)
    setting = setting_of(board, supply, Scenario(budget=board.left), (Q1,))
    told = dict(TELLING.notes(setting, Selection(chosen=("a",), value=1.0, gap=0.25)))
    assert told.keys() == {
        "overcommitted", "uncommitted", "skill_missing", "overloaded", "unestimated", "no_value", "no_cost", "barred", "gap",
    }  # fmt: skip
    assert told["overloaded"] == "Active projects need 12 h of x in 2027-Q1 that nobody has."
    assert told["barred"] == "B asks for people in 2026-Q1, which is over: plan it anew."
    bare = setting_of(Board("p", None, some[:1]), Supply(), Scenario(), (Q1,))
    assert {"no_budget", "no_skills"} <= dict(TELLING.notes(bare, Selection())).keys()


def test_every_sentence_is_there_in_every_language_with_the_same_values() -> None:
    english = PHRASES["en"]
    for language, phrases in PHRASES.items():
        assert phrases.keys() == english.keys(), language
        for key, phrase in phrases.items():
            assert placeholders(phrase) == placeholders(english[key]), (language, key)
        assert language == "en" or all(phrases[key] != english[key] for key in english if key != "barred")


def test_a_conflict_is_told_in_the_language_asked_for() -> None:
    some = (Candidate("a", "Idee A", value=1.0, cost=60_000.0, mandatory=True), Candidate("b", "Idee B", value=1.0, cost=1.0))
    setting = setting_of(Board("p", "EUR", some), Supply(), Scenario(budget=20_000.0, exclude=("b",)), (Q1,))
    conflict = select(setting, Effort()).conflict
    told = {language: [Telling(language).clash(one, {"a": "Idee A"}, "EUR") for one in conflict] for language in PHRASES}
    assert told["de"] == ["Idee A ist Pflicht", "das Budget ist 20.000 EUR, nötig wären 60.000 EUR"]
    assert told["fr"][1] == "le budget est de 20 000 EUR, il faudrait 60 000 EUR"
    assert told["en"][1] == "the budget is 20,000 EUR, and 60,000 EUR would be needed"
