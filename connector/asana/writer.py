"""What we write into Asana, and what stands there now. Nothing but our fields, our comment, our status updates."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from connector.asana import fields as wanted
from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.payloads import FieldValue, StatusUpdate
from connector.asana.richtext import Rendered, render, signature, title
from connector.asana.vocabulary import DECLARED, plain
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AmbiguousWriteError, FatalError, NotFoundError
from model.health import Band
from model.push import HealthFields, HealthMessage, HealthRole, PresentState
from model.tree import Target

STATUS_TYPES = {Band.ON_TRACK: "on_track", Band.AT_RISK: "at_risk", Band.OFF_TRACK: "off_track"}
"""The same three words fit projects, portfolios and goals; we never call anything complete or achieved."""

KINDS = frozenset({"project", "portfolio", "goal", "task"})
_REASON_LIMIT = 1024
_CLOCK_SKEW = timedelta(minutes=10)


class Writer:
    """Reads and writes targets. ``own_account`` gives the vendor id of the account we act as."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], own_account: Callable[[], str]) -> None:
        self._client = client
        self._now = now
        self._own_account = own_account

    # -- what stands there --------------------------------------------------------------------------------------------

    def present(self, target: Target, *, fields: HealthFields | None, comment_id: str | None) -> PresentState:
        """What stands at a target. A target that is not there or not ours to see is ``missing``."""
        if target.kind not in KINDS:
            return PresentState(missing=f"Asana has no target of kind {target.kind!r}.")
        try:
            body = self._client.target(target.kind, target.value)
            updates = [] if target.kind == "task" else self._client.status_updates(target.value)
        except (PlanError, *INVISIBLE) as exc:
            return PresentState(missing=f"{target.label} can't be written: {exc.what}")
        human, ours = self._statuses(updates)
        return PresentState(
            fields=_values(body, fields),
            comment_id=self._living(target, comment_id),
            human_status=DECLARED.get(human.status_type) if human else None,
            human_status_at=human.created_at if human else None,
            our_status_id=ours.gid if ours else None,
        )

    def _statuses(self, updates: list[Json]) -> tuple[StatusUpdate | None, StatusUpdate | None]:
        """The newest update of somebody else, and the newest of ours."""
        own = self._own_account()
        known = sorted((StatusUpdate.model_validate(each) for each in updates), key=lambda each: each.created_at)
        ours = [each for each in known if each.author and each.author.gid == own]
        human = [each for each in known if each not in ours]
        return (human[-1] if human else None), (ours[-1] if ours else None)

    def _living(self, target: Target, comment_id: str | None) -> str | None:
        if comment_id is None or target.kind != "task":
            return None
        try:
            return str(self._client.comment(comment_id)["gid"])
        except NotFoundError:
            return None

    # -- fields -------------------------------------------------------------------------------------------------------

    def write_fields(self, target: Target, message: HealthMessage, *, fields: HealthFields) -> None:
        """Write the fields in one request. Raises FatalError where they are not attached to the target."""
        try:
            self._client.write_values(target.kind, target.value, _payload(target, message, fields))
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            raise FatalError(
                f"Asana refused our fields at {target.label}: {exc.what}", where=target.connection,
                fix="Run setup --apply again: the fields may have been taken off it.", reason="fields_refused",
            ) from exc

    # -- comments -----------------------------------------------------------------------------------------------------

    def write_comment(self, target: Target, message: HealthMessage, *, comment_id: str | None) -> str:
        """Edit our one comment on a task, or write it; it is pinned. Its id."""
        if target.kind != "task":
            raise FatalError(
                f"Asana has comments on tasks only, not on {target.label}.", where=target.connection,
                fix="Use status_update: on_band_change instead of comment.", reason="no_comments_here",
            )
        said = render(message)
        known = comment_id or self._find_comment(target.value, signature(message.node))
        if known:
            try:
                return self._saved(lambda data: self._client.update_comment(known, {**data, "is_pinned": True}), said)
            except NotFoundError:
                pass  # Somebody deleted it: it is written anew.
        return self._new_comment(target.value, said)

    def _new_comment(self, task: str, said: Rendered) -> str:
        def create(data: Mapping[str, Any]) -> Json:
            return self._client.create_comment(task, data)

        try:
            made = self._saved(create, said)
        except AmbiguousWriteError:
            made = self._find_comment(task, said.marker) or self._saved(create, said)
        self._client.update_comment(made, {"is_pinned": True})
        return made

    def _find_comment(self, task: str, marker: str) -> str | None:
        """Our newest comment on a task that holds a text."""
        own = self._own_account()
        for story in reversed(self._client.stories(task, wanted.COMMENT)):
            ours = (story.get("created_by") or {}).get("gid") == own
            if ours and story.get("resource_subtype") == "comment_added" and marker in plain_spaces(story.get("text")):
                return str(story["gid"])
        return None

    @staticmethod
    def _saved(save: Callable[[Mapping[str, Any]], Json], said: Rendered) -> str:
        """Save rich text; plain text where Asana does not take it."""
        try:
            return str(save({"html_text": said.html})["gid"])
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
        return str(save({"text": said.text})["gid"])

    # -- status updates -----------------------------------------------------------------------------------------------

    def write_status_update(self, target: Target, message: HealthMessage) -> str:
        """Post a status update. It goes to all followers and can't be changed, so it must never be posted twice."""
        status_type = STATUS_TYPES.get(message.band)
        if target.kind == "task" or status_type is None:
            raise FatalError(
                f"Asana has no status for {message.band.words!r} at {target.label}.", where=target.connection,
                fix="It shows in the fields only.", reason="no_status_here",
            )
        said, begun = render(message), self._now()
        head = {"parent": target.value, "status_type": status_type, "title": title(message)}

        def create(data: Mapping[str, Any]) -> Json:
            return self._client.create_status_update({**head, **data})

        try:
            return self._saved(create, said)
        except AmbiguousWriteError:
            posted = self._find_update(target.value, said.marker, begun - _CLOCK_SKEW)
            return posted or self._saved(create, said)

    def _find_update(self, parent: str, marker: str, since: datetime) -> str | None:
        own = self._own_account()
        for update in self._client.status_updates(parent, since=since):
            if (update.get("author") or {}).get("gid") == own and marker in plain_spaces(update.get("text")):
                return str(update["gid"])
        return None


