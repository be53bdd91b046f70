"""Where our fields have to be attached so that the targets show them, who else sees them there, and a sample of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connector.asana.client import INVISIBLE, AsanaClient, Json, PlanError
from connector.asana.target_calls import Thing
from connector.sdk.setup_notes import SetupNotes
from model.errors import AppError
from model.tree import Target


@dataclass
class Place:
    """A project, portfolio or goal that fields are attached to, and the targets, with names, that show them so."""

    thing: Thing
    name: str
    targets: dict[Target, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"the {self.thing.kind} “{self.name}”"


class Pages:
    """Addresses of Asana's own pages, for what only a person can do."""

    def __init__(self, api_url: str, workspace: str) -> None:
        parts = urlsplit(api_url)
        self._root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/1.0')}"
        self._workspace = workspace

    def plan(self) -> str:
        """Which plan the workspace has."""
        return f"{self._root}/admin/{self._workspace}/billing"

    def of(self, thing: Thing) -> str:
        shapes = {"portfolio": f"/0/portfolio/{thing.gid}", "goal": f"/0/goal/{thing.gid}", "task": f"/0/0/{thing.gid}"}
        return self._root + shapes.get(thing.kind, f"/0/{thing.gid}")


class Places:
    """Finds the places of the targets; a target that can't be helped is a step for a person."""

    def __init__(self, client: AsanaClient, notes: SetupNotes, pages: Pages) -> None:
        self._client = client
        self._notes = notes
        self._pages = pages
        self._items: dict[str, list[Json]] = {}

    def find(self, targets: Sequence[Target]) -> list[Place]:
        """Each place once, in the targets' order."""
        wanted = [one for one in targets if one.fields and one.connection == self._notes.connection]
        found = self._client.singly(list(dict.fromkeys(Thing(one.kind, one.value) for one in wanted)))
        holders = self._holders(wanted) if any(one.kind == "project" for one in wanted) else {}
        places: dict[Thing, Place] = {}
        for target in wanted:
            thing = Thing(target.kind, target.value)
            told = found[thing]
            if isinstance(told, AppError):
                self._notes.by_hand(f"Let this account see {target.label}.", told.what, where=self._pages.of(thing))
                continue
            name = str(told.get("name") or target.value)
            place = self._place(target, name, holders)
            if place is not None:
                places.setdefault(place.thing, place).targets[target] = name
        return list(places.values())

    def affected(self, place: Place) -> tuple[str, ...]:
        """What else shows a field that is attached to a place."""
        if place.thing.kind == "project":
            return (f"every task of “{place.name}”",)
        if place.thing.kind == "goal":
            return ()
        own = {target.value for target in place.targets}
        return tuple(str(one.get("name") or one["gid"]) for one in self._inside(place.thing.gid) if one["gid"] not in own)

    def _place(self, target: Target, name: str, holders: Mapping[str, Place]) -> Place | None:
        if target.kind == "task":
            return self._project_of(target, name)
        if target.kind != "project":
            return Place(Thing(target.kind, target.value), name)
        holder = holders.get(target.value)
        if holder is None:
            self._notes.by_hand(
                f"Put the project “{name}” into a portfolio that this account owns, and run set-up again.",
                "Asana shows values on a project itself only through the fields of a portfolio it is in.",
                where=self._pages.of(Thing(target.kind, target.value)),
            )
            return None
        return Place(holder.thing, holder.name)

    def _project_of(self, target: Target, name: str) -> Place | None:
        task = self._client.task(target.value)
        projects = [each["project"] for each in task.get("memberships") or () if each.get("project")]
        if projects:
            gid = str(projects[0]["gid"])
            return Place(Thing("project", gid), str(self._client.project(gid, ("name",)).get("name") or gid))
        self._notes.by_hand(
            f"Put the task “{name}” into a project.", "A task shows the fields of its project.",
            where=self._pages.of(Thing(target.kind, target.value)),
        )
        return None

    def _inside(self, portfolio: str) -> list[Json]:
        if portfolio not in self._items:
            self._items[portfolio] = self._client.portfolio_items(portfolio)
        return self._items[portfolio]

    def _holders(self, targets: Sequence[Target]) -> dict[str, Place]:
        """The portfolio through which each project shows values: one of the targets first, else one of our own."""
        wanted = {target.value for target in targets if target.kind == "project"}
        holders: dict[str, Place] = {}
        for gid in dict.fromkeys(target.value for target in targets if target.kind == "portfolio"):
            self._hold(gid, holders)
        if wanted - holders.keys():
            for gid in self._own_portfolios():
                self._hold(gid, holders)
        return holders

    def _own_portfolios(self) -> list[str]:
        try:
            return [str(each["gid"]) for each in self._client.portfolios()]
        except (PlanError, *INVISIBLE):
            return []

    def _hold(self, gid: str, holders: dict[str, Place]) -> None:
        try:
            name, items = self._client.portfolio(gid).get("name"), self._inside(gid)
        except (PlanError, *INVISIBLE):
            return
        for item in items:
            if item.get("resource_type") == "project":
                holders.setdefault(str(item["gid"]), Place(Thing("portfolio", gid), str(name or gid)))
