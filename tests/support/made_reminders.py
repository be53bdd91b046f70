"""Reminders in every state, as both tools are to tell them."""

from datetime import date
from typing import Any

from model.reminder import Reminder, Says
from model.tree import Language


def made_reminder(**more: Any) -> Reminder:
    given: dict[str, Any] = {
        "says": Says.ASKED, "measure": "Minutes per order", "unit": "min", "baseline": 30.0, "target": 12.5,
        "due_on": date(2026, 10, 31), "field": "Benefit actual", "node_name": "New CRM",
        "url": "https://bellwether.example/nodes/crm", "owner": "1234567",
    }  # fmt: skip
    return Reminder(**{**given, **more})


def every_state(language: Language) -> list[Reminder]:
    """Asked, with all that can be known and with hardly any of it; entered, with a share and without; moved."""
    return [
        made_reminder(language=language),
        made_reminder(language=language, field=None, unit="EUR", baseline=None, target=62_500.0, url=None),
        made_reminder(language=language, measure=None, target=None, owner=None),
        made_reminder(language=language, says=Says.ENTERED, actual=16.0, realised=0.8, owner=None),
        made_reminder(language=language, says=Says.ENTERED, actual=16.0, baseline=None, owner=None),
        made_reminder(language=language, says=Says.MOVED, due_on=date(2027, 1, 31), owner=None),
    ]
