"""For others to read: where people report otherwise than we compute, and the status report of a node."""

import click

from app import bootstrap
from app.cli.frame import Frame, command
from app.cli.moments import moment
from app.cli.tables import gap_lines
from service import documents
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
    for better, title in ((True, "Reported better than computed"), (False, "Reported worse than computed")):
        told = [gap for gap in found.gaps if gap.better is better]
        frame.out.print(f"{title}: {len(told) or 'none'}")
        for gap in told:
            gap_lines(frame.out, gap, labels)
    if found.incomparable:
        frame.out.print(f"Declared, but not computed: {', '.join(found.incomparable)}", markup=False, soft_wrap=True)


COMMANDS = (watermelons,)
