"""What must hold of derived nodes, whatever the tools hold: shares, ids, and one place for each thing."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.derived import DerivedNode
from model.health import NodeScore
from model.landscape import Landscape, ProjectRecords
from model.policy import Policy
from model.tree import Node, NodeKind, Parent, Tree
from rollup.affected import affected
from rollup.engine import roll_up
from rollup.facts import count_facts
from service.derived import _chain, _parents, joined
from tests.rollup.build import NOW, counter, item, project, records

MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
CONFIGURED = Tree(
    nodes=(
        Node(id="port", kind=NodeKind.PORTFOLIO, name="Port"),
        Node(id="own", kind=NodeKind.PROGRAM, name="Own", parents=(Parent(id="port"),)),
        project("alpha", ("own",)),
    )
)
seeds = st.integers(0, 10**9)


def _derived(rnd: random.Random) -> list[DerivedNode]:
    """Programs under the portfolio, and projects under any of them, some under what is not there any more."""
    programs = [f"g{number}" for number in range(rnd.randint(0, 3))]
    made = [
        DerivedNode(key=f"asana:program:{id_}", node=Node(
            id=id_, kind=NodeKind.PROGRAM, name=id_, parents=(Parent(id=rnd.choice(["port", "port", "gone"])),)
        ))
        for id_ in programs
    ]  # fmt: skip
    for number in range(rnd.randint(0, 4)):
        above = rnd.sample([*programs, "own", "gone"], rnd.randint(1, len(programs) + 1))
        parents = _parents({id_: rnd.choice([None, None, 0.25, 0.8]) for id_ in above})
        node = project(f"p{number}", ()).model_copy(update={"parents": parents})
        made.append(DerivedNode(key=f"asana:project:p{number}", node=node))
    rnd.shuffle(made)
    return made


def _records(rnd: random.Random, tree: Tree) -> dict[str, ProjectRecords]:
    every = [item(str(number), created=rnd.randint(1, 99), story_points=2.0, assignee_id="a") for number in range(6)]
    return {node.id: records(node.id, *rnd.sample(every, rnd.randint(0, 5))) for node in tree.projects()}


@MANY
@given(st.lists(st.one_of(st.none(), st.floats(0.01, 1)), min_size=1, max_size=6))
def test_shares_sum_to_at_most_one_and_to_one_where_somebody_left_it_open(declared: list[float | None]) -> None:
    shares = [parent.share for parent in _parents({str(at): share for at, share in enumerate(declared)})]
    assert sum(shares) <= 1 + 1e-9
    assert all(share > 0 for share in shares)
    if None in declared:
        assert sum(shares) > 1 - 1e-9


@MANY
@given(seeds)
def test_any_derived_nodes_and_the_configured_ones_make_one_sound_tree(seed: int) -> None:
    tree = joined(CONFIGURED, _derived(random.Random(seed)))
    Tree.model_validate(tree.model_dump())
    assert {"port", "own", "alpha"} <= set(tree.by_id())
    assert "gone" not in {parent.id for node in tree.nodes for parent in node.parents}


@MANY
@given(seeds)
def test_4_a_derived_portfolio_counts_every_item_once(seed: int) -> None:
    rnd = random.Random(seed)
    tree = joined(CONFIGURED, _derived(rnd))
    land, known = Landscape(tree=tree, policies={"default": Policy(name="default")}), _records(rnd, tree)
    top = roll_up(land, counter(land, known), as_of=NOW, known_at=NOW).nodes[0]
    nodes = tree.by_id()
    leaves = {leaf.id for key, entry in known.items() for leaf in count_facts(entry, nodes[key], land, NOW).leaves}
    assert top.totals["items"].value == len(leaves)


@MANY
@given(seeds)
def test_8_a_change_in_a_derived_project_reaches_all_its_parents(seed: int) -> None:
    rnd = random.Random(seed)
    tree = joined(CONFIGURED, _derived(rnd))
    land, known = Landscape(tree=tree, policies={"default": Policy(name="default")}), _records(rnd, tree)
    before: dict[str, NodeScore] = {n.id: n for n in roll_up(land, counter(land, known), as_of=NOW, known_at=NOW).nodes}
    key = rnd.choice(sorted(known))
    more = known[key].model_copy(update={"items": (*known[key].items, item("new", due_on=NOW.date(), assignee_id="a"))})
    facts_at = counter(land, {**known, key: more})
    touched = affected(land, [key], facts_at, NOW)
    partial = roll_up(land, facts_at, as_of=NOW, known_at=NOW, only=touched, previous=before)
    assert partial == roll_up(land, facts_at, as_of=NOW, known_at=NOW)


@given(st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.sampled_from("abcdefx"))))
def test_a_chain_of_parents_ends_even_where_it_closes_on_itself(above: dict[str, str | None]) -> None:
    for id_ in above:
        chain = _chain(id_, above)
        assert len(chain) == len(set(chain)) <= len(above) + 1
