"""Which nodes a change touches, and which it leaves alone: single cases beside the eighth invariant."""

from model.landscape import PlannedTime
from model.policy import Policy
from model.work import Link, Membership
from tests.rollup.build import blocks, day, item, landscape, project, records, steady
from tests.rollup.edits import Incremental, finished
from tests.rollup.worlds import World


def _apart(*links: Link, **fields: object) -> World:
    """Three projects that share nobody, and bands that ask for every past day."""
    known = {key: records(key, *steady(key, assignee_id=f"jira:user:{key}")) for key in ("p0", "p1", "p2")}
    land = landscape(*map(project, known), links=links, policies={"default": Policy(name="default", margin=40.0)}, **fields)
    return land, known


def test_a_change_leaves_projects_alone_that_share_nothing_with_it() -> None:
    land, known = _apart()
    rolling = Incremental((land, known))
    items = (*known["p1"].items, item("more"))
    rolling.now((land, {**known, "p1": known["p1"].model_copy(update={"items": items})}))
    assert rolling.scored == {"p1", "prog", "port"}
    rolling.check()


def test_of_a_chain_of_links_the_ends_are_scored_and_beyond_its_neighbours_only_what_stands_above() -> None:
    first, second, third = (item(f"{key}-o0", assignee_id=None) for key in ("p0", "p1", "p2"))
    land, known = _apart(blocks(first, second), blocks(second, third))
    rolling = Incremental((land, known))
    items = tuple(finished(one, 5) if one.item.id == first.item.id else one for one in known["p0"].items)
    rolling.now((land, {**known, "p0": known["p0"].model_copy(update={"items": items})}))
    assert rolling.scored == {"p0", "p1", "prog", "port"}
    rolling.check()


def test_a_project_with_reserved_time_and_no_work_is_judged_anew_with_its_people() -> None:
    plan = PlannedTime(id="one", account="jira:user:p1", nodes=("p0",), hours=60)
    land, known = _apart(planned=(plan,), planned_ever={"p0": ("jira:user:p1",)})
    known = {**known, "p0": records("p0")}
    rolling = Incremental((land, known))
    more = land.model_copy(update={"planned": (plan.model_copy(update={"hours": 5}),)})
    rolling.now((more, known))
    rolling.check()


def test_where_an_item_has_left_its_past_is_scored_anew_with_that_of_what_blocked_it() -> None:
    """Somebody learns that a blocker was done days before the item it held left its project."""
    blocker, moved = item("p2-blocker", created=90), item("moved", created=90)
    land, known = _apart(blocks(blocker, moved))
    stays = [
        moved.model_copy(update={"memberships": (Membership(
            id=key, connection="jira", item_id=moved.item.id, container_id=key, container_kind="project",
            from_at=since, to_at=until,
        ),)})
        for key, since, until in (("p0", day(90), day(2)), ("p1", day(2), None))
    ]  # fmt: skip
    more = {"p0": stays[0], "p1": stays[1], "p2": blocker}
    known = {key: one.model_copy(update={"items": (*one.items, more[key])}) for key, one in known.items()}
    rolling = Incremental((land, known))
    items = (*known["p2"].items[:-1], finished(blocker, 10))
    rolling.now((land, {**known, "p2": known["p2"].model_copy(update={"items": items})}))
    assert "p0" in rolling.scored
    rolling.check()
