"""``uow.decisions``: what people decided about candidates. Decisions are added and never changed."""

from sqlalchemy import Connection, func, insert, select

from model.decision import Decision
from store.choice_tables import portfolio_decisions
from store.dialect import lock


class DecisionRepository:
    """Every decision ever made, by node."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def alone(self, node: str) -> None:
        """Let nobody else keep a decision of a node until this transaction ends."""
        lock(self._conn, f"decision:{node}")

    def of(self, node: str) -> tuple[Decision, ...]:
        """The decisions of a node, the oldest first."""
        table = portfolio_decisions
        statement = select(table.c.body).where(table.c.node == node).order_by(table.c.number)
        return tuple(Decision.model_validate_json(body) for body in self._conn.execute(statement).scalars())

    def add(self, decision: Decision) -> Decision:
        """Keep a decision; the number it gets is the node's next one."""
        table = portfolio_decisions
        self.alone(decision.node)
        last = self._conn.execute(select(func.max(table.c.number)).where(table.c.node == decision.node)).scalar_one()
        made = decision.model_copy(update={"number": (last or 0) + 1})
        row = {"node": made.node, "number": made.number, "at": made.at, "body": made.model_dump_json(exclude_defaults=True)}
        self._conn.execute(insert(table), row)
        return made
