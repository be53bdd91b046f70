"""Bars of a measurement: what was measured, as a share of what it may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bars:
    """One measurement held against its bars. A ratio of 1 is the bar itself.

    ``beside``: ratios that are told and hold nothing. ``at_size``: measured at the size that the bars are for.
    """

    held: Mapping[str, float]
    at_size: bool
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def within(self) -> bool:
        return all(ratio <= 1 for ratio in self.held.values())

    @property
    def missed(self) -> bool:
        """Whether this is a failure: at another size a bar says little, and is told only."""
        return self.at_size and not self.within

    def told(self) -> dict[str, float | bool]:
        """The part of the measurement's line: "ratio_…" each, "at_size", "within"."""
        ratios = {f"ratio_{name}": round(ratio, 2) for name, ratio in {**self.held, **self.beside}.items()}
        return {**ratios, "at_size": self.at_size, "within": self.within}


def exit_code(measured: Iterable[Bars]) -> int:
    """What a command ends with: 1 where a bar is missed, else 0."""
    return int(any(bars.missed for bars in measured))
