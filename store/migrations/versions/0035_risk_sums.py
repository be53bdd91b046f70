"""What the open risks of a project come to, beside its registers; risks in several projects; weekly points found at once."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_RISKS = sa.table(
    "project_risks",
    sa.column("node"), sa.column("id"), sa.column("exposure"), sa.column("owner_id"), sa.column("response"),
    sa.column("touched_at", UtcDateTime), sa.column("several"),
)  # fmt: skip
_REGISTERS = sa.table("project_registers", sa.column("node"), sa.column("body"))


def upgrade() -> None:
    """Make the column and fill what is new from the risks there are."""
    op.add_column("project_risks", sa.Column("several", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_project_risks_several", "project_risks", ["several", "node"])
    fill(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        _keep_points_in_their_index()


def fill(conn: sa.Connection) -> None:
    """Mark risks that several projects have, and tell each project's register what its risks come to."""
    other = _RISKS.alias()
    elsewhere = sa.exists().where(other.c.id == _RISKS.c.id, other.c.node != _RISKS.c.node)
    conn.execute(sa.update(_RISKS).where(elsewhere).values(several=sa.true()))
    risks = defaultdict(list)
    for row in conn.execute(sa.select(_RISKS)):
        risks[row.node].append(row)
    written = sa.update(_REGISTERS).where(_REGISTERS.c.node == sa.bindparam("of")).values(body=sa.bindparam("told"))
    for node, body in conn.execute(sa.select(_REGISTERS.c.node, _REGISTERS.c.body)).all():
        told = json.loads(body) | {"risk_sum": _sum(risks[node])}
        conn.execute(written, {"of": node, "told": json.dumps(told)})


def _sum(risks: list[Any]) -> dict[str, Any]:
    touched: list[datetime] = sorted(row.touched_at for row in risks)
    return {
        "exposure": float(sum(row.exposure for row in risks)),
        "unowned": sum(row.owner_id is None for row in risks),
        "unanswered": sum(row.response is None for row in risks),
        "touched": [at.isoformat() for at in touched],
    }


def _keep_points_in_their_index() -> None:
    """Points of thousands of nodes at one moment are then read in one step each, not two."""
    op.create_table(
        "trend_points_beside",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("band", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "at", name="pk_trend_points"),
        sqlite_with_rowid=False,
    )
    columns = "node, at, score, band, basis"
    op.execute(f"INSERT INTO trend_points_beside ({columns}) SELECT {columns} FROM trend_points ORDER BY node, at")  # noqa: S608
    op.drop_table("trend_points")
    op.rename_table("trend_points_beside", "trend_points")
