"""Finds secrets that were written into a config, and hides them before anything can repeat them."""

from __future__ import annotations

import re

from readygate.errors import Place, Problem
from readygate_config.nodes import Node, Path, Table, find, scalars

_TOKEN = re.compile(
    r"""AT[A-Z]TT[0-9A-Za-z_=-]{12,}       # Atlassian API tokens
    | \bpat[A-Za-z0-9]{10,}\.[A-Za-z0-9]{16,}   # Airtable personal access tokens
    | \bATBB[A-Za-z0-9]{16,}
    | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}      # JSON web tokens
    | (?<=://)[^\s/@'"]*:[^\s/@'"]*(?=@)        # user:password@host
    | (?i:\b(?:bearer|basic)\ )[A-Za-z0-9+/_.=-]{16,}""",
    re.VERBOSE,
)
_NAME = re.compile(
    r"(?:^|[_.\- ])"
    r"(?:token|password|passwd|pwd|secret|api[_\- ]?key|private[_\- ]?key|credentials?)$"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
MASK = "\ue000"
"""Stands for every character of a secret. A private-use character: plain in YAML, and the reader
refuses it in files, so that whoever meets it knows that a secret stood there."""


def hide_tokens(text: str) -> tuple[str, tuple[int, ...]]:
    """Replace what looks like a token by a mask of the same length, so that places stay.

    Also gives the offset of each.
    """
    found = tuple(match.start() for match in _TOKEN.finditer(text))
    if not found:
        return text, ()
    return _TOKEN.sub(lambda match: MASK * len(match.group()), text), found


def is_secret_name(key: str) -> bool:
    """Whether a setting of this name can only hold a secret: `token`, `apiKey`, `db_password`."""
    return bool(_NAME.search(_CAMEL.sub("_", key).casefold()))


def secret_problems(root: Node) -> list[Problem]:
    """Report and blind every value that is a secret, by its looks or by the key it stands under."""
    found: list[Problem] = []
    for path, node in scalars(root):
        if node.secret:  # met before, through another alias
            continue
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        named = node.value not in (None, "") and is_secret_name(key)
        if named or (isinstance(node.value, str) and MASK in node.value):
            node.secret, node.value, node.source = True, MASK, MASK
            found.append(secret_problem(path, node.place, variable_of(root, path)))
    return found


def secret_problem(path: Path, place: Place, name: str) -> Problem:
    """The text about one secret; its value is not in it."""
    return Problem(
        path,
        "a secret must not stand in the config (it is not shown here)",
        f"Remove it and set {name} in the environment, in .env or in the secrets directory."
        " Whoever could read this file may know it: make a new one.",
        place=place,
    )


def secret_variable(tracker: str, setting: str = "token") -> str:
    """The name of the environment variable of a tracker: `READYGATE_TRACKERS__MAIN__TOKEN`."""
    return f"READYGATE_TRACKERS__{tracker}__{setting}".upper()


def variable_of(root: Node | None, path: Path = ()) -> str:
    """The environment variable that a secret at this path belongs into."""
    trackers = find(root, ("trackers",)) if root else None
    known = [*trackers.entries] if isinstance(trackers, Table) else []
    if len(path) > 2 and path[0] == "trackers":
        return secret_variable(str(path[1]))
    return secret_variable(known[0] if len(known) == 1 else "<tracker>")
