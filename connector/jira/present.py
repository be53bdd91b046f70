"""What stands at the targets now: our fields, our property, and whether they can be written at all."""

from collections.abc import Sequence
from typing import Any

from connector.jira.adf import plain_text
from connector.jira.site import Json, Site, Standing
from connector.jira.values import text_of
from model.health import Band
from model.push import PROPERTY_KEY, FieldValue, HealthFields, HealthRole, PresentState
from model.tree import Target

SERVICE_DESK = "service_desk"
_NEEDED = ("project", "archiveddate")
_BAND_BY_WORDS = {band.words: band for band in Band}


class PresentReader:
    """Reads the targets of one connection, a thousand with a request where the site allows it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def read(self, targets: Sequence[Target], fields: HealthFields | None) -> dict[str, PresentState]:
        """The state of each target by its label. Raises ConnectionUnusableError where nobody is signed in."""
        issues = [target for target in targets if target.kind == "issue"]
        names = list(dict.fromkeys(target.value for target in issues))
        receipts = {target.value for target in issues if target.receipt}
        wanted = [*_NEEDED, *(fields.ids.values() if fields else ())]
        found = self._site.named(names, wanted, noted=(PROPERTY_KEY, receipts)) if names else {}
        missing = [name for name in names if name not in found]
        if missing:
            self._site.me()  # nobody in particular is shown nothing either
        gone = self._why_gone(missing)
        return {target.label: self._state(target, found, gone, fields) for target in targets}

    def _state(
        self, target: Target, found: dict[str, Json], gone: dict[str, PresentState], fields: HealthFields | None
    ) -> PresentState:
        if target.kind != "issue":
            return _missing(f"A Jira connection can't publish to a {target.kind}.", "wrong_kind")
        if target.value not in found:
            return gone[target.value]
        return _present(target, found[target.value], fields)

    def _why_gone(self, names: Sequence[str]) -> dict[str, PresentState]:
        """Why each issue is not shown, as far as its project tells."""
        projects = {name: name.rpartition("-")[0].upper() for name in names}
        keys = sorted({key for key in projects.values() if key})
        standings = self._site.standings_by_key(keys) if keys else {}
        return {name: _gone(name, key, standings.get(key, Standing.HIDDEN)) for name, key in projects.items()}


def is_public(issue: Json) -> bool:
    """Whether an issue is a customer's request: what is commented there may be read outside of the organisation."""
    project = (issue.get("fields") or {}).get("project") or {}
    return bool(project.get("projectTypeKey") == SERVICE_DESK)


def _present(target: Target, issue: Json, fields: HealthFields | None) -> PresentState:
    values = issue.get("fields") or {}
    if values.get("archiveddate"):
        return _missing(f"The issue {target.value} is archived.", "issue_archived")
    key = str(issue.get("key") or target.value)
    ids = fields.ids if fields else {}
    notes = issue.get("properties")
    note = (notes or {}).get(PROPERTY_KEY)
    return PresentState(
        vendor_id=str(issue["id"]),
        fields={role: _value(role, values[number], fields) for role, number in ids.items() if number in values},
        # What is no document is none of ours, and is written over like a missing one.
        property=note if isinstance(note, dict) else None,
        property_known=notes is not None,
        moved_to=None if target.value.isdigit() or key == target.value.upper() else key,
        public=is_public(issue),
    )


def _gone(name: str, project: str, standing: Standing) -> PresentState:
    if standing is Standing.ARCHIVED:
        return _missing(f"The project {project} of {name} is archived.", "project_archived")
    if standing is Standing.DELETED:
        return _missing(f"The project {project} of {name} was deleted.", "project_deleted")
    if standing is Standing.HIDDEN and project:
        what = f"The project {project} of {name} is not there, or not visible to this account."
        return _missing(what, "project_hidden")
    return _missing(f"The issue {name} is not there, or not visible to this account.", "target_gone")


def _missing(what: str, reason: str) -> PresentState:
    return PresentState(missing=what, missing_reason=reason)


def _value(role: HealthRole, value: Any, fields: HealthFields | None) -> FieldValue:
    """A field's value as PresentState holds it; a choice that is none of ours stays its own words."""
    if value is None:
        return None
    if role is HealthRole.HEALTH:
        by_option = {option: band for band, option in fields.options.items()} if fields else {}
        words = text_of(value)
        band = by_option.get(str(value.get("id"))) if isinstance(value, dict) else None
        band = band or _BAND_BY_WORDS.get(words or "")
        return band.value if band else words
    if role is HealthRole.SCORE and isinstance(value, int | float):
        return float(value)
    return plain_text(value) if isinstance(value, dict) and value.get("type") == "doc" else text_of(value)
