"""What moved a score between two moments, split exactly into causes (Shapley values over counterfactual receipts)."""

from rollup.change.causes import Cause
from rollup.change.explained import CausePoints, Explained, Part
from rollup.change.scene import Side
from rollup.change.split import explain_change

__all__ = ["Cause", "CausePoints", "Explained", "Part", "Side", "explain_change"]
