"""Data-quality checks: each finds what it names, and nothing in a clean project; trust follows from them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from model.landscape import ItemHistory, ProjectRecords
from model.language.pages import PAGES
from model.tree import Language
from model.work import ChangeField, ContainerKind, ItemType, Membership, StatusCategory
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.checks import CODES
from rollup.outline import outline
from rollup.tally import tally_of
from rollup.trust import untrusted
from tests.rollup.build import NOW, blank, blocks, day, item, landscape, project, records, steady

STATUS, DUE = ChangeField.STATUS, ChangeField.DUE_ON
FINE = {"assignee_id": "jira:user:a", "story_points": 2.0}


def count(*items: ItemHistory, known: ProjectRecords | None = None, **shared: object) -> ProjectFacts:
    node = project()
    land = landscape(node, **shared)
    return count_facts(known or records("alpha", *items), node, land, NOW)


def failed(facts: ProjectFacts) -> dict[str, tuple[str, ...]]:
    return {check.code: tuple(key.rpartition(":")[2] for key in check.failed) for check in facts.checks}


def moves(*steps: tuple[str, str, float]) -> Sequence[tuple[ChangeField, str, str, float]]:
    return [(STATUS, old, new, ago) for old, new, ago in steps]


def named(history: ItemHistory, *names: tuple[str, str]) -> ItemHistory:
    """The same item with the tool's own names of its status changes."""
    told = [
        type(change)(**{
            **{key: getattr(change, key) for key in change.__slots__}, "original_old": old, "original_new": new,
        })
        for change, (old, new) in zip(history.changes, names, strict=True)
    ]  # fmt: skip
    return history.model_copy(update={"changes": tuple(told)})


def place(history: ItemHistory, container: str, kind: ContainerKind) -> Membership:
    key = f"jira:{kind}:{container}"
    return Membership(
        id=f"{history.item.id}|{key}|0", connection="jira", item_id=history.item.id, container_id=key,
        container_kind=kind, from_at=day(90),
    )  # fmt: skip


def review(name: str, *, back: bool = False) -> ItemHistory:
    """In progress all along; from Doing to Review, or the other way."""
    history = item(
        name, started=3, status=StatusCategory.IN_PROGRESS, extra=moves(("in_progress", "in_progress", 2)), **FINE
    )
    step = ("Review", "Doing") if back else ("Doing", "Review")
    return named(history, ("Open", "Doing"), step)


def two_places() -> ItemHistory:
    history = item("x", started=3, **FINE)
    kinds = ContainerKind.PROJECT
    return history.model_copy(update={"memberships": (place(history, "1", kinds), place(history, "2", kinds))})


