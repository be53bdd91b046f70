"""Writing our three fields: in one edit, and again without those that Jira refused by name."""

import unicodedata
from typing import Any

from connector.jira.edits import QuietEdits, field_errors, issue_path, refusal
from connector.sdk.http import UnexpectedAnswerError
from model.errors import FatalError, NotFoundError, RefusedError
from model.health import Band
from model.push import FIELD_NAMES, FieldValue, HealthFields, HealthRole
from model.tree import Target

LONGEST_TEXT = 255
_FIX = "Run `bellwether setup` to see what is missing."
_NO_SCREEN = ("not on the appropriate screen", "cannot be set")
_A_TEXT, _A_DOCUMENT = ("must be a string",), ("atlassian document",)
_NO_CHOICE = ("option id", "option value", "valid 'id' or 'value'")
_JOINER = "\u200d"
_VARIANTS = frozenset({"\ufe0e", "\ufe0f"})


class FieldWriter:
    """Writes the fields of one connection's targets."""

    def __init__(self, edits: QuietEdits) -> None:
        self._edits = edits

    def write(
        self, target: Target, values: dict[HealthRole, FieldValue], fields: HealthFields
    ) -> dict[HealthRole, str]:
        """As ``refusals``; raises FatalError when every field was refused."""
        refused = self.refusals(target, values, fields)
        if refused and len(refused) == len(values):
            what = " ".join(dict.fromkeys(refused.values()))
            raise FatalError(what, where=target.label, reason="field_not_editable")
        return refused

    def refusals(
        self, target: Target, values: dict[HealthRole, FieldValue], fields: HealthFields
    ) -> dict[HealthRole, str]:
        """Write; the roles that Jira refused, each with a sentence. Raises AppError where it is not about single fields."""
        refused = {role: _unknown(role) for role in values if role not in fields.ids}
        left = {role: _sent(role, value, fields) for role, value in values.items() if role in fields.ids}
        while left:
            said = self._try(target, left, fields)
            if not said:
                return refused
            for role, why in said.items():
                other = _other_way(left[role], values[role], why)
                if other is not None:
                    left[role] = other
                else:
                    del left[role]
                    refused[role] = _sentence(role, values[role], why, target)
        return refused

    def _try(self, target: Target, left: dict[HealthRole, Any], fields: HealthFields) -> dict[HealthRole, str]:
        """What Jira said against single fields; nothing when all are written."""
        ids = {role: fields.ids[role] for role in left}
        try:
            self._edits.put(target, issue_path(target.value), {"fields": {ids[role]: left[role] for role in left}})
        except NotFoundError as exc:
            what = f"The issue {target.value} is not there, or not visible to this account."
            raise NotFoundError(what, where=target.label, reason="target_gone") from exc
        except RefusedError as exc:
            raise refusal(exc, target, "edit") from exc
        except UnexpectedAnswerError as exc:
            errors = field_errors(exc) if exc.answer.status == 400 else {}
            said = {role: errors[number] for role, number in ids.items() if number in errors}
            if not said:
                raise _locked(exc, target) from exc
            return said
        return {}


def _sent(role: HealthRole, value: FieldValue, fields: HealthFields) -> Any:
    """A value as Jira takes it."""
    if value is None:
        return None
    if role is HealthRole.HEALTH:
        band = band_of(value)
        option = fields.options.get(band) if band else None
        return {"id": option} if option else {"value": band.words if band else str(value)}
    if role is HealthRole.SCORE:
        return value
    return shortened(str(value))


def band_of(value: FieldValue) -> Band | None:
    """The band that a value of the health field stands for; None for other words, and for none."""
    return next((band for band in Band if band.value == value), None)


def _other_way(sent: Any, value: FieldValue, why: str) -> Any:
    """The value in the form that Jira asks for, where there is another one; None where there is none.

    A choice by its words: another project may offer the same under an id of its own. Fields of the team's own that the
    mapping names may be of another kind than ours: a text for the choice, a long text for the reason.
    """
    band = band_of(value)
    if isinstance(sent, dict) and "id" in sent and band is not None and _says(why, _NO_CHOICE):
        return {"value": band.words}
    if isinstance(sent, dict) and "type" not in sent and _says(why, _A_TEXT):
        return band.words if band is not None else str(value)
    if isinstance(sent, str) and _says(why, _A_DOCUMENT):
        return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": sent}]}]}
    return None


def _sentence(role: HealthRole, value: FieldValue, why: str, target: Target) -> str:
    name = FIELD_NAMES[role]
    if _says(why, _NO_SCREEN):
        return f"{name} is not on the edit screen of {target.value}. {_FIX}"
    if _says(why, _NO_CHOICE):
        band = band_of(value)
        words = band.words if band else value
        return f"{name} offers no choice {words!r} on {target.value} any more. {_FIX}"
    return f"Jira refuses {name} on {target.value}: {why}"


def _unknown(role: HealthRole) -> str:
    return f"{FIELD_NAMES[role]} is not known in this connection. Run `bellwether setup --apply`."


def _says(why: str, words: tuple[str, ...]) -> bool:
    return any(word in why.lower() for word in words)


def _locked(exc: UnexpectedAnswerError, target: Target) -> FatalError:
    return FatalError(
        f"Jira does not let {target.value} be edited now: {exc.what}", where=target.label,
        fix="Look at its status: a workflow may lock issues. It is tried again with the next push.",
        reason="target_locked",
    )


def shortened(text: str, most: int = LONGEST_TEXT) -> str:
    """A text of at most so many characters as Jira counts them (an emoji is two), never cut within one."""
    if _length(text) <= most:
        return text
    end, used = 0, 0
    while used + _length(text[end]) < most:  # one is left for the dots
        used += _length(text[end])
        end += 1
    while end and (_belongs_to_the_one_before(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[:end].rstrip() + "…"


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _belongs_to_the_one_before(char: str) -> bool:
    return bool(unicodedata.combining(char)) or char == _JOINER or char in _VARIANTS
