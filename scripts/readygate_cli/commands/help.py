"""`readygate help TOPIC`: the few things people ask about, in a page each."""

from __future__ import annotations

import os
import shutil
import sys

import click

from readygate.report import DONE
from readygate_cli.manual import LANGUAGES, TOPICS, own_language, topic
from readygate_cli.options import log_options
from readygate_cli.output import emit


@click.command(short_help="Explain a topic: gate, guard, stages, cron, costs.")
@click.argument("name", metavar="[TOPIC]", required=False, type=click.Choice(list(TOPICS)))
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="The language of the text. Default: yours."
)
@log_options
def command(*, name: str | None, lang: str | None) -> int:
    """Explain a topic in a page; without one, list the topics.

    Of a command, its own help tells: `readygate plan --help`.

    \b
    Examples:
      readygate help
      readygate help guard
      readygate help cron --lang ru
    """
    if name is None:
        listed = "".join(f"  {key:<8} {text}\n" for key, text in TOPICS.items())
        emit(f"readygate help TOPIC, where TOPIC is one of:\n{listed}")
        return DONE
    # One column less than there is: a full line would wrap in some terminals.
    width = shutil.get_terminal_size().columns - 1
    text = topic(name, lang or own_language(os.environ), width)
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.echo_via_pager(text)
    else:
        emit(text)
    return DONE
