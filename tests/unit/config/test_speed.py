"""A large config is checked in the time a person is willing to wait."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

PIPELINES, STEPS, ITEMS = 50, 4, 2000
SECONDS = 2.0


def large() -> str:
    """200 processes, 2,000 items, 50 pipelines, every item handed over once."""
    lines = ["version: 1", "language: ru", "trackers:"]
    lines.append("  main: { kind: jira, url: https://example.atlassian.net }")
    lines.append("people:")
    lines += [f"  p{n}: {{ name: Хозяин {n}, email: p{n}@example.com }}" for n in range(40)]
    lines.append("items:")
    for n in range(ITEMS):
        lines += [f"  item_{n}:", f"    title: Документ номер {n}", f"    help: Откуда берётся {n}"]
    lines.append("processes:")
    handed: dict[int, list[str]] = {n: [] for n in range(PIPELINES * STEPS)}
    for n in range(ITEMS):
        pipeline, step = n % PIPELINES, n // PIPELINES % (STEPS - 1)
        handed[pipeline * STEPS + step].append(f"      - item_{n}")
    for n in range(PIPELINES * STEPS):
        lines += [f"  process_{n}:", f"    title: Процесс {n}", f"    owner: p{n % 40}"]
        if n % STEPS:
            lines += ["    inputs:", *handed[n - 1]]
        if handed[n]:
            lines += ["    outputs:", *handed[n]]
    lines.append("pipelines:")
    for n in range(PIPELINES):
        lines += [f"  pipeline_{n}:", "    tracker: main", f"    project: P{n}"]
        lines += ["    issue_type: Deal", "    stages:"]
        for step in range(STEPS):
            lines.append(f"      - {{ stage: Этап {step}, process: process_{n * STEPS + step} }}")
        lines.append("      - { stage: Потеряна, exit: true }")
    return "\n".join(lines) + "\n"


def test_a_large_config_is_checked_in_two_seconds(tmp_path: Path) -> None:
    """The whole process, start-up included. Counted in CPU time: nothing in it waits, and the
    machine may be busy with other things.
    """
    file = tmp_path / "readygate.yaml"
    file.write_text(large(), encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "readygate_cli", "check", "--config", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert (done.returncode, done.stderr) == (0, "")
    assert "200 processes, 2000 items, 50 pipelines" in done.stdout
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < SECONDS


def test_nothing_heavy_is_loaded_before_a_config_is() -> None:
    code = (
        "import sys, readygate_config;"
        "print(sorted({'pydantic', 'pydantic_settings', 'ruamel.yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
