"""The grammar of formulas: `AND({Stage} = 'Done', LEN({Name}) > 3)` into a tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


class Malformed(ValueError):
    """A formula that cannot be read; the text is Airtable's."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number."""

    value: str | float | int


@dataclass(frozen=True, slots=True)
class FieldRef:
    """`{name or id}`, or a bare name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals."""

    name: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two."""

    op: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus before something."""

    inner: "Node"


Node = Literal | FieldRef | Call | Binary | Negative

INVALID = "Invalid formula. Please check your formula text."
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | \{(?P<field>[^}]*)\}
      | (?P<name>[^\W\d]\w*)
      | (?P<op><=|>=|!=|<>|[-+*/&=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_LEVELS = (("=", "!=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"))
_DEEPEST, _LONGEST = 50, 200

Token = tuple[str, str]


def parse(formula: str) -> Node:
    """The tree of a formula. Raises Malformed."""
    tokens = [*_tokens(formula), ("end", "")]
    parser = _Parser(tokens)
    tree = parser.binary(0)
    if parser.peek() != ("end", ""):
        raise Malformed(INVALID)
    return tree


def _tokens(formula: str) -> Iterator[Token]:
    at, end = 0, len(formula.rstrip())
    while at < end:
        found = _TOKEN.match(formula, at)
        if found is None or found.lastgroup is None:
            raise Malformed(INVALID)
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def accept(self, *ops: str) -> str | None:
        kind, word = self.peek()
        if kind == "op" and word in ops:
            self._at += 1
            return word
        return None

    def expect(self, op: str) -> None:
        if self.accept(op) is None:
            raise Malformed(INVALID)

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        length = 0
        while op := self.accept(*_LEVELS[level]):
            length += 1
            if length > _LONGEST:
                raise Malformed(INVALID)
            left = Binary("!=" if op == "<>" else op, left, self.binary(level + 1))
        return left

    def unary(self) -> Node:
        negative = False
        while sign := self.accept("-", "+"):
            negative = negative is not (sign == "-")
        inner = self.primary()
        return Negative(inner) if negative else inner

    def primary(self) -> Node:
        kind, word = self.take()
        match kind:
            case "number":
                return Literal(int(word) if word.isdigit() and len(word) < 16 else float(word))
            case "text":
                return Literal(_ESCAPED.sub(lambda m: _ESCAPES.get(m[1], m[1]), word[1:-1]))
            case "field":
                return FieldRef(word.strip())
            case "name" if self.accept("("):
                return Call(word.upper(), self.arguments())
            case "name":
                return FieldRef(word)
            case "op" if word == "(":
                self.deeper()
                inner = self.binary(0)
                self.expect(")")
                self._depth -= 1
                return inner
            case _:
                raise Malformed(INVALID)

    def arguments(self) -> tuple[Node, ...]:
        self.deeper()
        found: list[Node] = []
        if self.accept(")") is None:
            found.append(self.binary(0))
            while self.accept(","):
                found.append(self.binary(0))
            self.expect(")")
        self._depth -= 1
        return tuple(found)

    def deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Malformed(INVALID)
