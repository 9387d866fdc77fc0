"""What makes lists fast: records by id, by the time of their last change, and by a field's text."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable

TextOf = Callable[[str], str | None]
"""The text of a record's field, by record id."""


class TableIndex:
    """Orders the records of one table. Whoever changes a record tells it here."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        """Sorted: ids are random, so this is the arbitrary order of unsorted lists."""
        self._touched: list[tuple[int, str]] = []
        self._texts: dict[tuple[str, int], dict[str, set[str]]] = {}

    def added(self, record: str, at: int) -> None:
        """A record was created."""
        insort(self.ids, record)
        self.touched(record, at)

    def removed(self, record: str, texts: dict[str, str]) -> None:
        """A record was deleted; `texts` are those of its indexed fields."""
        place = bisect_left(self.ids, record)
        if self.ids[place : place + 1] == [record]:
            del self.ids[place]
        for field, text in texts.items():
            self.text_changed(record, field, text, None)

    def touched(self, record: str, at: int) -> None:
        """Something of a record changed."""
        insort(self._touched, (at, record))

    def since(self, at: int) -> set[str]:
        """Records touched at or after a time; some of them may be gone."""
        return {r for _, r in self._touched[bisect_left(self._touched, (at, "")) :]}

    # -- texts -----------------------------------------------------------------------------

    @property
    def indexed(self) -> set[str]:
        """Fields whose texts are kept."""
        return {field for field, _ in self._texts}

    def with_text(self, field: str, size: int, text: str, text_of: TextOf) -> set[str]:
        """Records whose field has this text, or begins with it when `size` is not 0."""
        known = self._texts.get((field, size))
        if known is None:
            known = defaultdict(set)
            for record in self.ids:
                value = text_of(record)
                if value is not None:
                    known[value[:size] if size else value].add(record)
            self._texts[field, size] = known
        return known.get(text, set())

    def text_changed(self, record: str, field: str, old: str | None, new: str | None) -> None:
        """A field's text changed."""
        for (indexed, size), known in self._texts.items():
            if indexed != field:
                continue
            if old is not None:
                known[old[:size] if size else old].discard(record)
            if new is not None:
                known[new[:size] if size else new].add(record)

    def forget_texts(self) -> None:
        """Names changed under the index: build it again when it is asked for."""
        self._texts.clear()

    # -- the whole -------------------------------------------------------------------------

    def rebuild(self, touched: Iterable[tuple[str, int]]) -> None:
        """Start over from `(record, last change)` of every record."""
        pairs = list(touched)
        self.ids = sorted(record for record, _ in pairs)
        self._touched = sorted((at, record) for record, at in pairs)
        self._texts.clear()
