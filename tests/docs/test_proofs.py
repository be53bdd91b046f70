"""The tables of docs/health-model.md that name tests: each is there, and an invariant's tries enough examples."""

import ast
import re
from pathlib import Path

import pytest

from tests.rollup.worlds import MANY, MANY_STORED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "health-model.md").read_text(encoding="utf-8")
EXAMPLES = 500
STORED_EXAMPLES = 500
BAD_INPUT = (
    "no dates", "no estimates", "no history", "negative or absurd numbers", "a start after its end",
    "all items in one status", "too little history, nothing finished", "bulk closes", "a target in the past",
    "projects that wait for each other", "dates that did not hold here", "a portfolio in which nothing fits",
    "candidates without value or cost", "candidates that need each other in a circle", "cycles", "an empty tree",
    "weights of zero", "names and numbers of a policy", "two parents without shares",
    "a currency without a rate", "a person in no calendar",
)  # fmt: skip


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")][2:]


def _named(cell: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cell)


def _function(path: str, name: str) -> ast.FunctionDef | None:
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    return next((one for one in body if isinstance(one, ast.FunctionDef) and one.name == name), None)


INVARIANTS, OUTCOMES = _rows("What always holds"), _rows("What bad input does")


@pytest.mark.parametrize(("path", "name"), [each for row in [*INVARIANTS, *OUTCOMES] for each in _named(row[-1])])
def test_a_named_test_is_there(path: str, name: str) -> None:
    assert _function(path, name) is not None


@pytest.mark.parametrize(("path", "name"), [each for row in INVARIANTS for each in _named(row[-1])])
def test_an_invariant_is_tried_often_enough(path: str, name: str) -> None:
    found = _function(path, name)
    assert found is not None
    wanted = "MANY_STORED" if "test_stored" in path else "MANY"
    assert wanted in {one.id for one in found.decorator_list if isinstance(one, ast.Name)}
    assert MANY.max_examples >= EXAMPLES
    assert MANY_STORED.max_examples >= STORED_EXAMPLES


def test_every_invariant_and_every_bad_input_has_a_test() -> None:
    assert [row[0] for row in INVARIANTS] == [str(number) for number in range(1, 9)]
    assert tuple(row[0] for row in OUTCOMES) == BAD_INPUT
    assert all(_named(row[-1]) for row in [*INVARIANTS, *OUTCOMES])


def test_the_store_has_a_part_in_replay_order_and_what_is_touched() -> None:
    stored = [row[0] for row in INVARIANTS if any("test_stored" in path for path, _ in _named(row[-1]))]
    assert stored == ["2", "3", "8"]
