"""Logins: accounts, their rights, sessions, tokens, failed logins, kept forms, keys of ours, and who changed what."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _doors()
    op.create_table(
        "deeds",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "what", "place")),
        *(sa.Column(name, sa.Text) for name in ("before", "after")),
    )
    op.create_index("ix_deeds_at", "deeds", ["at"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text) for name in ("password", "issuer", "subject")),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("disabled_at", UtcDateTime),
    )
    op.create_index("uq_accounts_elsewhere", "accounts", ["issuer", "subject"], unique=True)
    op.create_table(
        "account_rights",
        sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("node", sa.Text, primary_key=True),
        sa.Column("role", sa.Integer, nullable=False),
    )
    op.create_table(
        "login_sessions",
        *_of_somebody(),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("made_at", "seen_at")),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("agent", sa.Text, nullable=False),
    )
    op.create_table(
        "api_tokens",
        *_of_somebody(),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "scope")),
        sa.Column("node", sa.Text),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("made_at", "until")),
        *(sa.Column(name, UtcDateTime) for name in ("used_at", "revoked_at")),
    )
    for table in ("login_sessions", "api_tokens"):
        op.create_index(f"ix_{table}_account", table, ["account"])


def _of_somebody() -> tuple[sa.Column[int], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
    )


def _doors() -> None:
    op.create_table(
        "login_failures",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_index("ix_login_failures_since", "login_failures", ["since"])
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("path", "sealed")),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "deployment_keys",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )
