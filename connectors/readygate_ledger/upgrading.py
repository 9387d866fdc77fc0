"""Brings a ledger to a revision with alembic: all of the way or not at all."""

from __future__ import annotations

from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = "readygate_ledger:migrations"
"""Where the migrations are, inside the package."""

# alembic tells its migrations what to work on through globals.
_ONE_AT_A_TIME = Lock()


def knows(revision: str) -> bool:
    """Whether a ledger of this revision is one of our past."""
    known = ScriptDirectory.from_config(config()).walk_revisions()
    return revision in {script.revision for script in known}


def upgrade(connection: Connection) -> None:
    """Run the migrations that are due, in the transaction that the connection is in."""
    due = config()
    due.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(due, "head")


def config() -> Config:
    """What alembic has to know; nothing of it comes from a file."""
    found = Config()
    found.set_main_option("script_location", MIGRATIONS.replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    return found
