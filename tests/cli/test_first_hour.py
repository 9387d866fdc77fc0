"""The errors of the first hour: every message says what is wrong and what to do next."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.house import ROOT
from cli.clinic import AIRTABLE_TOKEN, BOT, JIRA_TOKEN, Clinic, patient
from readygate_cli.commands import sandbox as sandbox_command
from readygate_sandbox import running_sandbox
from support.waiting import at_once

MAIN, BASE = "READYGATE_TRACKERS__MAIN__", "READYGATE_TRACKERS__BASE__"
JIRA_TOKENS = "https://id.atlassian.com/manage-profile/security/api-tokens"
AIRTABLE_TOKENS = "https://airtable.com/create/tokens"

LIKE_ATLASSIAN = "ATATT3xFfGF0" + "a1B2c3D4" * 4
LIKE_AIRTABLE = "patABCDEFGHIJKLMN." + "0123456789abcdef" * 4
LIKE_OAUTH = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijkl"


@pytest.fixture
def clinic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clinic]:
    """Healthy trackers, a config for both, and the right credentials."""
    monkeypatch.setenv(f"{MAIN}EMAIL", BOT)
    monkeypatch.setenv(f"{MAIN}TOKEN", JIRA_TOKEN)
    monkeypatch.setenv(f"{BASE}TOKEN", AIRTABLE_TOKEN)
    monkeypatch.delenv("READYGATE_CONFIG", raising=False)
    monkeypatch.delenv("READYGATE_LEDGER", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    at_once(monkeypatch)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    one = patient("jira", "airtable")
    with running_sandbox(one.seed) as sandbox:
        made = Clinic(sandbox, tmp_path / "work", capsys)
        made.write(one)
        yield made


def told(clinic: Clinic, *arguments: str) -> tuple[int, str]:
    """The code, and all that is said on stderr, without what differs from run to run."""
    code, _out, err = clinic.run(*arguments)
    return code, clinic.plain(err)


# -- in the wrong folder -------------------------------------------------------------------

NO_CONFIG = """\
no config file was found; looked at readygate.yaml, readygate.yml, \
HOME/readygate/readygate.yaml, /etc/readygate/readygate.yaml
    Run `readygate init`: it asks and writes one. Or copy one of the examples \
(config/examples/) to readygate.yaml, or name a file with --config.
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "check",
        "map",
        "plan",
        "sync",
        "status",
        "log",
        "setup",
        "guard status",
        "guard install",
        "ledger check",
        "ledger backup",
        "ledger rebuild",
    ],
)
def test_in_a_folder_without_a_config(clinic, tmp_path, arguments):
    (clinic.folder / "readygate.yaml").unlink()
    code, err = told(clinic, *arguments.split())
    assert (code, err.replace(str(tmp_path / "home"), "HOME")) == (3, NO_CONFIG)


def test_doctor_in_a_folder_without_a_config(clinic, tmp_path):
    (clinic.folder / "readygate.yaml").unlink()
    seen = clinic.doctor()
    assert seen.code == 3
    (found,) = list(seen.document["checks"])
    problem, _, hint = NO_CONFIG.partition("\n")
    assert found["what"].replace(str(tmp_path / "home"), "HOME") == problem
    assert found["fix"] == hint.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (
            "check --config other.yaml",
            3,
            (
                "other.yaml: there is no such file\n"
                "    Give the config with --config FILE or READYGATE_CONFIG.\n"
            ),
        ),
        (
            "check --config ..",
            3,
            (
                "..: no file of this folder ends in .yaml or .yml\n"
                "    Name another folder, or a file.\n"
            ),
        ),
        (
            "plan --ledger gone/readygate.db",
            7,
            (
                "the ledger FOLDER/gone/readygate.db has no place: there is no folder FOLDER/gone."
                " Create the folder, or choose another place for the ledger\n"
            ),
        ),
        (
            "plan --pipeline deal",
            3,
            "there is no pipeline 'deal' in the config\n    There is: deals, orders.\n",
        ),
        (
            "chek",
            2,
            (
                "Usage: readygate [OPTIONS] COMMAND [ARGS]...\n"
                "Try 'readygate --help' for help.\n\n"
                "Error: No such command 'chek'. Did you mean 'check'?\n"
            ),
        ),
        (
            "xyzzy",
            2,
            (
                "Usage: readygate [OPTIONS] COMMAND [ARGS]...\n"
                "Try 'readygate --help' for help.\n\n"
                "Error: No such command 'xyzzy'.\n"
            ),
        ),
    ],
)
def test_the_wrong_names_are_given(clinic, arguments, code, text):
    assert told(clinic, *arguments.split()) == (code, text)


