"""Small records for tests, with everything a test does not speak of filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from model.work import (
    Change,
    ChangeField,
    ContainerKind,
    ItemType,
    Link,
    LinkKind,
    Membership,
    StatusCategory,
    WorkItem,
)

DAY_0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after ``DAY_0``."""
    return DAY_0 + timedelta(days=number)


def made_item(number: int, *, connection: str = "acme", **fields: Any) -> WorkItem:
    values: dict[str, Any] = {
        "id": f"{connection}:item:{number}",
        "connection": connection,
        "vendor_id": str(number),
        "key": f"CRM-{number}",
        "title": f"Item {number}",
        "type": ItemType.STORY,
        "original_type": "Story",
        "status": StatusCategory.TODO,
        "original_status": "Open",
        "created_at": DAY_0,
        "updated_at": DAY_0,
        "origin": f"issue:{number}",
    }
    return WorkItem(**{**values, **fields})


def made_change(item: WorkItem, number: int, **fields: Any) -> Change:
    values: dict[str, Any] = {
        "id": f"{item.connection}:change:{item.vendor_id}.{number}",
        "connection": item.connection,
        "item_id": item.id,
        "field": ChangeField.STATUS,
        "old": "todo",
        "new": "in_progress",
        "at": day(number),
    }
    return Change(**{**values, **fields})


def made_membership(item: WorkItem, container: str, number: int = 1, **fields: Any) -> Membership:
    values: dict[str, Any] = {
        "id": f"{item.id}|{container}|{number}",
        "connection": item.connection,
        "item_id": item.id,
        "container_id": container,
        "container_kind": ContainerKind.PROJECT,
        "from_at": DAY_0,
    }
    return Membership(**{**values, **fields})


def made_link(source: WorkItem, target: WorkItem, **fields: Any) -> Link:
    values: dict[str, Any] = {
        "id": f"{source.connection}:link:{source.vendor_id}-{target.vendor_id}",
        "connection": source.connection,
        "kind": LinkKind.BLOCKS,
        "original_kind": "Blocks",
        "source_id": source.id,
        "target_id": target.id,
    }
    return Link(**{**values, **fields})
