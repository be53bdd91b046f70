"""A connection's form on top of what others made of the connection since the form was opened."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from config.editing import Held
from config.secrets import STORED
from config.web.site import Site
from config.web.visitor import visitor
from connector.sdk.questions import CredentialKind
from service import connecting

if TYPE_CHECKING:
    from config.web.connect import Form

KIND, URL, WORKSPACE = "kind", "url", "workspace"


def entry_of(held: Held, name: str) -> Mapping[str, Any]:
    """A connection as a version of the document has it; empty where it has none."""
    found = (held.document.get("connections") or {}).get(name)
    return found if isinstance(found, dict) else {}


def rebase(form: "Form", base: Mapping[str, Any], now: Mapping[str, Any], by: str) -> dict[str, str]:
    """Take over what others changed and the form did not; what is to be decided, by field, where both did.

    A credential that was typed goes to no other address than the form showed. ``base`` and ``now``: the connection as the
    form showed it, and as it stands; ``by``: who changed it.
    """
    before, stands, found = _stated(form, base), _stated(form, now), {}
    for field, mine in _typed(form, before).items():
        there = stands[field]
        if there in (before[field], mine):
            continue
        if mine == before[field] and field != KIND and not (field == URL and _sends(form)):
            _take_over(form, field, there)
            continue
        secret = field.removeprefix("auth.") in form.secrets
        value = "" if secret else f": it is {there!r} now" if there else ": it is empty now"
        again = "Enter yours again" if secret else "Save again"
        found[field] = f"Changed meanwhile ({by}){value}. {again} to put {'it' if secret else 'yours'} in its place."
    return found


def stored(name: str, key: str) -> str:
    """The reference under which a credential that was typed is kept."""
    return f"{STORED}{name}/{key}"


def marks(site: Site, kind: CredentialKind, name: str) -> dict[str, str]:
    """The marks of the credentials that are kept for a connection, by their fields."""
    keys = {one.key: stored(name, one.key) for one in kind.asked if one.secret}
    found = site.workspace().db.tokens.marks(keys.values())
    return {key: found[reference] for key, reference in keys.items()}


def overtaken(site: Site, form: "Form", name: str) -> dict[str, str]:
    """Who has entered another credential since the form was opened, and when, at each field into which one was typed.

    What was typed there is given up: the form stands on theirs from now on, and a new one is entered over it knowingly.
    """
    space, now, found = site.workspace(), marks(site, form.kind, name), {}
    for key, mark in now.items():
        if mark == form.stood.get(key, "") or not (form.secrets.get(key) or form.held.get(key)):
            continue
        if form.held.get(key):
            connecting.let_go(space, [form.held[key]])
        form.secrets[key] = form.held[key] = ""
        found[f"auth.{key}"] = f"{_entered(site, stored(name, key))} Enter yours again to put it in its place"
        found[f"auth.{key}"] += "; left empty, that one stays." if key in form.kept else "."
    form.stood = now
    return found


def _entered(site: Site, reference: str) -> str:
    """By whom and when a kept credential was entered."""
    kept = site.workspace().db.tokens.load(reference)
    if kept is None:
        return "The one that was kept was taken out while this page was open."
    by = "You have" if kept.granted_by == visitor().name else f"{kept.granted_by or 'Somebody'} has"
    at = kept.granted_at.astimezone(ZoneInfo(site.configuration().timezone)) if kept.granted_at else None
    return f"{by} entered another one{f' on {at:%d %b %Y %H:%M %Z}' if at else ''}, while this page was open."


def _stated(form: "Form", options: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form as a connection has them; a secret by its reference."""
    auth = dict(options.get("auth") or {})
    url, workspace = str(options.get("url") or form.asked.url or "").rstrip("/"), str(options.get("workspace") or "")
    fields = {URL: url, WORKSPACE: workspace, KIND: str(auth.get("type") or "")}
    return fields | {f"auth.{one.key}": str(auth.get(one.key) or "") for one in form.kind.asked}


def _typed(form: "Form", before: Mapping[str, str]) -> dict[str, str]:
    """The same fields as they were typed; those of the page that can't be emptied are as before."""
    fields = {URL: form.url.rstrip("/"), WORKSPACE: form.workspace or before[WORKSPACE], KIND: form.kind.type}
    fields |= {f"auth.{key}": value for key, value in form.auth.items()}
    typed = {key: value or form.held.get(key, "") for key, value in form.secrets.items()}
    return fields | {f"auth.{key}": value or before[f"auth.{key}"] for key, value in typed.items()}


def _sends(form: "Form") -> bool:
    return any((*form.secrets.values(), *form.held.values()))


def _take_over(form: "Form", field: str, value: str) -> None:
    if field == URL:
        form.url = value
    elif field == WORKSPACE:
        form.workspace = value
    elif (key := field.removeprefix("auth.")) in form.auth:
        form.auth[key] = value
