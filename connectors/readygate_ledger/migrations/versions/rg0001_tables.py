"""The first ledger: deals, history, intents, runs, bindings, states and the lock row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "rg0001"
down_revision = None


def upgrade() -> None:
    """Create every table, and refuse changes of history."""
    op.create_table(
        "deals",
        sa.Column("pipeline", sa.Text, primary_key=True),
        sa.Column("deal", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("pending", sa.Integer, nullable=False),
        sa.Column("memory", sa.Text, nullable=False),
    )
    op.create_index(
        "deals_pending", "deals", ["pipeline", "deal"], sqlite_where=sa.text("pending = 1")
    )
    _history()
    _intents()
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("ended", sa.Text),
        sa.Column("exit_code", sa.Integer),
        sa.Column("counts", sa.Text, nullable=False),
        sa.UniqueConstraint("id", name="runs_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bindings",
        sa.Column("tracker", sa.Text, primary_key=True),
        sa.Column("made", sa.Text, nullable=False),
        sa.Column("binding", sa.Text, nullable=False),
    )
    op.create_table(
        "states",
        sa.Column("pipeline", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "lock",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1", name="lock_one"),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("deal", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    for column in ("deal", "label", "at"):
        op.create_index(f"history_{column}", "history", [column])
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER history_no_{change.lower()} BEFORE {change} ON history "
            "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
        )


def _intents() -> None:
    op.create_table(
        "intents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("deal", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("status", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("settled_at", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "intents_unsettled",
        "intents",
        ["pipeline", "id"],
        sqlite_where=sa.text("settled_at IS NULL"),
    )
