"""Showing our fields where the targets are edited: association, field scheme, screen; and what is left to people."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from connector.jira.admin_pages import AdminPages
from connector.jira.client import JiraClient, quoted
from connector.jira.field_schemes import FieldSchemes, sharing_configuration
from connector.jira.samples import Place, Sample, try_sample
from connector.jira.screens import Screen, Screens
from connector.jira.setup_fields import OR_MAP, FieldDesk
from connector.sdk.setup_notes import SetupNotes
from model.errors import NotFoundError
from model.push import HealthRole

ASSOCIATION, SCHEME_FIELD, SCREEN_FIELD = "association", "scheme_field", "screen_field"
_MOST_PROJECTS = 100
_WHY_SCREEN = "A field can be written only where it can be edited."
Lacking = Mapping[Place, Sequence[HealthRole]]


class Showing:
    """One run. ``explained``: the places for which a step says what is to be done by somebody."""

    def __init__(
        self, client: JiraClient, notes: SetupNotes, desk: FieldDesk, *, pages: AdminPages, screens: Screens, admin: bool
    ) -> None:
        self._client = client
        self._notes = notes
        self._desk = desk
        self._pages = pages
        self._screens = screens
        self._schemes = FieldSchemes(client)
        self._admin = admin
        self.explained: set[Place] = set()

    def run(self, lacking: Lacking, samples: Mapping[Place, Sample]) -> None:
        """Say or do what makes the lacking fields editable, widest first, and only what the site itself lacks."""
        ours: dict[Place, Sequence[HealthRole]] = {}
        for place, roles in lacking.items():
            if not samples[place].fields:
                self._by_hand(
                    place, f"Let this account edit issues of project {place.project_key}.",
                    f"It can't edit {place.samples[0]}: no right to, or the workflow step forbids it.",
                    where=self._pages.permissions(place.project_key),
                )
            if place.team_managed:
                page = self._pages.team_fields(place.project_key, place.project_kind, place.type_id)
                why = "Only an admin of a team-managed project can add a field to it."
                self._by_hand(place, self._asked(roles, place), why, where=page)
            elif not self._admin:
                page = self._pages.project_screens(place.project_key)
                why = f"Only a Jira administrator can change screens. {OR_MAP}"
                self._by_hand(place, self._asked(roles, place), why, where=page)
            else:
                ours[place] = roles
        schemes = self._schemes.by_project(list(dict.fromkeys(one.project_id for one in ours)))
        self._associate({place: roles for place, roles in ours.items() if place.project_id not in schemes})
        self._add_to_schemes(ours, schemes)
        self._add_to_screens(ours, schemes)

    def unexplained(self, place: Place, sample: Sample, left: Sequence[HealthRole]) -> None:
        """Everything was done, and still the edit form lacks a field: Jira itself tells why, to people only."""
        self._notes.by_hand(
            f"See why {self._names(left)} can't be edited on {sample.key} (its menu ••• > Find your field).",
            "It is set up as far as calls can tell.", where=self._pages.issue(sample.key),
        )

    def _by_hand(self, place: Place, what: str, why: str, *, where: str) -> None:
        self._notes.by_hand(what, why, where=where)
        self.explained.add(place)

    def _names(self, roles: Sequence[HealthRole]) -> str:
        return ", ".join(repr(self._desk.names[role]) for role in HealthRole if role in roles)

    def _asked(self, roles: Sequence[HealthRole], place: Place) -> str:
        return f"Add {self._names(roles)} to the type {place.type_name} of project {place.project_key}."

    def _made(self, roles: Sequence[HealthRole]) -> list[str]:
        return [self._desk.ids[role] for role in roles if role in self._desk.ids]

    def _without(self, roles: Sequence[HealthRole], have: Sequence[str]) -> list[HealthRole]:
        """The roles whose field is not among these: still to be made, or lacking there."""
        return [role for role in roles if self._desk.ids.get(role) not in have]

    # -- association: since 2026 a new field belongs to no project until somebody says so ---------------------------

    def _associate(self, lacking: Lacking) -> None:
        """One step for all fields that the same projects lack."""
        groups: dict[tuple[tuple[str, str], ...], list[HealthRole]] = {}
        for role in HealthRole:
            projects = dict.fromkeys((one.project_id, one.project_key) for one, roles in lacking.items() if role in roles)
            have = self._associated(self._desk.ids[role]) if role in self._desk.ids and projects else frozenset()
            wanted = tuple(one for one in projects if one[0] not in have)
            if wanted and (role in self._desk.ids or not self._notes.apply):
                groups.setdefault(wanted, []).append(role)
        for projects_of, roles_of in groups.items():
            keys = ", ".join(key for _, key in projects_of)
            numbers = [number for number, _ in projects_of]
            done = self._notes.do(
                f"Associate {self._names(roles_of)} with {keys}.",
                "A new field belongs to no project until it is given to it. Jira gives it to every project with the same "
                "field configuration; their screens stay as they are.",
                partial(self._send_association, roles_of, numbers),
                affects=sharing_configuration(self._client, self._screens.projects, numbers),
            )
            self._explain(done, (one for one in lacking if (one.project_id, one.project_key) in projects_of))

    def _explain(self, done: bool, places: Iterable[Place]) -> None:
        """A step that was not taken now stands for what these places lack."""
        if not done:
            self.explained.update(places)

    def _associated(self, field_id: str) -> frozenset[str]:
        """The ids of the projects that a field is associated with; none where the site does not tell."""
        try:
            found = self._client.offset_list(f"api/field/{quoted(field_id)}/association/project", "values")
            return frozenset(str(one["id"]) for one in found)
        except NotFoundError:
            return frozenset()

    def _send_association(self, roles: Sequence[HealthRole], projects: Sequence[str]) -> None:
        for start in range(0, len(projects), _MOST_PROJECTS):
            part = projects[start : start + _MOST_PROJECTS]
            self._client.send("PUT", "api/field/association", association_body(self._made(roles), part))
            for field_id in self._made(roles):
                for project in part:
                    self._notes.remember(ASSOCIATION, field_id, project)

    # -- field schemes ------------------------------------------------------------------------------------------------

    def _add_to_schemes(self, lacking: Lacking, schemes: Mapping[str, int]) -> None:
        for scheme in dict.fromkeys(schemes.values()):
            mine = {one: roles for one, roles in lacking.items() if schemes.get(one.project_id) == scheme}
            roles = [role for role in HealthRole if any(role in wanted for wanted in mine.values())]
            made = self._made(roles)
            absent = self._schemes.lacking(scheme, made) if made else []
            wanted = self._without(roles, [one for one in made if one not in absent])
            if self._notes.apply:
                wanted = [role for role in wanted if role in self._desk.ids]
            if not wanted:
                continue
            own = {one.project_id for one in mine}
            others = [name for number, name in self._schemes.projects(scheme).items() if number not in own]
            done = self._notes.do(
                f"Add {self._names(wanted)} to the field scheme {self._schemes.name(scheme)!r}.",
                "The scheme says which fields its projects show.", partial(self._send_to_scheme, scheme, wanted),
                affects=sorted(others),
            )
            self._explain(done, mine)

    def _send_to_scheme(self, scheme: int, roles: Sequence[HealthRole]) -> None:
        self._schemes.add(scheme, self._made(roles))
        for field_id in self._made(roles):
            self._notes.remember(SCHEME_FIELD, field_id, str(scheme))

    # -- screens ------------------------------------------------------------------------------------------------------

    def _add_to_screens(self, lacking: Lacking, schemes: Mapping[str, int]) -> None:
        by_screen: dict[Screen, dict[Place, Sequence[HealthRole]]] = {}
        for place, roles in lacking.items():
            # A field scheme may be enough: then nobody's screen is touched.
            if self._notes.apply and place.project_id in schemes and self._shown(place, roles):
                continue
            screen = self._screens.edit_screen(place.project_id, place.type_id)
            if screen is None:
                self._by_hand(
                    place, self._asked(roles, place), "Which screen the project uses could not be found.",
                    where=self._pages.project_screens(place.project_key),
                )
            else:
                by_screen.setdefault(screen, {})[place] = roles
        for screen, mine in by_screen.items():
            self._add_to_screen(screen, mine, perhaps=any(one.project_id in schemes for one in mine))

    def _shown(self, place: Place, roles: Sequence[HealthRole]) -> bool:
        return not self._without(roles, list(try_sample(self._client, place).fields))

    def _add_to_screen(self, screen: Screen, mine: Lacking, *, perhaps: bool) -> None:
        roles = [role for role in HealthRole if any(role in wanted for wanted in mine.values())]
        made = self._made(roles)
        absent = self._screens.lacking(screen.id, made)
        wanted = self._without(roles, [one for one in made if one not in absent])
        if self._notes.apply:
            wanted = [role for role in wanted if role in self._desk.ids]
        if not wanted:
            return
        keys = ", ".join(dict.fromkeys(one.project_key for one in mine))
        what = f"Put {self._names(wanted)} on the screen {screen.name!r}, where issues of {keys} are edited."
        own = {one.project_id for one in mine}
        others = sorted(name for number, name in self._screens.users(screen.id).items() if number not in own)
        if screen.is_default:
            self._notes.by_hand(
                f"Give {keys} an edit screen of its own, or put {self._names(wanted)} on the {screen.name!r}.",
                "That screen is the site's default, which every new project shares: set-up leaves it alone.",
                where=self._pages.project_screens(next(iter(mine)).project_key), affects=others,
            )
            self.explained.update(mine)
            return
        why = f"{_WHY_SCREEN[:-1]}; only done if the field scheme alone does not show it." if perhaps else _WHY_SCREEN
        done = self._notes.do(
            what, why, partial(self._send_to_screen, screen, wanted), affects=others,
            where=self._pages.screen(screen.id),
        )
        self._explain(done, mine)

    def _send_to_screen(self, screen: Screen, roles: Sequence[HealthRole]) -> None:
        for field_id in self._made(roles):
            tab = self._screens.add(screen.id, field_id)
            self._notes.remember(SCREEN_FIELD, field_id, f"{screen.id}/{tab}")


def association_body(field_ids: Sequence[str], project_ids: Sequence[str]) -> dict[str, object]:
    """The fields and projects of an association, as both of its calls take them."""
    return {
        "fields": [{"type": "FIELD_ID", "identifier": one} for one in field_ids],
        "associationContexts": [{"type": "PROJECT_ID", "identifier": int(one)} for one in project_ids],
    }
