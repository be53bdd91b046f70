"""The dimensions as settings know them: their names, and the numbers of each that a policy may replace."""

from collections.abc import Mapping

from rollup.dimensions import all_dimensions


def dimension_curves() -> dict[str, Mapping[str, float]]:
    """Each dimension with its numbers and their defaults."""
    return {one.name: one.curves for one in all_dimensions()}
