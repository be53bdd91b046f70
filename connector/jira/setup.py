"""Our three fields in Jira: found or made, and shown where the targets can be edited. Planned first, idempotent."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from connector.jira import server_setup
from connector.jira.admin_pages import AdminPages
from connector.jira.client import JiraClient
from connector.jira.contexts import ContextDesk
from connector.jira.samples import Place, Sample, places, try_sample
from connector.jira.screens import Screens
from connector.jira.setup_fields import FieldDesk, is_admin
from connector.jira.showing import Showing
from connector.sdk.http import UnexpectedAnswerError
from connector.sdk.setup_notes import SetupNotes, by_words
from model.errors import AppError, NotFoundError, RefusedError
from model.health import Band
from model.mapping import HealthFieldNames
from model.push import HealthFields, HealthRole, SetupMade, SetupResult, Verified
from model.tree import Target

REFUSALS: tuple[type[AppError], ...] = (NotFoundError, RefusedError, UnexpectedAnswerError)


class JiraSetup:
    """One run of set-up on a site: what it finds, the steps it takes or names."""

    def __init__(
        self, client: JiraClient, connection: str, mapped: HealthFieldNames, *, made: Sequence[SetupMade], apply: bool,
        keep: Callable[[SetupMade], None] | None = None,
    ) -> None:
        self._client = client
        self._notes = SetupNotes(connection, apply=apply, made=made, refusals=REFUSALS, keep=keep)
        self._pages = AdminPages(client.access.site_url)
        self._server = client.access.deployment == "datacenter"
        self._admin = is_admin(client)
        self._desk = FieldDesk(client, self._notes, self._pages, mapped=mapped, admin=self._admin)
        self._screens = Screens(client)
        self._options: dict[Band, str] = {}

    def run(self, targets: Sequence[Target], known: HealthFields | None) -> SetupResult:
        """Make what is missing (or say what would be made).

        Raises AppError when the site can't be read; once something was made, the rest becomes a step for the next run.
        """
        before = self._notes.made
        try:
            self._run(targets, known)
        except AppError as error:
            if self._notes.made == before:
                raise
            self._notes.broken_off(error)
        return self._notes.result(self._fields())

    def _fields(self) -> HealthFields | None:
        if len(self._desk.ids) < len(HealthRole):
            return None
        return HealthFields(connection=self._notes.connection, ids=self._desk.ids, options=self._options)

    def _run(self, targets: Sequence[Target], known: HealthFields | None) -> None:
        found = places(self._client, self._notes, targets, self._pages)
        self._desk.run(known)
        if self._admin and not self._server:
            contexts = ContextDesk(
                self._client, self._notes, self._desk, pages=self._pages, screens=self._screens
            )
            contexts.run(found)
            self._options = contexts.options
        samples = {place: try_sample(self._client, place) for place in found}
        lacking = {place: roles for place in found if (roles := self._lacking(samples[place]))}
        if self._server:
            self._ask_for(samples)
        else:
            self._show(samples, lacking)
        if not self._admin and not self._server:
            self._options = self._read_choices(samples.values())
        self._verify(samples)

    def _lacking(self, sample: Sample) -> list[HealthRole]:
        """Roles that a sample's edit form does not show; a field that is still to be made is missing too."""
        return [role for role in HealthRole if self._desk.ids.get(role) not in sample.fields]

    def _show(self, samples: dict[Place, Sample], lacking: Mapping[Place, list[HealthRole]]) -> None:
        showing = Showing(
            self._client, self._notes, self._desk, pages=self._pages, screens=self._screens, admin=self._admin
        )
        showing.run(lacking, samples)
        if not self._notes.apply:
            return
        for place in lacking:
            samples[place] = try_sample(self._client, place)
        for place in lacking:
            left = self._lacking(samples[place])
            if left and place not in showing.explained:
                showing.unexplained(place, samples[place], left)

    def _ask_for(self, samples: Mapping[Place, Sample]) -> None:
        """Data Center lets nobody add choices by a call, nor tells which screen a project uses: name what is left."""
        for place, sample in samples.items():
            for one in server_setup.left_to_do(self._desk.ids, self._desk.names, sample, place):
                where = self._pages.contexts(self._desk.ids.get(HealthRole.HEALTH))
                if one.of_screen:
                    where = self._pages.project_screens(place.project_key)
                self._notes.by_hand(one.what, one.why, where=where)

    def _read_choices(self, samples: Iterable[Sample]) -> dict[Band, str]:
        """Without an administrator's right the edit forms tell the choices; their ids where all forms agree."""
        health = self._desk.ids.get(HealthRole.HEALTH)
        offered = [one.choices(health) for one in samples if health is not None and health in one.fields]
        for have in offered:
            missing = [band.words for band in Band if by_words(have, band.words) is None]
            if missing:
                self._notes.by_hand(
                    f"Add the choices {', '.join(missing)} to {self._desk.names[HealthRole.HEALTH]!r}.",
                    "Only a Jira administrator can, and the health field offers one choice a band.",
                    where=self._pages.contexts(health),
                )
        if not offered or any(one != offered[0] for one in offered):
            return {}
        return {band: number for band in Band if (number := by_words(offered[0], band.words)) is not None}

    def _verify(self, samples: Mapping[Place, Sample]) -> None:
        for place, sample in samples.items():
            lacking = tuple(self._desk.names[role] for role in self._lacking(sample))
            self._notes.verified.append(Verified(kind=place.label, sample=sample.key, lacking=lacking))
