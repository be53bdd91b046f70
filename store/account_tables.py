"""The tables of logins: accounts, their rights, sessions, tokens, failed logins, kept forms, and who changed what.

Secrets are kept as hashes only; what has to be read again is sealed.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from store.tables import METADATA, SERIAL
from store.types import UtcDateTime

# ``folded``: the name as it is compared. ``issuer`` and ``subject``: who it is where somebody else asks for the password;
# ``entered_at``: when they last logged in there.
accounts = Table(
    "accounts",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),
    Column("password", Text),
    Column("issuer", Text),
    Column("subject", Text),
    Column("made_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("entered_at", UtcDateTime),
    Index("uq_accounts_elsewhere", "issuer", "subject", unique=True),
)
# ``node`` empty: the whole deployment.
account_rights = Table(
    "account_rights",
    METADATA,
    Column("account", BigInteger, ForeignKey("accounts.id"), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("role", Integer, nullable=False),
)
# ``hash`` is of the cookie's content. ``agent``: what the browser calls itself.
login_sessions = Table(
    "login_sessions",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("account", BigInteger, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("agent", Text, nullable=False),
)
api_tokens = Table(
    "api_tokens",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("account", BigInteger, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("node", Text),
    Column("made_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)
# ``key``: a digest of the name or the address that was tried.
login_failures = Table(
    "login_failures",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False, index=True),
)
# What was typed when a session had ended.
kept_forms = Table(
    "kept_forms",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
deployment_keys = Table(
    "deployment_keys",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
)
deeds = Table(
    "deeds",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)
