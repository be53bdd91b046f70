"""Lenses: the same records under another tree. What must hold of a roll-up holds of them, and nothing counts twice."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.health import Band, RollupResult
from model.landscape import Landscape, ProjectRecords
from model.lens import Lens, LensGroup, LensKind
from model.tree import Budget, GoalRef, Node, NodeKind, Tree
from rollup.affected import affected
from rollup.engine import roll_up
from rollup.facts import ProjectFacts, count_facts
from rollup.lens import Grouping, fixed_nodes, group_id, grouping, part_of
from tests.rollup.build import NOW, blocks, counter, item, landscape, project, records, steady

MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
PRODUCT = Lens(name="product", kind=LensKind.LABEL, key="product:")
CLASSES = Lens(name="type", kind=LensKind.CLASS)
TAGS = Lens(name="department", kind=LensKind.TAG, key="department")
GOALS = Lens(name="goal", kind=LensKind.GOAL)
LENSES = (PRODUCT, CLASSES, TAGS, GOALS, Lens(name="area", kind=LensKind.FIELD, key="area"))

World = tuple[Landscape, dict[str, ProjectRecords]]
Reader = Callable[[str, datetime], ProjectFacts]


def build_world(seed: int) -> World:
    """Projects whose items and nodes carry some of what lenses group by."""
    rnd = random.Random(seed)
    nodes, known, every = [], {}, []
    for number in range(rnd.randint(0, 4)):
        key = f"p{number}"
        goals = tuple(GoalRef(connection="asana", goal=str(goal)) for goal in range(rnd.randint(0, 2)))
        tags = {"department": tuple(rnd.sample(["sales", "it"], rnd.randint(0, 2)))}
        budget = rnd.choice([None, Budget(hours=100)])
        nodes.append(
            project(key, project_class=rnd.choice(["standard", "support"]), goals=goals, tags=tags, budget=budget)
        )
        items = steady(key, weeks=13, a_week=1, open_items=0) if rnd.random() < 0.4 else []
        for place in range(rnd.randint(0, 10)):
            labels = tuple(rnd.sample(["product:A", "product:a", "product:<b>", "other"], rnd.randint(0, 2)))
            items.append(
                item(
                    f"{key}-{place}", created=rnd.randint(1, 200), labels=labels,
                    facets={"area": ("North",)} if rnd.random() < 0.3 else {},
                    assignee_id=rnd.choice([None, "jira:user:a", "jira:user:b"]),
                    parent_id=rnd.choice([None, f"jira:item:{key}-0"]) if place else None,
                    due_on=rnd.choice([None, NOW.date() + timedelta(days=rnd.randint(-40, 60))]),
                    story_points=rnd.choice([None, 2.0, 5.0]),
                )
            )  # fmt: skip
        if every and rnd.random() < 0.4:
            items.append(rnd.choice(every))
        every.extend(items)
        known[key] = records(key, *items, skipped=rnd.choice([0, 0, 2]))
    links = [blocks(*rnd.sample(every, 2)) for _ in range(rnd.randint(0, 3) if len(every) > 1 else 0)]
    return landscape(*nodes, links=tuple(links)), known


def through(lens: Lens, world: World) -> tuple[Grouping, Landscape, Reader]:
    """A lens over a world, and facts as the service counts them."""
    land, known = world
    found = grouping(lens, land, known.__getitem__)
    under = land.model_copy(update={"tree": found.tree})
    nodes = found.tree.by_id()
    kept: dict[tuple[str, datetime], ProjectFacts] = {}

    def facts_at(key: str, at: datetime) -> ProjectFacts:
        if (key, at) not in kept:
            part = found.parts[key]
            kept[key, at] = count_facts(part_of(part, known[part.project], nodes[key]), nodes[key], under, at)
        return kept[key, at]

    return found, under, facts_at


def roll(lens: Lens, world: World) -> RollupResult:
    _, under, facts_at = through(lens, world)
    return roll_up(under, facts_at, as_of=NOW, known_at=NOW)


seeds = st.integers(0, 10**9)
lenses = st.sampled_from(LENSES)


@MANY
@given(seeds, lenses)
def test_1_the_receipt_of_every_node_of_a_lens_sums_to_the_points_lost(seed: int, lens: Lens) -> None:
    world = build_world(seed)
    for node in roll(lens, world).nodes:
        if node.score is not None:
            assert sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)
        else:
            assert node.band is Band.NO_DATA


@MANY
@given(seeds, lenses)
def test_4_the_top_of_a_lens_counts_what_the_organisation_counts_each_item_once(seed: int, lens: Lens) -> None:
    world = build_world(seed)
    land, known = world
    own = next(node for node in roll_up(land, counter(land, known), as_of=NOW, known_at=NOW).nodes if node.id == "port")
    top = roll(lens, world).nodes[0]
    for total in ("items", "done", "open", "overdue", "dropped"):
        assert top.totals[total] == own.totals[total]
    assert top.trust == pytest.approx(own.trust) or lens.kind.of_items


@MANY
@given(seeds, lenses)
def test_4_shares_of_a_project_sum_to_one_and_parts_to_the_project(seed: int, lens: Lens) -> None:
    world = build_world(seed)
    land, known = world
    found, _, _ = through(lens, world)
    Tree.model_validate(found.tree.model_dump())
    for node in land.tree.projects():
        mine = [key for key, part in found.parts.items() if part.project == node.id]
        placed = found.tree.by_id()
        assert mine
        held = [part.items for key in mine if (part := found.parts[key]).items is not None]
        if held:
            assert set().union(*held) == {one.item.id for one in known[node.id].items}
        assert all(sum(parent.share for parent in placed[key].parents) == pytest.approx(1) for key in mine)


@MANY
@given(seeds, lenses, st.randoms(use_true_random=False))
def test_8_incremental_gives_what_a_full_roll_up_gives(seed: int, lens: Lens, rnd: random.Random) -> None:
    world = build_world(seed)
    land, known = world
    if not known:
        return
    _, under, facts_at = through(lens, world)
    before = {node.id: node for node in roll_up(under, facts_at, as_of=NOW, known_at=NOW).nodes}
    key = rnd.choice(sorted(known))
    more = item(f"new-{rnd.random()}", labels=("product:A",), assignee_id="jira:user:a", due_on=NOW.date())
    changed = (land, {**known, key: known[key].model_copy(update={"items": (*known[key].items, more)})})
    found, after, facts_then = through(lens, changed)
    touched = affected(after, [node for node, part in found.parts.items() if part.project == key], facts_then, NOW)
    moved = {node.id for node in found.tree.nodes if node != under.tree.by_id().get(node.id)}
    gone = [node for node in under.tree.nodes if node.id not in found.tree.by_id()]
    moved |= {parent.id for node in gone for parent in node.parents} & found.tree.by_id().keys()
    previous = {id_: score for id_, score in before.items() if id_ not in moved | _above(found.tree, moved)}
    partial = roll_up(after, facts_then, as_of=NOW, known_at=NOW, only=touched, previous=previous)
    assert partial == roll_up(after, facts_then, as_of=NOW, known_at=NOW)


def _above(tree: Tree, nodes: set[str]) -> set[str]:
    """A lens whose tree changed is scored anew above what moved, as a changed tree is everywhere."""
    found, by_id = set(nodes), tree.by_id()
    for id_ in nodes:
        for parent in by_id[id_].parents if id_ in by_id else ():
            found |= {parent.id} | {above.id for above in by_id[parent.id].parents}
    return found


@MANY
@given(seeds)
def test_whole_projects_under_a_lens_keep_their_scores(seed: int) -> None:
    world = build_world(seed)
    land, known = world
    own = {node.id: node for node in roll_up(land, counter(land, known), as_of=NOW, known_at=NOW).nodes}
    for node in roll(CLASSES, world).nodes:
        if node.kind == NodeKind.PROJECT:
            assert (node.score, node.band, node.lost) == (own[node.id].score, own[node.id].band, own[node.id].lost)


@MANY
@given(seeds, st.randoms(use_true_random=False))
def test_3_the_order_of_items_changes_nothing(seed: int, rnd: random.Random) -> None:
    world = build_world(seed)
    land, known = world
    mixed = {key: one.model_copy(update={"items": tuple(rnd.sample(one.items, len(one.items)))}) for key, one in known.items()}
    assert roll(PRODUCT, (land, mixed)) == roll(PRODUCT, world)


def _names(found: Grouping) -> list[str]:
    return [node.name for node in found.tree.nodes if node.kind is NodeKind.PROGRAM]


def test_a_project_with_two_products_is_split_and_what_has_none_is_the_rest() -> None:
    items = [item("1", labels=("product:CRM",)), item("2", labels=("Product:shop",)), item("3")]
    found, _, _ = through(PRODUCT, (landscape(project()), {"alpha": records("alpha", *items)}))
    assert _names(found) == ["CRM", "shop", "No product"]
    assert (found.carried, found.of) == (2, 3)
    assert {key: set(part.items or ()) for key, part in found.parts.items()} == {
        "product--crm--alpha": {"jira:item:1"},
        "product--shop--alpha": {"jira:item:2"},
        "product--rest--alpha": {"jira:item:3"},
    }


def test_an_item_carries_what_its_nearest_labelled_ancestor_carries() -> None:
    items = [
        item("epic", labels=("product:crm",)),
        item("story", parent_id="jira:item:epic"),
        item("own", parent_id="jira:item:epic", labels=("product:shop",)),
        item("below", parent_id="jira:item:own"),
        item("ring", parent_id="jira:item:ring2"),
        item("ring2", parent_id="jira:item:ring"),
    ]
    found, _, _ = through(PRODUCT, (landscape(project()), {"alpha": records("alpha", *items)}))
    held = {key: {id_.rpartition(":")[2] for id_ in part.items or ()} for key, part in found.parts.items()}
    assert held["product--crm--alpha"] == {"epic", "story"}
    assert held["product--shop--alpha"] == {"own", "below"}
    assert held["product--rest--alpha"] == {"ring", "ring2"}


def test_a_part_of_a_project_has_no_budget_and_no_weight_and_a_whole_one_keeps_both() -> None:
    node = project(budget=Budget(hours=10), weight=3.0)
    one, other = item("1", labels=("product:a",)), item("2")
    split, _, _ = through(PRODUCT, (landscape(node), {"alpha": records("alpha", one, other)}))
    whole, _, _ = through(PRODUCT, (landscape(node), {"alpha": records("alpha", one)}))
    assert {(part.budget, part.weight) for part in split.tree.projects()} == {(None, None)}
    assert [(part.budget, part.weight) for part in whole.tree.projects()] == [(Budget(hours=10), 3.0)]


def test_what_can_not_be_seen_lowers_trust_where_it_belongs_and_counts_once() -> None:
    """An item that was readable before in its group; one that never was, and one without an id, in the rest."""
    lens = next(one for one in LENSES if one.kind is LensKind.LABEL)
    items = [item(key, labels=(f"product:{key}",)) for key in "ab"]
    unseen = {"skipped": 3, "unreadable": ("jira:item:a", "jira:item:lost")}
    world = landscape(project("alpha")), {"alpha": records("alpha", *items, **unseen)}
    found = {node.id: node for node in roll(lens, world).nodes}
    failed = {key: {one.check: one.total for one in node.untrusted}.get("unreadable", 0) for key, node in found.items()}
    assert [failed[f"product--{group}"] for group in ("a", "b", "rest")] == [1, 0, 2]
    assert (found["lens--product"].records, failed["lens--product"]) == (4, 3)


def test_a_lens_that_matches_nothing_has_everything_in_its_rest() -> None:
    world = (landscape(project()), {"alpha": records("alpha", *steady())})
    found, _, _ = through(PRODUCT, world)
    result = roll(PRODUCT, world)
    assert _names(found) == ["No product"]
    assert found.carried == 0
    assert result.nodes[0].score == pytest.approx(result.nodes[-1].score)


@pytest.mark.parametrize("lens", LENSES, ids=lambda lens: lens.name)
def test_an_empty_tree_under_a_lens_has_no_data(lens: Lens) -> None:
    [top] = roll(lens, (landscape(programs=()), {})).nodes
    assert (top.score, top.band, top.coverage) == (None, Band.NO_DATA, 0.0)


def test_a_label_with_markup_is_a_name_and_never_an_id() -> None:
    lens = Lens(name="product", kind=LensKind.LABEL, key="[b]<i>")
    world = (landscape(project()), {"alpha": records("alpha", item("1", labels=("[b]<i>x & [red]y",)))})
    group = roll(lens, world).nodes[1]
    assert group.name == "x & [red]y"
    assert group.id.startswith("product--x-red-y-")


def test_two_values_never_share_an_id() -> None:
    values = ("c++", "c#", "c", "C", "rest", "", "ü", "u", "x" * 100, "x" * 101)
    ids = {value.casefold(): group_id(PRODUCT, value) for value in values}
    assert len(set(ids.values())) == len(ids)
    assert all(len(one) <= 64 for one in ids.values())
    assert "product--rest" not in ids.values()


def test_a_configured_group_that_nothing_carries_is_shown_and_counts_nowhere() -> None:
    lens = PRODUCT.model_copy(update={"groups": (LensGroup(value="ghost", name="Ghost", weight=9.0),)})
    world = (landscape(project()), {"alpha": records("alpha", *steady(labels=("product:crm",)))})
    result = roll(lens, world)
    ghost = next(node for node in result.nodes if node.name == "Ghost")
    assert ghost.band is Band.NO_DATA
    assert result.nodes[0].score == pytest.approx(roll(PRODUCT, world).nodes[0].score)
    assert [node.id for node in fixed_nodes(lens)] == ["lens--product", ghost.id]


def test_a_project_with_two_tags_counts_half_under_each() -> None:
    nodes: list[Node] = [project(tags={"department": ("sales", "it")}), project("beta", tags={"department": ("it",)})]
    world = (landscape(*nodes), {"alpha": records("alpha", *steady("a")), "beta": records("beta", *steady("b"))})
    found, _, _ = through(TAGS, world)
    shares = {node.id: [(parent.id, parent.share) for parent in node.parents] for node in found.tree.projects()}
    assert shares["alpha"] == [("department--it", 0.5), ("department--sales", 0.5)]
    assert shares["beta"] == [("department--it", 1.0)]
    assert roll(TAGS, world).nodes[0].totals["projects"].value == 2
