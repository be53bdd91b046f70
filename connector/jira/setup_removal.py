"""Taking away what set-up made, by the ledger, and only that."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from connector.jira import server_setup
from connector.jira.admin_pages import AdminPages
from connector.jira.client import JiraClient, quoted
from connector.jira.contexts import CONTEXT, OPTION
from connector.jira.field_schemes import FieldSchemes
from connector.jira.screens import Screens
from connector.jira.setup import REFUSALS
from connector.jira.setup_fields import FIELD, Found, is_admin, site_fields
from connector.jira.showing import ASSOCIATION, SCHEME_FIELD, SCREEN_FIELD, association_body
from connector.sdk.setup_notes import SetupNotes
from model.errors import AppError, NotFoundError
from model.mapping import HealthFieldNames
from model.push import HealthFields, SetupMade, SetupResult

_WORDS = {
    SCREEN_FIELD: "Take {field} off the screen {within}.",
    SCHEME_FIELD: "Take {field} out of the field scheme {within}.",
    ASSOCIATION: "End the association of {field} with the project {within}.",
    OPTION: "Delete the choice {id} of {field}.",
    CONTEXT: "Delete the context {id} of {field}.",
}
_ORDER = tuple(_WORDS)
_WHY = "Set-up made it."


class Removal:
    """One run of removal on a site."""

    def __init__(
        self, client: JiraClient, connection: str, mapped: HealthFieldNames, *, made: Sequence[SetupMade], apply: bool
    ) -> None:
        self._client = client
        self._notes = SetupNotes(connection, apply=apply, made=made, refusals=REFUSALS)
        self._mapped = {one for one in (mapped.health, mapped.score, mapped.reason) if one}
        self._pages = AdminPages(client.access.site_url)
        self._screens = Screens(client)
        self._schemes = FieldSchemes(client)
        self._fields: dict[str, Found] = {}

    def run(self, known: HealthFields | None) -> SetupResult:
        """Take away what the ledger names. Raises AppError when nothing could be taken away."""
        before = self._notes.made
        kept = dict(known.ids) if known else {}
        try:
            self._run([*kept.values()])
        except AppError as error:
            if self._notes.made == before:
                raise
            self._notes.broken_off(error)
        standing = {one.id for one in self._notes.made if one.kind == FIELD}
        left = {role: field_id for role, field_id in kept.items() if field_id in standing}
        fields = known.model_copy(update={"ids": left}) if known and left else None
        return self._notes.result(fields)

    def _run(self, kept: Sequence[str]) -> None:
        named = [field_of(one) for one in self._notes.made]
        self._fields = site_fields(self._client, [*named, *kept])
        for field_id in kept:  # made before there was a ledger, or by a run that was cut off
            found = self._fields.get(field_id)
            if field_id not in self._mapped and found is not None and found.ours is not False:
                self._notes.remember(FIELD, field_id)
        admin = is_admin(self._client)
        for one in [one for one in self._notes.made if one.kind == FIELD]:
            self._take_field(one, admin=admin)
        rest = [one for one in self._notes.made if one.kind in _ORDER and not self._goes_with_its_field(one)]
        for one in sorted(rest, key=lambda one: _ORDER.index(one.kind)):
            self._take(one, admin=admin)

    def _goes_with_its_field(self, one: SetupMade) -> bool:
        """What was made for a field of ours leaves with it, or stays with it."""
        return any(each.kind == FIELD and each.id == field_of(one) for each in self._notes.made)

    def _forget_all_of(self, field_id: str) -> None:
        self._notes.forget(*[one for one in self._notes.made if field_of(one) == field_id])

    # -- fields -------------------------------------------------------------------------------------------------------

    def _take_field(self, one: SetupMade, *, admin: bool) -> None:
        found = self._fields.get(one.id)
        if found is None:  # somebody was quicker
            self._forget_all_of(one.id)
            return
        what = f"Delete the field {found.name!r} ({one.id}) with its values."
        where = self._pages.custom_fields()
        if one.id in self._mapped:
            self._notes.by_hand(
                f"Take {found.name!r} ({one.id}) out of the mapping, and remove again.", "The mapping names it: it stays."
            )
        elif found.ours is False:
            self._notes.by_hand(
                f"Delete the field {found.name!r} ({one.id}), if nobody needs it.",
                "It does not carry our mark any more, so it may be the team's own now: it stays.", where=where,
            )
            self._forget_all_of(one.id)
        elif not admin:
            self._notes.by_hand(what, "Only a Jira administrator can.", where=where)
        elif found.ours is None:
            self._notes.by_hand(what, "This Jira does not tell whose field it is.", where=where)
        elif self._notes.do(what, _WHY, partial(self._delete, one.id), where=where):
            self._forget_all_of(one.id)

    def _delete(self, field_id: str) -> None:
        if self._client.access.deployment == "datacenter":
            server_setup.delete_field(self._client, field_id)
            return
        quietly(lambda: self._client.send("DELETE", f"api/field/{quoted(field_id)}"))

    # -- what was made for a field of the team's ----------------------------------------------------------------------

    def _take(self, one: SetupMade, *, admin: bool) -> None:
        field_id = field_of(one)
        found = self._fields.get(field_id)
        if found is None:
            self._notes.forget(one)
            return
        what = _WORDS[one.kind].format(field=repr(found.name), id=one.id, within=self._place(one))
        where = self._pages.contexts(field_id)
        if not admin:
            self._notes.by_hand(what, "Only a Jira administrator can.", where=where)
        elif self._notes.do(what, _WHY, partial(quietly, partial(self._undo, one)), where=where):
            self._notes.forget(one)

    def _place(self, one: SetupMade) -> str:
        return (one.within or "").partition("/")[0]

    def _undo(self, one: SetupMade) -> None:
        within = one.within or ""
        if one.kind == SCREEN_FIELD:
            screen, _, tab = within.partition("/")
            self._screens.remove(int(screen), int(tab), one.id)
        elif one.kind == SCHEME_FIELD:
            self._schemes.remove(int(within), one.id)
        elif one.kind == ASSOCIATION:
            self._client.send("DELETE", "api/field/association", association_body([one.id], [within]))
        elif one.kind == OPTION:
            field_id, _, context = within.partition("/")
            path = f"api/field/{quoted(field_id)}/context/{quoted(context)}/option/{quoted(one.id)}"
            self._client.send("DELETE", path)
        else:
            self._client.send("DELETE", f"api/field/{quoted(within)}/context/{quoted(one.id)}")


def field_of(one: SetupMade) -> str:
    """The field that an entry of the ledger is about."""
    if one.kind in (OPTION, CONTEXT):
        return (one.within or "").partition("/")[0]
    return one.id


def quietly(act: Callable[[], object]) -> None:
    """Take something away; what is gone already is fine."""
    with contextlib.suppress(NotFoundError):
        act()
