"""The bench as it is run by hand, on few deals: no case asks more than its floor allows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
DEALS = 100
CASES = ["adoption", "lost", "idle", "ticks", "premature", "entering", "full", "contract"]

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("tracker", ["jira", "airtable"])
def test_every_case_keeps_to_its_floor(tracker, tmp_path):
    picture = tmp_path / "bench.svg"
    command = [sys.executable, str(ROOT / "tests/bench/bench.py"), "--deals", str(DEALS)]
    options = ["--tracker", tracker, "--json", "--svg", str(picture)]
    options += [word for case in CASES for word in ("--case", case)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["cases"]
    assert [one["case"] for one in rows] == CASES
    for one in rows:
        assert one["tracker"] == tracker
        assert one["deals"] == DEALS
        assert one["floor"] <= one["requests"] <= one["floor"] * 1.05, one
        assert (one["limited"], one["left"]) == (0, False), one
        assert one["plain_requests"] > 0
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own file
