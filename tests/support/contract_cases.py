"""The cases of the contract suite: one per deployment of each tool in the registry."""

import importlib.util
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from connector.sdk.registry import tools

FOLDER = Path(__file__).resolve().parents[1] / "connector"


def case_files() -> list[Path]:
    """``contract_case.py`` of every tool, and ``contract_case_<deployment>.py`` of those with several."""
    return sorted(path for tool in tools() for path in (FOLDER / tool).glob("contract_case*.py"))


def case_name(path: Path) -> str:
    """The tool, and the deployment where there are several."""
    return f"{path.parent.name}-{path.stem}".replace("-contract_case", "").replace("_", "-")


def open_case(path: Path) -> AbstractContextManager[Any]:
    """A fresh case of a file."""
    spec = importlib.util.spec_from_file_location(f"{path.stem}_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    opened: AbstractContextManager[Any] = module.open_case()
    return opened