OPEN, DOING = StatusCategory.TODO, StatusCategory.IN_PROGRESS
CASES: dict[str, list[ItemHistory]] = {
    "completed_never_started": [item("x", done=5, **FINE)],
    "status_after_done": [
        item("x", started=9, status=DOING, extra=moves(("in_progress", "done", 6), ("done", "in_progress", 4)), **FINE)
    ],
    "discarded_changes": [item("x", started=9, status=OPEN, extra=moves(("in_progress", "todo", 6)), **FINE)],
    "backwards_category": [
        item(
            "x", started=9, status=DOING, extra=moves(("in_progress", "todo", 6), ("todo", "in_progress", 5)), **FINE
        )
    ],
    "backwards_status": [*(review(f"f{number}") for number in range(3)), review("x", back=True)],
    "created_in_wrong_status": [item("x", status=StatusCategory.DONE, done_at=day(100), **FINE)],
    "stopped_before_started": [
        item(
            "x", status=DOING, extra=moves(("todo", "done", 9), ("done", "todo", 8), ("todo", "in_progress", 7)), **FINE
        )
    ],
    "history_cut_off": [item("x", status=DOING, extra=moves(("todo", "in_progress", 9), ("done", "in_progress", 8)), **FINE)],
    "history_missing": [item("x", known=False, **FINE)],
    "several_places": [two_places()],
    "in_progress_unassigned": [item("x", started=3, story_points=2.0)],
    "due_date_removed": [blank(item("x", due_on=date(2026, 12, 1), **FINE), DUE)],
    "value_removed": [blank(item("x", **FINE), ChangeField.STORY_POINTS)],
    "stale_in_progress": [item("x", started=40, **FINE)],
    "contradictory_dates": [item("x", start_on=date(2026, 12, 9), due_on=date(2026, 12, 1), **FINE)],
    "date_far_away": [item("x", due_on=date(2206, 12, 1), **FINE)],
    "absurd_number": [item("x", assignee_id="jira:user:a", story_points=-3.0)],
    "risk_unassessed": [item("x", type=ItemType.RISK)],
    "unestimated": [item("other", **FINE), item("x", assignee_id="jira:user:a")],
    "open_below_done": [item("x", started=9, done=4, **FINE), item("leaf", parent_id="jira:item:x", **FINE)],
    "started_below_not_started": [
        item("x", **FINE), item("leaf", started=4, parent_id="jira:item:x", **FINE)
    ],
    "status_contradiction": [item("x", done_at=day(3), **FINE)],
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_check_finds_what_it_names(code: str) -> None:
    assert failed(count(*CASES[code]))[code] == ("x",)


def test_what_stands_above_is_asked_of_everything_below_however_deep() -> None:
    story = item("story", parent_id="jira:item:x", **FINE)
    leaf = item("leaf", started=4, parent_id="jira:item:story", **FINE)
    early = failed(count(item("x", started=9, done=4, **FINE), story, leaf))
    assert early["open_below_done"] == ("x",)
    assert early["started_below_not_started"] == ("story",)
    assert failed(count(item("x", **FINE), story, leaf))["started_below_not_started"] == ("story", "x")


def test_one_name_for_two_categories_is_a_contradiction() -> None:
    first = item("a", started=5, original_status="Ready", **FINE)
    second = item("b", original_status="Ready", **FINE)
    assert failed(count(first, second))["status_contradiction"] == ("a", "b")


def test_one_name_for_done_and_dropped_is_none() -> None:
    """Closed as fixed and closed as "won't fix" carry one name in many a tool."""
    first = item("a", started=5, done=4, original_status="Closed", **FINE)
    second = item("b", started=5, status=StatusCategory.DROPPED, done_at=day(2), original_status="Closed", **FINE)
    assert "status_contradiction" not in failed(count(first, second))


def test_what_waits_for_something_closed_long_ago_is_found_and_what_waits_for_something_open_is_not() -> None:
    waits, both = item("x", **FINE), item("y", **FINE)
    closed, still = item("c", started=60, done=50, **FINE), item("o", **FINE)
    links = (blocks(closed, waits), blocks(closed, both), blocks(still, both))
    assert failed(count(waits, both, closed, still, links=links))["blocked_on_closed"] == ("x",)


def test_a_blocker_that_is_not_in_the_project_is_never_taken_for_closed() -> None:
    waits, elsewhere = item("x", **FINE), item("c", started=60, done=50, **FINE)
    assert "blocked_on_closed" not in failed(count(waits, links=(blocks(elsewhere, waits),)))


def test_a_blocker_closed_yesterday_is_none_of_it() -> None:
    waits, closed = item("x", **FINE), item("c", started=60, done=1, **FINE)
    assert "blocked_on_closed" not in failed(count(waits, closed, links=(blocks(closed, waits),)))


@pytest.mark.parametrize(
    ("status", "since", "found"),
    [("7", 3.0, True), ("3", 3.0, False), ("7", 0.0, False)],
    ids=["no column", "a column", "before the first sync"],
)
def test_work_in_progress_that_no_board_shows_is_found(status: str, since: float, found: bool) -> None:
    """What is not started has its backlog, what is done its release."""
    kinds = {"run": {"started": 9}, "wait": {}, "end": {"started": 9, "done": 5}}
    items = [item(key, status_id=status, **life, **FINE) for key, life in kinds.items()]
    placed = [one.model_copy(update={"memberships": (place(one, "1", ContainerKind.PROJECT),)}) for one in items]
    known = records("alpha", *placed, shown={"jira:project:1": ("1", "3")}, first_known_at=day(since - 1))
    facts = failed(count(known=known))
    assert facts.get("not_on_board", ()) == (("run",) if found else ())


def test_where_no_board_tells_of_its_columns_nothing_is_said_of_it() -> None:
    running = item("run", started=9, status_id="7", **FINE)
    placed = running.model_copy(update={"memberships": (place(running, "1", ContainerKind.PROJECT),)})
    assert "not_on_board" not in failed(count(placed))


def test_two_stays_in_one_place_are_one_place() -> None:
    one = item("one", **FINE)
    stay = place(one, "1", ContainerKind.PROJECT)
    stays = (stay, replace(stay, id="again", from_at=day(5)))
    assert "several_places" not in failed(count(one.model_copy(update={"memberships": stays})))


def test_every_check_has_a_case() -> None:
    elsewhere = {"blocked_on_closed", "not_on_board", "unreadable", "hidden"}
    assert set(CASES) | elsewhere == set(CODES)


def test_a_clean_project_has_no_finding_and_full_trust() -> None:
    facts = count(*steady())
    assert facts.checks == ()
    assert facts.trust == 1.0


def test_what_can_not_be_seen_counts_as_a_record_that_failed() -> None:
    known = records("alpha", *steady(), skipped=4, unreadable=("jira:item:u",), hidden=("jira:item:h",))
    facts = count(known=known)
    found = {check.code: check for check in facts.checks}
    assert (found["unreadable"].total, found["unreadable"].failed) == (3, ("jira:item:u",))
    assert (found["hidden"].total, found["hidden"].failed) == (1, ("jira:item:h",))
    assert facts.trust == 1 - 4 / (len(known.items) + 4)


def test_an_unreadable_item_that_was_readable_before_is_one_record() -> None:
    items = steady()
    facts = count(known=records("alpha", *items, skipped=1, unreadable=(items[0].item.id,)))
    assert (facts.records, facts.failed_records) == (len(items), 1)


def test_a_record_that_fails_twice_is_one_record() -> None:
    bad = item("x", started=40, story_points=2.0)
    facts = count(*steady(), bad)
    assert facts.failed_records == 1
    assert {"in_progress_unassigned", "stale_in_progress"} <= set(failed(facts))


def test_an_item_of_two_projects_stands_once_among_the_untrusted() -> None:
    bad = count(item("x", started=40, **FINE))
    found = untrusted(tally_of([outline(bad, None), outline(bad, None)]))
    assert [(entry.check, entry.total) for entry in found] == [("stale_in_progress", 1)]


def test_changes_of_one_moment_in_any_order_are_no_gap() -> None:
    history = item("x", status=OPEN, extra=moves(("in_progress", "todo", 6), ("todo", "in_progress", 6)), **FINE)
    assert "history_cut_off" not in failed(count(history))


def test_an_empty_project_is_trusted() -> None:
    assert count(known=records("alpha")).trust == 1.0


@pytest.mark.parametrize("days", [-366 * 30, 366 * 30, 366 * 900])
def test_an_absurd_date_is_named_and_breaks_nothing(days: int) -> None:
    facts = count(item("x", due_on=NOW.date() + timedelta(days=days), **FINE))
    assert "date_far_away" in failed(facts)


@pytest.mark.parametrize("language", sorted(PAGES))
def test_every_check_has_words_and_a_way_to_mend_it_in_every_language(language: Language) -> None:
    assert set(PAGES[language].checks) == set(CODES)
    assert all(what and mend for what, mend in PAGES[language].checks.values())
    if language != "en":
        assert all(PAGES[language].checks[code] != PAGES["en"].checks[code] for code in CODES)
