"""Every exception of Readygate, sorted by what has to be done about it.

Each carries two texts: `str(error)` is for people (what, where, what to do), `error.detail` is for
the log. Neither may hold a secret; texts that come from outside are cut and redacted before they
get here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters: an error stops the command, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something was written: file, line and column, both counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a config or a contract.

    `path` leads to the value from the top of the document: `("processes", "sales", "inputs", 0)`.
    `message` says what is wrong, `hint` what to do. `place` is filled in by whoever read the file.
    """

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    place: Place | None = None
    also: tuple[Place, ...] = ()

    @property
    def dotted(self) -> str:
        """The path as people write it: `processes.sales.inputs[0]`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text

    @property
    def headline(self) -> str:
        """Where it is and what it is, without what to do."""
        where = " ".join(part for part in (str(self.place or ""), self.dotted) if part)
        return f"{where}: {self.message}" if where else self.message

    def __str__(self) -> str:
        text = self.headline
        text += "".join(f" (also {place})" for place in self.also)
        return f"{text}\n    {self.hint}" if self.hint else text


class ReadygateError(Exception):
    """The root of all expected errors."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail or message


class ConfigError(ReadygateError):
    """The config or the contract is invalid: every problem at once. The admin edits the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of action that a limit refused, with the numbers and the ways to go on."""

    pipeline: str
    kind: str
    count: int
    limit: int
    ways: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{self.pipeline}: {self.kind}: {self.count} planned, the limit is {self.limit}"
        return text + "".join(f"\n    {way}" for way in self.ways)


class LockHeld(ReadygateError):
    """Another run holds the lock. Wait for it."""


class LedgerError(ReadygateError):
    """The ledger cannot be used: no right, newer than we are, on a network file system, full."""


class LedgerDamaged(LedgerError):
    """The ledger is cut off or spoiled. The admin puts a backup back, or has it rebuilt."""


class TrackerError(ReadygateError):
    """The root of what a tracker can answer."""


class TrackerUnavailable(TrackerError):
    """The tracker did not answer or asked us to wait. Try in a later run.

    `retry_after` is in seconds, where the tracker named it.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class TrackerDenied(TrackerError):
    """The tracker does not know us or does not let us. The admin mends a token or a right."""


class TrackerRejected(TrackerError):
    """The tracker refused one request as wrong. `field_errors` names its fields."""

    def __init__(
        self, message: str, *, field_errors: Mapping[str, str] | None = None, detail: str = ""
    ) -> None:
        super().__init__(message, detail=detail)
        self.field_errors: Mapping[str, str] = dict(field_errors or {})


class Stale(TrackerError):
    """Somebody changed the thing between our look and our write. Look again in the next run."""


class OutcomeUnknown(TrackerError):
    """A write was sent and its answer was lost. Look it up by key; never send it again blindly."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know about and that is not an error of ours.

    `code` is stable and machine readable (`unnamed-stage`, `duplicate-item`); `text` is for people.
    """

    code: str
    text: str
    deal: str = ""
    label: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
