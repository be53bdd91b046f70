"""What was learned last of links and declared statuses, without looking through all of them."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    for table in ("links", "declared_statuses"):
        for column in ("known_from", "known_to"):
            op.create_index(f"ix_{table}_connection_{column}", table, ["connection", column])
