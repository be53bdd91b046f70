"""The dimensions as settings know them: their names, the numbers of each that a policy may replace, and their limits."""

from collections.abc import Mapping

from rollup.curves import limits
from rollup.dimensions import all_dimensions

__all__ = ["dimension_curves", "limits"]


def dimension_curves() -> dict[str, Mapping[str, float]]:
    """Each dimension with its numbers and their defaults."""
    return {one.name: one.curves for one in all_dimensions()}
