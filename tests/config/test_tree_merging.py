"""Two who change one tree at once: a moved node stays one node, with what the other changed of it; else it is told."""

from copy import deepcopy
from typing import Any

import pytest

from config.branches import Branches, added, moved, replaced, taken_out
from config.merging import Conflict
from config.tree_merging import Moved, decided, merged, refuse_unsound
from model.errors import UsageError

DERIVED = {"from": {"connection": "a", "portfolio": "1"}, "weight": 1}
P = {"name": "P", "sources": [{"connection": "j", "project": "P"}], "publish": [{"connection": "j", "issue": "P-1"}]}
DATED = {**P, "target_date": "2027-01-01"}


def _document(**p: Any) -> dict[str, Any]:
    def other(key: str) -> dict[str, Any]:
        return {"name": key, "sources": [{"connection": "j", "project": key}]}

    programs = [
        {"name": "One", "projects": [deepcopy(P) | p, other("Q")]},
        {"name": "Two", "projects": [other("R"), deepcopy(DERIVED)]},
        {"name": "Three", "projects": [other("S")]},
    ]
    return {"portfolios": [{"name": "G", "programs": programs}]}


def _place(document: Any) -> dict[str, str | None]:
    return {key: spot.parent for key, spot in Branches(document).spots.items() if spot.sort == "project"}


@pytest.mark.parametrize("own", [{}, {"id": "p"}])
def test_a_node_that_one_moves_has_what_the_other_changed_of_it(own: dict[str, str]) -> None:
    base = _document(**own)
    for into, position in (("two", None), ("three", "s")):
        went, changed = moved(base, "p", into=into, before=position), replaced(base, "p", DATED | own)
        for mine, theirs in ((went, changed), (changed, went)):
            document, conflicts = merged(base, mine, theirs)
            assert conflicts == ()
            assert _place(document) == {"p": into, "q": "one", "r": "two", "s": "three"}
            assert Branches(document).spots["p"].entry == DATED | own
            refuse_unsound(base, mine, theirs, document)


def test_a_node_that_one_renames_and_the_other_moves_is_one_node() -> None:
    base = _document()
    renamed, went = replaced(base, "p", P | {"name": "New"}), moved(base, "p", into="two", before=None)
    for mine, theirs in ((renamed, went), (went, renamed)):
        document, conflicts = merged(base, mine, theirs)
        assert conflicts == ()
        assert _place(document) == {"p": "two", "q": "one", "r": "two", "s": "three"}
        assert Branches(document).spots["p"].entry == P | {"name": "New", "id": "p"}


@pytest.mark.parametrize("own", [{}, {"id": "p"}])
def test_where_both_move_a_node_elsewhere_one_place_is_chosen(own: dict[str, str]) -> None:
    base = _document(**own)
    document, conflicts = merged(base, moved(base, "p", into="two", before=None), moved(base, "p", into="three", before=None))
    (one,) = conflicts
    assert isinstance(one, Moved)
    assert (one.path, one.base, one.mine, one.theirs) == (("place of P", "p"), "One", "Two", "Three")
    for mine, place in ((True, "two"), (False, "three")):
        assert _place(decided(document, one, mine=mine)) == {"p": place, "q": "one", "r": "two", "s": "three"}


def test_what_both_change_of_one_target_is_brought_together_in_it() -> None:
    base = _document()
    mine, theirs = deepcopy(P), deepcopy(P)
    mine["publish"][0]["comment"] = "on_band_change"  # type: ignore[index]
    theirs["publish"][0]["fields"] = False  # type: ignore[index]
    document, conflicts = merged(base, replaced(base, "p", mine), replaced(base, "p", theirs))
    assert conflicts == ()
    target = {"connection": "j", "issue": "P-1", "comment": "on_band_change", "fields": False}
    assert Branches(document).spots["p"].entry["publish"] == [target]


def test_what_both_change_of_one_derived_entry_is_no_second_entry() -> None:
    base = _document()
    mine, theirs = (replaced(base, "two~1", DERIVED | {"weight": weight}) for weight in (2, 3))
    document, (conflict,) = merged(base, mine, theirs)
    assert (conflict.mine, conflict.theirs) == (2, 3)
    for chosen, weight in ((True, 2), (False, 3)):
        found = decided(document, conflict, mine=chosen)["portfolios"][0]["programs"][1]["projects"]
        assert [one["weight"] for one in found if "from" in one] == [weight]


def test_what_both_put_in_place_of_one_source_is_chosen_from() -> None:
    base = _document()
    one, other = ([{"connection": "j", "project": key}] for key in ("X", "Y"))
    document, (conflict,) = merged(base, replaced(base, "p", P | {"sources": one}), replaced(base, "p", P | {"sources": other}))
    assert type(conflict) is Conflict
    assert (conflict.mine, conflict.theirs) == (one, other)
    assert Branches(decided(document, conflict, mine=True)).spots["p"].entry["sources"] == one
    more = replaced(base, "p", P | {"sources": [*P["sources"], *other]})  # type: ignore[misc]
    document, conflicts = merged(base, replaced(base, "p", P | {"sources": one}), more)
    assert conflicts == ()
    assert Branches(document).spots["p"].entry["sources"] == [*one, *other]


def test_a_node_is_neither_lost_nor_doubled() -> None:
    base = _document()
    mine = moved(base, "p", into="two", before=None)
    theirs = taken_out(base, "two")
    document, (conflict,) = merged(base, mine, theirs)
    with pytest.raises(UsageError, match="around P meanwhile"):
        refuse_unsound(base, mine, theirs, decided(document, conflict, mine=False))
    mine, theirs = (added(base, program, {**P, "name": "X"}) for program in ("one", "two"))
    document, conflicts = merged(base, mine, theirs)
    assert conflicts == ()
    with pytest.raises(UsageError, match="around X meanwhile"):
        refuse_unsound(base, mine, theirs, document)
