"""Settings that do not belong into a config file: secrets above all.

They come from the environment, from `.env` files and from a secrets directory; the first that has
one wins.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from readygate.errors import ConfigError, Problem, Severity
from readygate_config.credentials import Oddity, oddity
from readygate_config.kinds import kind_of
from readygate_config.secret_scan import secret_variable
from readygate_config.shown import one_of
from readygate_config.values import Config, TrackerConfig

PREFIX = "READYGATE_"
DOTENV = ".env"
PLACES = (
    "in the environment, in a file .env (here or beside the config), or as a file of that name in"
    " the secrets directory (READYGATE_SECRETS_DIR)"
)
_ASKED = {"token": "the API token", "email": "the e-mail address of our account"}


def _paths(value: Any) -> Any:
    return [Path(part) for part in value.split(os.pathsep) if part] if value else ()


class TrackerSecrets(BaseModel):
    """What a tracker needs to let us in: `READYGATE_TRACKERS__<KEY>__<SETTING>`."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    token: SecretStr | None = None
    """The API token. No default: every tracker has its own."""

    email: str | None = None
    """The account that the token is of (Jira). Default: `email` of the tracker in the config."""


class Settings(BaseSettings):
    """Everything that is set outside of the config. Names: READYGATE_ and the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        env_file_encoding="utf-8",
    )

    config: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_paths)] = ()
    """READYGATE_CONFIG: config files or folders, separated by `:`. Default: readygate.yaml in the
    working directory, because that is where a person tries it out; cron names it."""

    ledger: Path | None = None
    """READYGATE_LEDGER: the file with everything that is remembered. Default: readygate.db beside
    the first config file, because the two belong together and move together."""

    log_format: Literal["text", "json"] = "text"
    """READYGATE_LOG_FORMAT: how errors and the log are written. Default: text, for people."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """READYGATE_LOG_LEVEL. Default: warning, so that cron mails only what matters."""

    secrets_dir: Path | None = None
    """READYGATE_SECRETS_DIR: a folder with one file per secret, as Docker and systemd make it; a
    file is named like the variable. Default: none."""

    trackers: dict[str, TrackerSecrets] = Field(default_factory=dict)
    """READYGATE_TRACKERS__<KEY>__TOKEN and __EMAIL: the secrets of each tracker of the config."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say which source goes before which."""
        directory = _secrets_dir(env_settings, dotenv_settings)
        nested = NestedSecretsSettingsSource(file_secret_settings, directory) if directory else None
        sources = (init_settings, env_settings, dotenv_settings, nested)
        return tuple(source for source in sources if source)


def _secrets_dir(*sources: PydanticBaseSettingsSource) -> Path | None:
    for source in sources:
        named = source().get("secrets_dir")
        if named:
            path = Path(str(named)).expanduser()
            if not path.is_dir():
                hint = "Name a folder with one file per secret, or remove the setting."
                text = f"{PREFIX}SECRETS_DIR: there is no folder {path}"
                raise ConfigError([Problem((), text, hint)])
            return path
    return None


def read_settings(config: Iterable[Path] = ()) -> tuple[Settings, tuple[Problem, ...]]:
    """Read the settings, and what to warn of. `config` are the config's files: a `.env` beside
    them counts too, and more than the one of the working directory.

    Raises ConfigError for a setting that cannot be used; values are never shown.
    """
    folders = dict.fromkeys(file.resolve().parent for file in config)
    here = Path.cwd()
    folders.pop(here, None)
    files = [folder / DOTENV for folder in (here, *reversed(folders))]
    found = [file for file in files if file.is_file()]
    try:
        sources: dict[str, Any] = {"_env_file": found}
        settings = Settings(**sources)
    except ValidationError as error:
        raise ConfigError([_invalid(details) for details in error.errors()]) from None
    except SettingsError:
        text = f"{PREFIX}TRACKERS cannot be read"
        hint = f"Set one variable per secret: {secret_variable('main')}."
        raise ConfigError([Problem((), text, hint)]) from None
    except UnicodeDecodeError:
        named = " or ".join(str(file) for file in found)
        text = f"{named} is not UTF-8"
        raise ConfigError([Problem((), text, "Save the file as UTF-8.")]) from None
    return settings, tuple(_open_to_others(found))


def _invalid(details: Mapping[str, Any]) -> Problem:
    loc = [str(part) for part in details["loc"]]
    name = f"{PREFIX}{'__'.join(loc)}".upper()
    expected = details.get("ctx", {}).get("expected", "")
    allowed = f"Allowed are: {expected}." if expected else f"Write a single text into {name}."
    return Problem((), f"{name} has a value that cannot be used", allowed)


def _open_to_others(files: Sequence[Path]) -> list[Problem]:
    """Warn of secrets in files that other users of the machine can read."""
    found = []
    for file in files:
        others = os.name == "posix" and file.stat().st_mode & 0o077
        if others and "__TOKEN" in file.read_text(encoding="utf-8").upper():
            text = f"{file}: other users of this machine can read the tokens in this file"
            found.append(Problem((), text, f"Run: chmod 600 {file}", Severity.WARNING))
    return found


def secrets_of(
    config: Config, settings: Settings, trackers: Iterable[str] | None = None
) -> dict[str, dict[str, str]]:
    """The secrets of these trackers (default: all of the config): tracker -> setting -> value.

    Raises ConfigError with every one that is missing or cannot be right.
    """
    wanted = list(config.trackers) if trackers is None else list(trackers)
    given = {key.casefold(): value for key, value in settings.trackers.items()}
    strangers = sorted(given.keys() - config.trackers.keys())
    found: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for key in wanted:
        tracker = config.trackers[key]
        found[key] = _plain(given.get(key))
        problems += [
            _missing(tracker, name, strangers)
            for name in kind_of(tracker.kind).secrets
            if not found[key].get(name) and not tracker.options.get(name)
        ]
        problems += [
            _unusable(tracker, name, odd)
            for name, value in found[key].items()
            if (odd := oddity(tracker.kind, name, value))
        ]
    if problems:
        raise ConfigError(problems)
    return found


def _plain(secrets: TrackerSecrets | None) -> dict[str, str]:
    if secrets is None:
        return {}
    named = {"token": secrets.token, "email": secrets.email, **(secrets.model_extra or {})}
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in named.items()
        if value is not None
    }
    return {name: value.strip() for name, value in values.items() if value.strip()}


def _missing(tracker: TrackerConfig, name: str, strangers: Sequence[str]) -> Problem:
    variable = secret_variable(tracker.key, name)
    hint = f"Set {variable} {PLACES}."
    if name == "email":
        hint += f" It may also stand in the config, as `email` of trackers.{tracker.key}."
    if strangers:
        hint += f" There are secrets for {one_of(strangers)}, but the config has no such tracker."
    text = f"{_ASKED.get(name, name)} is not set"
    return Problem(("trackers", tracker.key), text, hint, place=tracker.place)


def _unusable(tracker: TrackerConfig, name: str, odd: Oddity) -> Problem:
    text = f"{secret_variable(tracker.key, name)} {odd.text}"
    return Problem(("trackers", tracker.key), text, odd.hint, place=tracker.place)
