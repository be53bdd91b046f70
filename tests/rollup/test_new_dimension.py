"""A dimension is one file: with it in the folder it is measured and told, and nothing else moves until a policy names it.

The file is put into a copy of the roll-up, and another process scores the same organisations with that.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model.health import Finding, Improvement, Outcome
from model.language import CATALOGUES, words
from model.tree import Language
from tests.rollup.worlds import organisation, roll

ROOT = Path(__file__).parents[2]
ORGANISATIONS = 40
NAMES = {"project": "morale", "program": "harmony", "portfolio": "appetite"}
FILE = '''"""{title}: made up, the worst of all wherever it is asked."""

from model.health import Finding, Improvement, Outcome
from rollup.world import View

NAME = "{name}"
VERSION = 1
LEVEL = "{level}"
CURVES = {{"{name}.worst": 1.0}}


def measure(view: View) -> Finding:
    """Always 1 of 100."""
    return Finding(
        dimension=NAME, version=VERSION, outcome=Outcome.MEASURED, score=1.0, reason="nobody is glad",
        reason_code="{name}_low", improvement=Improvement(text="sing together", points=99.0),
    )
'''
SCORED = """
import sys
from tests.rollup.worlds import organisation, roll

most, *named = sys.argv[1:]
for seed in range(int(most)):
    land, known = organisation(seed)
    policies = {
        name: one.model_copy(update={"weights": one.weights | dict.fromkeys(named, 500.0)})
        for name, one in land.policies.items()
    }
    print(roll((land.model_copy(update={"policies": policies}), known)).model_dump_json())
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The roll-up with a new dimension of every level."""
    folder = tmp_path_factory.mktemp("more")
    shutil.copytree(ROOT / "rollup", folder / "rollup", ignore=shutil.ignore_patterns("__pycache__"))
    for level, name in NAMES.items():
        text = FILE.format(title=name.capitalize(), name=name, level=level)
        (folder / "rollup" / "dimensions" / f"{name}.py").write_text(text)
    return folder


def scored(copied: Path, organisations: int, *named: str) -> list[dict[str, Any]]:
    """So many organisations as the copy scores them, under policies that give these dimensions a weight."""
    ended = subprocess.run(
        [sys.executable, "-c", SCORED, str(organisations), *named], capture_output=True, text=True, cwd=copied,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(copied), str(ROOT)))}, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def as_it_was(seed: int) -> dict[str, Any]:
    """The same organisation as the roll-up scores it without them."""
    result: dict[str, Any] = json.loads(roll(organisation(seed)).model_dump_json())
    return result


def without(result: dict[str, Any]) -> dict[str, Any]:
    """The result without the findings of the new dimensions."""
    added = set(NAMES.values())
    nodes = [
        {**node, "dimensions": [one for one in node["dimensions"] if one["finding"]["dimension"] not in added]}
        for node in result["nodes"]
    ]
    return {**result, "nodes": nodes}


def test_a_new_dimension_is_measured_and_moves_no_score_no_band_and_no_receipt(copied: Path) -> None:
    shown = set()
    for seed, result in enumerate(scored(copied, ORGANISATIONS)):
        assert without(result) == as_it_was(seed), seed
        for node in result["nodes"]:
            added = [one for one in node["dimensions"] if one["finding"]["dimension"] in NAMES.values()]
            assert all((one["weight"], one["effective_weight"]) == (0.0, 0.0) for one in added)
            shown |= {one["finding"]["dimension"] for one in added if one["finding"]["outcome"] == "MEASURED"}
    assert shown == set(NAMES.values())


@pytest.mark.parametrize("name", NAMES.values())
def test_once_a_policy_names_it_a_new_dimension_counts(copied: Path, name: str) -> None:
    told = scored(copied, 8, name)
    scores = [[node["score"] for node in result["nodes"]] for result in told]
    assert scores != [[node["score"] for node in as_it_was(seed)["nodes"]] for seed in range(8)]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_a_dimension_without_sentences_is_told_in_its_own_english(language: Language) -> None:
    finding = Finding(
        dimension="morale", version=1, outcome=Outcome.MEASURED, score=1.0, reason="nobody is glad", reason_code="morale_low",
        improvement=Improvement(text="sing together", points=99.0),
    )
    said = words(language)
    assert said.dimension(finding.dimension) == "Morale"
    assert said.reason(finding) == "nobody is glad"
    assert said.improvement(finding) == "sing together"
