"""A connection's form on top of what others made of the connection since the form was opened."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config.editing import Held

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
        found[field] = f"Changed meanwhile ({by}){value}. Save again to put yours in its place."
    return found


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
