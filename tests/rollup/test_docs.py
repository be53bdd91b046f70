"""docs/health-model.md says what the code does."""

import re
from pathlib import Path

import pytest

from model.policy import DEFAULT_WEIGHTS
from rollup import dimensions
from rollup.dimensions import Dimension, all_dimensions
from rollup.facts.checks import CODES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "health-model.md").read_text()


@pytest.mark.parametrize("dimension", all_dimensions(), ids=lambda dimension: dimension.name)
def test_a_dimension_is_documented_with_its_numbers_and_reason_codes(dimension: Dimension) -> None:
    section = PAGE.split(f"\n### {dimension.name}\n", 1)[1].split("\n### ", 1)[0]
    for name, default in dimension.curves.items():
        assert f"| `{name}` | {default:.4g} |" in section
    source = (Path(dimensions.__path__[0]) / f"{dimension.name}.py").read_text()
    for code in set(re.findall(rf'"({dimension.name}_[a-z_]+)"', source)):
        assert f"`{code}`" in section
    assert f"Version {dimension.version}." in section
    assert dimension.doc.strip().splitlines()[0] in section


def test_every_default_weight_belongs_to_a_dimension() -> None:
    assert set(DEFAULT_WEIGHTS) <= {dimension.name for dimension in all_dimensions()}


@pytest.mark.parametrize("code", CODES)
def test_a_data_quality_check_is_documented(code: str) -> None:
    assert f"- `{code}`:" in PAGE
