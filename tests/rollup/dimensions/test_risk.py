"""Risk: the register, who looks after it, what is blocked, what is old; and registers that nobody kept well."""

import pytest

from model.health import Outcome
from model.landscape import ItemHistory, Landscape
from model.policy import Policy
from model.work import ChangeField, ItemType
from rollup.dimensions import risk
from tests.rollup.build import blocks, day, item, landscape, project, records, view


def risk_item(name: str, probability: float | None = 0.5, impact: float | None = 4, **fields: object) -> ItemHistory:
    said = {"probability": probability, "impact": impact, **fields.pop("said", {})}  # type: ignore[dict-item]
    return item(name, type=ItemType.RISK, risk=said, **fields)  # type: ignore[arg-type]


def measured(*items: ItemHistory, land: Landscape | None = None):  # type: ignore[no-untyped-def]
    return risk.measure(view(land or landscape(project()), {"alpha": records("alpha", *items)}, "alpha"))


def test_the_cheapest_help_names_the_heaviest_risk_with_its_points() -> None:
    finding = measured(
        risk_item("small", 0.1, 1, created=3, assignee_id="jira:user:a"),
        risk_item("big", 0.9, 5, created=3, assignee_id="jira:user:a"),
    )
    help_ = finding.improvement
    assert help_ is not None
    assert help_.items == ("jira:item:big",)
    assert help_.code == "risk_exposure_high"
    assert finding.values["heaviest"].value == "jira:item:big"
    weight = 30 / (30 + 15)
    assert help_.points == pytest.approx(weight * (100 - finding.parts["exposure"]))


def test_the_help_is_the_one_action_that_gives_most_back() -> None:
    """One blocked item of one costs more than a light, well-kept risk."""
    one, waits = item("one"), item("waits")
    land = landscape(project(), links=(blocks(one, waits),))
    finding = measured(one, waits, risk_item("r", 0.1, 1, created=3, assignee_id="jira:user:a"), land=land)
    assert finding.improvement is not None
    assert finding.improvement.items == ("jira:item:waits",)


def test_exposure_counts_in_certain_risks_of_the_highest_impact() -> None:
    finding = measured(*[risk_item(f"r{n}") for n in range(5)])
    assert finding.values["exposure"].value == 10
    assert finding.values["exposure_normalised"].value == 2


def test_a_risk_that_nobody_changed_for_a_month_is_stale_and_one_without_owner_unowned() -> None:
    finding = measured(
        risk_item("kept", created=90, assignee_id="jira:user:a", extra=[(ChangeField.RISK_IMPACT, "2", "4", 5)]),
        risk_item("stale", created=90, assignee_id="jira:user:a"),
        risk_item("unowned", created=2),
    )
    assert (finding.values["stale_risks"].value, finding.values["unowned_risks"].value) == (1, 1)
    assert finding.values["uncared_risks"].value == 2


def test_a_missing_response_is_shown_and_counts_only_where_the_policy_asks_for_it() -> None:
    answered = risk_item("a", created=3, assignee_id="jira:user:a", said={"response": "mitigate"})
    open_ = risk_item("b", created=3, assignee_id="jira:user:a")
    shown = measured(answered, open_)
    assert shown.values["unanswered_risks"].value == 1
    asked = landscape(
        project(), policies={"default": Policy(name="default", curves={"risk.answers.weight": 100.0})}
    )
    assert (measured(answered, open_, land=asked).score or 0) < (shown.score or 0)


@pytest.mark.parametrize(
    ("probability", "impact", "exposure"), [(None, None, 5), (0.5, 900, 2.5), (0.5, None, 2.5), (None, 2, 2), (0.0, 5, 0)]
)
def test_what_is_missing_or_beyond_its_scale_counts_as_its_worst(
    probability: float | None, impact: float | None, exposure: float
) -> None:
    assert measured(risk_item("r", probability, impact)).values["exposure"].value == exposure


def test_a_probability_of_150_percent_in_the_past_counts_as_certain_and_lowers_trust() -> None:
    history = risk_item("r", 0.5, 4, created=50, extra=[(ChangeField.RISK_PROBABILITY, "1.5", "0.5", 0.0)])
    seen = view(landscape(project()), {"alpha": records("alpha", history)}, "alpha", at=day(1))
    assert risk.measure(seen).values["exposure"].value == 4
    assert any(check.code == "risk_unassessed" for check in seen.facts.checks)


def test_a_link_to_itself_blocks_nothing_and_two_links_both_ways_block_both() -> None:
    one, two = item("one"), item("two")
    alone = measured(one, two, land=landscape(project(), links=(blocks(one, one),)))
    assert alone.values["blocked"].value == 0
    both = measured(one, two, land=landscape(project(), links=(blocks(one, two), blocks(two, one))))
    assert both.values["blocked"].value == 2


def test_all_items_in_progress_are_judged_by_their_age_and_all_done_by_nothing() -> None:
    running = [item(f"i{n}", created=90, started=40 + n) for n in range(3)]
    finding = measured(*running)
    assert finding.values["aged"].value == 3
    assert finding.improvement is not None
    assert finding.improvement.items == ("jira:item:i2", "jira:item:i1", "jira:item:i0")
    assert measured(*[item(f"d{n}", done=3) for n in range(3)]).outcome is Outcome.NOT_ENOUGH_DATA


def test_a_policy_that_weighs_every_part_with_zero_leaves_the_dimension_unmeasured() -> None:
    zero = {name: 0.0 for name in risk.CURVES if name.endswith(".weight")}
    land = landscape(project(), policies={"default": Policy(name="default", curves=zero)})
    finding = measured(risk_item("r"), land=land)
    assert (finding.outcome, finding.reason_code) == (Outcome.NOT_ENOUGH_DATA, "risk_no_weight")


@pytest.mark.parametrize(("days", "told"), [(14.0, "untouched for 14 days"), (1.0, "untouched for 1 day"), (30.0, None)])
def test_how_long_a_risk_may_stay_untouched_is_told_as_the_policy_says(days: float, told: str | None) -> None:
    land = landscape(project(), policies={"default": Policy(name="default", curves={"risk.stale_days": days})})
    finding = measured(risk_item("r", 0.1, 1, created=20, assignee_id="jira:user:a"), land=land)
    assert told is None or f"1 of 1 open risk without an owner or {told}" in finding.reason
    assert finding.values["stale_after"].value == days


def test_the_only_work_in_progress_leaves_nothing_to_age_once_it_is_done() -> None:
    """The part is gone then, and not perfect: the points that are told are those that come back."""
    heavy = risk_item("r", 0.5, 5, created=5, assignee_id="jira:user:a")
    before, after = measured(heavy, item("o", started=60)), measured(heavy, item("o", started=60, done=0.01))
    assert before.improvement.code == "risk_aged_work"
    assert after.score - before.score == pytest.approx(before.improvement.points, abs=1e-6)
