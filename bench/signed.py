"""Deliveries as both tools send them, signed, for load: in turns of Jira and of Asana, most of them our own writes coming
back, a part of them changes by other people, which are asked for again and scored.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FOREIGN, REPEATED = 10, 21
"""One delivery in so many is a change by somebody else; one in so many comes twice, of both kinds by turns."""
FIRST = 10_000_000
SOMEBODY = "somebody-"
FILLING = "What a real issue brings along, which nobody here reads. " * 60  # real bodies are 3 to 8 KB


@dataclass(frozen=True)
class Hook:
    """Where a tool sends to, and what it signs with."""

    path: str
    secret: str


@dataclass(frozen=True)
class Edited:
    """An item that people edit, as its tool calls it, and the webhook that tells of it."""

    item: str
    hook: Hook


@dataclass(frozen=True)
class Source:
    """What deliveries are made of. ``edited``: items in the order in which they are edited, of Jira and of Asana by turns;
    ``own``: our accounts in Jira and in Asana.
    """

    edited: Sequence[Edited]
    own: tuple[str, str]

    def request(self, number: int) -> bytes:
        """The ``number``-th delivery as it goes over the wire; equal for equal numbers. Even ones are Jira's."""
        edited = self.edited[edit_of(number) % len(self.edited)]
        of_asana = number % 2
        item, by = str(FIRST + number), self.own[of_asana]
        if is_foreign(number):
            item, by = edited.item, f"{SOMEBODY}{FIRST + number}"
        body = json.dumps(_asana(item, by) if of_asana else _jira(item, by, number)).encode()
        signature = hmac.new(edited.hook.secret.encode(), body, hashlib.sha256).hexdigest()
        head = {"Host": "bench", "Content-Type": "application/json", "Content-Length": len(body)}
        if of_asana:
            head["X-Hook-Signature"] = signature
        else:
            head |= {"X-Hub-Signature": f"sha256={signature}", "X-Atlassian-Webhook-Identifier": f"bench-{number}"}
        lines = [f"POST {edited.hook.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


def is_foreign(number: int) -> bool:
    """Whether a delivery tells of somebody else's change; of Jira's and of Asana's as many."""
    return number // 2 % FOREIGN == 0


def is_repeated(number: int) -> bool:
    return number // 2 % REPEATED == 0


def edit_of(number: int) -> int:
    """The number of the edit that a delivery tells of; edits are as many as foreign deliveries."""
    return number // (2 * FOREIGN) * 2 + number % 2


def number_of(event: Mapping[str, Any]) -> int | None:
    """Which delivery an event of the inbox came with; None for what the load did not send."""
    told = str(event.get("by") or "")
    told = told.removeprefix(SOMEBODY) if told.startswith(SOMEBODY) else str(event["vendor_id"])
    return int(told) - FIRST if told.isdigit() else None


def _jira(item: str, by: str, number: int) -> dict[str, Any]:
    return {
        "timestamp": 1_700_000_000_000 + number, "webhookEvent": "jira:issue_updated", "user": {"accountId": by},
        "issue": {"id": item, "key": f"WEB-{item}", "fields": {"summary": FILLING}},
    }  # fmt: skip


def _asana(item: str, by: str) -> dict[str, Any]:
    """A changed date as Asana tells it: the task, and the story that tells of it there."""
    head = {"user": {"gid": by, "resource_type": "user"}, "created_at": "2026-11-20T09:00:00.000Z"}
    task = {"gid": item, "resource_type": "task", "resource_subtype": "default_task"}
    story = {"gid": f"9{item}", "resource_type": "story", "resource_subtype": "due_date_changed"}
    return {"events": [
        {**head, "action": "changed", "resource": task, "parent": None, "change": {"field": "due_on", "action": "changed"}},
        {**head, "action": "added", "resource": story, "parent": task},
    ]}  # fmt: skip
