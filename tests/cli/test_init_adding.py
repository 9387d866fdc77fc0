"""`readygate init --add` on a config that somebody wrote: everything of theirs stays as it is."""

from __future__ import annotations

import pytest

from cli.beginner import OURS, TOKEN, Beginner
from readygate_config import load
from support.waiting import at_once

MINE = """\
# Ours. Do not touch the order!
version: 1
language: en

people:
    boris: { name: Boris Lykov,   email: boris@example.com }   # sales
    anna:  { name: "Anna K.",     email: anna@example.com }

trackers:
    main: { kind: jira, url: URL }

items:
    draft: { title: A draft of the contract }   # from the lawyers

# The chain
processes:
    law:
        title: Law
        owner: anna
        outputs: [draft]      # to sales
    sales: { title: Sales, owner: boris, inputs: [draft] }

pipelines:
    contracts:
        tracker: main
        project: LAW
        issue_type: Deal
        stages:
            - { stage: New lead, process: law }
            - { stage: Negotiation, process: sales }
# the end
"""

ADDED = {
    "email: anna@example.com }\n": "    vera: { name: Vera Ilyina, email: vera@example.com }\n",
    "# from the lawyers\n": """\
    # Sales → Work
    signed_contract: { title: Signed contract }
""",
    "inputs: [draft] }\n": """\
    work:
      title: Work
      owner: vera
      inputs: [signed_contract]
""",
}
"""What comes after a line of theirs."""


@pytest.fixture
def mine(beginner: Beginner) -> Beginner:
    """Somebody with a config for another project of the same site."""
    beginner.config.write_text(MINE.replace("URL", beginner.sandbox.url), encoding="utf-8")
    return beginner


def test_a_pipeline_is_added_and_not_a_byte_is_lost(mine: Beginner) -> None:
    before = mine.config.read_text("utf-8")
    told = mine.init(
        "--add", *mine.jira, "--project", "DEAL",
        "--stage", "New lead=Sales", "--stage", "In production=Work", "--stage", "Lost=exit",
        "--needs", "Work=Signed contract", "--owner", "vera@example.com",
    )  # fmt: skip
    assert (told.code, told.err) == (0, "")
    expected = before
    for line, more in ADDED.items():
        assert line in expected
        expected = expected.replace(line, line + more)
    expected = expected.replace(
        "inputs: [draft] }", "inputs: [draft], outputs: [signed_contract] }"
    )
    text = mine.config.read_text("utf-8")
    head, _, tail = expected.partition("# the end\n")
    assert text.startswith(head)
    assert text.endswith("      - { stage: Lost, exit: true }\n# the end\n")
    assert tail == ""
    new = load([mine.config]).pipelines[1]
    assert (new.key, new.tracker, new.place["project"]) == ("deals", "main", "DEAL")
    assert mine.dotenv.read_text() == (
        f"READYGATE_TRACKERS__MAIN__EMAIL={OURS}\nREADYGATE_TRACKERS__MAIN__TOKEN={TOKEN}\n"
    )


def test_another_tracker_gets_a_name_of_its_own(
    mine: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(monkeypatch, mine.sandbox.airtable.clock.advance)
    told = mine.init(
        "--add", *mine.airtable, "--example", "--owner", "anna@example.com", "--pipeline", "base"
    )
    assert (told.code, told.err) == (0, "")
    loaded = load([mine.config])
    assert [(one.key, one.tracker) for one in loaded.pipelines] == [
        ("contracts", "main"),
        ("base", "base"),
    ]
    # Anna is in the config already, and “Sales” is meant by its title.
    assert list(loaded.book.people) == ["boris", "anna"]
    assert [stage.process for stage in loaded.pipelines[1].stages] == [
        "marketing",
        "sales",
        "delivery",
        "delivery",
        "",
    ]
    assert mine.dotenv.read_text() == f"READYGATE_TRACKERS__BASE__TOKEN={TOKEN}\n"


def test_the_same_deals_twice_are_refused_and_nothing_is_written(mine: Beginner) -> None:
    mine.config.write_text(mine.config.read_text("utf-8").replace("LAW", "DEAL"), encoding="utf-8")
    before = mine.config.read_bytes()
    told = mine.init("--add", *mine.jira, "--example", "--owner", "anna@example.com")
    assert told.code == 3
    assert "is a pipeline of the same deals" in told.err
    assert mine.config.read_bytes() == before
    assert mine.files() == ["readygate.yaml"]


def test_a_config_with_errors_is_not_added_to(mine: Beginner) -> None:
    mine.config.write_text("version: 2\n", encoding="utf-8")
    told = mine.init("--add", *mine.jira, "--example", "--owner", "anna@example.com")
    assert told.code == 3
    assert "readygate.yaml:1:10" in told.err


def test_a_config_that_is_not_there_cannot_be_added_to(beginner: Beginner) -> None:
    told = beginner.init("--add", *beginner.jira)
    assert told.code == 2
    assert told.err.endswith("--add: there is no readygate.yaml yet; leave the option out.\n")


def test_a_config_that_changes_meanwhile_is_left_alone(
    mine: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from readygate_cli.init import starting  # noqa: PLC0415 - what is slowed down here

    write_all = starting.write_all

    def late(*told: object) -> None:
        mine.config.write_text("version: 1 # edited\n", encoding="utf-8")
        write_all(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(starting, "write_all", late)
    told = mine.init(
        "--add", *mine.jira, "--project", "DEAL", "--example", "--owner", "anna@example.com"
    )
    assert told.code == 1
    assert "was changed in the meantime: nothing was written. Run again." in told.err
    assert mine.config.read_text("utf-8") == "version: 1 # edited\n"
    assert mine.files() == ["readygate.yaml"]
