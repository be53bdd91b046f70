"""Registers from what was kept at a roll-up are those counted from the records, entry by entry, page by page."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

from hypothesis import given, settings
from sqlalchemy import delete, update

from model.landscape import Landscape
from model.register_kept import KeptBenefit, KeptRisk, KeptRiskSum, ProjectRegister, ProjectRest, RiskSum
from rollup.recall import Recall
from rollup.register_kept import risk_sum
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


def _risk(id_: str, exposure: float, owner: str | None = None, *, days: int = 1) -> KeptRisk:
    touched = NOW - timedelta(days=days)
    return KeptRisk(id_, 0.5, 4.0, exposure, True, None, owner, touched, touched)


def _kept(database: Database, **risks: tuple[KeptRisk, ...]) -> None:
    found = []
    for node, mine in risks.items():
        touched = tuple(sorted(one.touched_at for one in mine))
        unowned = sum(one.owner_id is None for one in mine)
        total = KeptRiskSum(sum(one.exposure for one in mine), unowned, len(mine), touched)
        found.append(ProjectRegister(node, mine, ProjectRest(risk_sum=total)))
    with database.begin() as uow:
        uow.project_registers.save(found, {})


def _sum(database: Database, *nodes: str) -> RiskSum:
    before = NOW - timedelta(days=60)
    with database.read() as uow:
        rests = uow.project_registers.rests(nodes)
        again = uow.project_registers.counted_again(nodes, stale_before=before)
    return risk_sum((rests[one] for one in nodes), again, stale_before=before)


def test_a_risk_in_several_projects_is_counted_once_as_they_come_and_go(database: Database) -> None:
    shared, old = _risk("r:1", 2.0, "a:ada"), _risk("r:2", 1.0, days=90)
    _kept(database, apollo=(shared, old), zeus=())
    assert _sum(database, "apollo", "zeus") == RiskSum(2, 3.0, 1, 1, 2)
    _kept(database, zeus=(shared, old))
    assert _sum(database, "apollo", "zeus") == RiskSum(2, 3.0, 1, 1, 2)
    assert _sum(database, "apollo") == _sum(database, "zeus") == RiskSum(2, 3.0, 1, 1, 2)
    _kept(database, hera=(shared,), zeus=(shared,))
    assert _sum(database, "apollo", "zeus", "hera") == RiskSum(2, 3.0, 1, 1, 2)
    assert _sum(database, "hera", "zeus") == RiskSum(1, 2.0, 0, 0, 1)
    _kept(database, apollo=())
    assert _sum(database, "apollo", "zeus", "hera") == RiskSum(1, 2.0, 0, 0, 1)


def test_sums_of_risks_are_made_of_what_a_version_before_kept(database: Database) -> None:
    shared, old = _risk("r:1", 2.0, "a:ada"), _risk("r:2", 1.0, days=90)
    _kept(database, apollo=(shared, old), hera=(shared,), zeus=())
    there = _sum(database, "apollo", "zeus", "hera")
    with database.transaction() as conn:
        conn.execute(update(project_risks).values(several=False))
        conn.execute(update(project_registers).values(body="{}"))
    with database.read() as uow:
        assert uow.project_registers.rests(["apollo", "zeus", "hera"]) == {}  # counted from the records until then
    with database.transaction() as conn:
        import_module("store.migrations.versions.0035_risk_sums").fill(conn)
    assert _sum(database, "apollo", "zeus", "hera") == there == RiskSum(2, 3.0, 1, 1, 2)


def test_benefits_are_found_in_the_projects_that_hold_any_and_renewed_registers_are_told(database: Database) -> None:
    benefit = KeptBenefit("r:9", "a:ada", date(2026, 10, 31), "Calls", 100.0, 60.0, None, True)
    plain, held = ProjectRest(risk_sum=KeptRiskSum()), ProjectRest(benefits=(benefit,), risk_sum=KeptRiskSum())
    with database.begin() as uow:
        first = [ProjectRegister("benefits", (), plain), ProjectRegister("apollo", (), held)]
        assert uow.project_registers.save(first, {}) == first
        assert uow.project_registers.save(first, {}) == []
        assert uow.project_registers.benefits() == {"apollo": (benefit,)}
