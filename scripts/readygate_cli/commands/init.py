"""`readygate init`: asks, looks at the tracker, and writes a first config."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from readygate.report import DONE, INTERRUPTED
from readygate_cli.call import Call
from readygate_cli.init.asking import Answers
from readygate_cli.init.connecting import OPTIONS
from readygate_cli.init.deciding import Options
from readygate_cli.init.starting import Start, Target, begin
from readygate_cli.logs import say
from readygate_cli.manual import own_language
from readygate_cli.options import log_options
from readygate_config import catalogues

_HELP = {
    "url": ("URL", "The address of the Jira site."),
    "email": ("E-MAIL", "Readygate's account in Jira."),
    "project": ("KEY", "Jira: the project of the deals."),
    "issue_type": ("NAME", "Jira: the issue type of the deals."),
    "subtask_type": ("NAME", "Jira: the subtask type of checklist items."),
    "base": ("BASE", "Airtable: the base, by id or name."),
    "table": ("NAME", "Airtable: the table of the deals."),
    "stage_field": ("NAME", "Airtable: the field with the stage."),
}


def _setting_options(function: click.decorators.FC) -> click.decorators.FC:
    for name in reversed(OPTIONS):
        metavar, help_ = _HELP[name]
        option = f"--{name.replace('_', '-')}"
        function = click.option(option, name, metavar=metavar, help=help_)(function)
    return function


@click.command(short_help="Ask, look at the tracker, and write a first config.")
@click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="READYGATE_CONFIG",
    show_envvar=True,
    default="readygate.yaml",
    show_default=True,
    help="The file to write.",
)
@click.option("--add", "adding", is_flag=True, help="Add a pipeline to the config that is there.")
@click.option(
    "--lang",
    type=click.Choice(["en", "ru"]),
    help="The language of questions, comments and of the tracker. Default: yours.",
)
@click.option(
    "--tracker", metavar="KIND", help="jira, airtable; or the name of a tracker of the config."
)
@_setting_options
@click.option(
    "--set",
    "others",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting that a tracker asks for.",
)
@click.option("--token-stdin", is_flag=True, help="Read the token from the first line of stdin.")
@click.option("--pipeline", metavar="NAME", help="What the pipeline is called. Default: deals.")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="STAGE=PROCESS",
    help="In order; STAGE=exit where deals leave. Default: proposed.",
)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    metavar="PROCESS=E-MAIL",
    help="Who answers for a process; an e-mail alone answers for all others.",
)
@click.option(
    "--needs",
    multiple=True,
    metavar="PROCESS=ITEM",
    help="An item that a process must receive; (optional) or (external) may follow.",
)
@click.option("--example", is_flag=True, help="Start from the items of the example handover.")
@click.option(
    "--guard",
    metavar="GUARD",
    help="advise (default: for a first period only a comment), return, native, locked.",
)
@click.option(
    "--by",
    type=click.Choice(["subtasks", "field"]),
    help="Jira, with --guard native: what holds a deal back.",
)
@click.option("--no-dotenv", is_flag=True, help="Write no .env: secrets are kept somewhere else.")
@log_options
@click.pass_obj
def command(
    call: Call,
    /,
    *,
    config: Path,
    adding: bool,
    lang: str | None,
    tracker: str | None,
    others: Sequence[str],
    token_stdin: bool,
    pipeline: str | None,
    stages: Sequence[str],
    owners: Sequence[str],
    needs: Sequence[str],
    example: bool,
    guard: str | None,
    by: str | None,
    no_dotenv: bool,
    **settings: str | None,
) -> int:
    """Ask, look at the tracker, and write a first config, an .env file and the line for cron.

    Every answer can be given as an option; then nothing is asked. A token is never an option, as
    other users of the machine would see it: it comes from READYGATE_TRACKERS__MAIN__TOKEN (BASE
    for Airtable), from --token-stdin, or is typed. Nothing in the tracker is changed, and no file
    is overwritten.

    \b
    Examples:
      readygate init
      readygate init --tracker jira --url https://example.atlassian.net \\
        --email readygate@example.com --project DEAL --example \\
        --owner Marketing=anna@example.com --owner Sales=boris@example.com \\
        --owner Delivery=vera@example.com --token-stdin <token.txt
    """
    try:
        language = lang or own_language(os.environ)
        token = _token() if token_stdin else ""
        answers = Answers(
            _given(settings | {"tracker": tracker, "guard": guard}, others),
            interactive=sys.stdin.isatty() and not token_stdin,
            say_in=catalogues.texts(language, catalogues.INIT),
        )
        start = Start(
            call=call,
            answers=answers,
            options=Options(stages, owners, needs, example),
            target=Target(config, adding=adding),
            language=language,
            token=token,
            pipeline=pipeline or "",
            by=by or "",
            no_dotenv=no_dotenv,
        )
        begin(start)
    except (KeyboardInterrupt, click.Abort):
        say("\nInterrupted: nothing was written.")
        return INTERRUPTED
    return DONE


def _given(settings: Mapping[str, str | None], others: Sequence[str]) -> dict[str, str]:
    given = {name: value.strip() for name, value in settings.items() if value and value.strip()}
    for text in others:
        name, mark, value = text.partition("=")
        if not mark or name.strip() in {"token", "password", "secret"}:
            raise click.UsageError(
                f"--set {name}: write NAME=VALUE. A secret is never given on the command line."
            )
        given[name.strip()] = value.strip()
    return given


def _token() -> str:
    token = sys.stdin.readline().strip()
    if not token:
        raise click.UsageError("--token-stdin: stdin holds no token in its first line.")
    return token
