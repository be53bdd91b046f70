"""Flow, scope, quality, risk: what each needs, and one case by hand."""

from datetime import date

import pytest

from model.health import Finding, Outcome
from model.landscape import ItemHistory
from model.work import ChangeField, ItemType
from rollup.dimensions import flow, quality, risk, scope
from tests.rollup.build import blocks, day, item, landscape, project, records, steady, view


def test_flow_compares_what_was_finished_with_what_arrived() -> None:
    queue = project(target_on=None)
    arriving = [item(f"n{n}", created=3 * n + 1) for n in range(18)]
    finding = flow.measure(view(landscape(queue), {"alpha": records("alpha", *steady(), *arriving)}, "alpha"))
    assert finding.values["finished"].value == 16
    assert finding.values["arrived"].value == 18


def test_what_takes_hours_is_not_told_to_take_no_days() -> None:
    """Tickets that are done within eight hours, and one that is not."""
    tickets = [item(f"t{n}", created=60, started=n + 1.3, done=n + 1) for n in range(10)]
    slow = item("slow", created=60, started=5)
    queue = project(target_on=None)
    finding = flow.measure(view(landscape(queue), {"alpha": records("alpha", *tickets, slow)}, "alpha"))
    assert finding.values["service_level"].value == 0.3
    assert "1 of 1 item in progress for more than 0.3 days" in finding.reason


def test_scope_growth_is_measured_against_the_reconstructed_baseline() -> None:
    first = [item(f"f{n}", created=210) for n in range(10)]
    added = [item(f"a{n}", created=20) for n in range(3)]
    finding = scope.measure(view(landscape(project()), {"alpha": records("alpha", *first, *added)}, "alpha"))
    assert finding.values["growth"].value == 0.3
    assert finding.values["churn"].value == pytest.approx(3 / 13, abs=1e-4)


def test_quality_without_any_defect_is_not_enough_data() -> None:
    finding = quality.measure(view(landscape(project()), {"alpha": records("alpha", item("a"))}, "alpha"))
    assert finding.outcome is Outcome.NOT_ENOUGH_DATA


def test_an_old_severe_defect_stands_first() -> None:
    bugs = [item(f"b{n}", created=10 * n + 1, type=ItemType.DEFECT, severity="critical") for n in range(1, 5)]
    finding = quality.measure(view(landscape(project()), {"alpha": records("alpha", *bugs)}, "alpha"))
    assert finding.evidence[0] == "jira:item:b4"


def test_risk_sums_probability_times_impact() -> None:
    risks = [item(f"r{n}", type=ItemType.RISK, risk={"probability": 0.5, "impact": 4}) for n in range(3)]
    finding = risk.measure(view(landscape(project()), {"alpha": records("alpha", *risks)}, "alpha"))
    assert finding.values["exposure"].value == 6


def test_an_unassessed_risk_counts_as_its_worst() -> None:
    finding = risk.measure(
        view(landscape(project()), {"alpha": records("alpha", item("r", type=ItemType.RISK))}, "alpha")
    )
    assert finding.values["exposure"].value == 5


def test_blocked_work_counts_once_however_many_block_it() -> None:
    one, two, waits = item("one"), item("two"), item("waits")
    land = landscape(project(), links=(blocks(one, waits), blocks(two, waits)))
    finding = risk.measure(view(land, {"alpha": records("alpha", one, two, waits)}, "alpha"))
    assert finding.values["blocked"].value == 1


def test_a_start_date_that_lies_ahead_does_not_hide_what_arrives() -> None:
    arrived = [item(f"n{n}", created=n + 1) for n in range(20)]
    queue = project(target_on=None, start_on=date(2027, 3, 1))
    facts = view(landscape(queue), {"alpha": records("alpha", *steady(), *arrived)}, "alpha").facts
    assert sum(facts.weekly_arrivals[-8:]) == 20


def _came_back(number: int, *, done: bool) -> ItemHistory:
    """Finished, reopened, and now open or done again."""
    moves = [("todo", "in_progress", 30), ("in_progress", "done", 20), ("done", "in_progress", 10)]
    moves += [("in_progress", "done", 0.01)] if done else []
    told = [(ChangeField.STATUS, *move) for move in moves]
    ended = {"status": "done", "done_at": day(0.01)} if done else {"status": "in_progress"}
    return item(f"r{number}", created=60, extra=told, **ended)  # type: ignore[arg-type]


@pytest.mark.parametrize(("others", "gain"), [(4, None), (10, 3.623)])
def test_what_came_back_is_worth_no_more_than_doing_it_again_gives(others: int, gain: float | None) -> None:
    """It counts for eight weeks however it is settled; done again, it stands against more finished work."""
    finished = [item(f"s{n}", created=80, started=40, done=20) for n in range(others)]
    bug = item("bug", created=200, started=150, done=100, type=ItemType.DEFECT)

    def said(*, done: bool) -> Finding:
        back = [_came_back(n, done=done) for n in range(2)]
        return quality.measure(view(landscape(project()), {"alpha": records("alpha", bug, *finished, *back)}, "alpha"))

    before, after = said(done=False), said(done=True)
    told = before.improvement.points if before.improvement else None
    assert told == pytest.approx(gain, abs=1e-3)
    assert (after.score or 0) - (before.score or 0) == pytest.approx(gain or 0, abs=1e-3)
    assert after.improvement is None


@pytest.mark.parametrize("running", [0, 2])
def test_finishing_aged_work_gives_what_it_is_told_to_give(running: int) -> None:
    """It is finished late, which the share of what was finished in time shows; with nothing left in progress, no age counts."""
    tickets = [item(f"t{n}", created=90, started=3 * n + 3, done=3 * n + 1) for n in range(20)]
    young = [item(f"y{n}", created=90, started=1) for n in range(running)]
    queue = project(target_on=None)

    def said(done: float | None) -> Finding:
        aged = [item(f"a{n}", created=90, started=60, done=done) for n in range(2)]
        return flow.measure(view(landscape(queue), {"alpha": records("alpha", *tickets, *young, *aged)}, "alpha"))

    before, after = said(None), said(0.01)
    assert before.improvement is not None
    assert before.improvement.code == "flow_aged_work"
    assert (after.score or 0) - (before.score or 0) == pytest.approx(before.improvement.points, abs=1e-6)
