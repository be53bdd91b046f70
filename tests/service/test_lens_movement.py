"""What moved a node of a lens: split exactly, between what the lens said then and what it says now, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bench.portfolio import NOW, TOOL, made_workspace
from model.lens import Lens, LensKind
from model.sync import Records
from model.work import Change, ChangeField, StatusCategory, WorkItem
from rollup.change import Cause
from rollup.lens import group_id, top_id
from service import lenses, scoring
from service.change import Moved, moved_since
from service.workspace import Workspace
from store.database import Database

PRODUCT = Lens(name="product", kind=LensKind.LABEL, key="product:")
TOP, CRM = top_id(PRODUCT), group_id(PRODUCT, "crm")
WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
PROJECTS = 2


def _learned(workspace: Workspace, ids: list[str], more: Callable[[WorkItem], WorkItem], *, days: float) -> None:
    """A sync that learns of a change of some items, so many days from NOW; of a status the tool tells the moment, too."""
    at = NOW + timedelta(days=days)
    with workspace.db.begin() as uow:
        held = uow.records.project_records("p", tuple(f"{TOOL}:project:{number}" for number in range(PROJECTS)))
        items, changes = [], []
        for history in (one for one in held.items if one.item.id in ids):
            item = more(history.item)
            items.append(item)
            changes += history.changes
            if item.status is not history.item.status:
                told = {"field": ChangeField.STATUS, "old": history.item.status.value, "new": item.status.value, "at": at}
                changes.append(Change(id=f"{item.id}|{days}", connection=TOOL, item_id=item.id, **told))
        beside = [one for one in held.items if one.item.id in ids]
        memberships = tuple(each for one in beside for each in one.memberships)
        logs = tuple(each for one in beside for each in one.worklogs)
        records = Records(
            items=tuple(items), changes=tuple(changes), memberships=memberships, worklogs=logs, complete_history_of=tuple(ids)
        )
        uow.records.save(records, known_at=at)


def _labelled(workspace: Workspace, label: str, ids: list[str], *, days: float) -> None:
    _learned(workspace, ids, lambda item: item.model_copy(update={"labels": (f"product:{label}",)}), days=days)


def _finished(workspace: Workspace, ids: list[str], *, days: float) -> None:
    at = NOW + timedelta(days=days)
    done = {"status": StatusCategory.DONE, "done_at": at, "updated_at": at}
    open_ = StatusCategory.TODO, StatusCategory.IN_PROGRESS
    _learned(workspace, ids, lambda item: item.model_copy(update=done) if item.status in open_ else item, days=days)


def _ids(project: int, numbers: range) -> list[str]:
    return [f"{TOOL}:item:{project}-{number}" for number in numbers]


def _score(workspace: Workspace, node: str) -> float | None:
    found = lenses.score_lens(workspace, PRODUCT.name, as_of=None).result.nodes
    return next((one.score for one in found if one.id == node), None)


def _split_exactly(workspace: Workspace, node: str) -> Moved:
    moved = moved_since(workspace, node, since=NOW + MINUTE, lens=PRODUCT)
    assert moved.explained.moved is not None
    assert moved.explained.moved == pytest.approx(sum(one.points for one in moved.explained.causes), abs=1e-9)
    return moved


def test_a_movement_through_a_lens_sums_to_what_the_lens_said_then_and_says_now(database: Database) -> None:
    workspace = replace(made_workspace(database, PROJECTS, 30), lenses=(PRODUCT,), clock=lambda: NOW + MINUTE)
    for project in range(PROJECTS):
        _labelled(workspace, "crm", _ids(project, range(15)), days=0.0001)
        _labelled(workspace, "shop", _ids(project, range(15, 25)), days=0.0001)
    scoring.score(workspace, as_of=None)
    before = {node: _score(workspace, node) for node in (TOP, CRM)}
    _finished(workspace, _ids(0, range(12)), days=3)
    _labelled(workspace, "shop", _ids(1, range(5)), days=4)
    week_on = replace(workspace, clock=lambda: NOW + WEEK)
    scoring.score(week_on, as_of=None)
    causes = {}
    for node, was in before.items():
        told = _split_exactly(week_on, node).explained
        assert told.score_then == pytest.approx(was, abs=1e-9)
        assert told.score_now == pytest.approx(_score(week_on, node), abs=1e-9)
        causes[node] = {one.cause for one in told.causes}
    assert {Cause.WORK, Cause.MEMBERSHIP} <= causes[CRM]


def test_a_movement_of_what_is_no_part_of_a_project_is_that_of_the_organisation(database: Database) -> None:
    kind = Lens(name="kind", kind=LensKind.CLASS)
    workspace = replace(made_workspace(database, PROJECTS, 40), lenses=(kind,), clock=lambda: NOW + MINUTE)
    scoring.score(workspace, as_of=None)
    _finished(workspace, _ids(0, range(20)), days=3)
    week_on = replace(workspace, clock=lambda: NOW + WEEK)
    own = moved_since(week_on, "p0", since=NOW + MINUTE).explained
    assert moved_since(week_on, "p0", since=NOW + MINUTE, lens=kind).explained.causes == own.causes
