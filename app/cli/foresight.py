"""What lies ahead: forecasts of projects and programs, what if, and how good forecasts were."""

from collections.abc import Iterator
from datetime import date

import click
from rich.markup import escape
from rich.table import Table

from app import bootstrap
from app.cli.frame import Frame, command
from app.cli.moments import moment
from app.cli.receipts import forecast_line, hanging, held_line
from rollup.backtest.judged import Judged
from rollup.forecast import day_of
from rollup.forecast.odds import Odds
from rollup.forecast.outlook import Counted, Outlook, WhatIf
from rollup.forecast.program import ProgramForecast
from rollup.forecast.published import MIN_WEEKS
from rollup.forecast.sprints import SprintOdds
from service.backtest import SEED
from service.backtest import backtest as run_backtest
from service.forecasting import Ahead, ahead, what_if_of
from service.forecasts import APART

MOST_PROJECTS = 12


@command("forecast")
@click.argument("node")
@click.option("--as-of", metavar="DATE", help="As of the end of that day instead of now.")
@click.option("--scope", metavar="ITEMS", help="What if so many items came (+10) or went (-10).")
@click.option("--people", metavar="SHARE", help="What if the pace were another: -20% with a fifth fewer people.")
@click.option("--by", "by_", metavar="DATE", help="What if it had to be done by that day.")
def forecast(
    frame: Frame, node: str, as_of: str | None, scope: str | None, people: str | None, by_: str | None
) -> None:
    """Show when NODE will be done if all output goes to its scope, or why that can't be said."""
    what_if = what_if_of(scope, people, by_)
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
        found = ahead(workspace, node, as_of=at, what_if=what_if)
        names = {one.id: one.name for one in workspace.tree.nodes}
        continuous = workspace.node(node).target_on is None
    frame.document(found.document)
    if found.project:
        _project(frame, found, found.project, what_if, continuous=continuous)
    elif found.program:
        _program(frame, found, found.program, names)


def _project(frame: Frame, ahead_: Ahead, found: Outlook, what_if: WhatIf | None, *, continuous: bool) -> None:
    say = frame.out.print
    say(f"{ahead_.name}: {forecast_line(found.forecast, continuous=continuous)}", markup=False)
    lines = [_remain(found.remaining), *_pace(found), *_rates(found)]
    if not continuous:
        lines += _dates(ahead_, found)
    lines += [f"any {items} items within {weeks} weeks: {odds:.0%}" for items, weeks, odds in found.items]
    for day, count in found.bulk:
        lines.append(f"{count} items were closed at once in the week that ended on {day}: that may be no pace")
    lines += [_sprint(name, odds) for name, odds in ahead_.sprints]
    if found.changed is not None and what_if is not None:
        lines.append(f"what if ({_asked(what_if, found)}): {forecast_line(found.changed, by=what_if.by)}")
    for line in lines:
        hanging(frame.out, 2, escape(line))


def _dates(ahead_: Ahead, found: Outlook) -> list[str]:
    """What is to be known of its dates, and those of its work with defects and other work apart."""
    lines, coverage = [], found.forecast.coverage_p85
    if not found.forecast.refused and coverage and not coverage.n:
        lines.append(held_line(coverage))
    elif not found.forecast.refused and ahead_.document["coverage_of"] == "replayed":
        lines.append("the dates that were checked are of the history replayed: too few published ones are over")
    if found.apart:
        lines.append(f"{APART}: {_days(found.apart, found.today)}")
    return lines


def _asked(what_if: WhatIf, found: Outlook) -> str:
    """What is held to be otherwise: the work, and where they are, the pace and the date."""
    told = [_remain(found.changed_remaining or 0)]
    if what_if.pace != 1.0:
        told.append(f"{what_if.pace:.0%} of the pace")
    if what_if.by is not None:
        told.append(f"to be done by {what_if.by}")
    return ", ".join(told)


def _remain(count: int) -> str:
    return f"{count} item{' remains' if count == 1 else 's remain'}"


def _pace(found: Outlook) -> list[str]:
    """What was finished and what came of late: whether it ever ends."""
    if found.finished is None:
        return []
    were = "was" if found.finished == 1 else "were"
    return [f"in the last {MIN_WEEKS} weeks {found.finished} {were} finished and {found.arrived} came"]


def _rates(found: Outlook) -> list[str]:
    """The counted base rates; nothing where nothing came due."""
    told: list[tuple[str, Counted]] = [("due dates", found.due_dates), ("milestones", found.milestones)]
    return [f"of {rate.n} {what} that came, {rate.kept} were kept" for what, rate in told if rate.n]


def _sprint(name: str, odds: SprintOdds) -> str:
    counts = f"of the last {odds.closed} sprints {odds.enough} delivered as much from there on, {odds.all} everything"
    if odds.odds is None:
        return f"{name}: no odds: {odds.refused}" + (f" ({counts})" if odds.closed else "")
    return f"{name}: all that is open is delivered with odds of {odds.odds:.0%} ({counts})"


