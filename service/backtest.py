"""The organisation's own history replayed, and its published forecasts held against what came."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from model.foresight import KeptForecast, Standing
from model.health import ForecastRecord
from rollup.backtest.judged import GATE_OUTCOMES, Bet, Dates, Judged, judge, refuted
from rollup.backtest.kept import bets_of, dates_of, first_clear, series_of, settled
from rollup.backtest.replay import PACE_WEEKS, Series, replay
from rollup.forecast.published import FINISH, ITEMS
from rollup.pmo.accuracy import Replayed, replayed
from service.calibration import BY_PROJECT, calibration_document, report_json
from service.scoring import read
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

MOST_MOMENTS = 2000
"""Moments that are replayed unless told otherwise: about half a minute."""
CHECK_EVERY = timedelta(days=7)
SEED = 1
RIGHTS = "forecasts earned or lost a right"
"""Why everything is scored anew after a check: numbers and dates that are told no more leave every page at once."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Backtest:
    """``items``: any N items, replayed. ``finish``: the forecasts that were published, of ``kept`` ones.

    ``projects``: that have a history long enough, of ``of``. ``every``: the weeks between two replayed moments. ``alone``: the
    replayed dates project by project.
    """

    at: datetime
    seed: int
    every: int
    projects: int
    of: int
    moments: int
    refused: int
    items: Judged
    finish: Judged
    kept: int
    record: ForecastRecord
    alone: tuple[Replayed, ...]

    def document(self) -> dict[str, Any]:
        """As --json tells it, and the calibration page."""
        return calibration_document(self)


def backtest(
    workspace: Workspace,
    *,
    seed: int = SEED,
    every: int | None = None,
    keep: bool = True,
    progress: Progress = lambda _done, _all: None,
) -> Backtest:
    """Replay every project's history, settle what was published, and note how forecasts stand.

    ``seed``: of the bootstrap. ``every``: weeks between two moments; None: so many that it takes about half a minute.
    ``keep`` False: nothing is written. Too little history is no error: what can't be said is None.
    """
    now = workspace.clock()
    with workspace.db.read() as uow:
        landscape, facts = read(workspace, uow, known_at=None)
        facts.at_once = ((now,),)  # each project is counted, read once, and let go
        undecided: dict[str, list[KeptForecast]] = {}
        for one in uow.forecasts.undecided():
            undecided.setdefault(one.node, []).append(one)
        series, fresh = [], list[KeptForecast]()
        projects = landscape.tree.projects()
        for node in projects:
            counted = facts(node.id, now)
            if counted.history_known:
                series.append(series_of(node.id, counted.leaves, now))
                for one in undecided.get(node.id, ()):
                    done_on = first_clear(counted.leaves, one.made_on, workspace.timezone)
                    fresh.append(settled(one, done_on, counted.today))
        kept = {(one.node, one.made_on): one for one in uow.forecasts.all()}
    kept |= {(one.node, one.made_on): one for one in fresh}
    found = _judged(series, list(kept.values()), now, seed=seed, every=every, progress=progress, of=len(projects))
    if keep:
        with workspace.db.begin() as uow:
            uow.forecasts.settle(fresh)
            before = uow.forecasts.standing()
            uow.forecasts.note(Standing(at=now, record=found.record, report=report_json(found)))
            if _rights(before) != _rights(Standing(at=now, record=found.record, report="")):
                uow.dirty.mark((node.id for node in projects), why=RIGHTS, at=now)
    return found


def _rights(standing: Standing | None) -> tuple[tuple[str, ...], bool]:
    """What forecasts may say: the kinds of odds that are numbers, and whether dates are told at all."""
    return (standing.record.earned, standing.record.refuted) if standing else ((), False)


def check_if_due(workspace: Workspace) -> Backtest | None:
    """Once a week; None where the last time is not that long ago."""
    with workspace.db.read() as uow:
        last = uow.forecasts.checked_at()
    if last is not None and workspace.clock() - last < CHECK_EVERY:
        return None
    return backtest(workspace)


def last_check(workspace: Workspace) -> dict[str, Any] | None:
    """The document of the newest check that was kept, for a page; None before the first."""
    with workspace.db.read() as uow:
        standing = uow.forecasts.standing()
    found: dict[str, Any] | None = json.loads(standing.report) if standing else None
    return {key: value for key, value in found.items() if key != BY_PROJECT} if found else None


def replayed_alone(uow: UnitOfWork) -> tuple[Replayed, ...]:
    """What the newest check replayed, project by project; nothing before the first."""
    standing = uow.forecasts.standing()
    return tuple(Replayed(**one) for one in json.loads(standing.report).get(BY_PROJECT, ())) if standing else ()


def _judged(
    series: Sequence[Series],
    kept: Sequence[KeptForecast],
    now: datetime,
    *,
    seed: int,
    every: int | None,
    progress: Progress,
    of: int,
) -> Backtest:
    long_enough = [one for one in series if len(one.done) > PACE_WEEKS]
    weeks = sum(len(one.done) - PACE_WEEKS for one in long_enough)
    step = every or max(1, -(-weeks // MOST_MOMENTS))
    bets, dates = list[Bet](), list[Dates]()
    moments = refused = 0
    for number, one in enumerate(long_enough, start=1):
        told = replay(one, every=step)
        bets += told.bets
        dates += told.dates
        moments += told.moments
        refused += told.refused
        progress(number, len(long_enough))
    items = judge(bets, dates, Random(seed).randrange)
    finish = judge(bets_of(kept), dates_of(kept), Random(seed).randrange)
    return Backtest(
        at=now, seed=seed, every=step, projects=len(long_enough), of=of, moments=moments, refused=refused, items=items,
        finish=finish, kept=len(kept), record=_record(items, finish), alone=replayed(dates),
    )  # fmt: skip


def _record(items: Judged, finish: Judged) -> ForecastRecord:
    """What stands beside each date: the coverage of published dates once enough are decided, till then of replayed ones."""
    told = finish if finish.p85.n >= GATE_OUTCOMES else items
    earned = tuple(kind for kind, one in ((FINISH, finish), (ITEMS, items)) if one.gate.earned)
    return ForecastRecord(
        coverage_p50=told.p50.calibration, coverage_p85=told.p85.calibration, earned=earned, refuted=refuted(told.p85)
    )
