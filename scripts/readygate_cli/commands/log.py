"""`readygate log`: the history of a deal or of a period."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from readygate.render import dump, in_order, log_document, log_text
from readygate.report import DONE
from readygate_cli.call import Call
from readygate_cli.configs import load_config, names_of
from readygate_cli.logs import say
from readygate_cli.options import (
    When,
    config_option,
    json_option,
    ledger_option,
    local_zone,
    log_options,
)
from readygate_cli.output import NEVER, emit
from readygate_cli.wiring import SystemClock, ledger_of, settings_of


@click.command(short_help="Show the history of a deal or of a period.")
@click.argument("deal", required=False)
@config_option
@ledger_option
@click.option("--since", type=When(), help="Only what happened after this: 7d, 12h, 2026-11-24.")
@click.option("--until", type=When(), help="Only what happened before this.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="At most so many events, the latest of them.",
)
@json_option
@log_options
@click.pass_obj
def command(
    call: Call,
    *,
    deal: str | None,
    config: tuple[Path, ...],
    ledger: Path | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> int:
    """Show what was seen and done, oldest first: of one DEAL, of a period, or all of it.

    \b
    Examples:
      readygate log DEAL-12
      readygate log --since 7d
    """
    loaded = load_config(config)
    with ledger_of(loaded, settings_of(call, loaded), ledger, SystemClock()) as remembered:
        found = remembered.history(deal=deal, since=since, until=until, limit=limit)
        events = tuple(in_order(found))
        begun = bool(events or remembered.runs(limit=1))
    if as_json:
        emit(dump(log_document(events)))
    elif events:
        emit(log_text(events, local_zone(), names_of(loaded.book)))
    elif not begun:
        say(NEVER)
    else:
        say(f"Nothing is recorded{f' about {deal}' if deal else ''} in this period.", level=20)
    return DONE
