"""The register of conflicts between projects: each with its owner, the ways out of it, and its state."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from model.registers import Conflict, ConflictKind, ConflictOption, ConflictState, Owner
from model.work import Link
from rollup.chains import LinkState
from rollup.world import View, World

RESOLVED_DAYS = 28


Owned = Callable[[str | None, str], Owner]
"""Who owns what an account has in a project, as whoever looks may see it."""


def conflicts(view: View) -> tuple[Conflict, ...]:
    """Every conflict that ends in a project of the node, the latest first; then what was resolved in four weeks."""
    return conflicts_among(view.world, set(view.world.leaves(view.node.id)), partial(owner_of, view))


def conflicts_among(world: World, projects: set[str], owned: Owned | None = None) -> tuple[Conflict, ...]:
    """The same of some projects.

    ``owned`` None: nobody is named.
    """
    told = owned or (lambda _account, project: _project(world, project))
    found = [_conflict(world, link, told) for link in world.chains.between(projects) if link.kind != "fits"]
    return (*latest_first(found), *_resolved(world, projects, told))


def latest_first(found: Iterable[Conflict]) -> list[Conflict]:
    """Conflicts in the order of the register: cycles, then the latest."""
    return sorted(found, key=lambda one: (one.kind is not ConflictKind.CYCLE, -(one.late_days or 0), one.link))


def owner_of(view: View, account: str | None, project: str) -> Owner:
    """The person by name where the policy allows names and we know one; else the project."""
    world = view.world
    mate = world.teammates.get(account or "")
    if view.policy.people == "named" and mate is not None:
        return Owner(kind="person", label=mate.name)
    return _project(world, project)


def _project(world: World, project: str) -> Owner:
    node = world.nodes.get(project)
    return Owner(kind="project", label=node.name if node else "outside the tree")


def _conflict(world: World, state: LinkState, owned: Owned) -> Conflict:
    source = state.link.source_id or ""
    return Conflict(
        link=state.link.id,
        kind=ConflictKind(state.kind),
        state=_state(world, state.link),
        predecessor=source,
        successor=state.link.target_id or "",
        predecessor_project=state.source,
        successor_project=state.target,
        owner=owned(world.chains.entry(source).owner_id, state.source),
        likely_on=state.likely_on,
        needed_on=state.needed_on,
        late_days=state.late_days,
        carried_days=state.carried_days,
        slack_days=state.slack_days,
        options=_options(state),
    )


def _state(world: World, link: Link) -> ConflictState:
    ends = [world.chains.entry(link.source_id or ""), world.chains.entry(link.target_id or "")]
    if ends[0].started_at is not None:
        return ConflictState.ACKNOWLEDGED
    moved = [end.replanned_at for end in ends if end.replanned_at is not None]
    since = link.from_at
    acted = since is not None and any(at > since for at in moved)
    return ConflictState.ACKNOWLEDGED if acted else ConflictState.OPEN


def _options(state: LinkState) -> tuple[ConflictOption, ...]:
    source, target = state.link.source_id or "", state.link.target_id or ""
    cut = ConflictOption(kind="cut_link", subject=state.link.id)
    if state.kind == "cycle":
        return (cut,)
    if state.needed_on is None or state.likely_on is None:
        undated = target if state.needed_on is None else source
        return (ConflictOption(kind="set_dates", subject=undated), cut)
    return (
        ConflictOption(kind="speed_predecessor", subject=source, until=state.needed_on),
        ConflictOption(kind="move_successor", subject=target, until=state.likely_on),
        cut,
    )


def _resolved(world: World, projects: set[str], owned: Owned) -> list[Conflict]:
    """Links between projects whose predecessor was finished too late, or that were cut, in the last four weeks."""
    found: dict[str, Conflict] = {}
    links = (link for item in world.ends_in(projects) for link in world.links.into.get(item, ()))
    for link in sorted(links, key=lambda link: link.id):
        source, target = link.source_id or "", link.target_id or ""
        first, last = world.linked(source), world.linked(target)
        if first is None or last is None:
            continue
        ends = first[0], last[0]
        if ends[1] not in projects or ends[0] == ends[1] or not _just_resolved(world, link):
            continue
        done_at, needed = first[1].done_at, world.chains.needed(target)
        late = max(0, (world.day_of(done_at) - needed).days) if done_at is not None and needed is not None else None
        found[link.id] = Conflict(
            link=link.id,
            kind=ConflictKind.LATE,
            state=ConflictState.RESOLVED,
            predecessor=source,
            successor=target,
            predecessor_project=ends[0],
            successor_project=ends[1],
            owner=owned(first[1].owner_id, ends[0]),
            needed_on=needed,
            late_days=late,
        )
    return list(found.values())


def _just_resolved(world: World, link: Link) -> bool:
    recent = world.as_of - timedelta(days=RESOLVED_DAYS)
    source = link.source_id or ""
    if link.to_at is not None and link.to_at <= world.as_of:
        return link.to_at > recent and world.is_open(source)
    done_at, needed = world.chains.entry(source).done_at, world.chains.needed(link.target_id or "")
    return done_at is not None and done_at > recent and needed is not None and world.day_of(done_at) > needed
