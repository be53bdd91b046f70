"""Which projects can have a part in the score of some: those themselves, who shares people with them, whom links join."""

from collections.abc import Collection, Iterable

from model.landscape import Landscape, ProjectRecords
from model.work import ChangeField
from rollup.facts.links import link_ends


class Reach:
    """Noted of every project at both moments: its items at the ends of links and its people, now or ever.

    Who has time reserved for a project belongs to it without an item there.
    """

    def __init__(self, *landscapes: Landscape) -> None:
        self._persons = [
            {account: mate.key for mate in land.teammates for account in mate.accounts} for land in landscapes
        ]
        self._links = link_ends(link for land in landscapes for link in land.links)
        self._people: dict[str, set[str]] = {}
        self._items: dict[str, set[str]] = {}
        for land in landscapes:
            for project, reserved in land.planned_ever.items():
                self._belong(project, reserved)

    def note(self, project: str, records: ProjectRecords) -> None:
        accounts = {one.item.assignee_id for one in records.items}
        for one in records.items:
            for change in one.changes:
                if change.field is ChangeField.ASSIGNEE:
                    accounts |= {change.old, change.new}
        self._belong(project, (account for account in accounts if account))
        self._items.setdefault(project, set()).update(one.item.id for one in records.items if one.item.id in self._links.ends)

    def _belong(self, project: str, accounts: Iterable[str]) -> None:
        people = self._people.setdefault(project, set())
        people.update(persons.get(account, account) for account in accounts for persons in self._persons)

    def of(self, projects: Collection[str]) -> frozenset[str]:
        """The projects that matter to these; slips are carried along links at any length, a person's load is not."""
        people = set().union(*(self._people.get(key, set()) for key in projects))
        sharing = {key for key, theirs in self._people.items() if theirs & people}
        return frozenset(projects) | sharing | self._linked(projects)

    def _linked(self, projects: Iterable[str]) -> set[str]:
        joined = self._links.joined(item for key in projects for item in self._items.get(key, ()))
        return {key for key, items in self._items.items() if not items.isdisjoint(joined)}
