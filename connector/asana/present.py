"""What stands at many targets now, read through the lists that show a hundred of them in one request.

How far a list is worth reading is not known beforehand: it may be as long as the workspace is large. So a list is read
for as long as that has cost less than asking for the rest one by one would; at worst that is twice the cheapest way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import ValidationError

from connector.asana import fields as wanted
from connector.asana.client import INVISIBLE, AsanaClient, Json, OffsetExpiredError, Paged, PlanError
from connector.asana.payloads import FieldValue, Flag, Many, Moment, Payload, Ref, Text
from connector.asana.signs import signed_at_all
from connector.asana.status_updates import STATUS_TYPES
from connector.asana.target_calls import Thing
from connector.asana.vocabulary import DECLARED
from model.errors import AppError, NotFoundError
from model.push import FieldValue as Value
from model.push import HealthFields, HealthRole, PresentState
from model.tree import Target

_BANDS = {status: band for words in STATUS_TYPES.values() for band, status in words.items()}
KINDS = frozenset({"project", "portfolio", "goal", "task"})
Found = dict[Thing, Json | AppError]


class HeldValue(FieldValue):
    """``enabled`` is false for a value whose field was taken off the place: it can be cleared, not changed."""

    enabled: bool | None = None


class Status(Payload):
    """The newest status update of a place; all but the gid may be withheld."""

    gid: str
    author: Ref | None = None
    created_at: Moment | None = None
    status_type: str | None = None
    text: Text = ""


class Place(Payload):
    """A target as it is read."""

    gid: str
    name: Text = ""
    archived: Flag = False
    custom_fields: Many[HeldValue] = ()
    current_status_update: Status | None = None


class Present:
    """Reads targets. One object per connection: it remembers status updates, which never change."""

    def __init__(self, client: AsanaClient, own_account: Callable[[], str]) -> None:
        self._client = client
        self._own_account = own_account
        self._statuses: dict[str, Status] = {}

    def read(self, targets: Sequence[Target], *, fields: HealthFields | None) -> dict[str, PresentState]:
        """What stands at each target, by its label."""
        found = self._found(list(dict.fromkeys(_thing(each) for each in targets if each.kind in KINDS)))
        read: dict[str, Place | PresentState] = {
            each.label: _place(each, found.get(_thing(each))) for each in targets
        }
        self._learn([each.current_status_update for each in read.values() if isinstance(each, Place)])
        return {
            label: each if isinstance(each, PresentState) else self._state(each, fields) for label, each in read.items()
        }

    # -- reading ------------------------------------------------------------------------------------------------------

    def _found(self, things: Sequence[Thing]) -> Found:
        gids = {kind: {gid for each, gid in things if each == kind} for kind in KINDS}
        found: Found = {}
        found |= self._listed("portfolio", gids["portfolio"], self._client.portfolios_page)
        found |= self._listed("goal", gids["goal"], self._client.goals_page)
        found |= self._projects(gids["project"], gids["portfolio"])
        return found | self._client.singly([each for each in things if each not in found])

    def _listed(
        self, kind: str, gids: set[str], page_of: Callable[[str | None, Sequence[str]], Paged]
    ) -> Mapping[Thing, Json | AppError]:
        """Those of one kind that a list shows; where the plan has no such thing, that is the answer for all of them."""
        try:
            return _Listing(kind, lambda start: page_of(start, wanted.PRESENT[kind])).read(gids)
        except PlanError as exc:
            return dict.fromkeys((Thing(kind, gid) for gid in gids), exc)
        except INVISIBLE:
            return {}

    def _projects(self, gids: set[str], portfolios: Iterable[str]) -> Found:
        """Projects by the workspace's list, or by those of the portfolios that are targets, where these are few."""
        listing = _Listing("project", lambda start: self._client.projects_page(start, wanted.PRESENT["project"]))
        holders = sorted(portfolios)
        try:
            found: Found = dict(listing.read(gids, most=len(holders) or None))
            if 0 < len(holders) < len(gids) - len(found):
                found |= self._held(gids, holders)
            return found | listing.read(gids - {thing.gid for thing in found})
        except INVISIBLE:
            return {}

    def _held(self, gids: set[str], portfolios: Sequence[str]) -> Found:
        found: Found = {}
        for portfolio in portfolios:
            try:
                items = self._client.portfolio_items(portfolio, (*wanted.PRESENT["project"], "resource_type"))
            except (PlanError, OffsetExpiredError, *INVISIBLE):
                continue
            found.update((Thing("project", str(each["gid"])), each) for each in items if str(each["gid"]) in gids)
            if len(found) == len(gids):
                break
        return found

    def _learn(self, shown: Iterable[Status | None]) -> None:
        """Read those status updates by themselves of which the lists gave nothing but the gid."""
        bare = [each.gid for each in shown if each and each.created_at is None and each.gid not in self._statuses]
        for thing, told in self._client.singly([Thing("status_update", gid) for gid in dict.fromkeys(bare)]).items():
            if not isinstance(told, AppError):
                self._statuses[thing.gid] = Status.model_validate(told)

    # -- saying -------------------------------------------------------------------------------------------------------

    def _state(self, place: Place, fields: HealthFields | None) -> PresentState:
        # When the newest update is ours there may be an older one of a person, which does not matter: a person's
        # status holds us back only where it is newer than ours.
        status = place.current_status_update
        known = self._statuses.get(status.gid, status) if status else None
        human = known if known and (known.author is None or known.author.gid != self._own_account()) else None
        ours = known if known and human is None and signed_at_all(known.text) else None
        return PresentState(
            vendor_id=place.gid,
            fields=_values(place.custom_fields, fields),
            human_status=DECLARED.get(human.status_type or "") if human else None,
            human_status_at=human.created_at if human else None,
            own_status=_BANDS.get(ours.status_type or "") if ours else None,
            own_status_id=ours.gid if ours else None,
        )


