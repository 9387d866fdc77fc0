"""A YAML document as a tree in which every key and value knows its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from readygate.errors import Place

Path: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True, eq=False)
class Located:
    """Something that stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.file, self.line, self.column)


@dataclass(slots=True, eq=False)
class Scalar(Located):
    """A single value. `source` is what is written, `value` what YAML 1.2 makes of it.

    `secret` marks a value that must never be shown.
    """

    value: str | int | float | bool | None
    source: str = ""
    secret: bool = False


@dataclass(slots=True, eq=False)
class Listing(Located):
    """A list."""

    entries: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Table(Located):
    """A mapping. Keys are text; `keys` holds the place of each."""

    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)


Node: TypeAlias = Scalar | Listing | Table


def plain(node: Node) -> Any:
    """The bare data of a node: dicts, lists, text, numbers, booleans, None."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Listing):
        return [plain(entry) for entry in node.entries]
    return {key: plain(entry) for key, entry in node.entries.items()}


def find(root: Node, path: Path) -> Node | None:
    """The node at a path, or None."""
    node: Node | None = root
    for part in path:
        node = _child(node, part)
    return node


def place_of(root: Node, path: Path) -> Place:
    """The place of the value at a path, or of the closest thing above it that exists.

    Where a key has nothing after it, it is the place of the key.
    """
    node = root
    place = root.place
    for part in path:
        child = _child(node, part)
        if child is None:
            break
        nothing = isinstance(child, Scalar) and child.value is None and not child.source
        key = node.keys.get(str(part)) if isinstance(node, Table) else None
        place = key.place if nothing and key else child.place
        node = child
    return place


def place_of_key(root: Node, path: Path) -> Place:
    """The place of the last key of a path; of the value where it has none."""
    parent = find(root, path[:-1]) if path else None
    if isinstance(parent, Table) and path[-1] in parent.keys:
        return parent.keys[str(path[-1])].place
    return place_of(root, path)


def scalars(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Every single value under a node with its path, in the order of the file."""
    if isinstance(node, Scalar):
        yield path, node
    elif isinstance(node, Listing):
        for index, entry in enumerate(node.entries):
            yield from scalars(entry, (*path, index))
    else:
        for key, entry in node.entries.items():
            yield from scalars(entry, (*path, key))


def _child(node: Node | None, part: str | int) -> Node | None:
    if isinstance(node, Table) and isinstance(part, str):
        return node.entries.get(part)
    if isinstance(node, Listing) and isinstance(part, int) and 0 <= part < len(node.entries):
        return node.entries[part]
    return None
