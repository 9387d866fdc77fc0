"""`readygate completion SHELL`: what makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from readygate.report import DONE
from readygate_cli.options import log_options
from readygate_cli.output import emit

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print the completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(SHELLS))
@log_options
@click.pass_context
def command(ctx: click.Context, *, shell: str) -> int:
    """Print what makes a shell complete commands, options and files; for its start-up file.

    \b
    Examples:
      readygate completion bash >~/.local/share/bash-completion/completions/readygate
      readygate completion zsh >~/.zfunc/_readygate
      readygate completion fish >~/.config/fish/completions/readygate.fish
    Or for this shell alone:
      eval "$(readygate completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell  # noqa: S101 - click knows all three
    root = ctx.find_root()
    emit(kind(root.command, {}, "readygate", "_READYGATE_COMPLETE").source() + "\n")
    return DONE
