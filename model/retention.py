"""How long is kept what is not needed for today's health."""

from pydantic import Field

from model.base import Record

LEAST_HISTORY_DAYS = 30


class Retention(Record):
    """Days; None: for ever. What a score of any day is made of is never taken away, but by ``history_days``.

    ``raw_payloads_days``: payloads of items that left the tools, since they left. ``deliveries_days``: webhooks that were
    worked off; two at least, because what a sync finds is judged by them. ``scores_days``: beyond it one score a node and
    week is kept. ``runs_days``: the list of runs, and messages sent. ``history_days``: what was believed once and is no
    longer believed.
    """

    raw_payloads_days: int | None = Field(default=90, ge=1)
    deliveries_days: int | None = Field(default=2, ge=2)
    scores_days: int | None = Field(default=400, ge=30)
    runs_days: int | None = Field(default=400, ge=7)
    history_days: int | None = Field(default=None, ge=LEAST_HISTORY_DAYS)
