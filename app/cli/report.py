"""For others to read: where people report otherwise than we compute, and the status report of a node."""

import sys
from pathlib import Path
from typing import get_args

import click

from app import bootstrap
from app.cli.frame import Frame, command
from app.cli.moments import earlier, moment
from app.cli.separators import SEPARATOR, separator_of
from app.cli.tables import gap_lines
from model.errors import UsageError
from model.tree import Language
from service import documents
from service.report import Asked
from service.report import report as make_report
from service.reports.formats import FORMATS, made, save
from service.watermelons import watermelons as find_gaps


@command("watermelons")
@click.argument("node", required=False)
@click.option("--as-of", metavar="DATE", help="As of the end of that day instead of now.")
def watermelons(frame: Frame, node: str | None, as_of: str | None) -> None:
    """List where the status declared by hand differs from the computed one (everywhere, or at and below NODE)."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
        found = find_gaps(workspace, node=workspace.node(node).id if node else None, as_of=at)
        with workspace.db.read() as uow:
            labels = uow.records.labels({item for gap in found.gaps for one in gap.reasons for item in one.evidence})
    frame.document(documents.watermelons_document(found, labels))
    for better, title in ((True, "Declared better than computed"), (False, "Declared worse than computed")):
        told = [gap for gap in found.gaps if gap.better is better]
        frame.out.print(f"{title}: {len(told) or 'none'}")
        for gap in told:
            gap_lines(frame.out, gap, labels)
    if found.incomparable:
        frame.out.print(f"Declared, but not computed: {', '.join(found.incomparable)}", markup=False, soft_wrap=True)


@command("report")
@click.argument("node")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="md", show_default=True)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write it into a file.")
@click.option("--language", type=click.Choice(get_args(Language)), default="en", show_default=True)
@click.option("--as-of", metavar="DATE", help="As of the end of that day instead of now.")
@click.option("--since", metavar="DATE", help="What moved since the end of that day, or 30d ago.  [default: 7d]")
@click.option("--lens", metavar="NAME", help="NODE is of this lens of the configuration.")
@click.option("--names", is_flag=True, help="Name people where the policy says `people: named`: for those who may see it.")
@SEPARATOR
def report(  # noqa: PLR0913 - one argument an option
    frame: Frame, node: str, kind: str, out: Path | None, language: Language, as_of: str | None, since: str | None,
    lens: str | None, names: bool, separator: str | None,
) -> None:  # fmt: skip
    """Write the status report of NODE: a page, a mail, rows, a workbook or a document (--json: the document)."""
    to_terminal = not out and not frame.as_json
    stdout = sys.stdout.buffer
    if to_terminal and kind == "xlsx" and stdout.isatty():
        raise UsageError("A workbook is nothing to read here.", where="--format", fix="Add --out FILE.")
    way = separator_of(separator, table=kind == "csv", fix="Add --format csv.")
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        zone, now = workspace.timezone, workspace.clock()
        at = moment(as_of, timezone=zone, now=now, option="--as-of")
        begin = earlier(since, timezone=zone, now=at or now, option="--since")
        told = make_report(workspace, node, Asked(language, at, begin, lens, names))
    if not out:
        stdout.write(made(told, "json" if frame.as_json else kind, way))
        return
    content = made(told, kind, way)
    save(out, content)
    frame.document({"node": told.node.id, "format": kind, "file": str(out), "bytes": len(content)})
    frame.out.print(f"The report on {told.node.name} is in {out}.", markup=False, soft_wrap=True)


COMMANDS = (watermelons, report)
