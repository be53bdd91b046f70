"""What may happen to a generated organisation between two roll-ups, and one that is scored by what each of it touched.

Work comes, is finished, given away, leaves, moves and is held twice; a project's records come late or go; links appear, end
and vanish, also to items that no project holds (yet); people are shared newly or no longer; time is reserved and freed.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from model.health import NodeScore
from model.landscape import ItemHistory
from model.register_kept import KeptConflict
from model.work import CLOSED, Change, ChangeField, Link, Membership, StatusCategory
from rollup.affected import affected
from rollup.bands import HISTORY_DAYS, local_midnight
from rollup.engine import roll_up
from rollup.facts.alike import standing
from rollup.facts.state import state_at
from rollup.recall import Recall
from rollup.score import Scorer
from rollup.world import World as Moment
from tests.rollup.build import NOW, blocks, counter, day, item
from tests.rollup.worlds import PEOPLE, World, some_items, some_plans, touched_item

Edit = Callable[[World, random.Random], World]


def _everything(world: World) -> dict[str, ItemHistory]:
    return {one.item.id: one for entry in world[1].values() for one in entry.items}


def _with(world: World, project: str, items: Iterable[ItemHistory]) -> World:
    land, known = world
    return land, {**known, project: known[project].model_copy(update={"items": tuple(items)})}


def _outside() -> list[ItemHistory]:
    """Items of another tool that no project of the tree holds at first."""
    return [item(f"outside-{number}", connection="asana", due_on=day(-20 - number).date()) for number in range(3)]


def worked(world: World, rnd: random.Random) -> World:
    """Items were finished or given away, wherever they are held; others came."""
    touched = {key: touched_item(one, rnd) for key, one in sorted(_everything(world).items()) if rnd.random() < 0.4}
    for project, entry in world[1].items():
        world = _with(world, project, [touched.get(one.item.id, one) for one in entry.items])
    project = rnd.choice(sorted(world[1]))
    return _with(world, project, [*world[1][project].items, *some_items(rnd, f"new{rnd.random()}", 3)])


def learned(world: World, rnd: random.Random) -> World:
    """Items turn out to have been finished some days ago."""
    late = {key: finished(one, rnd.randint(1, 25)) for key, one in sorted(_everything(world).items()) if rnd.random() < 0.3}
    for project, entry in world[1].items():
        world = _with(world, project, [late.get(one.item.id, one) for one in entry.items])
    return world


def finished(one: ItemHistory, ago: int) -> ItemHistory:
    """The item as it would be had it been finished so long ago; those that came or changed later stay as they are."""
    status = one.item.status
    if status in CLOSED or day(ago) < max(one.item.created_at, *(change.at for change in one.changes), day(9999)):
        return one
    told = Change(
        id=f"{one.item.id}|finished", connection=one.item.connection, item_id=one.item.id, field=ChangeField.STATUS,
        old=status.value, new="done", at=day(ago),
    )  # fmt: skip
    done = {"status": StatusCategory.DONE, "done_at": day(ago), "updated_at": day(ago)}
    return one.model_copy(update={"item": one.item.model_copy(update=done), "changes": (*one.changes, told)})


def linked(world: World, rnd: random.Random) -> World:
    """A link appears between any two items, one of which may be of no project."""
    every = [*_everything(world).values(), *_outside()]
    made = blocks(*rnd.sample(every, 2)).model_copy(update={"from_at": rnd.choice([None, day(0.01), day(9)])})
    others = tuple(one for one in world[0].links if one.id != made.id)
    return world[0].model_copy(update={"links": (*others, made)}), world[1]


def unlinked(world: World, rnd: random.Random) -> World:
    """A link ends, or is taken back as if it had never been."""
    links = list(world[0].links)
    if links:
        gone = links.pop(rnd.randrange(len(links)))
        links += [gone.model_copy(update={"to_at": day(rnd.choice([0.01, 3]))})] if rnd.random() < 0.5 else []
    return world[0].model_copy(update={"links": tuple(links)}), world[1]


def entered(world: World, rnd: random.Random) -> World:
    """An item that was of no project, but may be linked already, comes to one."""
    came, project = rnd.choice(_outside()), rnd.choice(sorted(world[1]))
    return _with(world, project, [one for one in world[1][project].items if one.item.id != came.item.id] + [came])


def moved(world: World, rnd: random.Random) -> World:
    """An item goes from one project to another, or is held by both; the first may keep no trace of it."""
    known = world[1]
    places = [(project, one) for project, entry in sorted(known.items()) for one in entry.items]
    if not places:
        return world
    before, one = rnd.choice(places)
    after, kept = rnd.choice(sorted(known)), rnd.choice([[one], [], [_left(one, before)]])
    world = _with(world, before, [*(other for other in known[before].items if other.item.id != one.item.id), *kept])
    rest = [other for other in world[1][after].items if other.item.id != one.item.id]
    return _with(world, after, [*rest, one.model_copy(update={"memberships": ()})])


def _left(one: ItemHistory, project: str) -> ItemHistory:
    stay = Membership(
        id=f"{one.item.id}|{project}", connection=one.item.connection, item_id=one.item.id, container_id=project,
        container_kind="project", from_at=one.item.created_at, to_at=max(one.item.created_at, day(2)),
    )  # fmt: skip
    return one.model_copy(update={"memberships": (stay,)})


def loaded(world: World, rnd: random.Random) -> World:
    """All records of a project go, or of one that had none they come for the first time."""
    project = rnd.choice(sorted(world[1]))
    some = [] if world[1][project].items else some_items(rnd, f"late{rnd.random()}", 6)
    return _with(world, project, some)


def shared(world: World, rnd: random.Random) -> World:
    """One account holds something in every project it did not before, or nothing anywhere any more, without a trace."""
    who, keeps = rnd.choice((*PEOPLE, "asana:user:d")), rnd.random() < 0.6
    for project, entry in sorted(world[1].items()):
        items = list(entry.items)
        if items and keeps:
            place = rnd.randrange(len(items))
            items[place] = _held_by(items[place], who)
        world = _with(world, project, items if keeps else [_held_by(one, None, but=who) for one in items])
    return world


def _held_by(one: ItemHistory, who: str | None, but: str | None = None) -> ItemHistory:
    if but is not None and one.item.assignee_id != but:
        return one
    due = one.item.due_on or day(-9).date()
    return one.model_copy(update={"item": one.item.model_copy(update={"assignee_id": who, "due_on": due})})


def planned(world: World, rnd: random.Random) -> World:
    """Other time is reserved than before."""
    land, known = world
    plans = some_plans(rnd, sorted(known))
    ever = {key: set(accounts) for key, accounts in land.planned_ever.items()}
    for plan in plans:
        for node in plan.nodes:
            ever.setdefault(node, set()).add(plan.account)
    told = {key: tuple(sorted(accounts)) for key, accounts in ever.items()}
    return land.model_copy(update={"planned": plans, "planned_ever": told}), known


EDITS: tuple[Edit, ...] = (worked, learned, linked, linked, unlinked, entered, moved, loaded, shared, planned)


@dataclass
class Incremental:
    """An organisation whose roll-up remembers the one before, and is told what changed since, as a worker is."""

    world: World
    scores: tuple[NodeScore, ...] = ()
    conflicts: dict[str, tuple[KeptConflict, ...]] = field(default_factory=dict)
    scored: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.recall = Recall(registering=True)
        self._roll_up()
        self.scored = frozenset(self.world[0].tree.by_id())

    def now(self, after: World) -> None:
        """Score what differs, and what that touches."""
        before, self.world = self.world, after
        (old, had), (land, known) = before, after
        ends = {end for link in set(old.links) ^ set(land.links) for end in _ends(link)}
        beyond = {key for key in known if ends & {one.item.id for one in (*had[key].items, *known[key].items)}}
        changed = {key for key in known if had[key] != known[key]} | beyond
        stands = {key: standing(had[key], known[key], state_at) for key in changed - beyond}
        self.recall.recount(changed, lambda key, moment: key in stands and stands[key](moment))
        plans = set(old.planned) ^ set(land.planned)
        of_plans = {key for plan in plans for key in (*self.recall.people.get(plan.account, ()), *plan.nodes)}
        only = affected(land, changed | of_plans, counter(land, known), NOW, recall=self.recall)
        self.recall.forget(only, beside=(old.links, old.planned) != (land.links, land.planned))
        self.scored = frozenset(only)
        self._roll_up()

    def _roll_up(self) -> None:
        result = roll_up(self.world[0], counter(*self.world), as_of=NOW, known_at=NOW, recall=self.recall)
        self.scores = tuple(result.nodes)
        self.conflicts.update(self.recall.taken()[2])

    def check(self) -> None:
        """Everything is what a roll-up of all of it gives: scores, conflicts, and what is remembered of past days."""
        land, known = self.world
        facts, recall = counter(land, known), Recall(registering=True)
        whole = roll_up(land, facts, as_of=NOW, known_at=NOW, recall=recall)
        assert self.scores == tuple(whole.nodes)
        assert self.conflicts == recall.conflicts
        for ago in range(1, HISTORY_DAYS + 1):
            midnight = local_midnight(NOW, ago, land.timezone)
            kept = {node: one.score for node, one in self.recall.day(midnight).scored.items()}
            if kept:
                fresh = Scorer(Moment(land, facts, midnight), bare=True)
                assert kept == {node: fresh.score(node).score for node in kept}


def _ends(link: Link) -> list[str]:
    return [end for end in (link.source_id, link.target_id) if end]
