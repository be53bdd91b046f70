"""The PMO's view: key figures, closing a project, the lessons register."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from app.cli.tables import SIGNS
from model.base import day_ended
from model.errors import UsageError
from model.health import Band
from model.lesson import Cause, Lesson
from service import pmo
from service.pmo import WEEKS, Told
from service.pmo_document import closure_document, lesson_document, overview_document

Json = Mapping[str, Any]
MOST_FINISHED = 15
MOST_ITEMS = 5
CAUSES = click.Choice([cause.value for cause in Cause])


@command("pmo")
@click.argument("node", required=False)
@click.option("--weeks", type=click.IntRange(1, 52), default=WEEKS, show_default=True, help="How far back the trend goes.")
def pmo_command(frame: Frame, node: str | None, weeks: int) -> None:
    """Key figures at and below NODE (else everywhere): bands and trend, standards, how projects ended and why, forecasts."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        document = overview_document(pmo.overview(workspace, node, weeks=weeks))
    frame.document(document)
    _overview(frame.out, document)


@command("closure")
@click.argument("node")
def closure_command(frame: Frame, node: str) -> Exit:
    """Whether the project NODE can be closed: a checklist, how it ended beside its plan, what it learned. Exit 1 if not yet."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        found = pmo.closure(workspace, node)
    document = closure_document(found)
    frame.document(document)
    _closure(frame.out, document)
    return Exit.DONE if found.ready else Exit.IN_PART


@click.group("lessons")
def lessons_group() -> None:
    """The lessons register: what projects learned, for the ones that come after."""


@command("add")
@click.argument("node")
@click.option("--cause", type=CAUSES, default=Cause.OTHER.value, show_default=True, help="What it is about.")
@click.option("--worked", is_flag=True, help="It went well and is to be done again.")
@click.option("--text", metavar="TEXT", help="What happened. Needed.")
@click.option("--advice", metavar="TEXT", help="What to do next time. Needed.")
@click.option("--by", metavar="WHO", help="Who says so. Needed.")
def add_command(frame: Frame, node: str, cause: str, worked: bool, **told: str | None) -> None:
    """Keep what NODE learned."""
    for name in ("text", "advice", "by"):
        if not told[name]:
            what = "A lesson says what happened, what to do next time, and who says so."
            raise UsageError(what, where=f"--{name}", fix=f'Add --{name} "…".')
    said = Told(Cause(cause), worked, told["text"] or "", told["advice"] or "", told["by"] or "")
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        kept = pmo.learn(workspace, node, said)
    frame.document({"lesson": lesson_document(kept)})
    _lessons(frame.out, [kept])


@command("list")
@click.argument("node", required=False)
@click.option("--cause", type=CAUSES, help="About that alone.")
@click.option("--class", "project_class", metavar="CLASS", help="Of projects of that class alone.")
def list_command(frame: Frame, node: str | None, cause: str | None, project_class: str | None) -> None:
    """The lessons at and below NODE (else all of them)."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        found = pmo.lessons(workspace, name=node, cause=Cause(cause) if cause else None, project_class=project_class)
    frame.document({"lessons": [lesson_document(one) for one in found]})
    _lessons(frame.out, found)
    if not found:
        frame.out.print("No lesson is kept here yet: bellwether lessons add NODE.")


lessons_group.add_command(add_command)
lessons_group.add_command(list_command)
COMMANDS = (pmo_command, closure_command, lessons_group)


def _overview(console: Console, found: Json) -> None:
    projects, kept = found["projects"], found["dates_kept"]
    console.print(f"[bold]{escape(found['name'] or 'The organisation')}[/] as of {found['as_of'][:16]}Z")
    console.print(f"  projects    {projects['active']} active, {projects['candidate']} candidates, {projects['closed']} closed")
    bands = "   ".join(f"{SIGNS[band]} {band.words} {found['bands'][band.value]}" for band in Band)
    console.print(f"  bands       {bands}")
    coverage, trust = _share(found["coverage"]), _share(found["trust"])
    console.print(f"  score       {_number(found['score'])}, coverage {coverage}, trust {trust}")
    console.print(f"  dates kept  {_share(kept['value'])} of {kept['n']} due dates in active projects")
    if found["uncounted"]:
        console.print(f"  not counted {_count(found['uncounted'], 'project')}, until scored again: bellwether rollup")
    for one in found["compliance"]:
        console.print(f"  standards   {escape(one['class'])}: {one['kept']} of {one['asked']} kept ({one['share']:.0%})")
    for one in (one for one in found["standards"] if one["broken"]):
        names = _some(one["broken"])
        console.print(f"    broken by {len(one['broken'])}: {escape(one['words'])} [dim]({escape(names)})[/]", soft_wrap=True)
    if found["trend"]:
        console.print(_trend(found["trend"]))
    for one in found["steadiness"]:
        back = f", of which {one['went_back']} went back within {one['within_days']} days" if one["changes"] else ""
        most = f" [dim]({escape(_some([each['node'] for each in one['least']]))})[/]" if one["least"] else ""
        changes, of = _count(one["changes"], "change"), _count(one["projects"], "project")
        console.print(f"  steadiness  {escape(one['class'])}: {changes} of band counted in {of}{back}{most}", soft_wrap=True)
    if found["finished"]:
        console.print(_finished(found["finished"]))
        console.print(_recurring(found["causes"]))
    else:
        console.print("No project has finished yet: there is nothing to learn causes from.")
    for one in found["forecasts"]:
        bias = "" if one["bias_days"] is None else f", the end {one['bias_days']:+.0f} days after P50 (median)"
        one_of = "weekly forecast" if one["of"] == "published" else "replayed date"
        many = "" if one["of"] == "published" else " of any so many items"
        console.print(
            f"  forecasts   {escape(one['class'])}: P50 held {one['held_p50']:.0%}, P85 held {one['held_p85']:.0%} of "
            f"{_count(one['forecasts'], one_of)}{many} of {_count(one['projects'], 'project')}{bias}", soft_wrap=True,
        )  # fmt: skip
    if not found["forecasts"]:
        console.print("  forecasts   none decided and no history replayed yet: bellwether backtest")
    if found["lessons"]:
        told = ", ".join(f"{cause} {count}" for cause, count in sorted(found["lessons"].items()))
        console.print(f"  lessons     {told}")


