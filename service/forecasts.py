"""Forecasts as documents: for --json, and for a page to draw. Pure: what is read from the store comes in."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from model.health import Calibration, Forecast
from rollup.forecast import day_of
from rollup.forecast.odds import Odds
from rollup.forecast.outlook import Counted, Outlook, WhatIf
from rollup.forecast.program import ProgramForecast
from rollup.forecast.published import MIN_WEEKS
from rollup.forecast.sprints import SprintOdds

LABEL = "if all output goes to this scope"
APART = "if defects and other work are not done for each other"
ALONE = "if all output goes to these scopes, and the projects' weeks do not hang together"


def forecast_document(forecast: Forecast | None) -> dict[str, Any] | None:
    """Dates and words; null where refused. The odds week by week are there only where a number has been earned."""
    if forecast is None or forecast.refused:
        return None
    coverage = forecast.coverage_p85
    document: dict[str, Any] = {
        "p50": _day(forecast.p50),
        "p85": _day(forecast.p85),
        "on_time": forecast.on_time,
        "on_time_words": forecast.on_time_words,
        "coverage_p85": coverage.model_dump() if coverage else None,
    }
    return document | ({"weeks": list(forecast.weeks)} if forecast.on_time is not None else {})


def outlook_document(
    node: str,
    found: Outlook,
    what_if: WhatIf | None = None,
    sprints: Sequence[tuple[str, SprintOdds]] = (),
    *,
    coverage_of: str | None = None,
) -> dict[str, Any]:
    """A project ahead: the forecast, its fan, what it rests on, and what if. ``coverage_of``: which dates the coverage beside
    the forecast is of, "published" or "replayed" ones."""
    return {
        "node": node,
        "kind": "project",
        "label": LABEL,
        "forecast": forecast_document(found.forecast),
        "refused": found.forecast.refused,
        "coverage_of": coverage_of,
        "pace": pace_document(found),
        "remaining": {"value": found.remaining, "unit": "items"},
        "fan": fan_document(found),
        "base_rates": {"due_dates": rate_document(found.due_dates), "milestones": rate_document(found.milestones)},
        "items_within_weeks": [
            {"items": items, "weeks": weeks, "odds": odds} for items, weeks, odds in found.items
        ],
        "apart": {"label": APART, **_dates(found.apart, found.today)} if found.apart else None,
        "bulk_weeks": [{"week_ending": _day(day), "items": count} for day, count in found.bulk],
        "sprints": [sprint_document(name, odds) for name, odds in sprints],
        "what_if": what_if_document(found, what_if) if what_if else None,
    }


def pace_document(found: Outlook) -> dict[str, Any] | None:
    """What was finished and what came of late; null where the history is not read."""
    if found.finished is None:
        return None
    return {"weeks": MIN_WEEKS, "finished": found.finished, "arrived": found.arrived}


def fan_document(found: Outlook) -> dict[str, Any]:
    """What a fan chart shows: what remained by week, and with odds of 15, 50 and 85 % at most remains in each week ahead."""
    return {
        "unit": "items",
        "history": [{"day": _day(day), "remaining": left} for day, left in found.history],
        "weeks": [
            {"day": _day(found.today + timedelta(weeks=one.ahead)), "p15": one.p15, "p50": one.p50, "p85": one.p85}
            for one in found.fan
        ],
    }


def rate_document(counted: Counted) -> dict[str, Any]:
    """A base rate with its n; null where nothing came due yet."""
    return {"value": round(counted.kept / counted.n, 3) if counted.n else None, "kept": counted.kept, "n": counted.n}


def sprint_document(name: str, odds: SprintOdds) -> dict[str, Any]:
    return {
        "name": name,
        "open": odds.open,
        "odds": odds.odds,
        "refused": odds.refused,
        "counts": {"delivered_as_much": odds.enough, "delivered_all": odds.all, "n": odds.closed},
    }


def what_if_document(found: Outlook, what_if: WhatIf) -> dict[str, Any]:
    """The forecast with something changed, and by how many weeks the P85 date moves (null where either is beyond a year)."""
    changed = found.changed
    days = (found.forecast.p85, changed.p85 if changed else None)
    moved = (days[1] - days[0]).days // 7 if days[0] and days[1] else None
    return {
        "scope": what_if.scope,
        "pace": round(what_if.pace, 4),
        "by": _day(what_if.by),
        "remaining": {"value": found.changed_remaining, "unit": "items"},
        "forecast": forecast_document(changed),
        "refused": changed.refused if changed else None,
        "p85_later_weeks": moved,
    }


def program_document(
    node: str, kind: str, found: ProgramForecast, names: Mapping[str, str], *, today: date
) -> dict[str, Any]:
    """A program or portfolio ahead: all of it done, each project alone and with all it waits for, and who is last.

    ``drivers`` are in order, the one that is last most often first: how often has earned no number anywhere.
    """
    return {
        "node": node,
        "kind": kind,
        "label": ALONE,
        "forecast": None if found.odds.refused else _dates(found.odds, today),
        "refused": found.odds.refused,
        "earliest": bool(found.without),
        "projects": [
            {
                "node": one.project,
                "name": names.get(one.project, one.project),
                "alone": _dates(one.own, today),
                "carried": _dates(one.odds, today),
                "slip_weeks": one.slip_weeks,
                "through": one.through,
            }
            for one in found.projects
        ],
        "without": [{"node": key, "name": names.get(key, key), "refused": why} for key, why in found.without],
        "ongoing": [{"node": key, "name": names.get(key, key)} for key in found.ongoing],
        "rings": [[{"node": key, "name": names.get(key, key)} for key in ring] for ring in found.rings],
        "drivers": [{"node": key, "name": names.get(key, key)} for key, _ in found.drivers],
    }


def _dates(odds: Odds, today: date) -> dict[str, Any]:
    """Dates as of any forecast; odds of a program's date have earned no number anywhere."""
    unmeasured = Calibration(value=None, n=0).model_dump()
    days = {"p50": _day(day_of(odds, 0.5, today)), "p85": _day(day_of(odds, 0.85, today))}
    return {**days, "on_time": None, "on_time_words": None, "coverage_p85": unmeasured}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
