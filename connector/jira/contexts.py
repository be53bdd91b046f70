"""Where a custom field applies: the context of each project and issue type, and the choices in each context.

The ids of choices differ from context to context, even where their words are the same.
"""

from collections.abc import Sequence
from functools import partial

from connector.jira.admin_pages import AdminPages
from connector.jira.client import JiraClient, quoted
from connector.jira.samples import Place
from connector.jira.screens import Screens
from connector.jira.setup_fields import CHOICES, MARK, FieldDesk
from connector.sdk.setup_notes import SetupNotes, by_words, settled
from model.errors import NotFoundError
from model.health import Band
from model.push import HealthRole

CONTEXT, OPTION = "context", "option"
_PAGE, _OPTIONS = 50, 100


class ContextDesk:
    """Makes the contexts and choices that the targets need. ``options`` holds the ids of choices valid everywhere."""

    def __init__(
        self, client: JiraClient, notes: SetupNotes, desk: FieldDesk, *, pages: AdminPages, screens: Screens
    ) -> None:
        self._client = client
        self._notes = notes
        self._desk = desk
        self._pages = pages
        self._screens = screens
        self.options: dict[Band, str] = {}

    def run(self, places: Sequence[Place]) -> None:
        """Give every field a context in each place, and every context of the health field its choices."""
        company = [one for one in places if not one.team_managed]
        for role in HealthRole:
            field_id = self._desk.ids.get(role)
            if field_id is not None:
                contexts = self._contexts(role, field_id, company)
                if role is HealthRole.HEALTH:
                    self._choices(field_id, contexts)
            elif role is HealthRole.HEALTH and role not in self._desk.mapped and not self._notes.apply:
                self._notes.do(self._offer(CHOICES), _WHY_CHOICES, lambda: None)

    def _offer(self, words: str) -> str:
        return f"Add the choices {words} to {self._desk.names[HealthRole.HEALTH]!r}."

    # -- contexts -----------------------------------------------------------------------------------------------------

    def _contexts(self, role: HealthRole, field_id: str, places: Sequence[Place]) -> list[str]:
        """The contexts of a field that apply to the places, each once; those that are missing are made."""
        try:
            applying = self._applying(field_id, places) if places else self._global(field_id)
        except NotFoundError:
            return []  # A field of a team-managed project has no contexts.
        missing = {place.project_id: place for place in places if not applying.get(_pair(place))}
        for place in missing.values():
            made = self._make(role, field_id, place)
            if made is not None:
                applying[_pair(place)] = made
        return list(dict.fromkeys(one for one in applying.values() if one))

    def _applying(self, field_id: str, places: Sequence[Place]) -> dict[tuple[str, str], str | None]:
        pairs = [_pair(place) for place in places]
        found: dict[tuple[str, str], str | None] = {}
        for start in range(0, len(pairs), _PAGE):
            part = [{"projectId": project, "issueTypeId": kind} for project, kind in pairs[start : start + _PAGE]]
            path = f"api/field/{quoted(field_id)}/context/mapping"
            told = self._client.ask(path, {"mappings": part}, params={"maxResults": str(_PAGE)})
            for row in told.get("values") or ():
                context = row.get("contextId")
                found[str(row["projectId"]), str(row["issueTypeId"])] = str(context) if context else None
        return found

    def _global(self, field_id: str) -> dict[tuple[str, str], str | None]:
        found = self._client.offset_list(f"api/field/{quoted(field_id)}/context", "values")
        context = next((str(one["id"]) for one in found if one.get("isGlobalContext")), None)
        return {("", ""): context}

    def _make(self, role: HealthRole, field_id: str, place: Place) -> str | None:
        made: list[str] = []
        path, name = f"api/field/{quoted(field_id)}/context", f"Bellwether: {place.project_key}"
        body = {"name": name, "description": f"{MARK}.", "projectIds": [place.project_id], "issueTypeIds": list[str]()}

        def create() -> None:
            made.append(settled(
                lambda: str(self._client.send("POST", path, body).json()["id"]),
                lambda: self._applying(field_id, [place]).get(_pair(place)),
            ))
            self._notes.remember(CONTEXT, made[0], field_id)

        self._notes.do(
            f"Give {self._desk.names[role]!r} a context for project {place.project_key}.",
            f"None of its contexts applies to {place.label}.", create, where=self._pages.contexts(field_id),
        )
        return made[0] if made else None

    # -- choices ------------------------------------------------------------------------------------------------------

    def _choices(self, field_id: str, contexts: Sequence[str]) -> None:
        every = [self._of_context(field_id, context) for context in contexts]
        if every and all(one == every[0] for one in every):
            self.options = every[0]

    def _of_context(self, field_id: str, context: str) -> dict[Band, str]:
        have, off = self._offered(field_id, context)
        closed = [band.words for band in Band if by_words(have, band.words) is None and by_words(off, band.words)]
        if closed:
            name = self._desk.names[HealthRole.HEALTH]
            self._notes.by_hand(
                f"Enable the choices {', '.join(closed)} of {name!r} again.", "They are there, but disabled.",
                where=self._pages.contexts(field_id),
            )
        missing = [band.words for band in Band if by_words({**have, **off}, band.words) is None]
        if missing:
            add = partial(self._add, field_id, context, missing)
            taken = self._notes.do(
                self._offer(", ".join(missing)), _WHY_CHOICES, add, where=self._pages.contexts(field_id),
                affects=self._users(field_id, context) if HealthRole.HEALTH in self._desk.mapped else (),
            )
            if taken:
                have, _ = self._offered(field_id, context)
        return {band: number for band in Band if (number := by_words(have, band.words)) is not None}

    def _offered(self, field_id: str, context: str) -> tuple[dict[str, str], dict[str, str]]:
        """The choices that can be chosen, and the disabled ones: ids by words."""
        listed = list(self._client.offset_list(_option_path(field_id, context), "values", page=_OPTIONS))
        have = {str(one["value"]): str(one["id"]) for one in listed if not one.get("disabled")}
        return have, {str(one["value"]): str(one["id"]) for one in listed if one.get("disabled")}

    def _add(self, field_id: str, context: str, words: Sequence[str]) -> None:
        body = {"options": [{"value": one} for one in words]}

        def send() -> list[str]:
            told = self._client.send("POST", _option_path(field_id, context), body).json()
            return [str(one["id"]) for one in told.get("options") or ()]

        def found() -> list[str] | None:
            have, _ = self._offered(field_id, context)
            ids = [number for one in words if (number := by_words(have, one)) is not None]
            return ids if len(ids) == len(words) else None

        for number in settled(send, found):
            self._notes.remember(OPTION, number, f"{field_id}/{context}")

    def _users(self, field_id: str, context: str) -> list[str]:
        """The names of the projects that share a context."""
        path = f"api/field/{quoted(field_id)}/context/projectmapping"
        listed = self._client.offset_list(path, "values", params={"contextId": context})
        rows = [one for one in listed if str(one["contextId"]) == context]
        if any(one.get("isGlobalContext") for one in rows):
            return ["every project that shows the field"]
        ids = [str(one["projectId"]) for one in rows if "projectId" in one]
        return sorted(self._screens.projects.get(one, one) for one in ids)


_WHY_CHOICES = "The health field offers one choice a band."


def _option_path(field_id: str, context: str) -> str:
    return f"api/field/{quoted(field_id)}/context/{quoted(context)}/option"


def _pair(place: Place) -> tuple[str, str]:
    return place.project_id, place.type_id