# -- in the wrong order --------------------------------------------------------------------

NEVER = "There has been no run yet, so nothing is known of any deal: run `readygate sync` first.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ("status", 1, NEVER),
        ("status --deal DEAL-1", 1, NEVER),
        ("log", 0, NEVER),
        ("log DEAL-1", 0, NEVER),
        (
            "ledger backup",
            7,
            (
                "there is no ledger at FOLDER/readygate.db yet: nothing to back up. The first"
                " `readygate sync` makes it\n"
            ),
        ),
    ],
)
def test_before_the_first_run(clinic, arguments, code, text):
    assert told(clinic, *arguments.split()) == (code, text)


def test_the_ledger_is_checked_before_the_first_run(clinic):
    code, out, _err = clinic.run("ledger", "check")
    assert (code, clinic.plain(out)) == (
        1,
        (
            "There is no ledger at FOLDER/readygate.db yet: the first `readygate sync` makes it. If"
            " there\nwas one: put a backup back, or see what `readygate ledger rebuild` would do.\n"
        ),
    )


def test_sync_before_setup(clinic):
    with clinic.sandbox.airtable.store.lock:
        base = clinic.sandbox.airtable.base()
        base.tables = {
            ref: table for ref, table in base.tables.items() if table.name != "Checklist"
        }
        clinic.sandbox.airtable.store.rebuild()
    code, err = told(clinic, "sync", "--pipeline", "orders")
    assert code == 3
    assert (
        "pipelines.orders.checklist.table: the base has no table 'Checklist'\n"
        "    There are: 'Deals'. `readygate setup` can create what is missing.\n" in err
    )


@pytest.mark.parametrize("name", ["sandbox", "demo"])
def test_the_sandbox_is_called_before_its_extra_is_installed(clinic, monkeypatch, name):
    monkeypatch.setattr(sandbox_command, "find_spec", lambda _name: None)
    code, err = told(clinic, name)
    assert code == 2
    assert err.endswith(
        "Error: The sandbox is not installed. It is an extra: pip install 'readygate[sandbox]'\n"
    )


# -- with the wrong credentials ------------------------------------------------------------

NOT_SET = (
    " in the environment, in a file .env (here or beside the config), or as a file of that name in"
    " the secrets directory (READYGATE_SECRETS_DIR)."
)
JIRA_401 = (
    "tracker main: Jira at JIRA, proving who we are: our login is not accepted (401). Check the"
    f" e-mail and the API token ({MAIN}TOKEN); tokens live for a year at most, new ones are made at"
    f" {JIRA_TOKENS}. A token with scopes also needs `cloud_id` in the config:"
    " http://JIRA/_edge/tenant_info shows it.\n"
)
AIRTABLE_401 = (
    "tracker base: Airtable at AIRTABLE, asking who we are: our login is not accepted (401). Check"
    f" the token ({BASE}TOKEN); new ones are made at {AIRTABLE_TOKENS}.\n"
)
MAKE_JIRA = f"Make an API token at {JIRA_TOKENS}."
MAKE_AIRTABLE = f"Make a personal access token at {AIRTABLE_TOKENS}."


def odd(variable: str, text: str, hint: str) -> tuple[int, str]:
    key, line = ("main", 15) if variable.startswith(MAIN) else ("base", 16)
    return 3, f"readygate.yaml:{line}:3 trackers.{key}: {variable} {text}\n    {hint}\n"


