"""`readygate sandbox`: what it serves by default, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys


def test_it_serves_the_english_site_and_says_where() -> None:
    command = [sys.executable, "-m", "readygate_cli", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.terminate()
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, b"")
    assert told["bases"][0]["name"] == "Deals"
    assert [user["name"] for user in told["users"]] == [
        "Anna Kotova",
        "Boris Lykov",
        "Vera Ilyina",
        "Readygate",
    ]
    assert told["board"] == told["jira"] + "/"
