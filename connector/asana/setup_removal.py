"""Taking away what set-up made in a workspace, by the ledger, and only that."""

import contextlib
from collections.abc import Iterable
from functools import partial

from connector.asana.client import AsanaClient
from connector.asana.payloads import FieldDefinition
from connector.sdk.http import UnexpectedAnswerError
from connector.sdk.setup_notes import SetupNotes
from model.errors import AppError, NotFoundError
from model.push import HealthFields, SetupMade, SetupResult

FIELD, OPTION, SETTING = "field", "option", "setting"
_WHY = "Set-up made it."


class Removal:
    """One run of removal. ``mapped``: fields of the team's own, never to be deleted; ``mark``: what ours say."""

    def __init__(self, client: AsanaClient, notes: SetupNotes, *, mapped: Iterable[str | None], mark: str) -> None:
        self._client = client
        self._notes = notes
        self._mapped = {one for one in mapped if one}
        self._mark = mark
        self._fields: dict[str, FieldDefinition] = {}

    def run(self, known: HealthFields | None) -> SetupResult:
        """Take away what the ledger names. Raises AppError when nothing could be taken away."""
        before = self._notes.made
        try:
            self._run([*known.ids.values()] if known else [])
        except AppError as error:
            if self._notes.made == before:
                raise
            self._notes.broken_off(error)
        return self._notes.result(None)

    def _run(self, kept: list[str]) -> None:
        self._fields = {
            str(each["gid"]): FieldDefinition.model_validate(each) for each in self._client.custom_fields()
        }
        for gid in kept:  # Made before there was a ledger, or by a run that was cut off.
            if gid not in self._mapped and gid in self._fields and self._is_ours(gid):
                self._notes.remember(FIELD, gid)
        for one in [one for one in self._notes.made if one.kind == FIELD]:
            self._take_field(one)
        standing = {one.id for one in self._notes.made if one.kind == FIELD}
        for one in [one for one in self._notes.made if one.kind in (SETTING, OPTION)]:
            if _field_of(one) not in standing:
                self._take(one)

    def _is_ours(self, gid: str) -> bool:
        return self._fields[gid].description.strip() == self._mark

    def _forget_all_of(self, gid: str) -> None:
        """A field leaves everything that shows it, or keeps all of it."""
        self._notes.forget(*[one for one in self._notes.made if _field_of(one) == gid])

    def _take_field(self, one: SetupMade) -> None:
        definition = self._fields.get(one.id)
        if definition is None:  # Somebody was quicker.
            self._forget_all_of(one.id)
        elif one.id in self._mapped:
            self._notes.by_hand(
                f"Take “{definition.name}” ({one.id}) out of the mapping, and remove again.",
                "The mapping names it: it stays.",
            )
        elif not self._is_ours(one.id):
            self._notes.by_hand(
                f"Delete the custom field “{definition.name}”, if nobody needs it.",
                "It does not carry our mark in its description any more, so it may be the team's own now: it stays.",
            )
            self._forget_all_of(one.id)
        elif self._notes.do(
            f"Delete the custom field “{definition.name}” and its values.", _WHY,
            partial(_quietly, self._client, one),
        ):
            self._forget_all_of(one.id)

    def _take(self, one: SetupMade) -> None:
        """What was made for a field of the team's: it is taken off a place; an option can only be disabled."""
        definition = self._fields.get(_field_of(one))
        name = definition.name if definition else _field_of(one)
        what = f"Take “{name}” off the {(one.within or '').replace('/', ' ')}."
        if one.kind == OPTION:
            options = definition.enum_options if definition else ()
            words = next((option.name for option in options if option.gid == one.id), one.id)
            what = f"Disable the option “{words}” of “{name}”: Asana deletes none."
        if self._notes.do(what, _WHY, partial(_quietly, self._client, one)):
            self._notes.forget(one)


def _field_of(one: SetupMade) -> str:
    """The field that an entry of the ledger is about."""
    return (one.within or "") if one.kind == OPTION else one.id


def _quietly(client: AsanaClient, one: SetupMade) -> None:
    """Take one thing away; what is gone already is fine."""
    with contextlib.suppress(NotFoundError):
        if one.kind == FIELD:
            client.delete_field(one.id)
        elif one.kind == OPTION:
            client.disable_option(one.id)
        else:
            kind, _, gid = (one.within or "").partition("/")
            _detach(client, kind, gid, one.id)


def _detach(client: AsanaClient, kind: str, gid: str, field_id: str) -> None:
    try:
        client.detach(kind, gid, field_id)
    except UnexpectedAnswerError:
        if any(each["custom_field"]["gid"] == field_id for each in client.settings(kind, gid)):
            raise
