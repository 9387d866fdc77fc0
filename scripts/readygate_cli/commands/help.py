"""`readygate help TOPIC`: the few things people ask about, in a page each."""

from __future__ import annotations

import os
import shutil
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from readygate.report import DONE
from readygate_cli.manual import LANGUAGES, TOPICS, own_language, topic
from readygate_cli.options import log_options
from readygate_cli.output import emit

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only shells ask

    return [
        CompletionItem(name, help=text)
        for name, text in TOPICS.items()
        if name.startswith(incomplete)
    ]


@click.command(short_help="Explain a topic: gate, guard, stages, cron, costs.")
@click.argument("name", metavar="[TOPIC]", required=False, shell_complete=_complete)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="The language of the text. Default: yours."
)
@log_options
@click.pass_context
def command(ctx: click.Context, *, name: str | None, lang: str | None) -> int:
    """Explain a topic in a page; without one, list the topics.

    The name of a command gives what `--help` of that command gives.

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
    text = (
        topic(name, lang or own_language(os.environ), width)
        if name in TOPICS
        else _of_command(ctx, name)
    )
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.echo_via_pager(text)
    else:
        emit(text)
    return DONE


def _of_command(ctx: click.Context, name: str) -> str:
    """What a command says of itself. Raises a usage error for a name of nothing."""
    root = ctx.find_root()
    commands = root.command
    assert isinstance(commands, click.Group)  # noqa: S101 - what `readygate` is
    found = commands.get_command(root, name)
    if found is None:
        near = get_close_matches(name, [*TOPICS, *commands.list_commands(root)], n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        topics = ", ".join(TOPICS)
        raise click.UsageError(f"There is no topic {name!r}.{guess} There are: {topics}.", ctx)
    return found.get_help(click.Context(found, parent=root, info_name=name)) + "\n"
