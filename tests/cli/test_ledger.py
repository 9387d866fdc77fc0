"""`readygate ledger`: backup, check and rebuild, on a real file and the sandbox."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.stage import Stage


def ledger(stage: Stage) -> Path:
    return stage.folder / "readygate.db"


def damage(stage: Stage) -> None:
    ledger(stage).write_bytes(b"spoiled " * 2000)


def names(stage: Stage) -> list[str]:
    return sorted(entry.name for entry in stage.folder.iterdir())


def intend(stage: Stage, at: str) -> None:
    with closing(sqlite3.connect(ledger(stage))) as connection, connection:
        action = '{"kind":"tell","deal":"1","label":"DEAL-1","text":"x","reason":"r"}'
        connection.execute(
            "INSERT INTO intents (run, pipeline, deal, kind, action, at)"
            " VALUES ('r', 'deals', '1', 'tell', ?, ?)",
            (action, at),
        )


def test_check_of_a_sound_ledger(stage: Stage) -> None:
    assert stage.run("sync").code == 0
    told = stage.run("ledger", "check")
    assert (told.code, told.err) == (0, "")
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d \S+", "TIME", told.out)
    shown = re.sub(r"\d{8}-\d{6}-\w{4}", "RUN", shown)
    shown = re.sub(r"[\d,]+ (bytes|lines)", r"N \1", shown)
    assert shown == (
        f"The ledger {ledger(stage)} is sound.\n"
        "  size          N bytes\n"
        "  version       rg0001, the newest\n"
        "  deals known   deals 6\n"
        "  history       N lines\n"
        "  open intents  none\n"
        "  last run      RUN, ended TIME with code 0\n"
        "  lock          free\n"
    )


def test_check_as_json(stage: Stage) -> None:
    stage.run("sync")
    told = stage.run("ledger", "check", "--json")
    found = json.loads(told.out)
    assert told.code == 0
    assert (found["exists"], found["sound"], found["problem"]) == (True, True, None)
    assert (found["deals"], found["open_intents"]) == ({"deals": 6}, 0)
    assert found["last_run"]["exit_code"] == 0
    assert found["lock"] == {"held": False, "holder": None}


def test_check_tells_of_intents_that_nobody_settled(stage: Stage) -> None:
    stage.run("sync")
    intend(stage, "2026-01-02T09:00:00.000000+00:00")
    told = stage.run("ledger", "check")
    assert told.code == 1
    assert "open intents  1, the oldest of 2026-01-02" in told.out
    assert told.out.endswith(
        "Actions have been without a known outcome for more than a day: the next run looks\n"
        "them up. Does cron still call `readygate sync`, for all pipelines?\n"
    )


def test_check_without_a_ledger(stage: Stage) -> None:
    told = stage.run("ledger", "check")
    assert (told.code, told.err) == (1, "")
    assert told.out == (
        f"There is no ledger at {ledger(stage)} yet: the first `readygate sync` makes it."
        " If there\n"
        "was one: put a backup back, or see what `readygate ledger rebuild` would do.\n"
    )
    assert "readygate.db" not in names(stage)


def test_check_of_a_damaged_ledger(stage: Stage) -> None:
    damage(stage)
    told = stage.run("ledger", "check")
    assert (told.code, told.out) == (7, "")
    assert told.err == (
        f"the ledger {ledger(stage)} is not a ledger, or it is damaged. Put a backup back, or run "
        "`readygate ledger rebuild`: it moves the file aside and makes a new ledger from the "
        "tracker\n"
    )
    found = json.loads(stage.run("ledger", "check", "--json").out)
    assert (found["sound"], found["damaged"]) == (False, True)


def test_a_backup_beside_it_and_in_a_folder(stage: Stage) -> None:
    stage.run("sync")
    told = stage.run("ledger", "backup")
    assert told.code == 0
    made = Path(told.out.rstrip("\n"))
    assert made.parent == stage.folder
    assert re.fullmatch(r"readygate\.db\.backup-\d{8}-\d{6}", made.name)
    folder = stage.folder / "backups"
    folder.mkdir()
    told = stage.run("ledger", "backup", str(folder))
    assert Path(told.out.rstrip("\n")).parent == folder
    again = stage.run("ledger", "backup", str(made))
    assert again.code == 7
    assert again.err == (
        f"{made} is there already, and a backup never overwrites. Name another file\n"
    )


def test_a_backup_put_back_goes_on_where_it_was(stage: Stage) -> None:
    deal = "DEAL-1"
    stage.run("sync")
    backup = Path(stage.run("ledger", "backup").out.rstrip("\n"))
    stage.move(deal, "Negotiation")
    assert stage.run("sync").code == 0
    assert stage.status(deal) == "New lead"
    subtasks = len(stage.control.store.issues)
    damage(stage)
    for side in ("readygate.db-wal", "readygate.db-shm"):
        (stage.folder / side).unlink(missing_ok=True)
    ledger(stage).unlink()
    backup.rename(ledger(stage))
    told = stage.run("sync", "--full", "--verbose")
    assert told.code == 0, told
    assert stage.status(deal) == "New lead"
    assert len(stage.control.store.issues) == subtasks


def test_rebuild_shows_first_and_does_nothing_without_consent(stage: Stage) -> None:
    stage.create("Ромашка")
    damage(stage)
    before = stage.writes(), names(stage)
    told = stage.run("ledger", "rebuild")
    assert told.code == 10
    assert (stage.writes(), names(stage)) == before
    first, _, rest = told.out.partition("  2. ")
    assert re.sub(r"\d{8}-\d{6}", "TIME", first) == (
        f"the ledger {ledger(stage)} is not a ledger, or it is damaged. Put a backup back, or run "
        "`readygate ledger rebuild`: it moves the file aside and makes a new ledger from the "
        "tracker\n\n"
        "This would be done:\n"
        f"  1. It is moved aside to {ledger(stage)}.damaged-TIME; nothing is deleted.\n"
    )
    assert "Lost with it are:\n  - which stages were accepted" in rest
    assert "    adopt   in “New lead”" in rest
    assert rest.endswith("Nothing was done: `readygate ledger rebuild --yes` does it.\n")


def test_rebuild_makes_a_new_one_from_the_tracker(stage: Stage) -> None:
    deal = "DEAL-1"
    stage.run("sync")
    issues = len(stage.control.store.issues)
    damage(stage)
    spoiled = ledger(stage).read_bytes()

    told = stage.run("ledger", "rebuild", "--yes")

    assert told.code == 0, told
    (aside,) = [entry for entry in stage.folder.iterdir() if ".damaged-" in entry.name]
    assert aside.read_bytes() == spoiled
    assert f"moved aside: {aside}\n" in told.out
    assert len(stage.control.store.issues) == issues  # found by their keys, none opened twice
    assert stage.status(deal) == "New lead"
    assert stage.run("ledger", "check").code == 0
    assert stage.run("sync").out == ""
    stage.move(deal, "Negotiation")
    stage.run("sync")
    assert stage.status(deal) == "New lead"  # the gates hold as they did


def test_a_deal_past_open_items_is_held_after_a_rebuild(stage: Stage) -> None:
    deal = "DEAL-1"
    stage.run("sync")
    stage.move(deal, "Negotiation")
    damage(stage)
    told = stage.run("ledger", "rebuild", "--yes")
    assert told.code == 0
    assert "adopt   in “Negotiation”, and hold it there" in told.out
    assert stage.status(deal) == "Negotiation"
    stage.run("sync", "--full")
    assert stage.status(deal) == "Negotiation"


def test_a_tracker_that_cannot_be_read_keeps_the_damaged_ledger_in_place(stage: Stage) -> None:
    damage(stage)
    stage.token("wrong")
    before = names(stage)
    told = stage.run("ledger", "rebuild", "--yes")
    assert told.code == 5
    assert told.out.endswith("Nothing was done: the tracker has to be readable first, see above.\n")
    assert names(stage) == before


def test_a_sound_ledger_is_not_rebuilt(stage: Stage) -> None:
    stage.run("sync")
    before = stage.writes(), names(stage)
    told = stage.run("ledger", "rebuild", "--yes")
    assert (told.code, told.out) == (1, "")
    assert told.err == (
        f"The ledger {ledger(stage)} is sound: a rebuild would only make it forget. Nothing was"
        " done. To begin anew all the same, move it away and run `readygate sync`.\n"
    )
    assert (stage.writes(), names(stage)) == before


def test_a_newer_ledger_is_not_rebuilt(stage: Stage) -> None:
    stage.run("sync")
    with closing(sqlite3.connect(ledger(stage))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'rg9999'")
    told = stage.run("ledger", "rebuild", "--yes")
    assert (told.code, told.out) == (7, "")
    assert "was written by a newer readygate" in told.err


@pytest.mark.parametrize("command", ["sync", "plan", "status", "log"])
def test_an_unusable_ledger_is_code_7_and_nothing_is_sent(stage: Stage, command: str) -> None:
    stage.create("Ромашка")
    damage(stage)
    told = stage.run(command)
    assert (told.code, told.out) == (7, "")
    assert told.err.startswith(f"the ledger {ledger(stage)} is not a ledger, or it is damaged. ")
    assert stage.writes() == []
