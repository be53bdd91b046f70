"""What lies ahead of a project is read of that project alone, and is what the whole organisation's records tell."""

import pytest

from bench.portfolio import NOW, made_workspace
from rollup.forecast.outlook import WhatIf, outlook
from rollup.world import World
from service.forecasting import ahead
from service.forecasts import outlook_document
from service.scoring import read
from store.database import Database


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
