"""Registers from what was kept at a roll-up are those counted from the records, entry by entry, page by page."""

from dataclasses import replace

from hypothesis import given, settings
from sqlalchemy import delete

from model.landscape import Landscape
from rollup.recall import Recall
from rollup.registers import registers, view_of
from rollup.world import World
from service.kept_registers import Kept
from service.registers import registers as counted
from service.registers import registers_page
from service.reports.kept import totals_of
from service.reports.teams import goal_lines
from service.scoring import score
from service.sync import sync
from store.database import Database
from store.figure_tables import project_registers, project_risks
from tests.rollup.build import NOW, counter
from tests.rollup.worlds import MANY_STORED, organisation, roll, seeds
from tests.support.scene import Scene, no_progress

FEW = settings(MANY_STORED, max_examples=20)


def _filled(database: Database, land: Landscape, recall: Recall) -> None:
    """What a roll-up gives to be kept, in place of what was kept before; and once more, which changes nothing."""
    with database.transaction() as conn:
        for table in (project_risks, project_registers):
            conn.execute(delete(table))
    _, found, conflicts = recall.taken()
    assert {one.node for one in found} == {node.id for node in land.tree.projects()}
    for _ in range(2):
        with database.begin() as uow:
            uow.project_registers.save(found, conflicts)


@FEW
@given(seed=seeds)
def test_what_was_kept_tells_what_the_records_tell(database: Database, seed: int) -> None:
    land, known = organisation(seed)
    named = {name: one.model_copy(update={"people": "named"}) for name, one in land.policies.items()}
    land = land.model_copy(update={"policies": named})
    recall = Recall(registering=True)
    roll((land, known), recall=recall)
    _filled(database, land, recall)
    world = World(land, counter(land, known), NOW)
    with database.read() as uow:
        rests = uow.project_registers.rests([node.id for node in land.tree.projects()])
        for node in land.tree.nodes:
            view = view_of(world, node.id)
            nameless = replace(view, policy=view.policy.model_copy(update={"people": "aggregate"}))
            for names, shown in ((True, view), (False, nameless)):
                whole = registers(view, names=names)
                kept = Kept(uow, view, shown, world.leaves(node.id), rests)
                rules = kept.rules()
                assert kept.risks(0, 500) == whole.risks
                assert [kept.risks(place, 1) for place in range(len(whole.risks))] == [(one,) for one in whole.risks]
                assert rules.some(0, 500) == whole.rules
                assert kept.benefits() == whole.benefits
                assert kept.conflicts() == whole.conflicts
                assert kept.goals() == goal_lines(view)
                told = totals_of(whole)
                assert round(kept.totals(rules).exposure - told.exposure, 9) == 0
                assert kept.totals(rules).model_copy(update={"exposure": told.exposure}) == told


def test_a_page_of_registers_is_cut_from_all_of_them_and_says_what_follows(scene: Scene) -> None:
    """Counted before the first roll-up, read from what was kept after it: the same pages."""
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        top = workspace.tree.nodes[0].id
        whole = counted(workspace, top)
        for scored in (False, True):
            if scored:
                score(workspace, as_of=None)
            found, first = [], 0
            while True:
                page = registers_page(workspace, top, names=False, first=first, many=2)
                found.append(page)
                first += 2
                if not page.more:
                    break
            assert [one.rule for page in found for one in page.kept.rules] == [one.rule for one in whole.rules]
            assert [one.id for page in found for one in page.kept.risks] == [one.id for one in whole.risks]
            assert found[0].totals["rules"] == len(whole.rules) > 2
