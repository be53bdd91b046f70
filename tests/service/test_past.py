"""Any past day from history, a year of trend, and what moved a score since a day: on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bench.portfolio import NOW, TOOL, made_workspace
from model.errors import UsageError
from model.health import Basis
from model.money import Money, Rate
from model.policy import Policy
from model.sync import Records
from model.tree import Budget, NodeKind, Tree
from model.work import (
    Benefit,
    Change,
    ChangeField,
    ContainerKind,
    ItemType,
    Membership,
    Risk,
    RiskResponse,
    StatusCategory,
    WorkItem,
)
from rollup.change import Cause
from service import scoring
from service.change import moved_since
from service.change_document import change_document, labels_of_parts
from service.workspace import Workspace
from store.database import Database
from store.settings_kept import ScoringSettings

NODES = ("port", "g0", "p0", "p1")


def later(workspace: Workspace, days: float, **changes: object) -> Workspace:
    """The same deployment some days on."""
    return replace(workspace, clock=lambda: NOW + timedelta(days=days), **changes)  # type: ignore[arg-type]


def finish(workspace: Workspace, project: int, many: int, *, day: float) -> None:
    """A sync that learns that some open items were finished on a day after NOW."""
    at = NOW + timedelta(days=day)
    with workspace.db.begin() as uow:
        records = uow.records.project_records("p", (f"{TOOL}:project:{project}",))
        open_ = [one for one in records.items if one.item.status is StatusCategory.TODO][:many]
        items, changes = [], []
        for one in open_:
            values = {"status": StatusCategory.DONE, "done_at": at, "updated_at": at}
            items.append(one.item.model_copy(update=values))
            changes += one.changes
            changes.append(
                Change(
                    id=f"{one.item.id}|done", connection=TOOL, item_id=one.item.id, field=ChangeField.STATUS, old="todo",
                    new="done", at=at,
                )
            )  # fmt: skip
        memberships = tuple(member for one in open_ for member in one.memberships)
        logs = tuple(log for one in open_ for log in one.worklogs)
        told = Records(
            items=tuple(items), changes=tuple(changes), memberships=memberships, worklogs=logs,
            complete_history_of=tuple(one.id for one in items),
        )  # fmt: skip
        uow.records.save(told, known_at=at)


def bytes_of(workspace: Workspace, ago: float) -> str:
    result = scoring.score(workspace, as_of=NOW - timedelta(days=ago))
    return "".join(node.model_dump_json() for node in result.nodes)


@pytest.mark.parametrize("ago", [0.5, 30, 200])
def test_2_a_past_day_is_the_same_bytes_twice_and_after_syncs_that_only_add_later_history(
    database: Database, ago: float
) -> None:
    workspace = made_workspace(database, 2, 40)
    first = bytes_of(workspace, ago)
    assert bytes_of(workspace, ago) == first
    finish(workspace, 0, 5, day=3)
    assert bytes_of(later(workspace, 4), ago) == first
    assert "MEASURED" in first


def told(kind: ItemType, ago: float, **values: object) -> Records:
    """A sync that sees an item of the first project, last changed some days before NOW."""
    id_, container = f"{TOOL}:item:{kind.value}", f"{TOOL}:project:0"
    item = WorkItem(
        id=id_, connection=TOOL, vendor_id=kind.value, key=kind.value, title=kind.value, type=kind, original_type="x",
        status=StatusCategory.TODO, original_status="To Do", created_at=NOW - timedelta(days=90),
        updated_at=NOW - timedelta(days=ago), origin="issue:1", **values,
    )  # fmt: skip
    member = Membership(
        id=f"{id_}|{container}|0", connection=TOOL, item_id=id_, container_id=container,
        container_kind=ContainerKind.PROJECT, from_at=NOW - timedelta(days=90),
    )  # fmt: skip
    return Records(items=(item,), memberships=(member,), complete_history_of=(id_,))


UNTOLD = {
    ItemType.RISK: [{"risk": Risk(response=answer)} for answer in (None, RiskResponse.ACCEPT, RiskResponse.MITIGATE)],
    ItemType.BENEFIT: [{"benefit": Benefit(measure="m", actual=actual)} for actual in (1.0, 2.0, 3.0)],
    ItemType.TASK: [{"spent_hours": hours} for hours in (1.0, 2.0, 3.0)],
}
"""What no tool tells the history of: as it was at each of three syncs."""


def seen(workspace: Workspace, kind: ItemType, ago: float, known: float | None = None) -> object:
    """What counts of the item as of a day, as known on another (None: now); "unknown" where nobody knows."""
    with workspace.db.read() as uow:
        moment = None if known is None else NOW - timedelta(days=known)
        _, facts_at = scoring.read(workspace, uow, known_at=moment)
        facts = facts_at("p0", NOW - timedelta(days=ago))
    mine = f"{TOOL}:item:{kind.value}"
    if kind is ItemType.RISK:
        (risk,) = (one for one in facts.risks if one.id == mine)
        return risk.response if risk.answer_known else "unknown"
    if kind is ItemType.BENEFIT:
        (benefit,) = (one for one in facts.benefits if one.id == mine)
        return benefit.actual if benefit.known else "unknown"
    return "unknown" if facts.cost.booked_hours is None else facts.cost.booked_hours


def came(workspace: Workspace, kind: ItemType, *versions: tuple[int, float]) -> list[object]:
    """Versions come in this order, each fetched so many days before NOW. Returns what the three of them say."""
    changed = (40, 20, 5)
    for number, ago in versions:
        with workspace.db.begin() as uow:
            known_at = NOW - timedelta(days=ago)
            uow.records.save(told(kind, changed[number], **UNTOLD[kind][number]), known_at=known_at)
    values = [next(iter(one.values())) for one in UNTOLD[kind]]
    return [getattr(one, "response", getattr(one, "actual", one)) for one in values]


@pytest.mark.parametrize("kind", list(UNTOLD))
def test_2_what_no_tool_tells_counts_as_it_was_known_and_before_the_first_sync_as_unknown(
    database: Database, kind: ItemType
) -> None:
    workspace = made_workspace(database, 1, 0)
    first, second, third = came(workspace, kind, (0, 39), (1, 19), (2, 4))
    assert [seen(workspace, kind, ago) for ago in (0, 6, 20, 21, 39)] == [third, second, second, first, first]
    assert seen(workspace, kind, 45) == "unknown"
    assert seen(workspace, kind, 0, known=10) == second
    assert seen(workspace, kind, 30, known=10) == first


@pytest.mark.parametrize("kind", list(UNTOLD))
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(((2, 4), (0, 39), (1, 19), (1, 19)), id="stored after a newer one"),
        pytest.param(((0, 39), (1, 19), (0, 18), (2, 4)), id="told again by a list that lags behind"),
    ],
)
def test_3_a_version_that_comes_late_stands_where_the_tool_dates_it(
    database: Database, kind: ItemType, order: tuple[tuple[int, float], ...]
) -> None:
    workspace = made_workspace(database, 1, 0)
    first, second, third = came(workspace, kind, *order)
    assert [seen(workspace, kind, ago) for ago in (0, 6, 20, 21, 39)] == [third, second, second, first, first]
    assert seen(workspace, kind, 45) == "unknown"


def test_a_first_sync_is_followed_by_52_weekly_points_of_every_node_marked_reconstructed(database: Database) -> None:
    workspace = made_workspace(database, 2, 40)
    assert scoring.fill_trend(workspace) == 52 * 4
    assert scoring.fill_trend(workspace) == 0
    with database.read() as uow:
        points = [uow.scores.trend(node, since=NOW - timedelta(days=400)) for node in NODES]
    assert [len(one) for one in points] == [52] * 4
    assert {point.basis for one in points for point in one} == {Basis.RECONSTRUCTED}
    assert any(point.score is not None for point in points[0])


def test_a_week_later_one_point_is_added_and_it_was_observed(database: Database) -> None:
    workspace = made_workspace(database, 1, 40)
    scoring.fill_trend(workspace)
    assert scoring.fill_trend(later(workspace, 7)) == 3
    with database.read() as uow:
        newest = uow.scores.trend("port", since=NOW)[-1]
    assert newest.basis is Basis.OBSERVED


def test_a_node_that_joined_gets_its_year_and_the_others_keep_theirs(database: Database) -> None:
    workspace = made_workspace(database, 2, 30)
    fewer = workspace.tree.model_copy(update={"nodes": workspace.tree.nodes[:-1]})
    scoring.fill_trend(replace(workspace, tree=fewer), weeks=4)
    with database.read() as uow:
        before = uow.scores.trend("port", since=NOW - timedelta(days=400))
    assert scoring.fill_trend(workspace, weeks=4) == 4
    with database.read() as uow:
        assert len(uow.scores.trend("p1", since=NOW - timedelta(days=400))) == 4
        assert uow.scores.trend("port", since=NOW - timedelta(days=400)) == before


def test_counting_in_small_batches_gives_the_same_trend(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = made_workspace(database, 2, 30)

    def counted() -> list[object]:
        scoring.fill_trend(workspace, weeks=6)
        with database.read() as uow:
            return [uow.scores.trend(node, since=NOW - timedelta(days=400)) for node in NODES]

    whole = counted()
    with database.transaction() as conn:
        conn.exec_driver_sql("DELETE FROM trend_points")
    monkeypatch.setattr(scoring, "MOST_COUNTED", 120)
    assert counted() == whole


def test_what_moved_a_node_sums_to_the_movement_and_names_work_and_the_rule(database: Database) -> None:
    workspace = made_workspace(database, 2, 40)
    before = scoring.score(workspace, as_of=None)
    finish(workspace, 0, 5, day=3)
    rules = {"default": Policy(name="default", weights={"schedule": 10.0, "scope": 1.0, "risk": 30.0})}
    week_on = later(workspace, 7, policies=rules)
    after = scoring.score(week_on, as_of=None)
    moved = moved_since(week_on, "port", since=NOW + timedelta(minutes=1))
    told = moved.explained
    assert moved.remembered
    assert told.score_then == pytest.approx(before.nodes[0].score, abs=0.1)  # a minute later
    assert told.score_now == pytest.approx(after.nodes[0].score, abs=1e-9)
    assert told.moved == pytest.approx(sum(one.points for one in told.causes), abs=1e-9)
    assert {Cause.WORK, Cause.RULE, Cause.TIME} <= {one.cause for one in told.causes}
    assert Cause.CORRECTION not in {one.cause for one in told.causes}


def test_a_price_that_changed_is_the_rule(database: Database) -> None:
    """An hour got dearer, and nothing else happened: the parts still sum to the movement."""
    workspace = made_workspace(database, 2, 40)
    budget = Budget(amount=9_000.0, currency="EUR")
    nodes = [
        node.model_copy(update={"budget": budget}) if node.kind is NodeKind.PROJECT else node
        for node in workspace.tree.nodes
    ]
    rules = {"default": Policy(name="default", weights={"schedule": 1.0, "cost": 9.0})}
    cheap, dear = (Money(rates=(Rate(hourly=price, currency="EUR"),)) for price in (60.0, 240.0))
    paid = replace(workspace, tree=Tree(nodes=tuple(nodes)), policies=rules, money=cheap)
    before = scoring.score(paid, as_of=None)
    after = scoring.score(later(paid, 1, money=dear), as_of=None)
    told = moved_since(later(paid, 1, money=dear), "port", since=NOW + timedelta(minutes=1)).explained
    assert told.score_then == pytest.approx(before.nodes[0].score, abs=0.1)
    assert told.score_now == pytest.approx(after.nodes[0].score, abs=1e-9)
    assert told.moved == pytest.approx(sum(one.points for one in told.causes), abs=1e-9)
    by_cause = {one.cause: one.points for one in told.causes}
    assert by_cause[Cause.RULE] < -1
    assert {part.dimension for part in told.parts if part.cause is Cause.RULE} == {"cost"}
    assert Cause.COST not in by_cause


def test_settings_kept_before_prices_were_leave_those_of_now(database: Database) -> None:
    workspace = made_workspace(database, 1, 20)
    dear = replace(workspace, money=Money(rates=(Rate(hourly=240.0, currency="EUR"),)))
    with database.begin() as uow:
        uow.settings.keep(scoring.settings_of(workspace).model_copy(update={"money": None}), at=NOW)
    told = moved_since(later(dear, 1), "port", since=NOW + timedelta(minutes=1)).explained
    assert Cause.RULE not in {one.cause for one in told.causes}


def test_before_the_first_roll_up_the_past_is_counted_by_the_rules_of_now(database: Database) -> None:
    workspace = made_workspace(database, 2, 40)
    scoring.score(workspace, as_of=None)
    moved = moved_since(workspace, "g0", since=NOW - timedelta(days=28))
    assert not moved.remembered
    assert {Cause.RULE, Cause.MEMBERSHIP, Cause.CORRECTION}.isdisjoint(one.cause for one in moved.explained.causes)
    document = change_document(moved, labels_of_parts(workspace, moved))
    assert sum(part["points"] for part in document["parts"]) == pytest.approx(document["moved"], abs=1e-9)
    assert all(item["ref"].startswith("acme:P") for part in document["parts"] for item in part["evidence"])


def test_a_day_that_is_not_before_the_other_is_refused(database: Database) -> None:
    workspace = made_workspace(database, 1, 5)
    with pytest.raises(UsageError, match="is not before"):
        moved_since(workspace, "p0", since=NOW)


def test_settings_are_kept_when_they_differ_and_found_by_moment(database: Database) -> None:
    workspace = made_workspace(database, 1, 1)
    one = scoring.settings_of(workspace)
    two = one.model_copy(update={"timezone": "Europe/Berlin"})
    with database.begin() as uow:
        assert uow.settings.first_at() is None
        assert [uow.settings.keep(one, at=NOW + timedelta(hours=n)) for n in (0, 1)] == [True, False]
        assert uow.settings.keep(two, at=NOW + timedelta(hours=2))
    with database.read() as uow:
        found: list[ScoringSettings | None] = [uow.settings.at(NOW + timedelta(hours=n)) for n in (-1, 0, 1, 2)]
        assert uow.settings.first_at() == NOW
    assert found == [None, one, one, two]
