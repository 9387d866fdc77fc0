"""The tables of the ledger, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

HEAD = "rg0001"
"""The revision these tables have; kept here so that an ordinary run need not load alembic."""

APPLICATION = 0x52474C31
"""What SQLite's `application_id` says of our files: "RGL1"."""

metadata = MetaData()

deals = Table(
    "deals",
    metadata,
    Column("pipeline", Text, primary_key=True),
    Column("deal", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("memory", Text, nullable=False),
)
Index("deals_pending", deals.c.pipeline, deals.c.deal, sqlite_where=text("pending = 1"))

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("deal", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("history_deal", history.c.deal)
Index("history_label", history.c.label)
Index("history_at", history.c.at)

intents = Table(
    "intents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("deal", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("status", Text),
    Column("outcome", Text),
    Column("settled_at", Text),
    sqlite_autoincrement=True,
)
Index(
    "intents_unsettled", intents.c.pipeline, intents.c.id, sqlite_where=text("settled_at IS NULL")
)

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("exit_code", Integer),
    Column("counts", Text, nullable=False),
    UniqueConstraint("id", name="runs_id"),
    sqlite_autoincrement=True,
)

bindings = Table(
    "bindings",
    metadata,
    Column("tracker", Text, primary_key=True),
    Column("made", Text, nullable=False),
    Column("binding", Text, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("pipeline", Text, primary_key=True),
    Column("state", Text, nullable=False),
)

lock = Table(
    "lock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("run", Text, nullable=False),
    CheckConstraint("id = 1", name="lock_one"),
)
