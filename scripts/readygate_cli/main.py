"""The command line: `readygate COMMAND`. A command's code is loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from readygate_cli import logs
from readygate_cli.call import Call
from readygate_cli.exits import guarded

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "init": "Ask, look at the tracker, and write a first config.",
    "check": "Check the config and the contract chain, offline.",
    "map": "Print the process map: who owns what and hands it to whom.",
    "plan": "Show what a sync would do, and why; write nothing.",
    "sync": "Do one run: this is what cron calls.",
    "status": "Show every open deal: what is missing and who owes it.",
    "log": "Show the history of a deal or of a period.",
    "ledger": "Back up, check or rebuild what is remembered.",
    "doctor": "Find what could make a run fail or a gate weak, live.",
    "setup": "Create what is missing in the tracker, shown first.",
    "guard": "Make the tracker itself refuse a premature move.",
    "sandbox": "Serve a local tracker to try a config on.",
    "demo": "Tell the whole story on a local tracker.",
    "help": "Explain a topic: gate, guard, stages, cron, costs.",
    "completion": "Print the completion for bash, zsh or fish.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own and are loaded one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which people meet them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"readygate_cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, or guess which one was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name, COMMANDS, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{guess}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, without loading them."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only shells ask

        found = [
            CompletionItem(name, help=text)
            for name, text in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return found or super().shell_complete(ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own signature
    if wanted and not ctx.resilient_parsing:
        click.echo(f"readygate {version('readygate')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Keep handovers honest: a deal passes a stage when what it needs has been handed over.

    \b
    Start here:
      readygate init      asks, and writes a config
      readygate check     is the config right?
      readygate doctor    is the tracker ready?
      readygate plan      what would happen?
      readygate sync      do it; later cron does it
    No tracker at hand? `readygate demo` shows it all on a local one.
    `readygate help` explains gates, guards, stages, cron and costs.

    Exit codes: 0 done; 1 some actions failed; 2 usage; 3 config invalid; 4 refused by limits;
    5 a tracker is unavailable or denied us; 6 another run holds the lock; 7 the ledger
    cannot be used; 10 changes are pending (plan --exit-code); 70 a bug of ours; 130 interrupted.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (default: the process's own) and give its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a cron job may have an encoding that lacks a letter
            stream.reconfigure(errors="backslashreplace")
    call = Call(tuple(args))
    logs.configure(call)
    return guarded(
        lambda: cli.main(args, prog_name="readygate", standalone_mode=False, obj=call), call
    )