CREDENTIALS = {
    "no token": (
        f"{MAIN}TOKEN",
        "",
        (
            3,
            (
                "readygate.yaml:15:3 trackers.main: the API token is not set\n"
                f"    Set {MAIN}TOKEN{NOT_SET}\n"
            ),
        ),
    ),
    "no e-mail": (
        f"{MAIN}EMAIL",
        "",
        (
            3,
            (
                "readygate.yaml:15:3 trackers.main: the e-mail address of our account is not set\n"
                f"    Set {MAIN}EMAIL{NOT_SET} It may also stand in the config, as `email` of"
                " trackers.main.\n"
            ),
        ),
    ),
    "a token in quotes": (
        f"{MAIN}TOKEN",
        f'"{LIKE_ATLASSIAN}"',
        odd(f"{MAIN}TOKEN", "has quotes around its value", "Write it without them."),
    ),
    "an e-mail in quotes": (
        f"{MAIN}EMAIL",
        "'bot@example.com'",
        odd(f"{MAIN}EMAIL", "has quotes around its value", "Write it without them."),
    ),
    "typographic quotes": (
        f"{BASE}TOKEN",
        f"“{LIKE_AIRTABLE}”",
        odd(f"{BASE}TOKEN", "has quotes around its value", "Write it without them."),
    ),
    "a line break written out": (
        f"{MAIN}TOKEN",
        rf"{LIKE_ATLASSIAN}\n",
        odd(
            f"{MAIN}TOKEN",
            "ends in a line break written out",
            "Write it without the backslash.",
        ),
    ),
    "a line break in the middle": (
        f"{MAIN}TOKEN",
        "sandbox\ntoken",
        odd(
            f"{MAIN}TOKEN",
            "holds characters that cannot be part of it",
            "Copy it anew: spaces, line breaks and letters outside of ASCII do not belong there.",
        ),
    ),
    "the README's dots": (
        f"{MAIN}TOKEN",
        "ATATT…",
        odd(
            f"{MAIN}TOKEN",
            "holds characters that cannot be part of it",
            "Copy it anew: spaces, line breaks and letters outside of ASCII do not belong there.",
        ),
    ),
    "a header instead of a token": (
        f"{MAIN}TOKEN",
        f"Bearer {LIKE_ATLASSIAN}",
        odd(f"{MAIN}TOKEN", "begins with 'Bearer'", "Write the token alone."),
    ),
    "two words": (
        f"{MAIN}TOKEN",
        f"token {LIKE_ATLASSIAN}",
        odd(f"{MAIN}TOKEN", "has a space in it", "Copy the token anew, alone and whole."),
    ),
    "the e-mail as token": (
        f"{MAIN}TOKEN",
        "bot@example.com",
        odd(f"{MAIN}TOKEN", "holds an e-mail address", f"Write the token there. {MAKE_JIRA}"),
    ),
    "both in one": (
        f"{MAIN}TOKEN",
        f"bot@example.com:{LIKE_ATLASSIAN}",
        odd(
            f"{MAIN}TOKEN",
            "holds the e-mail address and the token",
            "Write the token alone; the address has a variable of its own.",
        ),
    ),
    "the token as e-mail": (
        f"{MAIN}EMAIL",
        LIKE_ATLASSIAN,
        odd(f"{MAIN}EMAIL", "holds a token", "Write the e-mail address of the account there."),
    ),
    "a name as e-mail": (
        f"{MAIN}EMAIL",
        "Readygate",
        odd(
            f"{MAIN}EMAIL",
            "is not an e-mail address",
            "Write the address with which our account signs in to Jira.",
        ),
    ),
    "Airtable's token for Jira": (
        f"{MAIN}TOKEN",
        LIKE_AIRTABLE,
        odd(
            f"{MAIN}TOKEN",
            "holds a token of Airtable, but the tracker is a Jira site",
            MAKE_JIRA,
        ),
    ),
    "an OAuth token": (
        f"{MAIN}TOKEN",
        LIKE_OAUTH,
        odd(f"{MAIN}TOKEN", "holds an OAuth access token, which lives for an hour", MAKE_JIRA),
    ),
    "Jira's token for Airtable": (
        f"{BASE}TOKEN",
        LIKE_ATLASSIAN,
        odd(
            f"{BASE}TOKEN",
            "holds a token of Atlassian, but the tracker is an Airtable base",
            MAKE_AIRTABLE,
        ),
    ),
    "half a token": (
        f"{BASE}TOKEN",
        LIKE_AIRTABLE.partition(".")[0],
        odd(
            f"{BASE}TOKEN",
            "holds only the first half of the token, its id",
            "Copy all of it, with the dot and what follows. It is shown once; if it is gone, press"
            f" “Regenerate token” at {AIRTABLE_TOKENS}.",
        ),
    ),
    "an old API key": (
        f"{BASE}TOKEN",
        "keyABCDEFGHIJKLMN",
        odd(f"{BASE}TOKEN", "holds an API key, which Airtable no longer accepts", MAKE_AIRTABLE),
    ),
    "somebody else's e-mail": (
        f"{MAIN}EMAIL",
        "anna@example.com",
        (5, JIRA_401),
    ),
    "a token of nobody": (f"{MAIN}TOKEN", LIKE_ATLASSIAN, (5, JIRA_401)),
    "a token of nobody in Airtable": (f"{BASE}TOKEN", LIKE_AIRTABLE, (5, AIRTABLE_401)),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_is_wrong(clinic, monkeypatch, name):
    variable, value, expected = CREDENTIALS[name]
    monkeypatch.setenv(variable, value)
    pipeline = "deals" if variable.startswith(MAIN) else "orders"
    assert told(clinic, "plan", "--pipeline", pipeline) == expected


@pytest.mark.parametrize("value", [f"{JIRA_TOKEN}\n", f"  {JIRA_TOKEN}\r\n"])
def test_white_space_around_a_credential_does_no_harm(clinic, monkeypatch, value):
    monkeypatch.setenv(f"{MAIN}TOKEN", value)
    assert told(clinic, "plan", "--pipeline", "deals") == (0, "")


def test_quotes_in_a_dotenv_file_are_its_own_and_do_no_harm(clinic, monkeypatch):
    monkeypatch.delenv(f"{MAIN}TOKEN")
    file = clinic.folder / ".env"
    file.write_text(f'{MAIN}TOKEN="{JIRA_TOKEN}"\n', encoding="utf-8")
    file.chmod(0o600)
    assert told(clinic, "plan", "--pipeline", "deals") == (0, "")


def test_the_secrets_of_another_tracker_are_there(clinic, monkeypatch):
    monkeypatch.delenv(f"{MAIN}TOKEN")
    monkeypatch.setenv("READYGATE_TRACKERS__JIRA__TOKEN", LIKE_ATLASSIAN)
    code, err = told(clinic, "plan", "--pipeline", "deals")
    assert (code, err) == (
        3,
        (
            "readygate.yaml:15:3 trackers.main: the API token is not set\n"
            f"    Set {MAIN}TOKEN{NOT_SET} There are secrets for jira, but the config has no such"
            " tracker.\n"
        ),
    )


def test_a_scoped_token_is_refused_at_the_door_for_scoped_tokens(clinic, monkeypatch):
    cloud = clinic.sandbox.control.store.info.cloud_id
    text = (clinic.folder / "readygate.yaml").read_text("utf-8")
    text = text.replace("main: { kind: jira,", f'main: {{ kind: jira, cloud_id: "{cloud}",')
    (clinic.folder / "readygate.yaml").write_text(text, encoding="utf-8")
    door = f"{clinic.sandbox.url}/ex/jira/"
    monkeypatch.setattr("readygate_jira.connector.SCOPED_API", door)
    monkeypatch.setenv(f"{MAIN}TOKEN", LIKE_ATLASSIAN)
    assert told(clinic, "plan", "--pipeline", "deals") == (
        5,
        (
            "tracker main: Jira at JIRA, proving who we are: our login is not accepted (401). Check"
            f" the e-mail and the API token ({MAIN}TOKEN); tokens live for a year at most, new ones"
            f" are made at {JIRA_TOKENS}. Check that `cloud_id` is the one that"
            " http://JIRA/_edge/tenant_info shows, and that the token has the scopes"
            " read:jira-work, write:jira-work and read:jira-user.\n"
        ),
    )


def test_a_cloud_id_of_no_site(clinic, monkeypatch):
    text = (clinic.folder / "readygate.yaml").read_text("utf-8")
    text = text.replace("main: { kind: jira,", 'main: { kind: jira, cloud_id: "0000",')
    (clinic.folder / "readygate.yaml").write_text(text, encoding="utf-8")
    door = f"{clinic.sandbox.url}/ex/jira/".replace("127.0.0.1", "localhost")
    monkeypatch.setattr("readygate_jira.connector.SCOPED_API", door)
    code, err = told(clinic, "plan", "--pipeline", "deals")
    port = clinic.sandbox.url.rpartition(":")[2]
    assert (code, err) == (
        5,
        (
            f"tracker main: No Jira Cloud with this `cloud_id` answers at localhost:{port}. Take"
            " the one that https://JIRA/_edge/tenant_info shows.\n"
        ),
    )


# -- at the wrong address ------------------------------------------------------------------

ADDRESSES = {
    "a page of the site": (
        "JIRA_URL/jira/software/projects/DEAL",
        3,
        (
            "readygate.yaml:15:28 trackers.main.url: the address must end after the host\n"
            "    Write http://JIRA\n"
        ),
    ),
    "plain http": (
        "http://example.atlassian.net",
        3,
        (
            "readygate.yaml:15:28 trackers.main.url: plain http would show the token to everybody"
            " on the way to example.atlassian.net\n"
            "    Write https://; plain http is allowed only to 127.0.0.1, for tests.\n"
        ),
    ),
    "no scheme": (
        "example.atlassian.net",
        3,
        (
            "readygate.yaml:15:28 trackers.main.url: 'example.atlassian.net' is not the address of"
            " a site\n"
            "    Write only the address of the site: https://example.atlassian.net\n"
        ),
    ),
    "nobody is there": (
        "http://127.0.0.1:9",
        5,
        (
            "tracker main: Jira at 127.0.0.1:9, proving who we are: no connection could be made."
            " Check the address and the network; the next run tries again.\n"
        ),
    ),
    "no network": (
        "https://example.invalid",
        5,
        (
            "tracker main: Jira at example.invalid, proving who we are: no connection could be"
            " made. Check the address and the network; the next run tries again.\n"
        ),
    ),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_address_is_wrong(clinic, name):
    address, code, text = ADDRESSES[name]
    one = patient("jira")
    one.change("JIRA_URL", address)
    clinic.write(one)
    assert told(clinic, "plan") == (code, text)


def test_a_site_that_does_not_exist(clinic):
    page = {
        "status": 404,
        "body": "<html>Your Atlassian Cloud site is currently unavailable</html>",
    }
    clinic.sandbox.control.faults.add("refuse", **page)
    assert told(clinic, "plan", "--pipeline", "deals") == (
        5,
        (
            "tracker main: No Jira Cloud answers at JIRA. Check `url`: it looks like"
            " https://example.atlassian.net.\n"
        ),
    )


def test_a_data_center(clinic):
    headers = {"X-ANODEID": "node1", "X-AUSERNAME": "anonymous"}
    clinic.sandbox.control.faults.add("refuse", status=401, body={}, headers=headers)
    assert told(clinic, "plan", "--pipeline", "deals") == (
        5,
        (
            "tracker main: JIRA is a Jira Data Center or Server. Readygate speaks to Jira Cloud"
            " only, as yet; nothing was read or changed.\n"
        ),
    )


# -- with the wrong Python -----------------------------------------------------------------


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    """A folder with all that the scripts call, and a Python that is too old."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cat", "dirname", "env", "sed"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    for name in ("python", "python3"):
        (folder / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize("script", ["demo", "test", "bench"])
def test_the_scripts_say_which_python_they_need(old_python, tmp_path, script):
    done = subprocess.run(
        [ROOT / "scripts" / script],
        env={"PATH": str(old_python), "READYGATE_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "Python 3.11 or newer is needed and was not found. Install it, or name it:"
        f" PYTHON=/path/to/python {ROOT / 'scripts' / script}\n"
    )


def test_an_environment_made_with_an_old_python_is_told(old_python, tmp_path):
    (old_python / "python3").unlink()
    (old_python / "python3").symlink_to(sys.executable)
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    shutil.copy(old_python / "python", venv / "bin" / "python")
    done = subprocess.run(
        [ROOT / "scripts" / "demo"],
        env={"PATH": str(old_python), "READYGATE_VENV": str(venv)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        1,
        (
            f"{venv} was made with a Python older than 3.11. Remove it and run this again:"
            f" rm -r {venv}\n"
        ),
    )


def test_packages_that_cannot_be_installed_are_told(old_python, tmp_path):
    (old_python / "python3").unlink()
    (old_python / "python3").symlink_to(sys.executable)
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n', encoding="utf-8")  # knows pip no more than this
    python.chmod(0o755)
    done = subprocess.run(
        [ROOT / "scripts" / "demo"],
        env={"PATH": f"{old_python}{os.pathsep}", "READYGATE_VENV": str(venv)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.endswith(
        "The packages could not be installed, see above. Is there a network? Behind a proxy:"
        f" HTTPS_PROXY=http://… {ROOT / 'scripts' / 'demo'}\n"
    )
