"""What one roll-up keeps for the next: of each moment it looked at, what was counted and scored there.

Nothing in here is ever wrong on its own: whoever holds it says what changed (``Recall.forget``), and that is counted anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from model.health import Forecast, NodeScore
from model.outcome import Counted
from model.register_kept import KeptConflict, ProjectRegister
from model.work import Link
from rollup.facts.links import LinkEnds, link_ends
from rollup.outline import Outline
from rollup.packed import PackedMapping

if TYPE_CHECKING:
    from rollup.bands import Banded
    from rollup.chains import Chain
    from rollup.score import Scored

Common = Mapping[str, frozenset[str]]
"""Project → the items of it that another project holds, or ever held, too."""

Stands = Callable[[str, datetime], bool]
"""Whether what was counted of a project at a past moment is what would be counted now."""

T = TypeVar("T")
MOST_PAST = 200_000
"""Open leaves whose outlines of past days are held at once: 60 MB if no leaf were the same on two days."""


class Day:
    """What is remembered of one moment: outlines of projects, and scores of nodes.

    ``before``: the scores that were forgotten last, of projects in which nothing changed but what others share with them.
    """

    def __init__(self, recall: "Recall | None" = None) -> None:
        self._recall = recall
        self._outlines: dict[str, Outline] = {}
        self.scored: dict[str, Scored] = {}
        self.before: dict[str, Scored] = {}
        self._chains: tuple[Sequence[Link], dict[str, Chain]] = ((), {})
        self._parts: dict[str, dict[str, object]] = {}

    def part(self, node: str, kind: str, count: Callable[[], T], *, stands: Callable[[T], bool] = lambda _: True) -> T:
        """What ``count`` makes of the outlines below a node and of the tree alone, until the node's score is forgotten.

        ``stands``: whether it still does, where time alone ends it.
        """
        if self._recall is None or self._recall.passing:
            return count()
        parts = self._parts.setdefault(node, {})
        if kind not in parts or not stands(cast(T, parts[kind])):
            parts[kind] = count()
        return cast(T, parts[kind])

    def made(self, key: Hashable, of: tuple[object, ...], make: Callable[[], T]) -> T:
        """What ``make`` makes of these things alone, made again once any of them is another."""
        return make() if self._recall is None else self._recall.made(key, of, make)

    def forget(self, nodes: Collection[str]) -> None:
        """Forget the scores of nodes, and what is made of the outlines below them."""
        for node in nodes:
            self._parts.pop(node, None)
        self.before = {node: scored for node in nodes if (scored := self.scored.pop(node, None)) is not None}

    def chains(self, links: Sequence[Link]) -> "dict[str, Chain]":
        """Item → the chain that it is in, as far as these links were looked at."""
        if self._chains[0] is not links:
            self._chains = links, {}
        return self._chains[1]

    def loosen(self, items: Iterable[str]) -> None:
        """Forget the chains that these items are in."""
        known = self._chains[1]
        for item in items:
            if item in known:
                for joined in known[item].items:
                    known.pop(joined, None)

    def outline(self, project: str) -> Outline | None:
        return self._outlines.get(project)

    def like(self, project: str) -> Outline | None:
        """A project's outline at another moment that is remembered, mostly nearly the same."""
        return None if self._recall is None else self._recall.like(self, project)

    def keep(self, outline: Outline) -> None:
        self._outlines[outline.node.id] = outline
        if self._recall is not None:
            self._recall.note(self, outline)

    def drop(self, project: str) -> Outline | None:
        """Forget a project's outline, and give it back."""
        return self._outlines.pop(project, None)

    def common(self, project: str) -> frozenset[str] | None:
        """The items of a project that others may hold too; None: any may be."""
        if self._recall is None or self._recall.common is None:
            return None
        return self._recall.common.get(project)

    def link_ends(self, links: Sequence[Link]) -> LinkEnds:
        """Links by their ends; those of one landscape are sorted once."""
        return link_ends(links) if self._recall is None else self._recall.link_ends(links)

    def projects_with(self, item: str) -> Collection[str] | None:
        """The projects that hold an end of a link, or ever held it; None where that is not known."""
        if self._recall is None or not self._recall.complete or self._recall.passing:
            return None
        return self._recall.places.get(item, ())

    def projects_of(self, accounts: Iterable[str]) -> set[str] | None:
        """The projects in which these accounts ever had anything; None where that is not known."""
        if self._recall is None or not self._recall.complete:
            return None
        return set().union(*(self._recall.people.get(account, ()) for account in accounts))


