"""Writes what was decided, at the very end: whole or not at all, and over nothing."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from readygate.errors import ReadygateError

PRIVATE = 0o600
_NAME = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", re.MULTILINE)


class NotWritten(ReadygateError):
    """A file could not be written; nothing is left behind. A person mends the folder."""


def write_all(config: Path, text: str, before: str | None, dotenv: Path, more: str) -> None:
    """Write the config, and add `more` to the `.env` file beside it.

    `before` is the text that the config had when it was read, None where there was none: if that is
    no longer so, nothing is written. Raises NotWritten.
    """
    with _telling(dotenv):
        old = read(dotenv) if dotenv.exists() else None
        if more:
            ended = "" if not old or old.endswith("\n") else "\n"
            _write(dotenv, f"{old or ''}{ended}{more}", old, PRIVATE)
    try:
        with _telling(config):
            mode = config.stat().st_mode & 0o777 if before is not None else _usual_mode()
            _write(config, text, before, mode)
    except BaseException:
        if more and old is None:
            dotenv.unlink()
        raise


def read(path: Path) -> str:
    """The text of a file with its line ends as they are. Raises OSError, UnicodeDecodeError."""
    return path.read_bytes().decode("utf-8")


def names_in(dotenv: Path) -> frozenset[str]:
    """The names of the variables that a `.env` file sets."""
    if not dotenv.exists():
        return frozenset()
    return frozenset(
        name.upper() for name in _NAME.findall(dotenv.read_text(encoding="utf-8", errors="replace"))
    )


def dotenv_lines(variables: Mapping[str, str]) -> str:
    """Variables as lines of a `.env` file, quoted where they need it."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]*", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _usual_mode() -> int:
    """What a new file would get, but always readable and writable by us."""
    mask = os.umask(0)
    os.umask(mask)
    return (0o666 & ~mask) | PRIVATE


def _write(path: Path, text: str, before: str | None, mode: int) -> None:
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            os.fchmod(number, mode)
            file.write(text)
            file.flush()
            os.fsync(number)
        if before is None:
            _put_where_nothing_is(beside, target)
        elif read(target) != before:
            raise NotWritten(f"{path} was changed in the meantime: nothing was written. Run again.")
        else:
            beside.replace(target)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _put_where_nothing_is(made: Path, target: Path) -> None:
    try:
        os.link(made, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: nearly as good
        if target.exists():
            raise FileExistsError from None
        made.rename(target)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        text = f"{path} is there by now, and nothing is overwritten: nothing was written."
        raise NotWritten(text) from error
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        text = f"{path} cannot be written: {reason}. Nothing was written."
        raise NotWritten(text, detail=f"{type(error).__name__}: {reason}") from error
