"""Whatever a tracker answers to any question of doctor, it is a finding and never a crash."""

from __future__ import annotations

from typing import Any

import pytest

from cli.clinic import AIRTABLE_TOKEN, BOT, JIRA_TOKEN, Clinic, patient
from readygate_sandbox import running_sandbox
from support.waiting import at_once

SPOILED: dict[str, dict[str, Any]] = {
    "500": {"do": "refuse", "status": 500, "body": {}},
    "403": {"do": "refuse", "status": 403, "body": {}},
    "404": {"do": "refuse", "status": 404, "body": {}},
    "400": {"do": "refuse", "status": 400, "body": {"errorMessages": ["no"]}},
    "429": {"do": "refuse", "status": 429, "body": {}},
    "dropped": {"do": "drop"},
    "garbage": {"do": "garbage"},
    "a page": {"do": "html"},
    "nothing": {"do": "empty"},
    "an empty object": {"do": "replace", "body": {}},
    "an empty list": {"do": "replace", "body": []},
    "a list of nothing": {"do": "replace", "body": [None]},
    "a text": {"do": "replace", "body": "text"},
}
CODES = {0, 1, 3, 5}
ONE_IN = 5
"""Every kind strikes every fifth question, each another; all of them together take minutes."""


@pytest.mark.parametrize("kind", ["jira", "airtable"])
def test_no_answer_is_a_crash(tmp_path, capsys, monkeypatch, kind):
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__EMAIL", BOT)
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__TOKEN", JIRA_TOKEN)
    monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", AIRTABLE_TOKEN)
    at_once(monkeypatch)
    monkeypatch.chdir(tmp_path)
    one = patient(kind)
    with running_sandbox(one.seed) as sandbox:
        clinic = Clinic(sandbox, tmp_path, capsys)
        clinic.write(one)
        control: Any = sandbox.control if kind == "jira" else sandbox.airtable
        control.log.clear()
        healthy = clinic.doctor("--every", "5m")
        assert healthy.found == []
        questions = len(control.log.entries())
        assert questions > 4
        tried = unharmed = 0
        for index, (name, told) in enumerate(SPOILED.items()):
            for number in range(index % ONE_IN, questions, ONE_IN):
                tried += 1
                control.faults.clear()
                fault = dict(told)
                control.faults.add(fault.pop("do"), after=number, **fault)
                seen = clinic.doctor("--every", "5m")
                assert seen.code in CODES, (name, number)
                unharmed += not seen.found
        # From some question on everything is spoiled: that is nearly always seen.
        assert unharmed < tried / 4