class Recall:
    """The memory of one roll-up after another. ``common`` None: nobody knows which items are in several projects.

    ``people``: account → the projects in which it ever had anything, and ``accounts`` the other way round; ``places``:
    end of a link → the projects that hold it or ever held it, and ``ends`` the other way round. ``complete``: they know every
    project of the tree, so that whoever asks for a person's work need not look into all of them. ``reached``: the projects
    that chains of links join to those that changed last: slips are carried to them. ``forecasts``: of the
    projects that were forgotten last though nothing changed in them. ``passing``: none comes after it, so nothing is kept
    of past days, of scores once nothing else is made of them, or of what a change would touch. ``counted``: what key
    figures need of the projects that were counted, and ``registers`` and ``conflicts`` what is kept of their registers
    (``registering``); whoever keeps them takes them (``taken``).
    """

    def __init__(self, common: Common | None = None, *, passing: bool = False, registering: bool = False) -> None:
        self.passing = passing
        self.registering = registering
        self.common = None if common is None else dict(common)
        self.present = Day(self)
        self.people: dict[str, set[str]] = {}
        self.accounts: dict[str, set[str]] = {}
        self.places: dict[str, set[str]] = {}
        self.ends: dict[str, set[str]] = {}
        self.complete = False
        self.reached: frozenset[str] = frozenset()
        self.banded: dict[str, Banded] = {}
        self.published: dict[str, NodeScore] = {}
        self.forecasts: dict[str, Forecast | None] = {}
        self.counted: MutableMapping[str, Counted] = PackedMapping() if passing else {}
        self.registers: MutableMapping[str, ProjectRegister] = PackedMapping() if passing else {}
        self.conflicts: dict[str, tuple[KeptConflict, ...]] = {}
        self._days: dict[datetime, Day] = {}
        self._past: OrderedDict[tuple[int, str], tuple[Day, int]] = OrderedDict()
        self._held = 0
        self._stood: set[datetime] = set()
        self._made: dict[Hashable, tuple[tuple[object, ...], object]] = {}

    def made(self, key: Hashable, of: tuple[object, ...], make: Callable[[], T]) -> T:
        """What ``make`` makes of these things alone, made again once any of them is another."""
        found = self._made.get(key)
        if found is None or any(one is not other for one, other in zip(found[0], of, strict=True)):
            found = self._made[key] = of, make()
        return cast(T, found[1])

    def link_ends(self, links: Sequence[Link]) -> LinkEnds:
        """Links by their ends; sorted once, as long as they are the same."""
        return self.made("link ends", (links,), lambda: link_ends(links))

    def taken(self) -> tuple[Mapping[str, Counted], Collection[ProjectRegister], Mapping[str, tuple[KeptConflict, ...]]]:
        """What is to be kept of the projects that were counted, which is no longer held here."""
        found = self.counted, self.registers.values(), self.conflicts
        self.counted, self.registers, self.conflicts = {}, {}, {}
        return found

    def day(self, moment: datetime) -> Day:
        """What is remembered of a past moment."""
        if self.passing:
            return Day(self)
        return self._days.setdefault(moment, Day(self))

    def like(self, day: Day, project: str) -> Outline | None:
        """A project's outline at another moment than a day's: of a past one, the last looked at, else of the present."""
        past = (known for one in reversed(self._days.values()) if one is not day and (known := one.outline(project)))
        return next(past, None) or self.present.outline(project)

    def note(self, day: Day, outline: Outline) -> None:
        """An outline was kept: of the present, who ever worked there; of the past, only as many as there is room for."""
        key = outline.node.id
        if day is self.present:
            for account in outline.accounts:
                self.people.setdefault(account, set()).add(key)
            if self.passing:
                return
            self.accounts.setdefault(key, set()).update(outline.accounts)
            self.ends.setdefault(key, set()).update(outline.ever_linked)
            for item in outline.ever_linked:
                self.places.setdefault(item, set()).add(key)
            return
        if self.passing:
            return
        self._past[id(day), key] = day, 1 + len(outline.open)
        self._held += 1 + len(outline.open)
        while self._held > MOST_PAST and len(self._past) > 1:
            (_, oldest), (held_by, size) = self._past.popitem(last=False)
            held_by.drop(oldest)
            self._held -= size

    def recount(self, projects: Collection[str], stands: Stands = lambda _project, _moment: False) -> None:
        """Something changed in these projects: forget what was counted of them, but for past days at which it stands.

        Who worked in a project is remembered also where its records do not tell so any more: it may touch others still.
        """
        self._stood = set()
        self._drop(self.present, projects)
        for moment, day in self._days.items():
            fallen = [project for project in projects if not stands(project, moment)]
            self._drop(day, fallen)
            if not fallen:
                self._stood.add(moment)
        for project in projects:
            self.published.pop(project, None)

    def _drop(self, day: Day, projects: Collection[str]) -> None:
        for project in projects:
            day.drop(project)
            day.scored.pop(project, None)
            self._held -= self._past.pop((id(day), project), (day, 0))[1]

    def forget(self, nodes: Collection[str], *, beside: bool = True) -> None:
        """Forget the scores of these nodes. Of projects that were not recounted some findings still hold.

        ``beside``: something may differ that is not counted of a project. Else they stand of a past day of which
        everything stood that was last to be counted again.
        """
        self.forecasts = {
            node: score.forecast for node in nodes if (score := self.published.pop(node, None)) is not None
        }
        past = [day for moment, day in self._days.items() if beside or moment not in self._stood]
        ends = {item for node in nodes for item in self.ends.get(node, ())}
        for day in (self.present, *past):
            day.loosen(ends)
            day.forget(nodes)
        for node in nodes:
            self.banded.pop(node, None)
