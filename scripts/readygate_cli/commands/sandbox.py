"""`readygate sandbox`: a local tracker to try a config on, from the extra `sandbox`."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path

import click

from readygate_cli.options import log_options

MISSING = "The sandbox is not installed. It is an extra: pip install 'readygate[sandbox]'"


def need_sandbox() -> None:
    """Raise a usage error that says how to install the sandbox, unless it can be used."""
    if find_spec("werkzeug") is None:
        raise click.UsageError(MISSING)


@click.command(short_help="Serve a local tracker to try a config on.")
@click.option(
    "--jira-port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="The port of the Jira look-alike and its board; 0 takes a free one.",
)
@click.option(
    "--airtable-port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="The port of the Airtable look-alike; 0 takes a free one.",
)
@click.option(
    "--seed",
    default="demo-en",
    show_default=True,
    metavar="demo-en|demo|FILE",
    help="What the trackers hold: a small agency in English, the same in Russian, or your own.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep what happens in this file, and go on from it the next time.",
)
@log_options
def command(*, jira_port: int, airtable_port: int, seed: str, state: Path | None) -> int:
    """Serve look-alikes of Jira Cloud and Airtable on this machine only, with a board.

    It prints one JSON line with its addresses and users when it is ready, and stops on Ctrl-C.

    \b
    Examples:
      readygate sandbox
      readygate sandbox --jira-port 8080 --airtable-port 8081 --state site.json
    """
    need_sandbox()
    # Imported here: an installation without the extra must still be able to show this help.
    serving = importlib.import_module("readygate_sandbox.serving")
    code: int = serving.run(
        jira_port=jira_port, airtable_port=airtable_port, seed=seed, state_file=state
    )
    return code
