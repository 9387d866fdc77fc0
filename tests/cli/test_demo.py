"""`readygate demo` tells its story to the end, and says so when a part of it does not happen."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from readygate_cli import logs
from readygate_cli.main import main
from readygate_config import bundled


def test_the_story_is_told_and_its_stage_can_be_kept(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "readygate_cli", "demo", "--keep"],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=False,
    )
    kept = re.search(r"Still running: http://(\S+)/ \(process (\d+)\)\n", done.stdout)
    assert kept, done.stdout + done.stderr
    try:
        connection = HTTPConnection(kept[1], timeout=5)
        connection.request("GET", "/_sandbox/")
        assert json.loads(connection.getresponse().read())["projects"] == ["DEAL"]
        connection.close()
    finally:
        os.kill(int(kept[2]), signal.SIGTERM)

    assert (done.returncode, done.stderr) == (0, "")
    happened = [line.strip() for line in done.stdout.splitlines() if line.startswith("   ok: ")]
    for line in (
        "ok: the config is valid",
        "ok: plan has written nothing",
        "ok: deals adopted, none returned",
        "ok: DEAL-24 has every item that “Negotiation” needs, given to whoever owes it",
        "ok: DEAL-24 is back in “Negotiation”",
        "ok: it names “Scan of the signed contract” and Boris Lykov, who owes it",
        "ok: it names “Prepayment has arrived” and Vera Ilyina, who owes it",
        "ok: DEAL-24 stays in “In production”",
        "ok: the tracker's own request log: 2 requests, no write",
    ):
        assert line in happened
    assert "\nThe story is told: DEAL-24 was handed over, and nothing was skipped.\n" in done.stdout


def test_in_airtable_the_same_story_is_told_and_the_board_shows_both_trackers(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "readygate_cli", "demo", "--tracker", "airtable", "--keep"],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=False,
    )
    pattern = r"Still running: http://([^/]+)/\?pipeline=(tbl\w+) \(process (\d+)\)\n"
    kept = re.search(pattern, done.stdout)
    assert kept, done.stdout + done.stderr
    try:
        connection = HTTPConnection(kept[1], timeout=5)
        connection.request("GET", f"/board/api/board?pipeline={kept[2]}")
        board = json.loads(connection.getresponse().read())
        connection.close()
    finally:
        os.kill(int(kept[3]), signal.SIGTERM)

    assert (done.returncode, done.stderr) == (0, "")
    assert [(one["kind"], len(one["pipelines"])) for one in board["trackers"]] == [
        ("jira", 1),
        ("airtable", 1),
    ]
    deal = "Website for the bakery “Sunrise”"
    columns = {one["name"]: one["deals"] for one in board["pipeline"]["columns"]}
    assert deal in [card["title"] for card in columns["In production"]]
    happened = [line.strip() for line in done.stdout.splitlines()]
    for line in (
        "ok: a second time creates nothing",
        f"ok: {deal} is back in “New lead”",
        f"ok: {deal} stays in “In production”",
        "ok: the tracker's own request log: 2 requests, no write",
        f"5. Anna Kotova creates a new deal, {deal}.",
        f"$ readygate log '{deal}'",
    ):
        assert line in happened


def test_a_story_that_does_not_happen_ends_with_code_1_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    example = bundled.example
    monkeypatch.setattr(
        bundled, "example", lambda name: example(name).replace("guard: return", "guard: advise")
    )
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    code = main(["demo", "--lang", "ru"])
    logs.release()

    assert code == 1
    out, err = capsys.readouterr()
    assert "5. Следующий запуск даёт ей чек-лист ближайшей передачи.\n" in out
    assert err == "Этого не случилось: сделка DEAL-24 снова в «New lead».\n"
    assert list(tmp_path.iterdir()) == []