def plain_spaces(text: object) -> str:
    """Text with ordinary spaces: Asana may turn some into non-breaking ones."""
    return str(text or "").replace("\u00a0", " ")


def _payload(target: Target, message: HealthMessage, fields: HealthFields) -> dict[str, Any]:
    option = fields.options.get(message.band)
    if option is None:
        raise FatalError(
            f"The health field has no option {message.band.words!r}.", where=target.connection,
            fix="Run setup --apply.", reason="option_missing",
        )
    values: dict[HealthRole, Any] = {
        HealthRole.HEALTH: option,
        HealthRole.SCORE: message.score,
        HealthRole.REASON: message.reason[:_REASON_LIMIT],
    }
    return {fields.ids[role]: value for role, value in values.items() if role in fields.ids}


def _values(body: Json, fields: HealthFields | None) -> dict[HealthRole, str | float | None]:
    """Our fields' values at a target; a role whose field is not there is left out."""
    if fields is None:
        return {}
    known = {value.gid: value for value in map(FieldValue.model_validate, body.get("custom_fields") or ())}
    bands = {option: band.value for band, option in fields.options.items()}
    found: dict[HealthRole, str | float | None] = {}
    for role, gid in fields.ids.items():
        value = known.get(gid)
        if value is None:
            continue
        if role is HealthRole.HEALTH:
            option = value.enum_value
            found[role] = bands.get(option.gid, option.name) if option else None
        else:
            found[role] = value.number_value if role is HealthRole.SCORE else value.text_value
    return found


def band_of_option(name: str) -> Band | None:
    """The band an option of the health field stands for, by its name."""
    return next((band for band in Band if plain(band.words) == plain(name)), None)
