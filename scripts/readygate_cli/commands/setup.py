"""`readygate setup`: creates what a pipeline needs in its tracker, after showing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from readygate.contract import ContractBook
from readygate.pipeline import Pipeline
from readygate.ports import Conditions, Preparable, Preparation
from readygate.render import clean
from readygate.report import DONE, PENDING
from readygate_cli.call import Call
from readygate_cli.configs import by_tracker, chosen, load_config
from readygate_cli.options import config_option, consents, log_options, pipeline_option
from readygate_cli.output import emit
from readygate_cli.wiring import SystemClock, settings_of, trackers_of


@click.command(short_help="Create what is missing in the tracker, shown first.")
@config_option
@pipeline_option
@click.option("--yes", is_flag=True, help="Create it without asking.")
@log_options
@click.pass_obj
def command(call: Call, *, config: tuple[Path, ...], pipelines: tuple[str, ...], yes: bool) -> int:
    """Create the tables and fields that a pipeline needs, and say what only people can make.

    Shows first what it would create, and asks; what is there already is never changed. Ends with
    code 10 when something is missing and nobody consented.

    \b
    Examples:
      readygate setup
      readygate setup --pipeline deals --yes
    """
    loaded = load_config(config)
    wanted = by_tracker(chosen(loaded, pipelines))
    settings = settings_of(call, loaded)
    trackers = trackers_of(call, loaded, settings, wanted, SystemClock())
    pending = False
    for key, mine in wanted.items():
        tracker = trackers[key]()
        if not isinstance(tracker, Preparable):
            emit(f"{key}: nothing needs creating there; checklists are subtasks of the deals.\n")
            continue
        conditions = {one.key: _conditions(loaded.book, one) for one in mine}
        pending = not _prepare(key, tracker, mine, conditions, yes=yes) or pending
    return PENDING if pending else DONE


def _conditions(book: ContractBook, pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """Fields of the deals that `when:` names -> every value it looks for in them."""
    found: dict[str, dict[str, None]] = {}
    for item in pipeline.items(book):
        if item.when:
            found.setdefault(item.when.field, {}).update(dict.fromkeys(item.when.values))
    return {field: tuple(values) for field, values in found.items()}


def _prepare(
    key: str,
    tracker: Preparable,
    mine: Sequence[Pipeline],
    conditions: Conditions,
    *,
    yes: bool,
) -> bool:
    """Show, ask, create; False if something is still missing."""
    found = tracker.prepare(mine, conditions)
    emit(_shown(key, found))
    done = not found.creates
    if found.creates and (yes or consents("Create it?")):
        for made in tracker.carry_out(mine, conditions):
            emit(f"  created: {clean(made)}\n")
        done = True
    elif found.creates:
        emit("Nothing was created: run `readygate setup --yes`.\n")
    return done


def _shown(key: str, found: Preparation) -> Iterator[str]:
    if found.creates:
        yield f"{key}: this would be created:\n"
        yield from (f"  + {clean(one)}\n" for one in found.creates)
    else:
        yield f"{key}: everything that can be created is there.\n"
    if found.by_hand:
        yield "The API lets nobody create these; a person clicks them together:\n"
        yield from (f"  - {clean(one)}\n" for one in found.by_hand)
