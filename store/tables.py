"""All tables. Rows become records in the repositories, nowhere else.

Record tables are bitemporal: the record itself says when something was true; ``known_from``/``known_to`` say when we
believed it. The row with ``known_to`` empty is what is believed now, and there is at most one for an id. Columns stand
only for what is searched; ``body`` is the whole record as JSON, ``hash`` the digest of ``body``.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from store.types import UtcDateTime

METADATA = MetaData()
_OPEN = text("known_to IS NULL")
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _versioned(name: str, *columns: Column[Any], indexes: tuple[tuple[str, ...], ...] = ()) -> Table:
    """A bitemporal record table with its guard: one open row for an id."""
    return Table(
        name,
        METADATA,
        Column("id", Text, nullable=False),
        Column("connection", Text, nullable=False),
        *columns,
        Column("hash", LargeBinary(16), nullable=False),
        Column("body", Text, nullable=False),
        Column("known_from", UtcDateTime, nullable=False),
        Column("known_to", UtcDateTime),
        PrimaryKeyConstraint("id", "known_from", name=f"pk_{name}"),
        Index(f"uq_{name}_open", "id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        *(Index(f"ix_{name}_{'_'.join(names)}", *names) for names in indexes),
    )


_LEARNED = (("connection", "known_from"), ("connection", "known_to"))  # what differs since a moment
people = _versioned("people")
tool_projects = _versioned("tool_projects", indexes=_LEARNED)
goals = _versioned("goals")
iterations = _versioned("iterations", indexes=_LEARNED)
milestones = _versioned("milestones", Column("project_id", Text, nullable=False), indexes=(("project_id",), *_LEARNED))
items = _versioned(
    "items",
    Column("key", Text, nullable=False),
    Column("parent_id", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    indexes=(("connection", "key"), ("key",), ("parent_id",)),
)
# ``former`` holds the old value of key and parent changes: what an item was called, and what it stood under.
_FORMER = text("former IS NOT NULL")
changes = _versioned(
    "changes",
    Column("item_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("former", Text),
    indexes=(("item_id",),),
)
Index("ix_changes_former", changes.c.former, sqlite_where=_FORMER, postgresql_where=_FORMER)
# ``from_history``: told by a full history, as against "it is so at present".
memberships = _versioned(
    "memberships",
    Column("item_id", Text, nullable=False),
    Column("container_id", Text, nullable=False),
    Column("container_kind", Text, nullable=False),
    Column("to_at", UtcDateTime),
    Column("from_history", Boolean, nullable=False),
    indexes=(("item_id",), ("container_id",)),
)
links = _versioned(
    "links",
    Column("source_id", Text),
    Column("target_id", Text),
    Column("to_at", UtcDateTime),
    Column("from_history", Boolean, nullable=False),
    indexes=(("source_id",), ("target_id",), *_LEARNED),
)
worklogs = _versioned("worklogs", Column("item_id", Text, nullable=False), indexes=(("item_id",),))
declared_statuses = _versioned(
    "declared_statuses", Column("subject_id", Text, nullable=False), indexes=(("subject_id",), *_LEARNED)
)

budgets = _versioned("budgets", Column("project_id", Text, nullable=False), indexes=(("project_id",), *_LEARNED))
allocations = _versioned("allocations", Column("project_id", Text, nullable=False), indexes=(("project_id",),))

tombstones = Table(
    "tombstones",
    METADATA,
    Column("item_id", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("gone_at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),  # model.sync.Departure
    Column("known_from", UtcDateTime, nullable=False),
    Column("known_to", UtcDateTime),
    PrimaryKeyConstraint("item_id", "known_from", name="pk_tombstones"),
    Index("uq_tombstones_open", "item_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_tombstones_connection", "connection"),
)
known_histories = Table(
    "known_histories",
    METADATA,
    Column("item_id", Text, primary_key=True),
    Column("known_from", UtcDateTime, nullable=False),
    Column("outdated", Boolean, nullable=False),  # the item changed since its history was read
)
# Payloads that could not be read. ``containers``: JSON list of what the item would have counted in.
skipped_items = Table(
    "skipped_items",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("item_id", Text),
    Column("why", Text, nullable=False),
    Column("containers", Text, nullable=False),
    Column("known_from", UtcDateTime, nullable=False),
    Column("known_to", UtcDateTime),
    PrimaryKeyConstraint("connection", "item", "known_from", name="pk_skipped_items"),
)
raw_payloads = Table(
    "raw_payloads",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("vendor_id", Text, nullable=False),
    Column("hash", LargeBinary(16), nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("via", Text, nullable=False),
    PrimaryKeyConstraint("connection", "kind", "vendor_id", name="pk_raw_payloads"),
)
sync_states = Table(
    "sync_states",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("cursor", Text),
    Column("checkpoint", Text),
    Column("mapping_digest", Text),
    Column("started_at", UtcDateTime),
    Column("last_finished_at", UtcDateTime),
    Column("learned_at", UtcDateTime),  # the newest moment at which anything of the connection was learned
)
# A cleared node keeps its row with ``marks`` 0, so that ``marked_at`` never takes the same value twice.
dirty_nodes = Table(
    "dirty_nodes",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("marked_at", UtcDateTime, nullable=False),
    Column("marks", Integer, nullable=False),
    Column("since", UtcDateTime),  # the first mark that is not answered yet
)
scores = Table(
    "scores",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("node", Text, nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("known_at", UtcDateTime, nullable=False),
    Column("hash", LargeBinary(16), nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_scores_node_as_of", "node", "as_of"),
)
# Which score of a node is the newest, so that the front page does not search the history. ``declared``: whether a person
# declared a status of the node, so that who looks for these does not search all scores.
newest_scores = Table(
    "newest_scores",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("score_id", BigInteger, nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("declared", Boolean, nullable=False, server_default=false()),
    Column("standing", Text, nullable=False, server_default=""),  # JSON of store.score_numbers.Standing
)
# Programs and projects made from what the tools hold. ``key``: connection, level and the tool's own name of the thing.
derived_nodes = Table(
    "derived_nodes",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("node", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("known_from", UtcDateTime, nullable=False),
    Column("known_to", UtcDateTime),
    Index("ix_derived_nodes_node", "node"),
)
# When the computed band of a node became another one.
band_turns = Table(
    "band_turns",
    METADATA,
    Column("node", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    PrimaryKeyConstraint("node", "at", name="pk_band_turns"),
    sqlite_with_rowid=False,
)
trend_points = Table(
    "trend_points",
    METADATA,
    Column("node", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("score", Float),
    Column("band", Text, nullable=False),
    Column("basis", Text, nullable=False),
    PrimaryKeyConstraint("node", "at", name="pk_trend_points"),
    sqlite_with_rowid=False,  # a page reads the points of thousands of nodes at one moment: one step each
)
# What nodes were scored by from a moment on: tree, rules, people. Written when it differs.
settings_kept = Table(
    "settings_kept",
    METADATA,
    Column("known_from", UtcDateTime, nullable=False),
    Column("hash", LargeBinary(16), nullable=False),
    Column("body", Text, nullable=False),  # JSON
    PrimaryKeyConstraint("known_from", name="pk_settings_kept"),
)
# What set-up made in a tool, and may take away again.
setup_made = Table(
    "setup_made",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("within", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "kind", "id", "within", name="pk_setup_made"),
)
# Messages to people, each made once and sent once. ``gone``: why it was given up.
notices = Table(
    "notices",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("notifier", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("made_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("gone", Text),
    Index("ix_notices_node", "notifier", "node", "made_at"),
)
hook_registrations = Table(
    "hook_registrations",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("secret", Text),
    Column("pending", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("vendor_id", Text),
    Column("url", Text),
    Column("active_since", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("heard_at", UtcDateTime),
    PrimaryKeyConstraint("connection", "key", name="pk_hook_registrations"),
)
hook_seen = Table(
    "hook_seen",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "dedupe_key", name="pk_hook_seen"),
    Index("ix_hook_seen_at", "at"),
)
_PENDING = text("done_at IS NULL")
hook_deliveries = Table(
    "hook_deliveries",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("connection", Text, nullable=False),
    Column("events", Text, nullable=False),  # JSON
    Column("received_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("given_up_at", UtcDateTime),
    Column("error", Text),
    Index("ix_hook_deliveries_pending", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_hook_deliveries_received", "connection", "received_at"),
)
overrides = Table(
    "overrides",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("node", Text, nullable=False),
    Column("band", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", Date, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("cleared_by", Text),
    Index("ix_overrides_node", "node"),
)
# ``plan``: JSON of a model.baseline.BaselinePlan. Proposed, then approved, then superseded; see model.baseline.Baseline.
baselines = Table(
    "baselines",
    METADATA,
    Column("node", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("reason", Text),
    Column("set_by", Text, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", UtcDateTime),
    Column("superseded_at", UtcDateTime),
    Column("plan", Text, nullable=False),
    PrimaryKeyConstraint("node", "number", name="pk_baselines"),
)
runs = Table(
    "runs",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", Text),
    Column("summary", Text),  # JSON
)
tokens = Table(
    "tokens",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("body", Text, nullable=False),  # encrypted JSON
)
limit_windows = Table(
    "limit_windows",
    METADATA,
    Column("scope", Text, nullable=False),
    Column("window_start", UtcDateTime, nullable=False),
    Column("taken", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "window_start", name="pk_limit_windows"),
)
limit_pauses = Table(
    "limit_pauses",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
# What a vendor's refusals taught of a limit: less than was thought, until it is tried again.
limit_lessons = Table(
    "limit_lessons",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("capacity", Integer, nullable=False),
    Column("holds_until", UtcDateTime, nullable=False),
)
# Who holds how many of what may be in use at once; a row past its ``until`` counts no more.
leases = Table(
    "leases",
    METADATA,
    Column("scope", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("scope", "holder", name="pk_leases"),
)
