"""Changes of the tree in the document: no node ever gets another id, and nothing else differs."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.branches import Branches, added, moved, replaced, stepped, taken_out
from config.document import Document
from config.places import copied
from config.tree import build_tree

SOURCE = [{"connection": "acme", "project": "A"}]
NAMES = st.sampled_from(["Web", "web", "Web 2", "Shop", "Ünïcode", "–", "ويب"])


def _projects() -> st.SearchStrategy[list[Any]]:
    project = st.builds(lambda name: {"name": name, "sources": SOURCE}, NAMES)
    many = st.just({"from": {"connection": "acme", "label": "x"}})
    return st.lists(st.one_of(project, project, many), max_size=3)


PROGRAMS = st.lists(st.builds(lambda name, own: {"name": name, "projects": own}, NAMES, _projects()), max_size=3)
DOCUMENTS = st.builds(
    lambda tops: {"connections": {"acme": {"tool": "jira"}}, "portfolios": tops},
    st.lists(st.builds(lambda name, own: {"name": name, "programs": own}, NAMES, PROGRAMS), min_size=1, max_size=3),
)


def _ids(document: Any) -> list[tuple[str, str]]:
    tree, faults = build_tree(Document.model_validate(document))
    assert not faults
    return [(node.id, node.name) for node in tree.nodes]


@given(document=DOCUMENTS)
@settings(max_examples=60, deadline=None)
def test_ids_are_those_of_the_configuration(document: Any) -> None:
    mine = [(spot.id, spot.name) for spot in Branches(document).spots.values() if spot.is_node]
    assert mine == _ids(document)


@given(document=DOCUMENTS, data=st.data())
@settings(max_examples=100, deadline=None)
def test_no_change_gives_another_node_another_id(document: Any, data: st.DataObject) -> None:
    before, tree = copied(document), Branches(document)
    spot = data.draw(st.sampled_from(list(tree.spots.values())))
    kept = dict(_ids(document))
    deed = data.draw(st.sampled_from(["out", "up", "down", "rename", "add", "move"]))
    if deed == "out":
        after = taken_out(document, spot.id)
        gone = {spot.id, *(one.id for one in tree.goes_with(spot))}
        kept = {id_: name for id_, name in kept.items() if id_ not in gone}
    elif deed in ("up", "down"):
        after = stepped(document, spot.id, -1 if deed == "up" else 1)
    elif deed == "rename" and spot.is_node:
        after = replaced(document, spot.id, {**spot.entry, "name": "Other"})
        kept[spot.id] = "Other"
    elif deed == "move" and tree.parents(spot.level):
        into = data.draw(st.sampled_from(tree.parents(spot.level))).id
        after = moved(document, spot.id, into=into, before=None)
        assert Branches(after).below(into)[-1].name == spot.name
    else:
        after = added(document, None, {"name": "Web"})
        assert len(Branches(after).below(None)) == len(tree.below(None)) + 1
    assert document == before
    told = dict(_ids(after))
    assert {id_: told.get(id_) for id_ in kept} == kept


def test_what_goes_with_a_program_are_its_projects_and_where_they_stand_again() -> None:
    here: dict[str, Any] = {"name": "Here", "projects": [{"name": "Web", "sources": SOURCE}]}
    there = {"name": "There", "projects": [{"ref": "web", "share": 0.5}]}
    document = {"portfolios": [{"name": "Top", "programs": [here, there]}]}
    tree = Branches(document)
    assert [spot.id for spot in tree.goes_with(tree.spots["here"])] == ["web", "there~0"]
    assert taken_out(document, "here") == {"portfolios": [{"name": "Top", "programs": [{"name": "There"}]}]}
