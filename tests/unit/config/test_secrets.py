"""Secrets come from outside of the config, are refused in it, and are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from readygate.errors import ConfigError
from readygate_config import read_settings, secrets_of
from readygate_config.secret_scan import hide_tokens, is_secret_name
from unit.config.samples import VALID, changed, complaint, loaded

TOKEN = "READYGATE_TRACKERS__MAIN__TOKEN"
EMAIL = "READYGATE_TRACKERS__MAIN__EMAIL"
REFUSED = (
    "a secret must not stand in the config (it is not shown here)\n"
    f"    Remove it and set {TOKEN} in the environment, in .env or in the secrets directory."
    " Whoever could read this file may know it: make a new one."
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of its own and no settings of this machine."""
    for name in (TOKEN, EMAIL, "READYGATE_SECRETS_DIR", "READYGATE_CONFIG", "READYGATE_LEDGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestInTheConfig:
    @pytest.mark.parametrize(
        "key", ["token", "api_token", "apiToken", "password", "PASSWORD", "api-key", "db_secret"]
    )
    @pytest.mark.parametrize("value", ["hunter2", "12345", "'*'", '"x y"'])
    def test_refused_by_its_key(self, tmp_path: Path, key: str, value: str) -> None:
        told = complaint(tmp_path, changed(("kind: jira", f"kind: jira, {key}: {value}")))

        assert told.startswith(f"readygate.yaml:3:{25 + len(key)} trackers.main.{key}: {REFUSED}")
        assert told.count("a secret must not stand") == 1
        assert "there is no setting" not in told
        assert value.strip("'\"") not in told.replace("readygate.yaml:12345", "") or value == "'*'"

    def test_refused_in_a_list_and_deep_inside(self, tmp_path: Path) -> None:
        text = changed(("version: 1", "version: 1\nx-all: { tokens: {}, password: [hunter2, a] }"))

        told = complaint(tmp_path, text)

        assert told.count(REFUSED) == 2
        assert "readygate.yaml:2:33 x-all.password[0]: " in told
        assert "hunter2" not in told

    @pytest.mark.parametrize(
        "token",
        [
            "ATATT3xFfGF0T5JVxCHunter2hunter2",
            "patAbCdEfGhIjKlMn.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "Bearer abcdefghijklmnopqrstuvwxyz",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
            "https://anna:hunter2hunter2@example.com",
        ],
    )
    @pytest.mark.parametrize(
        "line",
        [
            "title: {}",
            "title: '{}'",
            'title: "{}"',
            "help: |\n      {}\n    title: x",
            "'{}': x",
            "# {}",
        ],
    )
    def test_refused_by_its_looks_wherever_it_stands(
        self, tmp_path: Path, token: str, line: str
    ) -> None:
        where = f"checklist:\n    {line.format(token)}"
        told = complaint(tmp_path, changed(("checklist: { title: Checklist }", where)))

        assert REFUSED in told
        assert "U+E000" not in told
        secret = token.removeprefix("https://").removesuffix("@example.com")
        assert secret not in told
        assert secret[-8:] not in told

    def test_not_shown_where_the_yaml_is_broken(self, tmp_path: Path) -> None:
        told = complaint(tmp_path, VALID + "@ATATT3xFfGF0T5JVxCHunter2hunter2: [\n")

        assert "Hunter2" not in told
        assert "a secret must not stand" in told

    def test_things_may_be_called_like_secrets(self, tmp_path: Path) -> None:
        text = changed(
            ("checklist: {", "password: {"),
            ("[checklist]", "[password]"),
            ("title: Checklist", "title: Passwords and tokens, help: 'token: see the vault'"),
        )

        assert list(loaded(tmp_path, text).book.items) == ["password"]

    @pytest.mark.parametrize("key", ["requests_per_month", "tokenizer", "keys", "secretary"])
    def test_names_that_only_sound_alike(self, key: str) -> None:
        assert not is_secret_name(key)

    def test_hiding_keeps_places(self) -> None:
        text = "a: 1\nb: ATATT3xFfGF0T5JVxCHunter2hunter2 # c"

        hidden, found = hide_tokens(text)

        assert (len(hidden), found) == (len(text), (8,))
        assert hidden.endswith(" # c")


class TestFromOutside:
    def test_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(TOKEN, " secret-1\n")
        monkeypatch.setenv(EMAIL.lower(), "bot@example.com")
        config = loaded(tmp_path, VALID)

        settings, warnings = read_settings(config.files)

        assert warnings == ()
        assert secrets_of(config, settings) == {
            "main": {"token": "secret-1", "email": "bot@example.com"}
        }
        assert "secret-1" not in f"{settings!r} {settings}"

    @pytest.mark.parametrize("token", ["12345", "null", "true", '{"a":1}', "[1]"])
    def test_a_token_may_look_like_json(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
    ) -> None:
        monkeypatch.setenv(TOKEN, token)
        config = loaded(tmp_path, changed(("kind: jira", "kind: jira, email: a@example.com")))

        assert secrets_of(config, read_settings()[0]) == {"main": {"token": token}}

    def test_which_place_wins(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        work, beside, vault = tmp_path / "work", tmp_path / "beside", tmp_path / "vault"
        for folder in (work, beside, vault):
            folder.mkdir()
        monkeypatch.chdir(work)
        config = loaded(beside, changed(("kind: jira", "kind: jira, email: a@example.com")))

        def token() -> str:
            return secrets_of(config, read_settings(config.files)[0])["main"]["token"]

        (vault / TOKEN.lower()).write_text("from-vault\n", encoding="utf-8")
        (vault / "unrelated").write_text("x", encoding="utf-8")
        dotenv = work / ".env"
        dotenv.write_text(f"READYGATE_SECRETS_DIR={vault}\nUNRELATED=1\n", encoding="utf-8")
        dotenv.chmod(0o600)
        assert token() == "from-vault"

        dotenv.write_text(f"READYGATE_SECRETS_DIR={vault}\n{TOKEN}=from-here\n", encoding="utf-8")
        assert token() == "from-here"

        (beside / ".env").write_text(f"{TOKEN}=from-beside\n", encoding="utf-8")
        (beside / ".env").chmod(0o600)
        assert token() == "from-beside"

        monkeypatch.setenv(TOKEN, "from-environment")
        assert token() == "from-environment"

    def test_of_two_config_folders_the_first_counts_more(self, tmp_path: Path) -> None:
        files = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            dotenv = tmp_path / name / ".env"
            dotenv.write_text(f"{TOKEN}={name}\n", encoding="utf-8")
            dotenv.chmod(0o600)
            files.append(tmp_path / name / "readygate.yaml")

        secret = read_settings(files)[0].trackers["main"].token

        assert secret is not None
        assert secret.get_secret_value() == "first"

    def test_what_is_missing_is_named_with_the_places_for_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("READYGATE_TRACKERS__MIAN__TOKEN", "hunter2")
        config = loaded(tmp_path, VALID)

        with pytest.raises(ConfigError) as caught:
            secrets_of(config, read_settings(config.files)[0])

        places = (
            "in the environment, in a file .env (here or beside the config), or as a file of that"
            " name in the secrets directory (READYGATE_SECRETS_DIR)"
        )
        strangers = "There are secrets for mian, but the config has no such tracker."
        assert str(caught.value).replace(f"{tmp_path}/", "") == (
            "readygate.yaml:3:3 trackers.main: the e-mail address of our account is not set\n"
            f"    Set {EMAIL} {places}. It may also stand in the config, as `email` of"
            f" trackers.main. {strangers}\n"
            "readygate.yaml:3:3 trackers.main: the API token is not set\n"
            f"    Set {TOKEN} {places}. {strangers}"
        )

    @pytest.mark.parametrize("token", ["", "  ", "\n"])
    def test_an_empty_secret_is_missing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
    ) -> None:
        monkeypatch.setenv(TOKEN, token)
        config = loaded(tmp_path, changed(("kind: jira", "kind: jira, email: a@example.com")))

        with pytest.raises(ConfigError, match="the API token is not set"):
            secrets_of(config, read_settings()[0])

    @pytest.mark.parametrize("token", ["hunter2\nhunter2", "токен", "hunter2\u200b"])
    def test_a_secret_that_cannot_be_right(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
    ) -> None:
        monkeypatch.setenv(TOKEN, token)
        config = loaded(tmp_path, changed(("kind: jira", "kind: jira, email: a@example.com")))

        with pytest.raises(ConfigError) as caught:
            secrets_of(config, read_settings()[0])

        assert str(caught.value).replace(f"{tmp_path}/", "") == (
            f"readygate.yaml:3:3 trackers.main: {TOKEN} holds characters that cannot be part of"
            " it\n    Copy it anew: spaces, line breaks and letters outside of ASCII do not belong"
            " there."
        )

    def test_only_the_trackers_in_use_need_secrets(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(TOKEN, "t")
        monkeypatch.setenv(EMAIL, "a@example.com")
        text = changed(("people:", "  other: { kind: jira, url: https://o.example.com }\npeople:"))
        config = loaded(tmp_path, text)

        assert list(secrets_of(config, read_settings()[0], ["main"])) == ["main"]
        with pytest.raises(ConfigError, match="READYGATE_TRACKERS__OTHER__TOKEN"):
            secrets_of(config, read_settings()[0])

    def test_a_dotenv_that_others_can_read_is_warned_of(self, tmp_path: Path) -> None:
        dotenv = tmp_path / ".env"
        dotenv.write_text(f"{TOKEN}=hunter2\n", encoding="utf-8")
        dotenv.chmod(0o640)

        _, warnings = read_settings()

        assert [str(warning) for warning in warnings] == [
            (
                f"{dotenv}: other users of this machine can read the tokens in this file\n"
                f"    Run: chmod 600 {dotenv}"
            )
        ]
        dotenv.chmod(0o600)
        assert read_settings()[1] == ()

    def test_other_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("READYGATE_CONFIG", "a.yaml:conf.d")
        monkeypatch.setenv("READYGATE_LEDGER", "/var/lib/x.db")
        monkeypatch.setenv("READYGATE_LOG_FORMAT", "json")

        settings, _ = read_settings()

        assert settings.config == (Path("a.yaml"), Path("conf.d"))
        assert settings.ledger == Path("/var/lib/x.db")
        assert (settings.log_format, settings.log_level) == ("json", "warning")

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            (
                "READYGATE_LOG_LEVEL",
                "hunter2",
                (
                    "READYGATE_LOG_LEVEL has a value that cannot be used\n"
                    "    Allowed are: 'debug', 'info', 'warning' or 'error'."
                ),
            ),
            (
                "READYGATE_TRACKERS",
                "hunter2",
                f"READYGATE_TRACKERS cannot be read\n    Set one variable per secret: {TOKEN}.",
            ),
            (
                "READYGATE_TRACKERS__MAIN",
                "hunter2",
                (
                    "READYGATE_TRACKERS__MAIN has a value that cannot be used\n"
                    "    Write a single text into READYGATE_TRACKERS__MAIN."
                ),
            ),
            (
                "READYGATE_SECRETS_DIR",
                "/nowhere/at/all",
                (
                    "READYGATE_SECRETS_DIR: there is no folder /nowhere/at/all\n"
                    "    Name a folder with one file per secret, or remove the setting."
                ),
            ),
        ],
    )
    def test_settings_that_cannot_be_used(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
    ) -> None:
        monkeypatch.setenv(name, value)

        with pytest.raises(ConfigError) as caught:
            read_settings()

        assert str(caught.value) == told

    def test_a_dotenv_that_is_not_utf8(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_bytes(b"NAME=\xff\n")

        with pytest.raises(ConfigError, match=r"\.env is not UTF-8"):
            read_settings()
