"""How the webhooks of a connection fare, from what is kept: no call is made."""

from dataclasses import dataclass
from datetime import timedelta

from model.hooks import AuditReport, LossDay
from model.sync import Problem
from service import losses
from service.workspace import Workspace
from store.hooks import HookRegistration

DAYS = 7


@dataclass(frozen=True)
class HookState:
    """In a sentence for people, and what is wrong with its cure."""

    text: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class HookFigures:
    """For metrics, since they were first kept (at most 90 days): deliveries by (connection, outcome, name of an event),
    how many wait, changes that were lost by connection, and (wanted, working) webhooks by connection."""

    deliveries: dict[tuple[str, str, str], int]
    waiting: dict[str, int]
    lost: dict[str, int]
    hooks: dict[str, tuple[int, int]]


def figures(workspace: Workspace) -> HookFigures:
    """What there is to count about webhooks."""
    lost = dict.fromkeys(workspace.connections, 0)
    for day in losses.days(workspace, back=losses.KEPT_FOR.days):
        lost[day.connection] = lost.get(day.connection, 0) + day.lost
    with workspace.db.read() as uow:
        audits = {name: uow.hooks.audit(name) for name in workspace.connections}
        return HookFigures(
            deliveries=uow.hooks.counts(), waiting=uow.inbox.waiting(), lost=lost,
            hooks={name: (audit.wanted, audit.working) for name, audit in audits.items() if audit is not None},
        )  # fmt: skip


def state(workspace: Workspace, connection: str) -> HookState:
    """The webhooks of a connection, as the last audit left them, with what was lost in a week."""
    with workspace.db.read() as uow:
        held, audit = uow.hooks.registrations(connection), uow.hooks.audit(connection)
        waiting = uow.inbox.waiting().get(connection, 0)
    if not held and audit is None:
        return HookState("none: changes are found by asking, every few minutes")
    days = [day for day in losses.days(workspace, back=DAYS) if day.connection == connection]
    parts = [
        _audited(audit), _heard(held), f"{waiting} waiting" if waiting else "", _found(days),
        _away(losses.downtime(workspace, back=DAYS)),
    ]  # fmt: skip
    return HookState("; ".join(part for part in parts if part), tuple(_problems(audit, days)))


def _audited(audit: AuditReport | None) -> str:
    if audit is None:
        return "agreed by hand, not yet audited"
    return f"{audit.working} of {audit.wanted} working, audited {audit.at:%Y-%m-%d %H:%M} UTC"


def _heard(held: tuple[HookRegistration, ...]) -> str:
    last = max((row.heard_at for row in held if row.heard_at is not None), default=None)
    return "nothing heard yet" if last is None else f"last heard {last:%Y-%m-%d %H:%M} UTC"


def _found(days: list[LossDay]) -> str:
    lost = sum(day.lost for day in days)
    return f"{lost} {'change' if lost == 1 else 'changes'} lost in {DAYS} days"


def _away(away: timedelta) -> str:
    return f"not reachable for {away // timedelta(minutes=1)} minutes of them" if away else ""


def _problems(audit: AuditReport | None, days: list[LossDay]) -> list[Problem]:
    found = [
        Problem(what=f"Webhook{f' of {step.subject}' if step.subject else ''}: {step.what}", fix=step.fix, fatal=False)
        for step in (audit.problems() if audit is not None else ())
    ]
    lost = sum(day.lost for day in days)
    if lost:
        found.append(Problem(
            what=f"{lost} {'change was' if lost == 1 else 'changes were'} found by asking only: no webhook told of "
            f"{'it' if lost == 1 else 'them'} within ten minutes ({DAYS} days).",
            fix="Nothing is missing in the scores. Look whether the tool can reach us at all times (docs/webhooks.md).",
            fatal=False,
        ))  # fmt: skip
    return found
