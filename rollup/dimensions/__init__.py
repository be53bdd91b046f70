"""Dimensions: one file each, found by being here.

A dimension module has a docstring (its documentation), ``NAME``, ``VERSION``, ``LEVEL`` ("project": measured for
projects and averaged above; "program": for programs and portfolios; "portfolio"), ``CURVES`` (its numbers, which a
policy may replace by name) and ``measure(view) -> Finding``. ``ACROSS`` says of a project's dimension what it looks at
beyond its own project: "people" (what they hold elsewhere) or "links"; without it, nothing. It must look at no more. When
only others changed, such a dimension is measured again of what ``Outline.slim`` tells of its own project: open leaves, open
risks, links, and how long work takes. What else it reads, ``slim`` has to tell, too. ``OUTLIVES`` says of a dimension of
programs that it is measured also of one below which no project is active any more; without it, it is not.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from model.health import Finding
from rollup.world import View

Level = Literal["project", "program", "portfolio"]
Across = Literal["people", "links"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension as discovered."""

    name: str
    version: int
    level: Level
    across: Across | None
    outlives: bool
    curves: Mapping[str, float]
    measure: Callable[[View], Finding]
    doc: str


@cache
def all_dimensions() -> tuple[Dimension, ...]:
    """Every dimension of this folder, by name. Raises AttributeError when a module lacks a part."""
    found: list[Dimension] = []
    for entry in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{entry.name}")
        found.append(
            Dimension(
                name=module.NAME,
                version=module.VERSION,
                level=module.LEVEL,
                across=getattr(module, "ACROSS", None),
                outlives=getattr(module, "OUTLIVES", False),
                curves=dict(module.CURVES),
                measure=module.measure,
                doc=module.__doc__ or "",
            )
        )
    return tuple(sorted(found, key=lambda dimension: dimension.name))
