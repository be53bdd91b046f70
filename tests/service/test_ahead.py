"""What lies ahead of a node is read of what it tells alone, and is what the whole organisation's records tell."""

from collections.abc import Iterator

import pytest

from bench.bulk import bulk_rows, bulk_tree
from bench.portfolio import NOW, TOOL, empty_workspace, made_workspace
from model.sync import Records
from model.work import Link, LinkKind, StatusCategory
from rollup.forecast.outlook import WhatIf, outlook, program_outlook
from rollup.world import World
from service import scoring
from service.forecasting import ahead
from service.forecasts import outlook_document
from service.scoring import read
from service.workspace import Workspace
from store.database import Database

PROJECTS, ITEMS = 44, 110


@pytest.mark.parametrize("what_if", [None, WhatIf(scope=-3, pace=1.5)])
def test_a_project_alone_is_told_as_beside_all_others(database: Database, what_if: WhatIf | None) -> None:
    space = made_workspace(database, 3, 200)
    for node in ("p0", "p1"):
        with database.read() as uow:
            among_all = outlook(World(*read(space, uow, known_at=None), NOW), node, what_if)
        for as_of in (None, NOW):
            found = ahead(space, node, as_of=as_of, what_if=what_if)
            assert found.project == among_all
            assert found.document == outlook_document(node, among_all, what_if)
    assert not among_all.forecast.refused


def test_a_program_is_told_from_what_was_kept_as_from_all_records(database: Database) -> None:
    bulk_rows(database, PROJECTS, ITEMS)
    space = empty_workspace(database, bulk_tree(PROJECTS))
    # The third program waits for the first through the second, and two projects of the first for each other.
    links = tuple(_links(space, (0, 21), (21, 42), (3, 42), (5, 6), (6, 5)))
    with database.begin() as uow:
        uow.records.save(Records(links=links), known_at=NOW)
    waiting = ahead(space, "g2", waits=True)
    assert waiting.program == ahead(space, "g2").program, "counted now, where nothing was scored"
    scoring.score(space, as_of=None)
    with database.read() as uow:
        every = World(*read(space, uow, known_at=None), NOW)
        counted = {node: program_outlook(every, node) for node in ("g0", "g1", "g2", "all")}
    for node, among_all in counted.items():
        kept = ahead(space, node, waits=True)
        assert kept.program == among_all
        assert kept.document == ahead(space, node).document
    assert kept.program is not None
    assert kept.program.rings == (("p5", "p6"),)
    carried = next(one for one in kept.program.projects if one.project == "p42")
    assert carried.odds != carried.own, "it waits for others"


def _links(space: Workspace, *pairs: tuple[int, int]) -> Iterator[Link]:
    """Links between the first open items of pairs of projects: the first of a pair blocks the second."""
    with space.db.read() as uow:
        items = {
            number: [one.item.id for one in uow.records.project_records("", (f"{TOOL}:project:{number}",)).items
                     if one.item.status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)]
            for number in {number for pair in pairs for number in pair}
        }  # fmt: skip
    for first, later in pairs:
        source, target = items[first][1], items[later][2]
        yield Link(id=f"{source}|{target}", connection=TOOL, kind=LinkKind.BLOCKS, original_kind="blocks",
                   source_id=source, target_id=target)  # fmt: skip
