"""The ledger fails at every single write of a run: nothing is sent that is not written down, and
one run later everything is as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from faults.failing_ledger import (
    Failing,
    Strike,
    held_by_a_backup,
    over_the_quota,
    struck,
    undisturbed,
)
from faults.tally import Tally
from readygate.errors import LedgerError

ROOT = Path(__file__).parents[2]
SMALL = (
    "mount -t tmpfs -o size=700k none {folder} && exec {python} -m faults.failing_ledger {folder}"
)
READ_ONLY = (
    "mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"
    " && exec {python} -c '{code}' {folder}"
)
RIGHTS = "Let the account that runs readygate read and write the file and its folder"


def judged(expected: dict[str, Any], ends: list[dict[str, Any]], tally: Tally, kind: str) -> None:
    """Count, then compare."""
    told = [{key: value for key, value in end.items() if key in expected} for end in ends]
    wrong = [end["stages"] != expected["stages"] for end in ends]
    tally(
        "any tracker",
        f"ledger: {kind}",
        len(ends),
        losses=sum(one != expected for one in told) - sum(wrong),
        doubles=sum(bool(end["doubled"]) for end in ends),
        wrong_returns=sum(wrong),
    )
    for end, one in zip(ends, told, strict=True):
        assert one == expected, end
        assert end["sent"] == 0
        assert end["again"] == ""


@pytest.mark.parametrize(
    ("strike", "kind", "says"),
    [
        (held_by_a_backup, "locked by a backup", "is in use by another program, perhaps a backup"),
        (over_the_quota, "over a quota", "cannot be read or written: the disk reports an error"),
    ],
)
def test_every_write_of_a_run_fails_once(
    tmp_path: Path, tally: Tally, strike: Strike, kind: str, says: str
) -> None:
    writes, expected = undisturbed(tmp_path)
    assert writes > 15
    ends = [struck(tmp_path, at, strike) for at in range(1, writes + 1)]
    judged(expected, ends, tally, kind)
    failed = [end["error"] for end in ends if end["error"]]
    # The last write takes away the row that tells who holds the lock; nobody needs it.
    assert len(failed) == writes - 1
    assert all(says in error for error in failed)


def in_a_namespace(script: str) -> str:
    """What a shell script says in a mount namespace of its own, or skip where there is none."""
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system gives no mount namespaces")
    done = subprocess.run(
        [*command, script], capture_output=True, text=True, cwd=ROOT / "tests", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_disk_is_full_at_every_write_of_a_run(tmp_path: Path, tally: Tally) -> None:
    said = json.loads(in_a_namespace(SMALL.format(folder=tmp_path, python=sys.executable)))
    ends = said["ends"]
    judged(said["expected"], ends, tally, "disk full")
    failed = [end["error"] for end in ends if end["error"]]
    assert len(ends) == said["writes"] > 15
    assert len(failed) > len(ends) // 2  # the others found room in what the file had already
    assert all("cannot grow: the disk is full. Make room; nothing" in one for one in failed)


RUN = """
import sys
from pathlib import Path
from readygate.errors import LedgerError
from readygate_ledger import open_ledger
from unit.core.story import World
world = World()
world.tracker.create("A deal", "Lead")
world.ledger = open_ledger(Path(sys.argv[1]) / "ledger.db", clock=world.clock)
try:
    world.run()
except LedgerError as error:
    print(error)
print(len(world.tracker.writes))
print(len(world.ledger.runs()))
print(world.ledger.examine().problem)
"""


def test_a_read_only_disk(tmp_path: Path, tally: Tally) -> None:
    Failing(tmp_path / "ledger.db").close()
    script = READ_ONLY.format(folder=tmp_path, python=sys.executable, code=RUN)
    said = in_a_namespace(script).splitlines()
    tally("any tracker", "ledger: read-only", 1)
    assert said == [
        f"the ledger {tmp_path / 'ledger.db'} can be read but not written. {RIGHTS}",
        "0",  # nothing is sent
        "1",  # and what is known can be looked at
        f"the ledger {tmp_path / 'ledger.db'} can be read but not written. {RIGHTS}",
    ]


@pytest.mark.parametrize("keep", [0, 100, 4096, 9000, 30000])
def test_a_file_cut_off_between_two_runs(tmp_path: Path, tally: Tally, keep: int) -> None:
    path = tmp_path / "ledger.db"
    world = Failing(path)
    world.close()
    size = path.stat().st_size
    assert keep < size
    with path.open("r+b") as file:
        file.truncate(keep)
    writes = len(world.world.tracker.writes)
    with pytest.raises(LedgerError, match=r"Put a backup back, or run `readygate ledger rebuild`"):
        world.world.run()
    tally("any tracker", "ledger: cut off", 1)
    assert len(world.world.tracker.writes) == writes
    # What `ledger rebuild` does: aside with it, and a first run on a new one.
    world.ledger.set_aside("ledger.db.damaged")
    world.world.run()
    end = world.end()
    assert end["doubled"] == []
    assert end["stages"] == [
        "Talks",
        "Talks",
        "Talks",
        "Lead",
    ]  # held, or accepted; nobody sent back
    world.close()
