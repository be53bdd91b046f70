"""How the document says how long things are kept."""

from typing import Annotated

from pydantic import Field

from config.parts import Part
from model.retention import LEAST_HISTORY_DAYS, Retention

_DEFAULT = Retention()


def _days(least: int) -> object:
    return Field(ge=least, le=36500)


class RetentionEntry(Part):
    """Days; null keeps for ever."""

    raw_payloads_days: Annotated[int, _days(1)] | None = _DEFAULT.raw_payloads_days
    deliveries_days: Annotated[int, _days(2)] | None = _DEFAULT.deliveries_days
    scores_days: Annotated[int, _days(30)] | None = _DEFAULT.scores_days
    runs_days: Annotated[int, _days(7)] | None = _DEFAULT.runs_days
    history_days: Annotated[int, _days(LEAST_HISTORY_DAYS)] | None = _DEFAULT.history_days
