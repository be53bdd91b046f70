"""What stands at a board, and writing it: fields, a receipt, one comment, and updates that are told to everybody.

``"break"`` in the document makes the shelf lose its answers: after each such many writes were done, the next caller
hears nothing. ``"lose"``: nothing is done, and the caller hears nothing either. ``"trip"``: ours stumbles over these
deeds at these boards, e.g. ``{"comment": ["b0"]}``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from model.errors import AmbiguousWriteError, NotFoundError
from model.health import Band
from model.push import FieldValue, HealthMessage, HealthRole, PresentState, Question, Receipt
from model.tree import Target

from .client import Json, ShelfClient

ASKED = "/bellwether why"


class ShelfWriter:
    def __init__(self, client: ShelfClient, now: datetime) -> None:
        self._client = client
        self._now = now

    def present(self, targets: Sequence[Target]) -> dict[str, PresentState]:
        document = self._client.look()
        self._stumble("present", targets)
        boards = {one["id"] for one in document["boards"]}
        return {target.label: _present(document, target, boards) for target in targets}

    def _stumble(self, deed: str, targets: Sequence[Target]) -> None:
        over = self._client.look().get("trip", {}).get(deed, ())
        if any(target.value in over for target in targets):
            raise KeyError("a value that nobody thought of")

    def write_fields(self, target: Target, values: Mapping[HealthRole, FieldValue]) -> dict[HealthRole, str]:
        self._stumble("fields", [target])
        locked = {HealthRole(role) for role in self._client.look().get("locked", ())}

        def deed(document: Json) -> None:
            shown = document["shown"].setdefault(target.value, dict.fromkeys(HealthRole))
            shown.update({role.value: value for role, value in values.items() if role not in locked})

        self._write(deed)
        return {role: f"The field {role.value} is locked." for role in values if role in locked}

    def write_fields_of_many(
        self, targets: Sequence[Target], values: Mapping[HealthRole, FieldValue]
    ) -> dict[str, dict[HealthRole, str]] | None:
        if not self._client.look().get("many"):
            return None
        self._stumble("fields", targets)

        def deed(document: Json) -> None:
            for target in targets:
                shown = document["shown"].setdefault(target.value, dict.fromkeys(HealthRole))
                shown.update({role.value: value for role, value in values.items()})

        self._write(deed)
        return {}

    def write_properties(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        self._stumble("receipt", [one.target for one in receipts])

        def deed(document: Json) -> None:
            kept = document.setdefault("receipts", {})
            kept.update({one.target.value: one.value for one in receipts})

        self._write(deed)
        return {}

    def write_comment(self, target: Target, message: HealthMessage, comment_id: str | None) -> str:
        self._stumble("comment", [target])
        known = comment_id or self.find_comment(target, message.node)

        def deed(document: Json) -> None:
            comments = document.setdefault("comments", {})
            if comment_id is not None and comment_id not in comments:
                raise NotFoundError("That comment is gone.", where=target.label)
            said = {"board": target.value, "node": message.node, "by": document["who"], "text": _text(message)}
            if known:
                comments[known] |= said
            else:
                comments[_new(document)] = said
                document.setdefault("told", []).append(["comment", target.value])

        try:
            self._write(deed)
        except AmbiguousWriteError:
            if (found := self.find_comment(target, message.node)) is None:
                raise
            return found
        return known or str(self.find_comment(target, message.node))

    def find_comment(self, target: Target, node: str) -> str | None:
        document = self._client.look()
        mine = [
            key for key, one in document.get("comments", {}).items()
            if (one["board"], one["node"], one["by"]) == (target.value, node, document["who"])
        ]  # fmt: skip
        return mine[-1] if mine else None

    def comment_is_ours(self, comment_id: str) -> bool | None:
        document = self._client.look()
        found = document.get("comments", {}).get(comment_id)
        return None if found is None else found.get("edited_by", document["who"]) == document["who"]

    def delete_comment(self, comment_id: str) -> None:
        self._write(lambda document: document.get("comments", {}).pop(comment_id, None))

    def write_update(self, target: Target, message: HealthMessage, mark: str) -> str:
        def deed(document: Json) -> None:
            key = _new(document)
            said = {"board": target.value, "mark": mark, "band": message.band.value, "by": document["who"]}
            document.setdefault("updates", {})[key] = said | {"at": self._now.isoformat()}
            document.setdefault("told", []).append(["update", target.value])

        self._write(deed)
        return str(self.find_update(target, mark))

    def find_update(self, target: Target, mark: str) -> str | None:
        found = self._client.look().get("updates", {})
        return next((key for key, one in found.items() if (one["board"], one["mark"]) == (target.value, mark)), None)

    def delete_update(self, update_id: str) -> None:
        self._write(lambda document: document.get("updates", {}).pop(update_id, None))

    def questions(self, target: Target, since: datetime) -> tuple[Question, ...]:
        document = self._client.look()
        asked = [
            Question(id=key, at=datetime.fromisoformat(one["at"]))
            for key, one in document.get("comments", {}).items()
            if one["board"] == target.value and one["by"] != document["who"] and one["text"].strip().lower() == ASKED
        ]
        return tuple(one for one in asked if one.at >= since)

    def _write(self, deed: object) -> None:
        lost = self._client.change(deed)  # type: ignore[arg-type]
        if lost:
            raise AmbiguousWriteError("The shelf did it and said nothing.", where=self._client.name)


def _present(document: Json, target: Target, boards: set[str]) -> PresentState:
    if target.value not in boards:
        return PresentState(missing=f"There is no board {target.value}.", missing_reason="not_found")
    posted = [{"id": key, **one} for key, one in document.get("updates", {}).items() if one["board"] == target.value]
    newest = max(posted, key=lambda one: str(one["at"]), default=None)
    human = newest["at"] if newest and newest["by"] != document["who"] else None
    ours = newest if newest and not human else None
    return PresentState(
        vendor_id=target.value,
        fields=document["shown"].get(target.value) or dict.fromkeys(HealthRole),
        property=document.get("receipts", {}).get(target.value),
        human_status_at=human and datetime.fromisoformat(human),
        own_status=Band(ours["band"]) if ours else None,
        own_status_id=ours["id"] if ours else None,
        public=target.value in document.get("public", ()),
    )


def _text(message: HealthMessage) -> str:
    asked = f" asked {message.asked_at.isoformat()}" if message.asked_at else ""
    return f"{message.band.value} {message.score}{asked}"


def _new(document: Json) -> str:
    document["last_id"] = document.get("last_id", 0) + 1
    return f"N{document['last_id']}"
