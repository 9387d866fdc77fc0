"""`readygate demo`: the whole story on a local tracker."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from readygate.report import DONE, SOME_FAILED
from readygate_cli.commands.sandbox import need_sandbox
from readygate_cli.configs import load_config
from readygate_cli.demo.airtable import AirtableScenery
from readygate_cli.demo.jira import JiraScenery
from readygate_cli.demo.scenery import CONFIG_NAME, Scenery, StoryBroke
from readygate_cli.demo.story import Cast, Story
from readygate_cli.logs import say
from readygate_cli.options import log_options
from readygate_cli.output import emit
from readygate_config import catalogues

DEALS = {
    "en": ("Website for the bakery “Sunrise”", {"Service": "Website"}),
    "ru": ("Сайт для пекарни «Рассвет»", {"Услуга": "Сайт"}),
}
"""The deal that the story is about: its title and the fields that conditions look at."""

SCENERIES: dict[str, Callable[..., Scenery]] = {
    "jira": JiraScenery,
    "airtable": AirtableScenery,
}


@click.command(short_help="Tell the whole story on a local tracker.")
@click.option(
    "--lang",
    type=click.Choice(["en", "ru"]),
    default="en",
    show_default=True,
    help="The language of the narrator, of the config and of what is written into the tracker.",
)
@click.option(
    "--tracker",
    type=click.Choice(list(SCENERIES)),
    default="jira",
    show_default=True,
    help="Which look-alike plays the tracker.",
)
@click.option("--keep", is_flag=True, help="Leave the tracker and its board running afterwards.")
@log_options
def command(*, lang: str, tracker: str, keep: bool) -> int:
    """Tell the whole story on a local tracker: a deal moves on too early and comes back.

    Everything is real except the tracker: our commands, HTTP, and the checks after each step. Ends
    with code 1 if the story does not happen.

    \b
    Examples:
      readygate demo
      readygate demo --tracker airtable
      readygate demo --keep --lang ru
    """
    need_sandbox()
    with ExitStack() as cleaning:
        folder = _folder(cleaning, keep=keep)
        try:
            scenery = SCENERIES[tracker](lang, folder, detached=keep)
            cleaning.callback(partial(_leave, scenery, folder, lang) if keep else scenery.stop)
            return _tell(scenery, scenery.config(folder), lang)
        except StoryBroke as broke:
            say(str(broke))
            return SOME_FAILED


def _tell(scenery: Scenery, config: Path, language: str) -> int:
    _ = catalogues.texts(language, catalogues.DEMO)
    emit(_("A local tracker is running. Its board: {board}").format(board=scenery.board) + "\n")
    loaded = load_config([config])
    title, fields = DEALS[language]
    cast = Cast(loaded.book, loaded.pipelines[0], title, fields)
    deal = Story(scenery, config, cast, _).tell()
    told = _("The story is told: {deal} was handed over, and nothing was skipped.")
    emit(f"\n{told.format(deal=deal)}\n")
    return DONE


def _folder(cleaning: ExitStack, *, keep: bool) -> Path:
    if keep:
        return Path(tempfile.mkdtemp(prefix="readygate-demo-"))
    made = tempfile.TemporaryDirectory(prefix="readygate-demo-", ignore_cleanup_errors=True)
    return Path(cleaning.enter_context(made))


def _leave(scenery: Scenery, folder: Path, language: str) -> None:
    """Say where what is left running is, how to play with it, and how to stop it."""
    _ = catalogues.texts(language, catalogues.DEMO)
    settings = {"READYGATE_CONFIG": str(folder / CONFIG_NAME), **scenery.environment()}
    beside = Path(sys.executable).with_name("readygate")
    program = beside if beside.exists() else "readygate"
    exports = "".join(f"    export {name}={value}\n" for name, value in settings.items())
    lines = (
        _("Still running: {board} (process {pid})").format(board=scenery.board, pid=scenery.pid),
        _("Move deals and tick items there, then see what a run does about it:"),
        f"{exports}    {program} sync --verbose",
        _("To stop it: kill {pid}; its files are in {folder}").format(
            pid=scenery.pid, folder=folder
        ),
    )
    emit("\n" + "".join(f"{line}\n" for line in lines))
