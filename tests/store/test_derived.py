"""Derived nodes: what was known when, ids that stay, each connection for itself."""

from model.derived import DerivedNode
from model.tree import Node, NodeKind, Parent, Source
from store.database import Database
from tests.support.made_records import day


def _made(id_: str, name: str = "x", *, connection: str = "acme") -> DerivedNode:
    node = Node(id=id_, kind=NodeKind.PROJECT, name=name, parents=(Parent(id="prog"),))
    pull = (Source(connection=connection, kind="project", value=id_),)
    return DerivedNode(key=f"{connection}:project:project:{id_}", node=node, pull=pull)


def test_every_moment_has_the_nodes_that_were_known_then(database: Database) -> None:
    with database.begin() as uow:
        assert uow.derived.replace("acme", [_made("a"), _made("b")], known_at=day(1))
        assert uow.derived.replace("acme", [_made("a", "new")], known_at=day(3)) == (_made("a"), _made("b"), _made("a", "new"))
    with database.read() as uow:
        assert uow.derived.at() == (_made("a", "new"),)
        assert uow.derived.at(day(2)) == (_made("a"), _made("b"))
        assert uow.derived.at(day(3)) == (_made("a", "new"),)


def test_before_the_first_knowledge_that_one_holds(database: Database) -> None:
    with database.begin() as uow:
        uow.derived.replace("acme", [_made("a")], known_at=day(5))
    with database.read() as uow:
        assert uow.derived.at(day(0)) == (_made("a"),)


def test_what_did_not_change_is_not_written_again(database: Database) -> None:
    with database.begin() as uow:
        uow.derived.replace("acme", [_made("a"), _made("b")], known_at=day(1))
        assert uow.derived.replace("acme", [_made("b"), _made("a")], known_at=day(2)) == ()


def test_a_node_that_comes_back_has_its_id_again(database: Database) -> None:
    with database.begin() as uow:
        uow.derived.replace("acme", [_made("a")], known_at=day(1))
        uow.derived.replace("acme", [], known_at=day(2))
        assert uow.derived.at() == ()
        assert uow.derived.ids() == {"acme:project:project:a": "a"}
        uow.derived.replace("acme", [_made("a")], known_at=day(3))
        assert uow.derived.at() == (_made("a"),)
        assert uow.derived.at(day(2)) == ()


def test_one_connection_leaves_the_nodes_of_another_alone(database: Database) -> None:
    other = _made("o", connection="other")
    with database.begin() as uow:
        uow.derived.replace("acme", [_made("a")], known_at=day(1))
        uow.derived.replace("other", [other], known_at=day(1))
        uow.derived.replace("acme", [], known_at=day(2))
        assert uow.derived.at() == (other,)
        assert uow.derived.at(day(1)) == (_made("a"), other)
