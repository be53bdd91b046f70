"""Kept payloads as records."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from model.ids import item_id, record_id
from model.mapping import Mapping
from model.sync import RawPayload, Records, Skipped
from model.work import (
    Change,
    ChangeField,
    ContainerKind,
    ItemType,
    Membership,
    StatusCategory,
    ToolProject,
    WorkItem,
)

from .fields import category
from .payloads import Board, Card, Log

ITEM_KINDS = ("card", "log")
REFERENCE_KINDS = ("board",)


def normalise(name: str, raw: Sequence[RawPayload], mapping: Mapping) -> Records:
    items, memberships, skipped = list[WorkItem](), list[Membership](), list[Skipped]()
    for payload in (one for one in raw if one.kind == "card"):
        try:
            card = Card.model_validate_json(payload.body)
        except ValidationError as exc:
            id_ = item_id(name, payload.vendor_id)
            skipped.append(Skipped(item=payload.vendor_id, why=exc.errors()[0]["msg"], item_id=id_))
            continue
        items.append(_item(name, card, mapping))
        memberships.append(_membership(name, card))
    logs = {one.vendor_id: Log.model_validate_json(one.body) for one in raw if one.kind == "log"}
    boards = [Board.model_validate_json(one.body) for one in raw if one.kind == "board"]
    return Records(
        projects=tuple(_project(name, board) for board in boards), items=tuple(items), memberships=tuple(memberships),
        changes=tuple(change for card_id, log in logs.items() for change in _changes(name, card_id, log, mapping)),
        complete_history_of=tuple(item.id for item in items if item.vendor_id in logs), skipped=tuple(skipped),
    )


def _item(name: str, card: Card, mapping: Mapping) -> WorkItem:
    status = category(card.state, mapping.statuses)
    return WorkItem(
        id=item_id(name, card.id), connection=name, vendor_id=card.id, key=card.id, title=card.title,
        type=ItemType.TASK, original_type="card", status=status, original_status=card.state, created_at=card.created,
        updated_at=card.updated, due_on=card.due, origin=f"card:{card.id}",
        done_at=card.updated if status is StatusCategory.DONE else None,
    )


def _membership(name: str, card: Card) -> Membership:
    container = record_id(name, "project", card.board)
    return Membership(
        id=f"{item_id(name, card.id)}|{container}|0", connection=name, item_id=item_id(name, card.id),
        container_id=container, container_kind=ContainerKind.PROJECT, from_at=card.created,
    )


def _project(name: str, board: Board) -> ToolProject:
    return ToolProject(
        id=record_id(name, "project", board.id), connection=name, vendor_id=board.id, key=board.id, name=board.name
    )


def _changes(name: str, card_id: str, log: Log, mapping: Mapping) -> Iterator[Change]:
    for number, move in enumerate(log.moves):
        yield Change(
            id=record_id(name, "change", f"{card_id}-{number}"), connection=name, item_id=item_id(name, card_id),
            field=ChangeField.STATUS, old=category(move.old, mapping.statuses), new=category(move.new, mapping.statuses),
            original_old=move.old, original_new=move.new, at=move.at,
        )
