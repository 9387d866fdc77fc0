"""After a return the history tells exactly what was seen, when, and why it was decided."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

from cli.stage import Stage

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? \w+"


def shown(text: str) -> str:
    """The lines of the last run's look and after, without the hours."""
    lines = re.sub(TIME, "TIME", text).splitlines()
    start = max(n for n, line in enumerate(lines) if " look " in line)
    return "\n".join(re.sub(r"  +", "  ", line) for line in lines[start:])


def test_what_was_seen_before_a_deal_was_returned(stage: Stage) -> None:
    stage.run("sync")
    stage.move("DEAL-1", "Negotiation")
    assert stage.run("sync").code == 0

    told = stage.run("log", "DEAL-1")

    assert shown(told.out) == (
        "TIME  deals  DEAL-1  look  return: moved to 'Negotiation' without: Lead checklist"
        " (Анна Котова)\n"
        "  looked at TIME: in “Negotiation”, accepted in “New lead”\n"
        "  moved TIME from “New lead” to “Negotiation” by Борис Лыков\n"
        "  “Lead checklist” (DEAL-7): not ticked since TIME, owed by Анна Котова\n"
        "  decided: return to “New lead”, because moved to 'Negotiation' without: Lead checklist"
        " (Анна Котова)\n"
        "TIME  deals  DEAL-1  return  done: moved to 'Negotiation' without: Lead checklist"
        " (Анна Котова)\n"
        "TIME  deals  DEAL-1  explain  done: say what is missing and who owes it"
    )


def test_the_same_as_json(stage: Stage) -> None:
    stage.run("sync")
    stage.move("DEAL-1", "Negotiation")
    stage.run("sync")
    events = json.loads(stage.run("log", "DEAL-1", "--json").out)["events"]
    (look,) = [event for event in events if event["kind"] == "look"]
    data = look["data"]
    assert (data["stage"], data["accepted"], data["to"]) == ("Negotiation", "New lead", "New lead")
    assert [(move["from"], move["to"], move["by"], move["ours"]) for move in data["moves"]] == [
        ("New lead", "Negotiation", "Борис Лыков", False)
    ]
    (item,) = data["seen"]
    assert (item["ref"], item["why"], item["required"]) == ("DEAL-7", "not ticked", True)


def test_it_is_told_also_of_a_run_that_died_after_the_return(stage: Stage) -> None:
    stage.run("sync")
    stage.move("DEAL-1", "Negotiation")
    path = stage.folder / "readygate.db"
    # The ledger fails between the answer of the tracker and the outcome.
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON intents"
            " BEGIN SELECT RAISE(ABORT, 'the power is gone'); END"
        )
    assert stage.run("sync").code == 7
    assert stage.status("DEAL-1") == "New lead"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER broken")
    assert stage.run("sync").code == 0
    lines = re.sub(TIME, "TIME", stage.run("log", "DEAL-1").out)
    assert "“Lead checklist” (DEAL-7): not ticked since TIME, owed by Анна Котова\n" in lines
    assert "settled  return of an earlier run: it was done\n" in lines


def test_a_plan_writes_no_look(stage: Stage) -> None:
    stage.run("sync")
    stage.move("DEAL-1", "Negotiation")
    stage.run("plan")
    assert " look " not in stage.run("log", "DEAL-1").out
