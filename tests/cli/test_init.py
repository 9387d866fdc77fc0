"""`readygate init` where nobody can be asked: every answer is an option, or all gaps are told."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.beginner import OURS, OWNERS, TOKEN, Beginner
from readygate_config import load
from support.waiting import at_once

HEAD = """\
# Who owns each process, what it must receive and what it hands on. Written by
# `readygate init`; change whatever you like, then run `readygate check`. Every key is
# explained in docs/config.md.

version: 1
language: en                 # of what is written into the tracker

# Where deals live. Tokens never stand here: they are in .env beside this file.
trackers:
  main: { kind: jira, url: URL }

# Whoever owns a process.
people:
  anna: { name: Anna Kotova, email: anna@example.com }
"""

TAIL = """\
# The path of deals. A gate is the entry into the first stage of a process that
# has inputs.
pipelines:
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    adopt: { updated_within: 30d }  # older deals get their checklist when they next change
    waived_as: [Won't do]    # WAIVED
    # advise: for a first period nothing is moved, a deal that went on too early only gets a
    # comment. When a week or two of comments were right, write `return` here, look at what
    # `readygate plan` would do, and leave it at that: then such a deal is moved back.
    # Stronger still is `native`: the tracker itself refuses the move (docs/guard.md).
    guard: advise
    due: { days: 3 }         # an item is due so long after it was opened
    limits: { returns: 10, opens: 500 }  # more in one run needs --force
    stages:
      - { stage: New lead, process: marketing }
      - { stage: Negotiation, process: sales }
      - { stage: In production, process: delivery }
      - { stage: Done, process: delivery }
      - { stage: Lost, exit: true }
"""

WAIVED = "closed like this, by the owner who receives it: let go, not handed over"


@pytest.fixture
def odd_umask() -> Iterator[None]:
    before = os.umask(0o777)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_jira_config_is_written_passes_check_and_runs(beginner: Beginner) -> None:
    told = beginner.init(*beginner.jira, "--project", "DEAL", "--example", *OWNERS)
    assert (told.code, told.err) == (0, "")
    text = beginner.config.read_text("utf-8")
    assert text.startswith(HEAD.replace("URL", beginner.sandbox.url))
    assert text.endswith(TAIL.replace("WAIVED", WAIVED))
    assert beginner.run("check").out == (
        "The config is valid: 3 people, 3 processes, 9 items, 1 pipeline, 2 gates.\n"
    )
    assert beginner.run("plan").code == 0
    assert "5 deals adopted" in beginner.run("sync").out


def test_it_says_what_it_wrote_and_how_to_go_on(beginner: Beginner) -> None:
    told = beginner.init(*beginner.jira, "--example", *OWNERS)
    head, _, line = told.out.partition("Then cron: paste this line into `crontab -e`.\n")
    assert head == (
        f"Written: {beginner.config}\n"
        f"Written: {beginner.dotenv} (mode 0600: only you can read it)\n"
        "For a first period deals only get a comment (guard: advise).\n"
        "\n"
        "How to go on:\n"
        "  readygate doctor         looks for everything that could go wrong\n"
        "  readygate plan           shows what would be done; writes nothing\n"
        "  readygate sync           does it\n"
        "  readygate status         shows who owes what\n"
        "\n"
    )
    assert line.startswith(f"  * * * * * READYGATE_CONFIG={beginner.config} /")
    assert line.endswith("readygate sync\n")


def test_secrets_are_in_the_dotenv_alone_whatever_the_umask(
    beginner: Beginner, odd_umask: None
) -> None:
    assert beginner.init(*beginner.jira, "--example", *OWNERS).code == 0
    assert beginner.dotenv.read_text() == (
        f"READYGATE_TRACKERS__MAIN__EMAIL={OURS}\nREADYGATE_TRACKERS__MAIN__TOKEN={TOKEN}\n"
    )
    assert mode(beginner.dotenv) == 0o600
    assert mode(beginner.config) == 0o600
    text = beginner.config.read_text("utf-8")
    assert TOKEN not in text
    assert OURS not in text
    assert beginner.files() == [".env", "readygate.yaml"]


def test_without_any_answer_all_that_is_missing_is_told_at_once(beginner: Beginner) -> None:
    told = beginner.run("init", "--tracker", "jira")
    assert (told.code, told.out) == (2, "")
    tokens = "https://id.atlassian.com/manage-profile/security/api-tokens"
    assert told.err.endswith(
        "Error: stdin is no terminal, so nothing can be asked. These answers are missing:\n"
        "  --url                       the address of your Jira site\n"
        "  --email                     the e-mail of Readygate's account in Jira\n"
        f"  --token-stdin               the API token of that account (made at {tokens}); or in"
        " READYGATE_TRACKERS__MAIN__TOKEN\n"
        "  --project                   the project that the deals live in, unless only one can"
        " be meant\n"
        "  --issue-type                the issue type of the deals, unless only one can be meant\n"
        "  --subtask-type              the type of subtask that checklist items get, unless only"
        " one can be meant\n"
        '  --owner "PROCESS=E-MAIL" …  who answers for each process\n'
        '  --needs "PROCESS=ITEM" …    or --example: what each process must receive before it'
        " starts\n"
        "Nothing was written.\n"
    )
    assert beginner.files() == []


def test_once_it_is_in_what_is_missing_is_told_with_what_there_is(beginner: Beginner) -> None:
    told = beginner.init(*beginner.jira, "--owner", "Sales=boris@example.com")
    assert told.code == 2
    people = (
        "Anna Kotova <anna@example.com>, Boris Lykov <boris@example.com>,"
        " Vera Ilyina <vera@example.com>"
    )
    assert told.err.endswith(
        '  --needs "PROCESS=ITEM" …  or --example: what these must receive before work starts:'
        " Sales, Delivery\n"
        f'  --owner "Marketing=…"     who answers for Marketing, an e-mail; there is: {people}\n'
        f'  --owner "Delivery=…"      who answers for Delivery, an e-mail; there is: {people}\n'
        "Nothing was written.\n"
    )
    assert beginner.files() == []


def test_a_wrong_token_is_told_as_any_command_tells_it(beginner: Beginner) -> None:
    told = beginner.init(*beginner.jira, "--example", *OWNERS, token="wrong-token-7c1d")
    assert (told.code, told.out) == (5, "")
    assert told.err == (
        f"Jira at {beginner.sandbox.url[7:]}, proving who we are: our login is not accepted (401)."
        " Check the e-mail and the API token (READYGATE_TRACKERS__MAIN__TOKEN); tokens live for a"
        " year at most, new ones are made at"
        " https://id.atlassian.com/manage-profile/security/api-tokens. A token with scopes also"
        f" needs `cloud_id` in the config: {beginner.sandbox.url}/_edge/tenant_info shows it.\n"
    )
    assert beginner.files() == []


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ('"sandbox-token"', "the token has quotes around its value\n    Write it without them.\n"),
        ("Bearer sandbox-token", "the token begins with 'Bearer'\n    Write the token alone.\n"),
    ],
)
def test_a_token_that_cannot_be_right_is_told_before_it_is_tried(
    beginner: Beginner, token: str, told: str
) -> None:
    beginner.sandbox.control.log.clear()
    done = beginner.init(*beginner.jira, "--example", *OWNERS, token=token)
    assert (done.code, done.err) == (3, told)
    assert beginner.sandbox.control.log.entries() == []


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--url", "http://jira.example.com", "plain http would show the token to everybody"),
        ("--url", "nonsense with spaces", "'nonsense with spaces' is not the address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_before_a_token_is_sent(
    beginner: Beginner, option: str, value: str, told: str
) -> None:
    said = beginner.init("--tracker", "jira", option, value, "--email", OURS, "--example", *OWNERS)
    assert said.code == 3
    assert told in said.err
    assert beginner.sandbox.control.log.entries() == []


def test_names_that_are_not_there_are_told_with_those_that_are(beginner: Beginner) -> None:
    told = beginner.init(*beginner.jira, "--project", "SALES", "--example", *OWNERS)
    assert told.code == 2
    assert told.err.endswith(
        "Error: --project: there is no 'SALES' for the project that the deals live in. There is:"
        " DEAL (Deals).\n"
    )
    told = beginner.init(*beginner.jira, "--stage", "Negotiations=Sales", "--example", *OWNERS)
    assert told.err.endswith(
        "Error: --stage Negotiations=Sales: write STAGE=PROCESS or STAGE=exit. Stages: New lead,"
        " Negotiation, In production, Done, Lost.\n"
    )
    told = beginner.init(*beginner.jira, "--example", "--owner", "Tax=anna@example.com")
    assert told.err.endswith(
        "Error: --owner Tax=anna@example.com: there is no such process. Processes: Marketing,"
        " Sales, Delivery.\n"
    )
    told = beginner.init(*beginner.jira, "--example", "--owner", "Nobody Known")
    assert "nobody there is called 'Nobody Known'" in told.err
    assert beginner.files() == []


def test_stages_items_and_owners_as_they_are_given(beginner: Beginner) -> None:
    told = beginner.init(
        *beginner.jira,
        "--stage", "New lead=First talk",
        "--stage", "Negotiation=Contract: draft",
        "--stage", "Lost=exit",
        "--needs", "Contract: draft=Tax number, and address",
        "--needs", "Contract: draft=Logo (optional)",
        "--needs", "Contract: draft=Prepayment (external)",
        "--owner", "vera@example.com",
        "--owner", "First talk=Olga Ptitsyna <olga@example.com>",
        "--pipeline", "first",
        "--guard", "return",
    )  # fmt: skip
    assert (told.code, told.err) == (0, "")
    loaded = load([beginner.config])
    (pipeline,) = loaded.pipelines
    assert (pipeline.key, str(pipeline.guard)) == ("first", "return")
    assert [(stage.name, stage.process, stage.exit) for stage in pipeline.stages] == [
        ("New lead", "first_talk", False),
        ("Negotiation", "contract_draft", False),
        ("Lost", "", True),
    ]
    items = [(i.key, i.title, i.required, i.external) for i in loaded.book.items.values()]
    assert items == [
        ("tax_number_and_address", "Tax number, and address", True, False),
        ("logo", "Logo", False, False),
        ("prepayment", "Prepayment", True, True),
    ]
    owners = {
        one.title: loaded.book.people[one.owner].name for one in loaded.book.processes.values()
    }
    assert owners == {"First talk": "Olga Ptitsyna", "Contract: draft": "Vera Ilyina"}


def test_stages_that_cannot_be_are_refused_as_check_refuses_them(beginner: Beginner) -> None:
    told = beginner.init(
        *beginner.jira,
        "--stage", "New lead=Sales", "--stage", "Negotiation=Delivery", "--stage", "Done=Sales",
        "--example", "--owner", "anna@example.com",
    )  # fmt: skip
    assert (told.code, told.out) == (3, "")
    assert "pipelines.deals.stages" in told.err
    assert beginner.files() == []


def test_an_airtable_config_is_written_set_up_and_runs(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(monkeypatch, beginner.sandbox.airtable.clock.advance)
    told = beginner.init(*beginner.airtable, "--example", *OWNERS)
    assert (told.code, told.err) == (0, "")
    assert "  readygate setup          creates the checklist table, shown first\n" in told.out
    assert "\n  */5 * * * * READYGATE_CONFIG=" in told.out
    assert beginner.dotenv.read_text() == f"READYGATE_TRACKERS__BASE__TOKEN={TOKEN}\n"
    assert TOKEN not in beginner.config.read_text("utf-8")
    assert beginner.run("check").code == 0
    assert beginner.run("setup", "--yes").code == 0
    assert "5 deals adopted" in beginner.run("sync").out


def test_a_locked_guard_gets_the_fields_that_it_needs(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(monkeypatch, beginner.sandbox.airtable.clock.advance)
    told = beginner.init(*beginner.airtable, "--example", "--guard", "locked", *OWNERS)
    assert (told.code, told.err) == (0, "")
    text = beginner.config.read_text("utf-8")
    assert "    requested_field: Requested stage\n    missing_field: What is missing\n" in text
    assert "requests_per_month: 100000" in text
    assert "  created: the field 'Requested stage'" in beginner.run("setup", "--yes").out


def test_a_guard_that_the_tracker_does_not_have_is_told(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(monkeypatch, beginner.sandbox.airtable.clock.advance)
    told = beginner.init(*beginner.airtable, "--example", "--guard", "native", *OWNERS)
    assert told.code == 2
    assert "Error: --guard: there is no 'native' for what becomes of a deal" in told.err
    assert beginner.files() == []


def test_in_russian_comments_items_and_names_are_russian(beginner: Beginner) -> None:
    owner = ("--owner", "anna@example.com")
    told = beginner.init(*beginner.jira, "--lang", "ru", "--example", *owner)
    assert told.out.startswith(f"Записано: {beginner.config}\n")
    text = beginner.config.read_text("utf-8")
    assert "language: ru                 # язык того, что пишется в трекер\n" in text
    assert "  contract_scan: { title: Скан подписанного договора," in text
    assert "    title: Производство\n" in text
    # The site has no field “Услуга”, so nothing can depend on it.
    assert '  brand_kit: { title: "Фирменный стиль: логотип, гайд, материалы" }\n' in text
    assert beginner.run("check").code == 0


def test_the_language_is_that_of_the_locale(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    told = beginner.init(*beginner.jira, "--example", "--owner", "anna@example.com")
    assert told.out.startswith("Записано: ")


def test_what_is_there_is_never_overwritten(beginner: Beginner) -> None:
    beginner.config.write_text("mine\n")
    told = beginner.init(*beginner.jira, "--example", *OWNERS)
    assert told.code == 2
    assert told.err.endswith(
        "Error: readygate.yaml is there already, and nothing is overwritten. `--add` adds a"
        " pipeline to it; or name another file with --config.\n"
    )
    assert beginner.config.read_text() == "mine\n"
    assert beginner.files() == ["readygate.yaml"]


def test_a_dotenv_that_is_there_is_added_to_and_closed_to_others(beginner: Beginner) -> None:
    beginner.dotenv.write_text("OTHER=1\nREADYGATE_TRACKERS__MAIN__EMAIL=old@example.com")
    beginner.dotenv.chmod(0o644)
    told = beginner.init(*beginner.jira, "--example", *OWNERS)
    assert told.code == 0
    assert beginner.dotenv.read_text() == (
        "OTHER=1\nREADYGATE_TRACKERS__MAIN__EMAIL=old@example.com\n"
        f"READYGATE_TRACKERS__MAIN__TOKEN={TOKEN}\n"
    )
    assert mode(beginner.dotenv) == 0o600
    left = "has READYGATE_TRACKERS__MAIN__EMAIL already; it was left as it is.\n"
    assert f"{beginner.dotenv} {left}" in told.out


def test_the_token_may_come_from_the_environment(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__TOKEN", TOKEN)
    told = beginner.run("init", *beginner.jira, "--example", *OWNERS)
    assert told.code == 0
    assert f"READYGATE_TRACKERS__MAIN__TOKEN={TOKEN}\n" in beginner.dotenv.read_text()


def test_without_a_dotenv_where_secrets_are_kept_elsewhere(beginner: Beginner) -> None:
    told = beginner.init(*beginner.jira, "--example", "--no-dotenv", *OWNERS)
    assert told.code == 0
    assert ".env" not in told.out
    assert beginner.files() == ["readygate.yaml"]


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    told = beginner.run("init")
    assert told.code == 2
    text = f"Error: The folder {beginner.folder} cannot be written: take another.\n"
    assert told.err.endswith(text)


def test_a_secret_is_no_option(beginner: Beginner) -> None:
    told = beginner.run("init", "--set", "token=abcdef")
    assert told.code == 2
    assert "A secret is never given on the command line." in told.err
    assert "abcdef" not in told.err


def test_a_folder_that_cannot_be_written_leaves_nothing(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", full)
    monkeypatch.setattr("pathlib.Path.rename", full)
    told = beginner.init(*beginner.jira, "--example", *OWNERS)
    assert told.code == 1
    assert "cannot be written: No space left on device. Nothing was written.\n" in told.err
    assert beginner.files() == []


def test_interrupted_between_the_two_files_it_leaves_neither(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, made = os.link, []

    def interrupted(source: Path, target: Path) -> None:
        made.append(target.name)
        if len(made) == 2:
            raise KeyboardInterrupt
        link(source, target)

    monkeypatch.setattr("os.link", interrupted)
    told = beginner.init(*beginner.jira, "--example", *OWNERS)
    assert (told.code, told.err) == (130, "\nInterrupted: nothing was written.\n")
    assert made == [".env", "readygate.yaml"]
    assert beginner.files() == []


def test_in_another_folder_the_steps_and_the_line_for_cron_name_it(beginner: Beginner) -> None:
    place = beginner.folder / "100% ours"
    place.mkdir()
    config = place / "gates.yaml"
    told = beginner.init(*beginner.jira, "--example", *OWNERS, "--config", str(config))
    assert (told.code, told.err) == (0, "")
    assert f"  readygate plan -c '{config}' shows what would be done; writes nothing\n" in told.out
    line = told.out.splitlines()[-1].strip()
    assert line.startswith("* * * * * READYGATE_CONFIG='/")
    assert "100\\% ours" in line
    # What cron would hand to the shell: the five fields taken off, \% made %.
    command = line.split(" ", 5)[5].replace("\\%", "%")
    command = f"{command.rpartition(' sync')[0]} check"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, cwd="/", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The config is valid: ")
    assert sorted(path.name for path in place.iterdir()) == [".env", "gates.yaml"]


def test_nothing_in_the_tracker_is_changed_and_few_requests_are_made(beginner: Beginner) -> None:
    beginner.init(*beginner.jira, "--example", *OWNERS)
    entries = beginner.sandbox.control.log.entries()
    assert [f"{one.method} {one.path}" for one in entries] == [
        "GET /rest/api/3/myself",
        "GET /rest/api/3/project/search",
        "GET /rest/api/3/project/10000/statuses",
        "POST /rest/api/3/workflows",
        "GET /rest/api/3/user/assignable/search",
        "GET /rest/api/3/field",
    ]
