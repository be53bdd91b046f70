"""The only place that knows the solver: yes-or-no choices of the greatest worth under linear limits.

HiGHS (https://highs.dev), one thread and its fixed seed, so that the same question gets the same answer; only a time limit
that is reached makes an answer depend on the machine. It is a computation: no file, no network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highspy import Highs

_TOLERANCE = 1e-6
"""HiGHS takes a number so near to a whole one for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """Σ factor · column ≤ most."""

    terms: Mapping[int, float]
    most: float


@dataclass(frozen=True, slots=True)
class Question:
    """Which columns make Σ worth · column the greatest. The first ``choices`` columns are 0 or 1, the rest 0 or more."""

    worth: Sequence[float]
    choices: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Answer:
    """``values`` None: none was found, and none exists if ``impossible``. ``bound``: no answer can be worth more."""

    values: tuple[float, ...] | None
    bound: float
    impossible: bool
    seconds: float


def solve(question: Question, *, seconds: float, gap: float) -> Answer:
    """The best answer found. It stops once nothing can be worth more by ``gap`` (relative), and after ``seconds``."""
    import highspy  # With numpy it takes a seventh of a second, and most commands ask nothing.

    if not question.worth:
        return Answer((), 0.0, any(row.most < -_TOLERANCE for row in question.rows), 0.0)
    highs: Highs = highspy.Highs()  # type: ignore[no-untyped-call]  # the vendor's types leave it out
    highs.silent()
    options: dict[str, float | bool] = {
        "time_limit": seconds, "mip_rel_gap": gap, "mip_abs_gap": _TOLERANCE, "threads": 1,
        # It looks for any answer at all, takes 6 ms for it, and here taking little is one.
        "mip_heuristic_run_feasibility_jump": False,
    }  # fmt: skip
    for name, value in options.items():
        highs.setOptionValue(name, value)
    _fill(highs, question)
    highs.run()
    status = highs.getModelStatus()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    impossible = status == highspy.HighsModelStatus.kInfeasible
    values = tuple(float(value) for value in highs.getSolution().col_value) if found and not impossible else None
    solved = status == highspy.HighsModelStatus.kOptimal and not question.choices
    bound = info.objective_function_value if solved else info.mip_dual_bound
    return Answer(values, float(bound), impossible, float(highs.getRunTime()))


def _fill(highs: "Highs", question: Question) -> None:
    """Hand the question to the solver."""
    import highspy

    for column, worth in enumerate(question.worth):
        highs.addVar(0.0, 1.0 if column < question.choices else highspy.kHighsInf)
        highs.changeColCost(column, worth)
    for column in range(question.choices):
        highs.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for row in question.rows:
        terms = {column: factor for column, factor in sorted(row.terms.items()) if factor}
        highs.addRow(-highspy.kHighsInf, row.most, len(terms), list(terms), list(terms.values()))
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