class _Listing:
    """A paged list of one kind of thing that can be read in several goes."""

    def __init__(self, kind: str, page_of: Callable[[str | None], Paged]) -> None:
        self._kind, self._page_of = kind, page_of
        self._next: str | None = None
        self._pages = 0
        self._ended = False

    def read(self, gids: set[str], *, most: int | None = None) -> dict[Thing, Json]:
        """Those of ``gids`` that it shows, read on for as long as it is the cheaper way, ``most`` pages in all."""
        found: dict[Thing, Json] = {}
        while not self._ended and self._pages < len(gids) - len(found) and (most is None or self._pages < most):
            if len(gids) == 1:
                break  # One is never cheaper through a list.
            found.update((Thing(self._kind, gid), each) for each in self._page() if (gid := str(each["gid"])) in gids)
        return found

    def _page(self) -> list[Json]:
        try:
            page, self._next = self._page_of(self._next)
        except OffsetExpiredError:
            page, self._next = [], None  # What it did not come to is asked for by itself.
        self._pages += 1
        self._ended = self._next is None
        return page


def _thing(target: Target) -> Thing:
    return Thing(target.kind, target.value)


def _place(target: Target, told: Json | AppError | None) -> Place | PresentState:
    """A target as it was read, or why it can't be written."""
    if told is None:
        return _missing(f"Asana has no target of kind {target.kind!r}.", "wrong_kind")
    if isinstance(told, PlanError):
        return _missing(f"The workspace's plan has no {target.kind}s, so {target.label} can't be written.", told.reason)
    if isinstance(told, NotFoundError):
        what = f"The {target.kind} {target.value} is not in Asana any more, or is hidden from this account."
        return _missing(what, told.reason)
    if isinstance(told, AppError):
        return _missing(f"This account may not see the {target.kind} {target.value}: {told.what}", told.reason)
    try:
        place = Place.model_validate(told)
    except ValidationError as exc:
        where = ".".join(map(str, exc.errors()[0]["loc"]))
        return _missing(f"What Asana says of {target.label} can't be read ({where}).", "malformed")
    if place.archived:
        return _missing(f"The {target.kind} “{place.name}” ({target.value}) is archived.", "archived")
    return place


def _missing(what: str, reason: str) -> PresentState:
    return PresentState(missing=what, missing_reason=reason)


def _values(held: Iterable[HeldValue], fields: HealthFields | None) -> dict[HealthRole, Value]:
    """Our fields' values at a target; a role whose field is not there, or no longer, is left out."""
    if fields is None:
        return {}
    known = {value.gid: value for value in held if value.enabled is not False}
    bands = {option: band.value for band, option in fields.options.items()}
    found: dict[HealthRole, Value] = {}
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
