"""`readygate plan`: what a sync would do, and why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from readygate.render import (
    budgets_document,
    budgets_markdown,
    budgets_text,
    dump,
    run_document,
    run_markdown,
    run_text,
)
from readygate.report import DONE, PENDING
from readygate.run import Options
from readygate_cli.budgets import usages
from readygate_cli.call import Call
from readygate_cli.options import (
    config_option,
    every_option,
    format_option,
    ledger_option,
    log_options,
    pipeline_option,
)
from readygate_cli.output import emit
from readygate_cli.runs import running


@click.command(short_help="Show what a sync would do, and why; write nothing.")
@config_option
@ledger_option
@pipeline_option
@click.option("--full", is_flag=True, help="Read everything, not only what has changed.")
@click.option("--exit-code", is_flag=True, help="End with code 10 when changes are pending.")
@every_option
@format_option
@log_options
@click.pass_obj
def command(
    call: Call,
    *,
    config: tuple[Path, ...],
    ledger: Path | None,
    pipelines: tuple[str, ...],
    full: bool,
    exit_code: bool,
    period: timedelta | None,
    form: str,
) -> int:
    """Show what a sync would do, and why; write nothing, neither to the tracker nor to the ledger.

    \b
    Examples:
      readygate plan
      readygate plan --pipeline deals --format markdown
      readygate plan --exit-code || echo "something is pending, or failed"
    """
    options = Options(dry=True, full=full)
    with running(call, config=config, ledger=ledger, pipelines=pipelines, options=options) as done:
        report = done.report
        keys = (one.tracker for one in report.trackers)
        used = usages(done.config, done.ledger, keys, period)
    match form:
        case "json":
            emit(dump(run_document(report) | budgets_document(used)))
        case "markdown":
            emit([run_markdown(report, done.names), budgets_markdown(used)])
        case _:
            emit([run_text(report, done.names), budgets_text(used)])
    code = report.exit_code
    return PENDING if exit_code and code == DONE and report.changes else code
