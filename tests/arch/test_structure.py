"""The shape of the house: what no reader should have to check by hand."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from app import VERSION

ROOT = Path(__file__).parents[2]
OURS = ("app", "config", "connector", "model", "rollup", "sandbox", "service", "store", "webhooks")
MAX_LINES = 400


def _python_files() -> list[Path]:
    return [path for name in (*OURS, "tests") for path in (ROOT / name).rglob("*.py")]


@pytest.mark.parametrize("name", OURS)
def test_no_dependency_ships_a_package_of_our_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"bellwether"}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {str(p.relative_to(ROOT)): n for p in _python_files() if (n := len(p.read_text().splitlines())) > MAX_LINES}
    assert long == {}


def test_the_tests_have_no_packages() -> None:
    """An ``__init__.py`` under tests/ would shadow our own packages."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_syncing_from_the_command_line_loads_no_web_framework() -> None:
    """What `sync` needs must not pay for the web page."""
    code = "import sys, app.cli.flow; print([m for m in ('flask', 'gunicorn') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
