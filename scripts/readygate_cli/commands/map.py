"""`readygate map`: the process map from the same file."""

from __future__ import annotations

from pathlib import Path

import click

from readygate.render import chain_document, chain_mermaid, chain_text, dump
from readygate_cli.call import Call
from readygate_cli.configs import load_config
from readygate_cli.options import config_option, json_option, log_options
from readygate_cli.output import emit
from readygate_cli.wiring import settings_of


@click.command(short_help="Print the process map: who owns what and hands it to whom.")
@config_option
@click.option("--mermaid", is_flag=True, help="Print a Mermaid flowchart instead of a table.")
@json_option
@log_options
@click.pass_obj
def command(call: Call, *, config: tuple[Path, ...], mermaid: bool, as_json: bool) -> None:
    """Print the process map: process, owner, what it receives, what it hands on, to whom.

    \b
    Examples:
      readygate map
      readygate map --mermaid > map.mmd
    """
    if mermaid and as_json:
        raise click.UsageError("--mermaid and --json are two forms of the same map: choose one.")
    loaded = load_config(config)
    settings_of(call, loaded)
    if as_json:
        emit(dump(chain_document(loaded.book, loaded.pipelines)))
    elif mermaid:
        emit(chain_mermaid(loaded.book))
    else:
        emit(chain_text(loaded.book, loaded.pipelines))
