"""``uow.baselines``: the plans that nodes are measured against, with everything that was ever set."""

from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from model.base import Instant
from model.baseline import Baseline, BaselinePlan
from store.dialect import lock
from store.tables import baselines

_OF = select(baselines).where(baselines.c.node == bindparam("of")).order_by(baselines.c.number)


class BaselineRepository:
    """At most one baseline of a node holds at a time, and at most one waits for an approval; nothing is ever removed."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def of(self, node: str, *, known_at: Instant | None = None) -> tuple[Baseline, ...]:
        """Every baseline that a node had been given by a moment (None: now), as it stood then, oldest first."""
        statement = _OF if known_at is None else _OF.where(baselines.c.set_at <= known_at)
        return tuple(_record(row, known_at) for row in self._conn.execute(statement, {"of": node}).mappings())

    def propose(self, node: str, plan: BaselinePlan, *, by: str, at: Instant, reason: str | None) -> Baseline:
        """Set a plan that waits for an approval, in the place of one that still waits."""
        table = baselines
        lock(self._conn, f"baseline:{node}")
        waiting = table.c.approved_at.is_(None) & table.c.superseded_at.is_(None)
        self._conn.execute(update(table).where(table.c.node == node, waiting).values(superseded_at=at))
        last = self._conn.execute(select(func.max(table.c.number)).where(table.c.node == node)).scalar_one()
        made = Baseline(node=node, number=(last or 0) + 1, plan=plan, reason=reason, set_by=by, set_at=at)
        row = made.model_dump(include={"node", "number", "reason", "set_by", "set_at"})
        self._conn.execute(insert(table), {**row, "plan": plan.model_dump_json(exclude_defaults=True)})
        return made

    def approve(self, node: str, *, by: str, at: Instant) -> bool:
        """Let the plan that waits hold from now on, in the place of the one that held; False when none waits."""
        table = baselines
        lock(self._conn, f"baseline:{node}")
        here = (table.c.node == node) & table.c.superseded_at.is_(None)
        waiting = here & table.c.approved_at.is_(None)
        if self._conn.execute(select(table.c.number).where(waiting)).first() is None:
            return False
        self._conn.execute(update(table).where(here & table.c.approved_at.is_not(None)).values(superseded_at=at))
        self._conn.execute(update(table).where(waiting).values(approved_by=by, approved_at=at))
        return True


def _record(row: Any, known_at: Instant | None) -> Baseline:
    """A row as it stood at a moment: what came later had not happened then."""
    values = {**row, "plan": BaselinePlan.model_validate_json(row["plan"])}
    if known_at is not None:
        if values["approved_at"] is not None and values["approved_at"] > known_at:
            values |= {"approved_at": None, "approved_by": None}
        if values["superseded_at"] is not None and values["superseded_at"] > known_at:
            values["superseded_at"] = None
    return Baseline.model_validate(values)
