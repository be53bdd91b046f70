"""Forecasts: when what is open will be done, alone, with something changed, and together with what it depends on.

Method and honest claims: docs/forecasts.md.
"""

from rollup.forecast.odds import DRIFT_SIGMA, HORIZON_WEEKS, WINDOWS, Odds, first_passage, weeks_until
from rollup.forecast.published import (
    beyond_horizon,
    bulk_weeks,
    by_record,
    day_of,
    forecast,
    odds_of_done,
    on_time_words,
    refusal,
    to_forecast,
)

__all__ = [
    "DRIFT_SIGMA",
    "HORIZON_WEEKS",
    "WINDOWS",
    "Odds",
    "beyond_horizon",
    "bulk_weeks",
    "by_record",
    "day_of",
    "first_passage",
    "forecast",
    "odds_of_done",
    "on_time_words",
    "refusal",
    "to_forecast",
    "weeks_until",
]
