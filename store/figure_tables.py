"""The tables of what key figures and registers read of every project."""

from sqlalchemy import Boolean, Column, Float, Index, LargeBinary, PrimaryKeyConstraint, Table, Text, false

from store.tables import METADATA
from store.types import UtcDateTime

# A line for each project, of its newest score. ``counted``: JSON of model.outcome.Counted; NULL: not counted yet.
project_figures = Table(
    "project_figures",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("score", Float),
    Column("band", Text, nullable=False),
    Column("coverage", Float, nullable=False),
    Column("trust", Float, nullable=False),
    Column("counted", Text),
)

# The open risks of each project as they were counted when it was last scored. ``several``: another project has it, too.
project_risks = Table(
    "project_risks",
    METADATA,
    Column("node", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("probability", Float),
    Column("impact", Float),
    Column("exposure", Float, nullable=False),
    Column("assessed", Boolean, nullable=False),
    Column("response", Text),
    Column("owner_id", Text),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),
    Column("several", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("node", "id"),
    Index("ix_project_risks_exposure", "exposure", "id", "node"),
    Index("ix_project_risks_id", "id", "node"),
    Index("ix_project_risks_several", "several", "node"),
)

# The rest of its registers. ``hash``: of all of them; ``body``: JSON of model.register_kept.ProjectRest; ``conflicts``:
# JSON of those that end in the project, NULL: none.
project_registers = Table(
    "project_registers",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("body", Text, nullable=False),
    Column("conflicts", Text),
)
