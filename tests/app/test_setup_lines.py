"""What a person reads of set-up: each step, why, whom else it touches, where to click, and what the samples showed."""

from io import StringIO

from rich.console import Console

from app.cli.tables import setup_lines, setup_summary
from model.push import SetupResult, SetupStep, Verified


def _shown(*results: SetupResult, applied: bool) -> str:
    out = StringIO()
    setup_lines(Console(file=out, width=80), results, applied=applied)
    return out.getvalue()


def _step(what: str, **more: object) -> SetupStep:
    return SetupStep(connection="acme", what=what, why="Because.", **more)


def test_a_planned_step_names_whom_else_it_touches_and_how_to_take_it() -> None:
    names = tuple(f"Project {number}" for number in range(12))
    text = _shown(SetupResult(connection="acme", steps=(_step("Change it.", affects=names),)), applied=False)
    assert "would    Change it." in text
    assert "also changes: Project 0, " in text
    assert "and 4 more" in text
    assert "bellwether setup --apply" in text


def test_a_step_by_hand_says_where_to_click() -> None:
    step = _step("Click it.", by_hand=True, where="https://acme.example/screens")
    result = SetupResult(connection="acme", steps=(step,))
    assert "where: https://acme.example/screens" in _shown(result, applied=True)
    assert "--apply" not in _shown(result, applied=False)
    out = StringIO()
    setup_summary(Console(file=out, width=80), (result,))
    assert "where: https://acme.example/screens" in out.getvalue()


def test_what_steps_in_a_row_have_in_common_is_said_once() -> None:
    text = _shown(SetupResult(connection="acme", steps=(_step("One."), _step("Two."))), applied=False)
    assert text.count("Because.") == 1


def test_samples_that_lack_a_field_are_named_each_and_the_good_ones_counted() -> None:
    good = tuple(Verified(kind=f"Epic in P{number}", sample=f"P{number}-1") for number in range(5))
    bad = Verified(kind="Task in Q", sample="Q-1", lacking=("Bellwether score",))
    text = _shown(SetupResult(connection="acme", verified=(*good, bad)), applied=True)
    assert "5 samples show the fields: Epic in P0 (P0-1)" in text
    assert "missing  Bellwether score: Task in Q (Q-1)" in text
    assert "nothing to do" in text
