"""Which screen issues are edited on, who else uses it, and putting a field there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from connector.jira.client import JiraClient, quoted
from connector.sdk.http import UnexpectedAnswerError
from connector.sdk.setup_notes import settled
from model.errors import NotFoundError

DEFAULT_SCREEN_NAME = "Default Screen"
DEFAULT_SCREEN_ID = 1
_PAGE, _AT_ONCE = 50, 50
_ANY_TYPE = _DEFAULT = "default"


@dataclass(frozen=True)
class Screen:
    id: int
    name: str

    @property
    def is_default(self) -> bool:
        """The site's own screen, which every new project shares."""
        return self.id == DEFAULT_SCREEN_ID or self.name == DEFAULT_SCREEN_NAME


class Screens:
    """The screens of one site: project → issue type screen scheme → screen scheme → screen. Read when asked for."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._tabs: dict[int, list[tuple[int, set[str]]]] = {}

    def edit_screen(self, project_id: str, type_id: str) -> Screen | None:
        """The screen for editing issues of a type; None when it is not to be found."""
        by_type = self._types.get(self._schemes.get(project_id, ""), {})
        shown = self._shown.get(by_type.get(type_id) or by_type.get(_ANY_TYPE, ""), {})
        screen_id = shown.get("edit") or shown.get(_DEFAULT)
        return None if screen_id is None else Screen(screen_id, self._name(screen_id))

    def users(self, screen_id: int) -> dict[str, str]:
        """The names of the projects that use a screen for anything, by id, as far as this account sees."""
        screen_schemes = {one for one, shown in self._shown.items() if screen_id in shown.values()}
        schemes = {one for one, by_type in self._types.items() if screen_schemes & set(by_type.values())}
        return {project: self.projects[project] for project, one in self._schemes.items() if one in schemes}

    def lacking(self, screen_id: int, field_ids: Sequence[str]) -> list[str]:
        """Which of these fields are on no tab of a screen."""
        have = {one for _, ids in self._content(screen_id) for one in ids}
        return [one for one in field_ids if one not in have]

    def add(self, screen_id: int, field_id: str) -> int:
        """Put a field on the first tab of a screen; the tab's id. What projects show it is said by another call."""
        tab = self._content(screen_id)[0][0]
        path = _tab_path(screen_id, tab)

        def send() -> int:
            self._client.send("POST", path, {"fieldId": field_id}, params={"skipFieldAssociation": "true"})
            return tab

        def found() -> int | None:
            self._tabs.pop(screen_id, None)
            return None if self.lacking(screen_id, [field_id]) else tab

        try:
            made = settled(send, found)
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400 or "already" not in exc.what:
                raise
            made = tab
        self._tabs.pop(screen_id, None)
        return made

    def remove(self, screen_id: int, tab: int, field_id: str) -> None:
        """Take a field off a tab; one that is not there is fine."""
        try:
            self._client.send("DELETE", f"{_tab_path(screen_id, tab)}/{quoted(field_id)}")
        except NotFoundError:
            return

    def _content(self, screen_id: int) -> list[tuple[int, set[str]]]:
        """The tabs of a screen, each with the fields on it."""
        if screen_id not in self._tabs:
            tabs = [int(one["id"]) for one in self._client.read(f"api/screens/{screen_id}/tabs")]
            self._tabs[screen_id] = [
                (tab, {str(one["id"]) for one in self._client.read(_tab_path(screen_id, tab))}) for tab in tabs
            ]
        return self._tabs[screen_id]

    def _name(self, screen_id: int) -> str:
        found = self._client.read("api/screens", {"id": screen_id}).get("values") or ()
        return next((str(one["name"]) for one in found if int(one["id"]) == screen_id), str(screen_id))

    @cached_property
    def projects(self) -> dict[str, str]:
        """Every company-managed project that this account sees, by id."""
        found = self._client.offset_list("api/project/search", "values", page=_PAGE)
        return {
            str(one["id"]): f"{one['name']} ({one['key']})" for one in found
            if one.get("style") != "next-gen" and not one.get("simplified")
        }

    @cached_property
    def _schemes(self) -> dict[str, str]:
        """The issue type screen scheme of each project."""
        found: dict[str, str] = {}
        for part in _parts(list(self.projects)):
            rows = self._client.offset_list("api/issuetypescreenscheme/project", "values", params={"projectId": part})
            for row in rows:
                scheme = str(row["issueTypeScreenScheme"]["id"])
                found.update({str(project): scheme for project in row.get("projectIds") or ()})
        return found

    @cached_property
    def _types(self) -> dict[str, dict[str, str]]:
        """By issue type screen scheme: the screen scheme of each issue type."""
        found: dict[str, dict[str, str]] = {}
        for row in self._client.offset_list("api/issuetypescreenscheme/mapping", "values"):
            scheme = found.setdefault(str(row["issueTypeScreenSchemeId"]), {})
            scheme[str(row["issueTypeId"])] = str(row["screenSchemeId"])
        return found

    @cached_property
    def _shown(self) -> dict[str, dict[str, int]]:
        """By screen scheme: the screen for each operation (create, edit, view, and default for the others)."""
        return {
            str(row["id"]): {name: int(screen) for name, screen in (row.get("screens") or {}).items() if screen}
            for row in self._client.offset_list("api/screenscheme", "values")
        }


def _tab_path(screen_id: int, tab: int) -> str:
    return f"api/screens/{screen_id}/tabs/{tab}/fields"


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])