def _program(frame: Frame, ahead_: Ahead, found: ProgramForecast, names: dict[str, str]) -> None:
    today = ahead_.today or date.min
    if found.odds.refused:
        frame.out.print(f"{ahead_.name}: no forecast: {found.odds.refused}", markup=False)
    else:
        least = "at the earliest, since projects below have no forecast: " if found.without else ""
        frame.out.print(f"{ahead_.name}: {least}all of it {_days(found.odds, today)}", markup=False)
    for one in sorted(found.projects, key=lambda one: -(one.odds.quantile(0.85) or 99))[:MOST_PROJECTS]:
        weeks = f"{one.slip_weeks} week{'s' if one.slip_weeks != 1 else ''}"
        slip = f", {weeks} later for {names.get(one.through, one.through)}" if one.through else ""
        if one.through and one.slip_weeks is None:
            slip = f", beyond a year only for {names.get(one.through, one.through)}"
        hanging(frame.out, 2, escape(f"{names.get(one.project, one.project)}: {_days(one.odds, today)}{slip}"))
    if found.ongoing:
        told = ", ".join(names.get(key, key) for key in found.ongoing)
        hanging(frame.out, 2, escape(f"continuous work, without a date to be done by, is no part of it: {told}"))
    for key, why in found.without:
        hanging(frame.out, 2, escape(f"{names.get(key, key)}: no forecast: {why}"))
    for ring in found.rings:
        told = ", ".join(names.get(key, key) for key in ring)
        hanging(frame.out, 2, escape(f"these wait for each other, and carry no slip to each other: {told}"))
    if found.drivers:
        told = ", ".join(names.get(key, key) for key, _ in found.drivers[:5])
        hanging(frame.out, 2, escape(f"last to be done, the likeliest first: {told}"))


def _days(odds: Odds, today: date) -> str:
    days = [day_of(odds, share, today) for share in (0.5, 0.85)]
    told = [f"done by {day}" if day else "done only beyond a year" for day in days]
    return f"half of the time {told[0]}, 85% of the time {told[1]}"


@command("backtest")
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Of the bootstrap behind the intervals.")
@click.option("--every", type=click.IntRange(1, 52), help="Weeks between two replayed moments; else as it fits half a minute.")
@click.option("--dry-run", is_flag=True, help="Write down nothing.")
def backtest(frame: Frame, seed: int, every: int | None, dry_run: bool) -> None:
    """Replay the history week by week and tell how good forecasts were, and what they have the right to say."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        found = run_backtest(workspace, seed=seed, every=every, keep=not dry_run)
    frame.document(found.document())
    say = frame.out.print
    say(
        f"{found.projects} of {found.of} projects have a history to replay; {found.moments} moments, {found.every} weeks "
        f"apart; a forecast was refused at {found.refused}",
        markup=False,
    )
    for title, judged in (
        ("any N items within so many weeks, replayed", found.items),
        (f"published forecasts of target dates, {found.kept} kept", found.finish),
    ):
        say(f"\n[bold]{title}[/]")
        for line in _judged(judged):
            hanging(frame.out, 2, escape(line))
        if judged.reliability:
            _reliability(frame, judged)
    if found.record.refuted:
        say("\n[bold]So few dates held that none is told[/]: they go on being kept and checked, and come back once they hold.")


def _judged(judged: Judged) -> Iterator[str]:
    if judged.brier is None:
        yield "no odds have been decided yet"
    else:
        yield f"Brier score {judged.brier:.3f} over {judged.n} odds of {judged.clusters} projects"
        for name, skill in (("all known before", judged.expanding), ("the last half-year", judged.rolling)):
            yield f"skill against the base rate of {name}: {_signed(skill.value)} (lower bound {_signed(skill.lower)})"
        yield f"calibration error {judged.calibration_error or 0:.3f}"
    for name, one in (("P50", judged.p50), ("P85", judged.p85)):
        if one.value is None:
            yield f"{name}: no such date has come yet"
        else:
            between = f", between {one.low:.0%} and {one.high:.0%}" if one.low is not None else ""
            yield f"{name}: {one.value:.0%} of {one.n} dates of {one.clusters} projects held{between}"
    if judged.pinball is not None:
        yield f"pinball loss {judged.pinball:.2f} weeks"
    gate = judged.gate
    yield "odds may be told as a number" if gate.earned else f"odds are told in words: {gate.why}"


def _reliability(frame: Frame, judged: Judged) -> None:
    table = Table("said", "came true", "of", box=None, padding=(0, 2, 0, 2))
    for one in judged.reliability:
        table.add_row(f"{one.said:.0%}", f"{one.came_true:.0%}", str(one.n))
    frame.out.print(table)


def _signed(value: float | None) -> str:
    return "not known" if value is None else f"{value:+.2f}"


COMMANDS = (forecast, backtest)