def _plain_table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 2))


def _trend(weeks: Sequence[Json]) -> Table:
    table = _plain_table("Active projects by week")
    table.add_column("Week to", no_wrap=True)
    for band in Band:
        table.add_column(band.words, justify="right", no_wrap=True)
    table.add_column("Score", justify="right", no_wrap=True)
    for week in weeks:
        ended = day_ended(datetime.fromisoformat(week["at"]))
        table.add_row(f"{ended}", *(str(week["bands"][band.value]) for band in Band), _number(week["score"]))
    return table


def _finished(outcomes: Sequence[Json]) -> Table:
    table = _plain_table("Finished projects beside their plans")
    table.add_column("Project", overflow="fold")
    for name in ("Planned", "Ended", "Days late", "Growth", "Hours", "Dates kept"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Causes", overflow="fold")
    for one in outcomes[:MOST_FINISHED]:
        days = "–" if one["days_late"] is None else f"{one['days_late']:+d}"
        shares = (_share(one["growth"]), _share(one["effort"]), _share(one["dates_kept"]))
        table.add_row(escape(one["name"]), one["planned_on"] or "–", one["ended_on"], days, *shares, ", ".join(one["causes"]))
    return table


def _recurring(causes: Iterable[Json]) -> Table:
    table = _plain_table("What finished projects stumbled over")
    table.add_column("Cause", no_wrap=True)
    for name in ("Struck", "Late of these", "Late of the others", "Days", "Days of the others"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("It means", overflow="fold")
    for one in causes:
        struck = len(one["projects"])
        table.add_row(
            one["cause"], f"{struck} of {one['known']}", f"{one['late_with']} of {struck}",
            f"{one['late_without']} of {one['spared']}", _days(one["days_with"]), _days(one["days_without"]), one["words"],
        )  # fmt: skip
    return table


def _closure(console: Console, found: Json) -> None:
    verdict = "nothing stands in the way of closing it" if found["ready"] else "not yet"
    console.print(f"[bold]Closing {escape(found['name'])}[/] ({found['state']}): {verdict}")
    signs = {True: "✓", False: "✗", None: "–"}
    for check in found["checks"]:
        note = " (not asked here)" if check["kept"] is None else ""
        console.print(f"  {signs[check['kept']]} {escape(check['words'])}{note}", soft_wrap=True)
        if check["kept"] is False:
            console.print(f"      {escape(check['to_do'])}", soft_wrap=True)
            names = [f"{one['ref']} {one['title'] or ''}".strip() for one in check["items"]]
            if names:
                console.print(f"      {escape(_some(names))}", soft_wrap=True)
    if found["outcome"]:
        console.print(_finished([found["outcome"]]))
    for one in found["lessons"]:
        console.print(f"  lesson {one['number']}: {escape(one['text'])} → {escape(one['advice'])}", soft_wrap=True)


def _lessons(console: Console, found: Iterable[Lesson]) -> None:
    for one in found:
        sign = "again" if one.worked else "otherwise"
        console.print(
            f"{one.number:>4}  {one.at:%Y-%m-%d}  {one.node}  [{one.cause.value}, {sign}]  "
            f"{one.text} → {one.advice}  ({one.by})", soft_wrap=True, markup=False,
        )  # fmt: skip


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_ITEMS
    return ", ".join(names[:MOST_ITEMS]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def _number(number: float | None) -> str:
    return "–" if number is None else f"{number:.1f}"


def _share(number: float | None) -> str:
    return "–" if number is None else f"{number:.0%}"


def _days(number: float | None) -> str:
    return "–" if number is None else f"{number:+.0f}"
