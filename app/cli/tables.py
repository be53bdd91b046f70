"""What commands show to people: tables and short lists. Words beside every sign; colour is never alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config.yaml_text import flow
from model.health import Band, Gap, NodeScore, Outcome, RollupResult
from model.hooks import AuditReport
from model.language.telling import plain
from model.push import SetupResult, SetupStep, Verified
from model.sync import CensusReport, CheckReport, Discovery, SyncReport
from model.tree import Node, Tree
from rollup.explain import named_losses
from service.documents import Labels

MOST_COUNTED = 20
MOST_AFFECTED = 8
MOST_SAMPLES = 3
MOST_TITLE = 80
SIGNS = {Band.ON_TRACK: "●", Band.AT_RISK: "◆", Band.OFF_TRACK: "■", Band.NO_DATA: "○"}
STYLES = {Band.ON_TRACK: "green", Band.AT_RISK: "yellow", Band.OFF_TRACK: "red", Band.NO_DATA: "dim"}


def band(value: Band) -> str:
    """A band with its sign and word, e.g. ``◆ At risk``."""
    return f"[{STYLES[value]}]{SIGNS[value]} {value.words}[/]"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def called(labels: Labels, item: str, *, quoted: bool = False) -> str:
    """An item as people speak of it: its key, where the tool has keys, and its title."""
    label = labels[item]
    key, title = label.ref.rpartition(":")[2], plain(label.title, MOST_TITLE)
    titled = f"“{title}”" if quoted else title
    return titled if key.isdigit() else f"{key} {titled}"


def portfolio_table(console: Console, tree: Tree, result: RollupResult) -> None:
    """The tree with band, score, coverage, trust and the largest loss of each node."""
    table = Table(title=f"Health as of {result.as_of:%Y-%m-%d %H:%M} UTC", title_justify="left", expand=False)
    table.add_column("Node", no_wrap=True, overflow="ellipsis", max_width=44)
    table.add_column("Band", no_wrap=True, min_width=11)
    for name in ("Score", "Cov.", "Trust"):
        table.add_column(name, justify="right", no_wrap=True, min_width=5)
    table.add_column("Largest loss", overflow="ellipsis", no_wrap=True, max_width=max(16, console.width - 92))
    scores = {node.id: node for node in result.nodes}
    for node, depth in _candidates_last((node, depth) for node, depth, _parent in tree.walk()):
        if score := scores.get(node.id):
            label = f"{'  ' * depth}{escape(node.name)}"
            stands = "[dim]candidate[/]" if node.proposed else band(score.band)
            row = (label, stands, number(score.score), f"{score.coverage:.2f}", f"{score.trust:.2f}")
            table.add_row(*row, "" if node.proposed else escape(worst_line(score)), end_section=depth == 0)
    console.print(table)


def _candidates_last(walk: Iterable[tuple[Node, int]]) -> Iterator[tuple[Node, int]]:
    """A walk through a tree where the candidates of each node come after all else in it."""
    held: list[tuple[Node, int]] = []
    for node, depth in walk:
        while held and held[-1][1] > depth:
            yield from _innermost(held)
        if node.proposed:
            held.append((node, depth))
        else:
            yield node, depth
    while held:
        yield from _innermost(held)


def _innermost(held: list[tuple[Node, int]]) -> list[tuple[Node, int]]:
    """Take what lies deepest out of what is held back, in its order."""
    deepest = [one for one in held if one[1] == held[-1][1]]
    del held[-len(deepest) :]
    return deepest


def worst_line(score: NodeScore) -> str:
    """The dimension that takes most points in one line, as the pages say it; for a node without a score, what is missing."""
    if score.score is not None:
        worst = next(iter(named_losses(score)), None)
        if worst is None or worst.finding.score is None:
            return ""
        points = worst.effective_weight * (100 - worst.finding.score)
        return f"−{points:.1f} {worst.finding.dimension}: {worst.finding.reason}"
    missing = [d.finding for d in score.dimensions if d.finding.outcome is Outcome.NOT_ENOUGH_DATA and d.weight > 0]
    return f"{missing[0].dimension}: {missing[0].reason}" if missing else ""


def gap_lines(console: Console, gap: Gap, labels: Labels) -> None:
    """What was declared by hand against what is computed, and what that rests on."""
    size = f"{gap.bands} band{'s' if gap.bands > 1 else ''}, {gap.points:.1f} points"
    how = "better" if gap.better else "worse"
    since = f"{gap.since:%Y-%m-%d}{' or earlier' if gap.earlier else ''}"
    console.print(
        f"[bold]{escape(gap.name)}[/] ({gap.node})  declared {band(gap.declared)}, computed {band(gap.computed)} "
        f"{number(gap.score)}: declared {how} by {size}, since {since}", soft_wrap=True,
    )  # fmt: skip
    for finding in gap.reasons:
        named = ", ".join(called(labels, item) for item in finding.evidence[:MOST_SAMPLES] if item in labels)
        console.print(
            f"    {finding.dimension:<13} {number(finding.score)}  {escape(finding.reason)}"
            f"{f'  [dim]{escape(named)}[/]' if named else ''}", soft_wrap=True,
        )  # fmt: skip


def sync_lines(console: Console, reports: Sequence[SyncReport]) -> None:
    for report in reports:
        console.print(
            f"{report.name}: {report.mode}, {report.created} created, {report.updated} updated, "
            f"{report.unchanged} unchanged, {report.deleted} deleted, {len(report.skipped)} skipped "
            f"({report.requests} requests, {report.bytes / 1e6:.1f} MB, {report.seconds:.1f} s)"
        )
        for skip in report.skipped:
            console.print(f"  skipped {escape(skip.item)}: {escape(skip.why)}")
        if report.histories_left:
            console.print(
                f"  {report.histories_left} histories are still to be read, newest first, by the next syncs or by serve"
            )


def census_lines(console: Console, reports: Sequence[CensusReport]) -> None:
    """A line a connection, then a line for each item that left or came back."""
    for report in reports:
        lists = {"deleted": report.deleted, "moved": report.moved, "archived": report.archived,
                 "gone or hidden": report.gone_or_hidden, "back": report.back}  # fmt: skip
        told = ", ".join(f"{len(items)} {what}" for what, items in lists.items() if items) or "nothing left"
        console.print(f"{report.name}: {report.checked} checked, {told} ({report.requests} requests)")
        for what, items in lists.items():
            for item in items[:MOST_COUNTED]:
                console.print(f"  {what:<14} {escape(item.ref)}")
            if len(items) > MOST_COUNTED:
                console.print(f"  {what:<14} and {len(items) - MOST_COUNTED} more (--json names all)")


def check_lines(console: Console, reports: Sequence[CheckReport]) -> None:
    for report in reports:
        state = "[green]ok[/]" if report.ok else "[red]not usable[/]"
        console.print(f"{escape(report.name)}: {state}, as {escape(report.who or 'nobody')}")
        if report.webhooks:
            console.print(f"  webhooks: {escape(report.webhooks)}")
        for problem in report.problems:
            console.print(f"  {escape(problem.what)}\n    fix: {escape(problem.fix)}")


def discovery_lines(console: Console, found: Discovery) -> None:
    console.print(f"[bold]{escape(found.name)}[/]")
    for source in found.sources:
        count = "" if source.items is None else f"  {source.items} items"
        selector = escape(flow(dict(source.selector)))
        console.print(f"  {source.kind:<10} {escape(source.name)}{count}   [dim]{selector}[/]", soft_wrap=True)
    for field in found.fields:
        rate = "" if field.fill_rate is None else f" filled {field.fill_rate:.0%}"
        console.print(f"  field      {escape(field.id)}  {escape(field.name)} ({escape(field.type)}){rate}")
    for status in found.statuses:
        only = f", {status.only}" if status.only else ""
        console.print(f"  status     {escape(status.name)}{escape(only)} → {escape(status.category)}")
        if status.contradiction:
            console.print(f"             {escape(status.contradiction)}")


def hook_lines(console: Console, reports: Sequence[AuditReport]) -> None:
    """What became of the webhooks in each tool."""
    for report in reports:
        for step in report.steps:
            fix = f" {step.fix}" if step.fix else ""
            console.print(f"{escape(report.connection)}: webhook {escape(step.subject)} {escape(step.what)}{escape(fix)}")


def setup_summary(console: Console, results: Sequence[SetupResult]) -> None:
    """One line a connection, and what is left to do by hand."""
    for result in results:
        done = sum(step.done for step in result.steps)
        console.print(f"{escape(result.connection)}: health fields set up in {done} steps")
        for step in result.steps:
            if step.by_hand and not step.done:
                console.print(f"  by hand  {escape(step.what)} {escape(step.why)}", soft_wrap=True)
                _where(console, step)


def setup_lines(console: Console, results: Sequence[SetupResult], *, applied: bool) -> None:
    """Every step, then the reason, what else it changes and where to click; last what a look at samples showed.

    What steps in a row have in common is said once.
    """
    for result in results:
        console.print(f"[bold]{escape(result.connection)}[/]")
        for _, alike in groupby(result.steps, key=lambda step: (step.by_hand, step.why, step.affects, step.where)):
            steps = list(alike)
            for step in steps:
                mark = "by hand" if step.by_hand else ("done" if step.done else "would")
                console.print(f"  {mark:<8} {escape(step.what)}", soft_wrap=True)
            console.print(f"           [dim]{escape(steps[0].why)}[/]", soft_wrap=True)
            if steps[0].affects:
                console.print(f"           also changes: {escape(_few(steps[0].affects))}", soft_wrap=True)
            _where(console, steps[0])
        if not result.steps:
            console.print("  nothing to do")
        if applied or not result.steps:
            _verified(console, result.verified)
    if not applied and any(not step.by_hand and not step.done for result in results for step in result.steps):
        console.print("Run `bellwether setup --apply` to do it.")


def _where(console: Console, step: SetupStep) -> None:
    if step.where:
        console.print(f"           where: {escape(step.where)}", soft_wrap=True)


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_AFFECTED])
    return shown if len(names) <= MOST_AFFECTED else f"{shown} and {len(names) - MOST_AFFECTED} more (--json names all)"


def _verified(console: Console, verified: Sequence[Verified]) -> None:
    """What a sample of each kind of target shows; of the good ones only some are named."""
    good = [f"{one.kind} ({one.sample})" for one in verified if not one.lacking]
    if good:
        named = ", ".join(good[:MOST_SAMPLES]) + (" …" if len(good) > MOST_SAMPLES else "")
        console.print(f"  checked  {len(good)} samples show the fields: {escape(named)}", soft_wrap=True)
    for one in verified:
        if one.lacking:
            names = ", ".join(one.lacking)
            console.print(f"  missing  {escape(names)}: {escape(one.kind)} ({escape(one.sample)})", soft_wrap=True)
