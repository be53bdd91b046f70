"""The watermelon list against both fake tools: who sees a gap when."""

import json
from collections.abc import Callable
from datetime import timedelta

from click.testing import CliRunner

from app.cli import main
from model.access import Reader, Role
from model.health import Band
from sandbox.world import Status, World
from service import scoring
from service.sync import sync
from service.watermelons import Watermelons, kept, watermelons
from tests.support.scene import Scene, no_progress

Altered = Callable[[Callable[[World], None]], Scene]


def said(word: str, *, days: float) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.statuses[:] = [Status("LAUNCH", world.now - timedelta(days=days), "cy", word, "So it is.")]

    return change


def lists(scene: Scene) -> tuple[Watermelons, Watermelons]:
    """What everybody sees, and what the project's own people see."""
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        scoring.fill_trend(workspace)
        scores = {one.name: one for one in scoring.latest_scores(workspace)}
        assert scores["Launch"].computed_band in (Band.ON_TRACK, Band.AT_RISK)
        everybody, own = watermelons(workspace), watermelons(workspace, node=scores["Launch"].id)
        page = kept(workspace, Reader(Role.VIEWER, own=frozenset({scores["Launch"].id})))
        assert (page.gaps, page.incomparable) == (own.gaps, own.incomparable), "what is kept says what is counted"
        assert kept(workspace).gaps == everybody.gaps
        return everybody, own


def test_a_young_gap_is_shown_to_the_project_alone(altered: Altered) -> None:
    everybody, own = lists(altered(said("off_track", days=3)))
    assert everybody.gaps == ()
    assert [(gap.declared, gap.better) for gap in own.gaps] == [(Band.OFF_TRACK, False)]
    assert (own.as_of - own.gaps[0].since).days == 3


def test_an_older_gap_is_shown_to_all(altered: Altered) -> None:
    everybody, own = lists(altered(said("off_track", days=9)))
    assert [gap.node for gap in everybody.gaps] == [gap.node for gap in own.gaps]
    assert len(own.gaps) == 1


def test_the_command_names_nobody(altered: Altered) -> None:
    scene = altered(said("off_track", days=9))
    lists(scene)
    runner = CliRunner()
    document = json.loads(runner.invoke(main, ["watermelons", "--config", str(scene.path), "--json"]).stdout)
    assert [one["reported"] for one in document["watermelons"]] == ["worse"]
    assert "Cy Holm" not in json.dumps(document)
    text = runner.invoke(main, ["watermelons", "--config", str(scene.path)]).stdout
    assert "Declared worse than computed: 1" in text
    assert "Cy Holm" not in text


def test_a_status_that_says_nothing_of_health_is_no_gap(altered: Altered) -> None:
    everybody, own = lists(altered(said("on_hold", days=9)))
    assert (everybody.gaps, own.gaps) == ((), ())
