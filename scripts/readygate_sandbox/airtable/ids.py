"""Airtable's identifiers: three letters of kind and fourteen letters or digits."""

import hashlib
import random
import string

_LETTERS = string.ascii_letters + string.digits
_SIZE = 14


def new_id(kind: str) -> str:
    """A fresh id such as `recAbc…`; `kind` is its first three letters."""
    return kind + "".join(random.choices(_LETTERS, k=_SIZE))  # noqa: S311 - names, not secrets


def stable_id(kind: str, *names: str) -> str:
    """The same id for the same names: seeds give it to what has no id of its own."""
    number = int.from_bytes(
        hashlib.sha256("\0".join(names).encode(errors="surrogatepass")).digest()[:12], "big"
    )
    letters = []
    for _ in range(_SIZE):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return kind + "".join(letters)


def is_id(text: object, kind: str) -> bool:
    """Whether a text has the form of an id of this kind."""
    return (
        isinstance(text, str)
        and len(text) == len(kind) + _SIZE
        and text.startswith(kind)
        and text.isascii()
        and text.isalnum()
    )
