"""How a node stands, beside its newest score: lists of thousands of nodes need not read whole scores."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TOLD = ("id", "kind", "name", "band", "computed_band", "score", "declared_band")
_LOAD = ("people", "overbooked", "overbooked_across_projects", "worst_load")


def upgrade() -> None:
    """Make the column, and fill it from the newest scores there are."""
    op.add_column("newest_scores", sa.Column("standing", sa.Text, nullable=False, server_default=""))
    newest = sa.table("newest_scores", sa.column("node"), sa.column("score_id"), sa.column("standing"))
    scores = sa.table("scores", sa.column("id"), sa.column("body"))
    written = sa.update(newest).where(newest.c.node == sa.bindparam("of")).values(standing=sa.bindparam("told"))
    conn = op.get_bind()
    for node, number in conn.execute(sa.select(newest.c.node, newest.c.score_id)).all():
        body = conn.execute(sa.select(scores.c.body).where(scores.c.id == number)).scalar_one()
        conn.execute(written, {"of": node, "told": json.dumps(_standing(json.loads(body)))})


def _standing(score: dict[str, Any]) -> dict[str, Any]:
    findings = [one["finding"] for one in score.get("dimensions", ())]
    values: dict[str, Any] = next((one.get("values", {}) for one in findings if one["dimension"] == "resources"), {})
    told = {name: score[name] for name in _TOLD if name in score}
    return told | {"load": {name: values[name] for name in _LOAD if name in values}}
