"""The product with one promise broken on purpose, and the tests that must notice it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "connectors", "config", "scripts")

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
PYTEST += ("-m", "not e2e", "--tb=no", "-rfE")
RULES = "tests/unit/core/"
HTTP = "tests/unit/http/"
JIRA = "tests/integration/jira/"
AIRTABLE = "tests/integration/airtable/"


@dataclass(frozen=True)
class Edit:
    """One place of the code: what it says and what the mutant says."""

    path: str
    says: str
    broken: str


@dataclass(frozen=True)
class Mutant:
    """What is broken, where, and who must notice: a failing test in every one of `killers`.

    A killer is a file of tests, or one test or class in it.
    """

    name: str
    killers: tuple[str, ...]
    edits: tuple[Edit, ...]


MUTANTS = (
    Mutant(
        "a write is sent again after its answer was lost",
        (
            f"{HTTP}test_writes.py::test_a_write_dropped_on_the_wire_is_sent_once",
            f"{JIRA}test_writing.py::test_a_lost_answer_makes_the_whole_batch_unknown_and_is_sent_once",
            f"{JIRA}test_returning.py::test_the_lost_answer_to_a_return_is_unknown_and_not_repeated",
            f"{AIRTABLE}test_writing.py::test_a_comment_whose_answer_is_lost_is_sent_once",
        ),
        (
            Edit(
                "connectors/readygate_http/client.py",
                "            case Fate.LOST if call.kind is Kind.READ:\n",
                "            case Fate.LOST if call.kind in Kind:\n",
            ),
        ),
    ),
    Mutant(
        "a full read that does not show a deal is taken for its absence",
        (f"{RULES}test_rules_rare.py",),
        (
            Edit(
                "core/readygate/reading.py",
                "        self._look_at(missing)\n",
                "        unseen = self._ledger.memories(self._key, missing).values()\n"
                "        gone = [self._observer.gone(memory).memory for memory in unseen]\n"
                "        self._ledger.save(self._key, gone)\n",
            ),
        ),
    ),
    Mutant(
        "an answer is believed though it does not name our account",
        (
            f"{JIRA}test_identity.py::test_a_token_that_expires_in_mid_run_is_noticed_in_a_search_that_finds_nothing",
            f"{JIRA}test_identity.py::test_an_answer_that_names_nobody_is_not_believed",
        ),
        (
            Edit(
                "connectors/readygate_jira/site.py",
                "        if self.account and named != self.account:\n",
                "        if self.account and named and named != self.account:\n",
            ),
            Edit(
                "connectors/readygate_jira/site.py",
                '        if "AUTHENTICATED_FAILED" in reason or',
                '        if "FAILED FOR GOOD" in reason or',
            ),
        ),
    ),
    Mutant(
        "no intent is written before an action is sent",
        (f"{RULES}test_run_steps.py",),
        (
            Edit(
                "core/readygate/applying/doing.py",
                "        ids = self._ledger.intend(self._run, self._key, actions,"
                " self._clock.now())\n",
                "        ids = tuple(range(len(actions)))\n",
            ),
            Edit(
                "core/readygate/applying/doing.py",
                "        self._ledger.settle(self._key, settled, memories, events)\n",
                "        self._ledger.save(self._key, memories, events)\n",
            ),
        ),
    ),
    Mutant(
        "an item is believed by its key, whichever deal it belongs to",
        (f"{RULES}test_rules_items.py::test_clone_brings_items_of_another_deal_which_are_ignored",),
        (
            Edit(
                "core/readygate/observe.py",
                "            if owner != memory.deal:\n",
                "            if not owner:\n",
            ),
        ),
    ),
    Mutant(
        "an item is known by its key and not by its id",
        (f"{RULES}test_rules_rare.py",),
        (
            Edit(
                "core/readygate/learn.py",
                "            if known is None or known.ref != action.ref:\n",
                "            if known is None:\n",
            ),
        ),
    ),
    Mutant(
        "a stage is known by its name and not by its id",
        (
            f"{RULES}test_rules_beginnings.py::test_stage_renamed_in_the_tracker_is_followed_and_reported",
        ),
        (
            Edit(
                "core/readygate/observe.py",
                "        if memory.stage != deal.stage:\n",
                "        if memory.stage_name != deal.stage_name:\n",
            ),
            Edit(
                "core/readygate/observe.py",
                "            stage=deal.stage,\n",
                '            stage=f"s:{deal.stage_name}",\n',
            ),
        ),
    ),
    Mutant(
        "deals are accepted and returned without a fresh look",
        (f"{RULES}test_run_steps.py", f"{RULES}test_rules_gates.py"),
        (
            Edit(
                "core/readygate/applying/planning.py",
                "            plan = plan_deal(self.context, memory)\n",
                "            plan = replace(plan_deal(self.context, memory), look=False)\n",
            ),
            Edit(
                "core/readygate/applying/steps.py",
                "self._take(ref, due, replace(memory, pending=bool(due.actions)))\n",
                "self._move(self._take(ref, due, memory), self._clock.monotonic())\n",
            ),
        ),
    ),
    Mutant(
        "a look is good for an hour",
        (f"{RULES}test_run_steps.py",),
        (
            Edit(
                "core/readygate/applying/steps.py",
                "- looked_at > LOOK_GOOD_FOR:\n",
                "- looked_at > 3600.0:\n",
            ),
        ),
    ),
    Mutant(
        "a request that waited is sent on the strength of an old look",
        (
            f"{JIRA}test_returning.py::test_nothing_is_moved_on_the_strength_of_an_old_look",
            f"{AIRTABLE}test_writing.py::test_nothing_is_moved_on_the_strength_of_an_old_look",
        ),
        (
            Edit(
                "connectors/readygate_http/looks.py",
                " + LOOK_GOOD_FOR - now\n",
                " + 3600.0 - now\n",
            ),
        ),
    ),
    Mutant(
        "a deal is moved without a look where it stands by now",
        (
            f"{JIRA}test_returning.py::test_a_deal_that_somebody_moved_on_is_stale_with_and_without_a_known_way",
        ),
        (
            Edit(
                "connectors/readygate_jira/moving.py",
                "        if status not in {trip.before, trip.stage}:\n",
                "        if status is None:\n",
            ),
        ),
    ),
    Mutant(
        "a record is moved without a look where it stands by now",
        (f"{AIRTABLE}test_writing.py::test_what_moved_on_in_the_meantime_is_left_alone",),
        (
            Edit(
                "connectors/readygate_airtable/writing.py",
                "        if not name or self._stages.ref(name) != ref:\n",
                "        if not name:\n",
            ),
        ),
    ),
    Mutant(
        "the past is not asked before a return",
        (f"{RULES}test_rules_gates.py", f"{RULES}test_rules_beginnings.py"),
        (
            Edit(
                "core/readygate/entitlement.py",
                "        if passed:\n            found.add(gate.key)\n",
                "        if passed and not passed:\n            found.add(gate.key)\n",
            ),
        ),
    ),
    Mutant(
        "a waiver counts whoever gave it",
        (f"{RULES}test_rules_items.py",),
        (
            Edit(
                "core/readygate/gate.py",
                "    return Why.WAIVED_BY_OTHER\n",
                "    return Why.WAIVED\n",
            ),
        ),
    ),
    Mutant(
        "unknown is taken for closed",
        (f"{RULES}test_rules_items.py",),
        (
            Edit(
                "core/readygate/gate.py",
                "        verdict = Verdict.UNKNOWN\n",
                "        verdict = Verdict.CLOSED\n",
            ),
        ),
    ),
    Mutant(
        "the limit of returns is not kept",
        (f"{RULES}test_run_steps.py",),
        (
            Edit(
                "core/readygate/applying/limits.py",
                '        if returns > self._limits["returns"]:\n',
                '        if returns > 10 + self._limits["returns"]:\n',
            ),
            Edit(
                "core/readygate/applying/limits.py",
                "        return kind in self._refused or self._spent[kind] > self._limits[kind]\n",
                "        return kind in self._refused\n",
            ),
        ),
    ),
    Mutant(
        "the cursor moves though the read failed",
        (f"{RULES}test_run_steps.py",),
        (
            Edit(
                "core/readygate/run.py",
                "        passage.reading.read(since, everything=changed)\n",
                "        passage.ledger.save_state(\n"
                "            passage.pipeline.key, replace(state, cursor=passage.identity.now)\n"
                "        )\n"
                "        passage.reading.read(since, everything=changed)\n",
            ),
        ),
    ),
    Mutant(
        "a comment is written again without being looked up",
        (f"{RULES}test_rules_beginnings.py",),
        (
            Edit(
                "core/readygate/applying/steps.py",
                "        if ref is None:\n            return False\n",
                "        if ref is None or ref:\n            return False\n",
            ),
        ),
    ),
    Mutant(
        "an upsert sends the checkbox",
        (f"{AIRTABLE}test_writing.py::test_opening_again_keeps_the_tick",),
        (
            Edit(
                "connectors/readygate_airtable/opening.py",
                '                "records": [{"fields": self._cells(action, left_out)}'
                " for action in actions],\n",
                '                "records": [\n'
                '                    {"fields": self._cells(action, left_out)'
                ' | {place.item("done"): False}}\n'
                "                    for action in actions\n"
                "                ],\n",
            ),
        ),
    ),
)


def copy(to: Path) -> Path:
    """A copy of the packages, to be broken."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def patch(at: Path, mutant: Mutant) -> None:
    """Break a copy. Raises LookupError if the code does not say once what the mutant breaks."""
    for edit in mutant.edits:
        file = at / edit.path
        text = file.read_text(encoding="utf-8")
        if text.count(edit.says) != 1:
            found = text.count(edit.says)
            raise LookupError(
                f"{mutant.name!r} no longer fits {edit.path}: {found} times {edit.says!r}."
                " Say in tests/faults/mutants.py how to break the code as it is now"
            )
        file.write_text(text.replace(edit.says, edit.broken), encoding="utf-8")


def failing(at: Path, selections: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Run tests on a copy: pytest's exit code, and the ids of the tests that failed."""
    paths = os.pathsep.join(str(at / name) for name in PACKAGES)
    told = subprocess.run(
        [*PYTEST, *selections],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"^FAILED (\S+)", told.stdout, re.MULTILINE)
    if told.returncode not in {0, 1}:
        raise AssertionError(told.stdout + told.stderr)
    return told.returncode, tuple(failed)
