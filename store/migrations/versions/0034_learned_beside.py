"""What stands beside items by when it was learned: a worker that holds a project reads again only what differs."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    for table in ("tool_projects", "iterations", "milestones", "budgets"):
        for moment in ("known_from", "known_to"):
            op.create_index(f"ix_{table}_connection_{moment}", table, ["connection", moment])
