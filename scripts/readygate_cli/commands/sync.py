"""`readygate sync`: one run. Quiet when nothing happened, one line otherwise."""

from __future__ import annotations

from pathlib import Path

import click

from readygate.errors import Finding
from readygate.news import new_findings
from readygate.render import dump, findings_text, run_document, run_line, run_text
from readygate.run import Options
from readygate_cli.call import Call
from readygate_cli.options import (
    config_option,
    json_option,
    ledger_option,
    local_zone,
    log_options,
    pipeline_option,
)
from readygate_cli.output import emit
from readygate_cli.runs import Done, running


@click.command(short_help="Do one run: this is what cron calls.")
@config_option
@ledger_option
@pipeline_option
@click.option("--full", is_flag=True, help="Read everything, not only what has changed.")
@click.option("--force", is_flag=True, help="Go over the limits of returns and opens, this once.")
@click.option("--verbose", "-v", is_flag=True, help="Show every action and what became of it.")
@json_option
@log_options
@click.pass_obj
def command(
    call: Call,
    *,
    config: tuple[Path, ...],
    ledger: Path | None,
    pipelines: tuple[str, ...],
    full: bool,
    force: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Do one run: open checklists, accept handovers, return deals that moved on too early.

    Prints nothing when nothing happened, one line when something did, errors always. A second run
    at the same time ends with code 6 and does nothing, so cron may call this every minute.

    \b
    Examples:
      readygate sync
      readygate sync --verbose
      readygate sync --pipeline deals --force
    """
    options = Options(full=full, force=force)
    with running(call, config=config, ledger=ledger, pipelines=pipelines, options=options) as done:
        fresh = new_findings(done.ledger, done.report, done.clock.now())
    if as_json:
        emit(dump(run_document(done.report, new=fresh)))
    elif verbose:
        emit(run_text(done.report, done.names))
    else:
        emit(_brief(done, fresh))
    return done.report.exit_code


def _brief(done: Done, fresh: tuple[Finding, ...]) -> str:
    """Nothing, or what happened in one line and what is new to know under it."""
    happened = any(pipeline.outcomes for pipeline in done.report.pipelines)
    if not happened and not fresh:
        return ""
    line = run_line(done.report, local_zone()) if happened else ""
    return line + findings_text(fresh)
