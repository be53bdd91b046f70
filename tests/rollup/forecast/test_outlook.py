"""What is told ahead of a project, counted from its items."""

from datetime import timedelta

from model.landscape import ItemHistory
from model.work import ItemType
from rollup.forecast.outlook import Outlook, WhatIf, outlook, program_outlook
from rollup.world import World
from tests.rollup.build import NOW, blocks, counter, item, landscape, project, records, steady


def _ahead(*items: ItemHistory, what_if: WhatIf | None = None) -> Outlook:
    land = landscape(project())
    return outlook(World(land, counter(land, {"alpha": records("alpha", *items)}), NOW), "alpha", what_if)


def _defects(number: int) -> list[ItemHistory]:
    """One defect is finished a week, and so many are open."""
    gone = [
        item(f"b{week}", created=200, started=7 * week + 5, done=7 * week + 3, type=ItemType.DEFECT) for week in range(26)
    ]
    return [*gone, *(item(f"open-b{n}", created=190, type=ItemType.DEFECT) for n in range(number))]


def test_history_and_fan_meet_today() -> None:
    told = _ahead(*steady(open_items=10))
    assert told.remaining == told.history[-1][1] == 10
    assert told.history[-1][0] == NOW.date()
    assert [left for _, left in told.history[-4:]] == [16, 14, 12, 10]
    assert told.fan[0].p50 <= 10
    assert told.forecast.p85 == NOW.date() + timedelta(weeks=told.fan[-1].ahead)


def test_few_hands_for_defects_are_seen_when_kinds_are_apart() -> None:
    told = _ahead(*steady(open_items=4, a_week=4), *_defects(12))
    assert told.apart is not None
    assert told.forecast.p85 is not None
    assert NOW.date() + timedelta(weeks=told.apart.quantile(0.85) or 99) > told.forecast.p85 + timedelta(weeks=4)
    assert _ahead(*steady(open_items=4)).apart is None


def test_what_if_is_of_the_same_moment_and_never_below_nothing() -> None:
    told = _ahead(*steady(open_items=10), what_if=WhatIf(scope=-30))
    assert (told.changed_remaining, told.changed and told.changed.on_time_words) == (0, "done")
    assert told.forecast == _ahead(*steady(open_items=10)).forecast


def test_base_rates_count_what_came_due() -> None:
    due = {"due_on": NOW.date() - timedelta(days=20)}
    told = _ahead(*steady(), item("a", created=60, done=30, **due), item("b", created=60, done=10, **due), item("c", **due))
    assert (told.due_dates.kept, told.due_dates.n) == (1, 3)
    assert told.milestones.n == 0


def test_a_project_outside_the_program_is_waited_for_too() -> None:
    slow, quick = steady("s", open_items=30, a_week=1), steady("q", open_items=4, a_week=3)
    far = steady("f", open_items=40, a_week=1)
    land = landscape(
        project("alpha"), project("beta"), project("gamma", parents=("other",)), programs=("prog", "other"),
        links=(blocks(slow[-1], quick[-1]), blocks(far[-1], slow[-1])),
    )  # fmt: skip
    known = {"alpha": records("alpha", *quick), "beta": records("beta", *slow), "gamma": records("gamma", *far)}
    found = program_outlook(World(land, counter(land, known), NOW), "prog")
    carried = {one.project: one for one in found.projects}
    assert set(carried) == {"alpha", "beta"}
    assert carried["alpha"].through == carried["beta"].through == "gamma"
    assert found.drivers[0][0] == "gamma"
