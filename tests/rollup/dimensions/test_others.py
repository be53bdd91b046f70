"""Flow, scope, quality, risk, benefits, alignment, governance: what each needs, and one case by hand."""

from datetime import date

import pytest

from model.health import Outcome
from model.tree import GoalRef
from model.work import ItemType
from rollup.dimensions import alignment, benefits, flow, governance, quality, risk, scope
from tests.rollup.build import blocks, item, landscape, project, records, steady, view


def test_flow_compares_what_was_finished_with_what_arrived() -> None:
    queue = project(target_on=None)
    arriving = [item(f"n{n}", created=3 * n + 1) for n in range(18)]
    finding = flow.measure(view(landscape(queue), {"alpha": records("alpha", *steady(), *arriving)}, "alpha"))
    assert finding.values["finished"].value == 16
    assert finding.values["arrived"].value == 18


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


def test_benefits_report_the_realised_share_of_what_is_due() -> None:
    entry = item(
        "b",
        type=ItemType.BENEFIT,
        due_on="2026-10-01",
        assignee_id="jira:user:a",
        benefit={"measure": "EUR", "baseline": 10, "target": 20, "actual": 16},
    )
    finding = benefits.measure(view(landscape(project()), {"alpha": records("alpha", entry)}, "prog"))
    assert finding.values["realised"].value == 0.6
    assert finding.parts["register"] == 100


def test_alignment_is_the_share_of_open_work_tied_to_a_goal() -> None:
    tied = project("alpha", goals=(GoalRef(connection="asana", goal="1"),))
    known = {
        "alpha": records("alpha", *[item(f"a{n}") for n in range(3)]),
        "beta": records("beta", item("b")),
    }
    finding = alignment.measure(view(landscape(tied, project("beta")), known, "port"))
    assert finding.values["tied_effort"].value == 0.75
    assert finding.evidence == ("jira:item:b",)


def test_governance_names_the_failed_rules_with_guidance() -> None:
    finding = governance.measure(view(landscape(project()), {"alpha": records("alpha", item("a", created=3))}, "alpha"))
    assert finding.reason_code == "governance_has_sponsor"
    assert finding.values["failed_has_sponsor"].value == "name a sponsor in the tree"


def test_a_start_date_that_lies_ahead_does_not_hide_what_arrives() -> None:
    arrived = [item(f"n{n}", created=n + 1) for n in range(20)]
    queue = project(target_on=None, start_on=date(2027, 3, 1))
    facts = view(landscape(queue), {"alpha": records("alpha", *steady(), *arrived)}, "alpha").facts
    assert sum(facts.weekly_arrivals[-8:]) == 20
