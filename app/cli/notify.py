"""Telling people outside of the tools: what is due, sent now or only shown."""

from collections.abc import Iterable
from typing import Any

import click

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from connector.notify.letter import letter
from model.errors import AppError
from model.notices import Notice
from service import notices
from service.notices import Outcome
from service.workspace import Workspace


@command("notify")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; keep and send nothing.")
def notify(frame: Frame, dry_run: bool) -> Exit:
    """Tell people what is due now, as the configuration says under notify; each message once."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        if dry_run:
            rows = [_row(workspace, notice, "planned") for notice in notices.planned(workspace)]
        else:
            rows = list(_rows(workspace, notices.told_by_hand(workspace)))
        subscriptions = len(workspace.notifiers)
    frame.document({"notices": rows})
    for row in rows:
        why = f"  {row['why']}" if row["why"] else ""
        frame.out.print(f"{row['result']:<8} {row['where']}  {row['title']}{why}", markup=False, soft_wrap=True)
    if not rows:
        frame.out.print("nothing is to be told" if subscriptions else "nobody is to be told: notify: is empty")
    return Exit.DONE if all(row["result"] in ("planned", "sent") for row in rows) else Exit.IN_PART


def _rows(workspace: Workspace, outcome: Outcome) -> Iterable[dict[str, Any]]:
    partly = {notice.key: error for notice, error in outcome.partly}
    for notice in outcome.sent:
        error = partly.get(notice.key)
        yield _row(workspace, notice, "partly" if error else "sent", error)
    for notice, error in outcome.waiting:
        yield _row(workspace, notice, "waiting", error)
    for notice, error in outcome.lost:
        yield _row(workspace, notice, "lost", error)


def _row(workspace: Workspace, notice: Notice, result: str, error: AppError | None = None) -> dict[str, Any]:
    """One notice for people and programs; ``where`` is the entry of the configuration that it belongs to."""
    places = {outlet.subscription.name: outlet.subscription.where for outlet in workspace.notifiers}
    message = notice.message
    return {
        "key": notice.key,
        "where": places.get(notice.notifier, notice.notifier),
        "notifier": notice.notifier,
        "node": notice.node,
        "kind": "digest" if notice.digest else "reported_otherwise" if notice.reported else "band_change",
        "band": message.band.value,
        "previous_band": message.previous_band.value if message.previous_band else None,
        "title": letter(notice).subject,
        "result": result,
        "why": f"{error.what} {error.fix}".strip() if error else None,
    }


COMMANDS = (notify,)
