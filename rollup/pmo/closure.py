"""Whether a project can be closed: what is still open, what is promised and not yet handed over, what was learned."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from model.tree import ProjectState
from model.work import CLOSED, Link
from rollup.facts import ProjectFacts
from rollup.facts.links import standing


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist. ``kept`` None: it is not asked of this project. ``items``: what stands in the way.

    ``blocks`` False: it can't be mended any more, or is the closing itself; it keeps nobody from closing.
    """

    id: str
    words: str
    kept: bool | None
    to_do: str
    items: tuple[str, ...] = ()
    blocks: bool = True


def checklist(
    facts: ProjectFacts, links: Iterable[Link], *, open_elsewhere: Collection[str], lessons: int
) -> tuple[Check, ...]:
    """Every check of a project. ``links``: at least those that begin at its items, with both ends resolved.

    ``open_elsewhere``: the items of other running projects at their other ends that are open. ``lessons``: how many it has
    in the register.
    """
    whole = facts.whole()
    waited_for = _waited_for(whole, links, open_elsewhere) if whole.linked else None
    return (*_work(whole, waited_for), *_promises(whole), *_record(whole, lessons))


def ready(checks: tuple[Check, ...]) -> bool:
    """Whether nothing stands in the way of saying ``state: closed``."""
    return all(check.kept is not False for check in checks if check.blocks)


def _work(facts: ProjectFacts, waited_for: tuple[str, ...] | None) -> Iterator[Check]:
    """What is still to be done, here or by others who wait."""
    left = tuple(leaf.id for leaf in facts.open_leaves)
    yield _of("work_closed", "all work is closed", left, "close, drop or move the open items")
    risks = tuple(risk.id for risk in facts.risks)
    yield _of("risks_closed", "no risk is open", risks, "close each risk, or hand it to an owner elsewhere")
    ahead = tuple(one.id for one in facts.milestones if one.reached_on is None) if facts.milestones else None
    yield _of("milestones_reached", "every milestone is reached", ahead, "reach the milestones, or drop them")
    yield _of("nobody_waits", "nobody else waits for it", waited_for, "finish what others wait for, or cut the links")


def _waited_for(facts: ProjectFacts, links: Iterable[Link], open_elsewhere: Collection[str]) -> tuple[str, ...]:
    """Open items of the project that open work elsewhere waits for."""
    own = {key for key, item in facts.linked.items() if item.status not in CLOSED}
    pairs = [(link.source_id, link.target_id) for link in standing(links, facts.as_of)]
    outward = [one for one, other in pairs if one in own and other not in facts.linked and other in open_elsewhere]
    return tuple(dict.fromkeys(one for one in outward if one))


def _promises(facts: ProjectFacts) -> Iterator[Check]:
    """What outlives the project."""
    loose = tuple(one.id for one in facts.benefits if one.missing)
    yield _of(
        "benefits_handed_over", "every benefit has an owner, a measure, a baseline, a target and a date",
        loose if facts.benefits else None, "say who looks after each benefit, how it is measured, and when",
    )  # fmt: skip


def _record(facts: ProjectFacts, lessons: int) -> Iterator[Check]:
    """What is kept of it."""
    approved = facts.plan is not None and facts.plan.agreed is not None
    next_time = "next time: bellwether baseline NODE set, then approve"
    yield Check("plan_approved", "it was measured against an approved plan", approved, next_time, blocks=False)
    booked = facts.cost is not None and bool(facts.cost.booked_hours or any(one.actual for one in facts.cost.budgets))
    known = None if facts.node.budget is None else booked
    yield Check("cost_known", "what it cost is known beside its budget", known, "book the hours, or enter the actual cost")
    yield Check("lessons_kept", "what was learned is kept", lessons > 0, "bellwether lessons add NODE")
    closed = facts.node.state is ProjectState.CLOSED
    say_so = "say state: closed once everything above holds"
    yield Check("closed", "it is closed in the configuration", closed, say_so, blocks=False)


def _of(id_: str, words: str, items: tuple[str, ...] | None, to_do: str) -> Check:
    """A check that items stand in the way of; not asked where there is nothing to look at (None)."""
    return Check(id_, words, None if items is None else not items, to_do, items or ())
