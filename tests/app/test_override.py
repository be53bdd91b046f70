"""`bellwether override`: what a person sets by hand, and what they are told where they can't."""

import json
from typing import Any

from click.testing import CliRunner

from app.cli import main
from tests.support.scene import Scene


def _run(scene: Scene, *arguments: str) -> tuple[int, dict[str, Any]]:
    told = ["override", *arguments, "--json", "--config", str(scene.write())]
    result = CliRunner().invoke(main, told, catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def test_a_band_is_set_and_taken_away_and_its_node_is_to_be_scored(scene: Scene) -> None:
    said = ("--reason", "The supplier is late.", "--until", "2099-12-31", "--by", "ada")
    assert _run(scene, "web", "at_risk", *said) == (0, {"node": "web", "band": "at_risk"})
    with scene.workspace() as workspace, workspace.db.read() as uow:
        (stands,) = uow.overrides.all()
        assert (stands.band, stands.by, str(stands.until)) == ("AT_RISK", "ada", "2099-12-31")
        assert [mark.node for mark in uow.dirty.pending()] == ["web"]
    assert _run(scene, "web", "--clear")[0] == 0
    with scene.workspace() as workspace, workspace.db.read() as uow:
        assert uow.overrides.all() == ()
    for wrong in (("web", "at_risk"), ("web", "at_risk", "--reason", "x", "--until", "soon"),
                  ("web", "at_risk", "--reason", "x", "--until", "2001-01-01")):  # fmt: skip
        code, told = _run(scene, *wrong)
        assert code == 2
        assert told["error"]["fix"]
