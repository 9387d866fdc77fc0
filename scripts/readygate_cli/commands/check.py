"""`readygate check`: the config and the contract chain, offline."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from readygate.errors import ConfigError
from readygate.render import dump, plural, problems_document, problems_text
from readygate.report import DONE, INVALID
from readygate_cli.configs import load_config
from readygate_cli.logs import say
from readygate_cli.options import config_option, json_option, log_options
from readygate_cli.output import emit
from readygate_config import Config, read_settings


@click.command(short_help="Check the config and the contract chain, offline.")
@config_option
@json_option
@log_options
def command(*, config: tuple[Path, ...], as_json: bool) -> int:
    """Check the config and the contract chain, offline.

    Every problem is told at once, with its place and what to do about it. Nothing is asked of a
    tracker: whether its stages and people exist is seen by `readygate plan`.

    \b
    Example:
      readygate check --config readygate.yaml
    """
    try:
        loaded = load_config(config)
        _, unsafe = read_settings(loaded.files)
    except ConfigError as error:
        if not as_json:
            raise
        emit(dump({"ok": False, "problems": problems_document(error.problems)}))
        return INVALID
    warnings = (*loaded.warnings, *unsafe)
    if as_json:
        document = {"ok": True, "problems": problems_document(warnings)}
        emit(dump(document | {"files": [str(file) for file in loaded.files]}))
        return DONE
    if warnings:
        say(problems_text(warnings).rstrip("\n"), level=logging.WARNING)
    emit(f"{_summary(loaded, len(warnings))}\n")
    return DONE


def _summary(config: Config, warnings: int) -> str:
    book = config.book
    gates = sum(len(pipeline.gates(book)) for pipeline in config.pipelines)
    parts = (
        plural(len(book.people), "person", "people"),
        plural(len(book.processes), "process", "processes"),
        plural(len(book.items), "item"),
        plural(len(config.pipelines), "pipeline"),
        plural(gates, "gate"),
    )
    note = f", {plural(warnings, 'warning')}" if warnings else ""
    return f"The config is valid: {', '.join(parts)}{note}."
