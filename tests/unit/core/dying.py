"""A process that dies in the middle of whatever it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class Crash(BaseException):
    """The process dies."""


class Dying:
    """Something whose methods kill the process at the n-th call, before or after their work."""

    def __init__(self, inner: Any, fuse: list[int], *, after: bool) -> None:
        self._inner = inner
        self._fuse = fuse
        self._after = after

    def _burn(self) -> None:
        self._fuse[0] -= 1
        if self._fuse[0] == 0:
            raise Crash

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name in {"lock", "rehearsal"}:
            return found
        if name in {"apply", "read", "scan"}:
            return self._streamed(found)

        def called(*args: Any, **kwargs: Any) -> Any:
            if not self._after:
                self._burn()
            answer = found(*args, **kwargs)
            if self._after:
                self._burn()
            return answer

        return called

    def _streamed(self, found: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def streamed(*args: Any, **kwargs: Any) -> Iterator[Any]:
            for one in found(*args, **kwargs):
                self._burn()
                yield one

        return streamed
