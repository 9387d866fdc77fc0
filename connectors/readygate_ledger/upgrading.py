"""Brings a ledger to a revision with alembic: all of the way or not at all."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = "readygate_ledger:migrations"
"""Where the migrations are, inside the package."""


def knows(revision: str, scripts: str = MIGRATIONS) -> bool:
    """Whether a ledger of this revision is one of our past."""
    known = ScriptDirectory.from_config(_config(scripts)).walk_revisions()
    return revision in {script.revision for script in known}


def upgrade(connection: Connection, scripts: str = MIGRATIONS, revision: str = "head") -> None:
    """Run the migrations that are due, in the transaction that the connection is in."""
    config = _config(scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config(scripts: str) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
