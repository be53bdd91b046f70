"""Webhooks of ours in the tools: asked for, looked after, taken away.

``audit`` compares what is wanted with what stands in each tool and mends the difference; it can be run at any time and
as often as one likes. A registration is kept before it is asked for: a handshake nobody here has asked for is refused.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

import structlog

from connector.sdk.base import Connector
from model.errors import AppError
from model.hooks import AuditReport, HookDeed, HookInTool, HookStep
from service.workspace import Workspace
from store.hooks import HookRegistration

REFRESH_BEFORE = timedelta(days=21)
"""A webhook that ends by itself is refreshed once it has less than this to live: with 30 days, about every week."""
BEATS_MISSED = 3
_NO_KEY = ""

log = structlog.get_logger()


@dataclass
class _Round:
    """One audit of one connection."""

    workspace: Workspace
    connector: Connector
    base: str
    found: tuple[HookInTool, ...]
    held: tuple[HookRegistration, ...]
    steps: list[HookStep] = field(default_factory=list)
    working: int = 0
    seen: set[str] = field(default_factory=set)

    def tell(self, deed: HookDeed, subject: str, what: str, fix: str = "") -> None:
        self.steps.append(HookStep(deed=deed, subject=subject, what=what, fix=fix))


def audit(workspace: Workspace, public_url: str) -> tuple[AuditReport, ...]:
    """Bring every connection's webhooks into order for the address that tools reach us by. Idempotent.

    What was done and found is kept for `check`, and logged where it is not what it was. One connection that refuses does
    not stop the others. In read-only mode nothing may be asked of a tool that changes it: each refusal is told.
    """
    reports = [_audited(workspace, name, public_url) for name in workspace.connections]
    reports += _left_behind(workspace)
    with workspace.db.begin() as uow:
        before = {report.connection: uow.hooks.audit(report.connection) for report in reports}
        for report in reports:
            uow.hooks.save_audit(report)
        uow.hooks.forget_audits([report.connection for report in reports])
    for report in reports:
        _log_news(report, before[report.connection])
    return tuple(reports)


def remove(workspace: Workspace) -> tuple[AuditReport, ...]:
    """Take every webhook of ours away, in each tool that can still be reached, and forget what was agreed."""
    reports = []
    for name in workspace.connections:
        with workspace.db.read() as uow:
            held = uow.hooks.registrations(name)
        if not held:
            continue
        steps = [_removed(workspace, name, row) for row in held]
        reports.append(AuditReport(connection=name, at=workspace.clock(), steps=tuple(steps)))
        with workspace.db.begin() as uow:
            uow.hooks.save_audit(reports[-1])
    return tuple(reports)


def agree(workspace: Workspace, connection: str, secret: str) -> None:
    """Keep a secret that the configuration names for hooks made by hand in the tool."""
    with workspace.db.begin() as uow:
        known = uow.hooks.registration(connection, _NO_KEY)
        if known is None or known.secret != secret:
            kept = known or HookRegistration(connection=connection, key=_NO_KEY, created_at=workspace.clock())
            # Registered anew by the next audit: the tool must hear of the other secret.
            uow.hooks.save(kept.model_copy(update={"secret": secret, "pending": False, "vendor_id": None}))


# -- one connection -----------------------------------------------------------------------------------------------------


def _audited(workspace: Workspace, name: str, public_url: str) -> AuditReport:
    """One connection, by one process at a time: two would register everything twice."""
    with workspace.db.alone(f"hooks:{name}") as got:
        if got:
            return _audit(workspace, name, public_url)
    with workspace.db.read() as uow:
        return uow.hooks.audit(name) or AuditReport(connection=name, at=workspace.clock())


def _audit(workspace: Workspace, name: str, public_url: str) -> AuditReport:
    now = workspace.clock()
    base = f"{public_url.rstrip('/')}/webhooks/{quote(name, safe='')}"
    with workspace.db.read() as uow:
        held = uow.hooks.registrations(name)
    wanted: tuple[str, ...] = ()
    try:
        connector = workspace.connector(name)
        wanted = connector.hook_keys(workspace.sources(name))
        turn = _Round(workspace, connector, base, connector.hooks() if wanted or held else (), held)
    except AppError as error:
        if any(row.secret and row.vendor_id is None and row.heard_at for row in held):
            return AuditReport(connection=name, at=now, wanted=len(wanted), working=len(wanted))  # made by hand, and heard
        step = HookStep(deed=HookDeed.REFUSED, subject="", what=error.what, fix=_by_hand(base))
        return AuditReport(connection=name, at=now, wanted=len(wanted), steps=(step,))
    for subject in wanted:
        _one(turn, subject)
    _clear(turn, wanted)
    return AuditReport(connection=name, at=now, wanted=len(wanted), working=turn.working, steps=tuple(turn.steps))


def _by_hand(base: str) -> str:
    return (
        f"An administrator can make the webhook by hand: address {base}, every event of docs/webhooks.md, and a secret "
        "that the connection's webhook_secret names. Until then changes are found by asking."
    )


def _one(turn: _Round, subject: str) -> None:
    """One thing that is to be listened to: registered, mended, refreshed, or fine."""
    row, hook = _present(turn, subject)
    if hook is not None:
        turn.seen.add(hook.vendor_id)
    try:
        if row is None or hook is None or row.pending:
            _renew(turn, subject, row, hook)
            turn.tell(HookDeed.REGISTERED, subject, "A webhook was registered.")
        elif not _leads_here(turn, row, hook):
            _renew(turn, subject, row, hook)
            turn.tell(HookDeed.MOVED, subject, "The webhook led to a former address of ours, and leads to this one now.")
        elif row.secret is None and turn.connector.chooses_hook_secret:
            _renew(turn, subject, row, hook)
            turn.tell(HookDeed.MENDED, subject, "The webhook's secret is not known here: it was made anew.")
        elif _is_amiss(turn, row, hook):
            _renew(turn, subject, row, hook)
            was = "switched off" if not hook.enabled else "not sending all that is wanted, or signed with another secret"
            turn.tell(HookDeed.MENDED, subject, f"The webhook was {was}.")
        else:
            _look_after(turn, row, hook)
            return
    except AppError as error:
        turn.tell(HookDeed.REFUSED, subject, error.what, error.fix or _by_hand(turn.base))
        return
    turn.working += 1


def _present(turn: _Round, subject: str) -> tuple[HookRegistration | None, HookInTool | None]:
    """What is held of a subject, and the webhook in the tool that belongs to it."""
    by_id: dict[str | None, HookInTool] = {hook.vendor_id: hook for hook in turn.found}
    # Registrations made by older versions have no subject: there it was the key.
    rows = [row for row in turn.held if subject in (row.subject, row.subject or row.key)]
    for row in rows:
        if row.vendor_id in by_id:
            return row, by_id[row.vendor_id]
    last = rows[-1] if rows else None
    urls = {last.url, _url(turn.base, last.key)} if last is not None else {turn.base}
    hook = next((one for one in turn.found if one.url in urls and one.subject in ("", subject)), None)
    return last, hook


def _leads_here(turn: _Round, row: HookRegistration, hook: HookInTool) -> bool:
    return (hook.url or row.url) == _url(turn.base, row.key)


def _is_amiss(turn: _Round, row: HookRegistration, hook: HookInTool) -> bool:
    """Whether a webhook has to be written anew. What secret one has is told by no tool, so a strange one is given ours."""
    strange = row.vendor_id != hook.vendor_id and not turn.connector.chooses_hook_secret
    return strange or not hook.enabled or not hook.complete


def _look_after(turn: _Round, row: HookRegistration, hook: HookInTool) -> None:
    """A webhook that is as it should be: refreshed in time, adopted, and its troubles told."""
    now, connector = turn.workspace.clock(), turn.connector
    expires_at = hook.expires_at or row.expires_at
    if expires_at is not None and expires_at - now < REFRESH_BEFORE:
        expires_at = connector.refresh_hooks([hook.vendor_id]) or expires_at
        turn.tell(HookDeed.REFRESHED, row.subject, f"The webhook's life was lengthened to {expires_at:%Y-%m-%d}.")
    kept = row.model_copy(update={"vendor_id": hook.vendor_id, "url": hook.url or row.url, "expires_at": expires_at})
    if kept != row:
        _save(turn.workspace, kept)
    every = connector.hook_beats_every
    heard_at = row.heard_at or row.active_since or row.created_at
    if hook.trouble is not None:
        turn.tell(HookDeed.TROUBLED, row.subject, hook.trouble, f"See that {turn.base} can be reached from outside.")
    elif every is not None and now - heard_at > BEATS_MISSED * every:
        what = f"Nothing has come since {heard_at:%Y-%m-%d %H:%M} UTC, although something comes every few hours."
        turn.tell(HookDeed.SILENT, row.subject, what, f"See that {turn.base} can be reached from outside.")
    else:
        turn.working += 1


def _clear(turn: _Round, wanted: Sequence[str]) -> None:
    """Take away what nothing is taken from any more and what is there twice; name what only looks like ours."""
    rows = {row.vendor_id: row for row in turn.held if row.vendor_id is not None}
    refused = any(step.deed is HookDeed.REFUSED for step in turn.steps)
    there = {hook.vendor_id for hook in turn.found}
    for row in () if refused else turn.held:  # better one too many than none
        if row.vendor_id in turn.seen:
            continue
        stale = (row.subject or row.key) not in wanted and _is_stale(turn, row, wanted)
        if stale or row.vendor_id in there:
            turn.steps.append(_removed(turn.workspace, turn.connector.name, row))
    path = f"/webhooks/{turn.connector.name}"
    for hook in turn.found:
        if hook.vendor_id in turn.seen or hook.vendor_id in rows or hook.url is None:
            continue
        if hook.url == turn.base or hook.url.startswith(f"{turn.base}/"):
            _take_away(turn, hook, "A second webhook led here; one is enough.")
        elif hook.url.rstrip("/").endswith(path) or f"{path}/" in hook.url:
            what = f"A webhook that we did not make leads to {hook.url.partition('?')[0]}."
            turn.tell(HookDeed.FOREIGN, hook.subject, what, "Delete it in the tool if that Bellwether is gone.")


def _is_stale(turn: _Round, row: HookRegistration, wanted: Sequence[str]) -> bool:
    """Whether a registration is of no use. A secret agreed by hand stays as long as anything is taken."""
    made_by_us = row.vendor_id is not None or row.pending or (turn.connector.chooses_hook_secret and row.key != _NO_KEY)
    return made_by_us or not wanted


def _take_away(turn: _Round, hook: HookInTool, what: str) -> None:
    try:
        turn.connector.remove_hook(hook.vendor_id)
        turn.tell(HookDeed.REMOVED, hook.subject, what)
    except AppError as error:
        turn.tell(HookDeed.REFUSED, hook.subject, error.what, error.fix)


# -- registering and removing -------------------------------------------------------------------------------------------


def _renew(turn: _Round, subject: str, row: HookRegistration | None, hook: HookInTool | None) -> None:
    """Have a webhook that works: changed where the tool allows it, else made anew and the old one taken away after."""
    if turn.connector.chooses_hook_secret:
        _by_handshake(turn, subject, hook.vendor_id if hook is not None else None)
        return
    now = turn.workspace.clock()
    same_place = next((one for one in turn.held if one.key == _NO_KEY), None)
    kept = row or same_place or HookRegistration(connection=turn.connector.name, key=_NO_KEY, created_at=now)
    there = {one.vendor_id for one in turn.found}
    before = hook.vendor_id if hook is not None else kept.vendor_id if kept.vendor_id in there else None
    kept = kept.model_copy(update={
        "secret": kept.secret or secrets.token_hex(32), "subject": subject, "pending": False,
        "url": _url(turn.base, kept.key), "active_since": kept.active_since or now,
    })  # fmt: skip
    _save(turn.workspace, kept)  # before it is asked for: the first delivery may come at once
    try:
        made = turn.connector.register_hook(subject, kept.url or turn.base, secret=kept.secret or "", vendor_id=before)
    except AppError:
        if (held := row or same_place) is not None:
            _save(turn.workspace, held)  # what was there goes on as it was
        raise
    _save(turn.workspace, kept.model_copy(update={"vendor_id": made.vendor_id, "expires_at": made.expires_at}))
    turn.seen |= {one for one in (made.vendor_id, before, kept.vendor_id) if one is not None}


def _by_handshake(turn: _Round, subject: str, before: str | None) -> None:
    """A new address for each registration, which nobody can guess: the tool brings the secret there before it answers."""
    db, name, now = turn.workspace.db, turn.connector.name, turn.workspace.clock()
    key = f"{subject}-{secrets.token_hex(8)}"
    url = _url(turn.base, key)
    _save(turn.workspace, HookRegistration(
        connection=name, key=key, pending=True, created_at=now, subject=subject, url=url,
    ))  # fmt: skip
    try:
        made = turn.connector.register_hook(subject, url, secret="", vendor_id=before)
    except AppError:
        with db.begin() as uow:
            uow.hooks.remove(name, key)
        raise
    with db.begin() as uow:
        kept = uow.hooks.registration(name, key)
        if kept is not None:  # with the secret that the handshake brought
            uow.hooks.save(kept.model_copy(update={"vendor_id": made.vendor_id, "expires_at": made.expires_at}))
        for old in turn.held:
            if subject in (old.subject, old.subject or old.key):
                uow.hooks.remove(name, old.key)
    turn.seen.add(made.vendor_id)


def _removed(workspace: Workspace, name: str, row: HookRegistration) -> HookStep:
    """Take one webhook away and forget it; a tool that refuses keeps it, and so do we, for the next time."""
    subject = row.subject or row.key
    try:
        if row.vendor_id is not None:
            workspace.connector(name).remove_hook(row.vendor_id)
    except AppError as error:
        return HookStep(deed=HookDeed.REFUSED, subject=subject, what=error.what, fix=error.fix)
    with workspace.db.begin() as uow:
        uow.hooks.remove(name, row.key)
    by_hand = "" if row.vendor_id is not None else " If one was made by hand in the tool, delete it there."
    return HookStep(deed=HookDeed.REMOVED, subject=subject, what=f"The webhook was taken away.{by_hand}")


def _left_behind(workspace: Workspace) -> list[AuditReport]:
    """Webhooks of connections that are configured no more: without a credential nobody here can take them away."""
    with workspace.db.read() as uow:
        gone = [row for row in uow.hooks.registrations() if row.connection not in workspace.connections]
    reports = []
    for name in dict.fromkeys(row.connection for row in gone):
        steps = tuple(
            HookStep(
                deed=HookDeed.LEFT_BEHIND, subject=row.subject or row.key,
                what=f"The connection {name} is gone, and its webhook may still be in the tool: {row.url or 'made by hand'}.",
                fix="Delete it in the tool, or configure the connection again and run `bellwether setup --remove`.",
            )
            for row in gone if row.connection == name
        )  # fmt: skip
        reports.append(AuditReport(connection=name, at=workspace.clock(), steps=steps))
    return reports


def _url(base: str, key: str) -> str:
    return f"{base}/{key}" if key else base


def _save(workspace: Workspace, registration: HookRegistration) -> None:
    with workspace.db.begin() as uow:
        uow.hooks.save(registration)


def _log_news(report: AuditReport, before: AuditReport | None) -> None:
    """One line for each thing done, and for each trouble that was not there the last time."""
    known = set(before.problems()) if before is not None else set()
    for step in report.steps:
        if step.is_problem and step in known:
            continue
        tell = log.warning if step.is_problem else log.info
        tell("hook_audit", connection=report.connection, deed=step.deed.value, subject=step.subject)
