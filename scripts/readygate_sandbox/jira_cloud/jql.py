"""JQL read into a tree. The grammar follows Atlassian's JQL reference; what it means is `matching`.

Bare words are a text search, as on a real site: a typo may well answer 200 and nothing.
"""

import re
from dataclasses import dataclass
from typing import NoReturn


class JqlError(ValueError):
    """The query cannot be read; the text is what Jira puts into `errorMessages`."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written: `quoted` tells "10" from 10."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function such as `currentUser()`."""

    name: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Empty:
    """EMPTY or NULL."""


Operand = Literal | Call | Empty


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator operands`; operands has one element unless the operator takes a list."""

    field: str
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Bare words: a text search."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but."""

    inner: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """AND."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """OR."""

    parts: tuple["Node", ...]


Node = Clause | Words | Not | All | Either


@dataclass(frozen=True, slots=True)
class Order:
    """One field of ORDER BY."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `where` is None when there is no restriction."""

    where: Node | None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_TOKENS = re.compile(
    r"""\s+
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<op><=|>=|!=|!~|&&|\|\||=|<|>|~|!)
    | (?P<punct>[(),])
    | (?P<cf>cf\[\d+\])
    | (?P<word>[^\s"'=<>!~&|(),\[\]{};`^%$\#@?*\\/+]+
        (?:[.\-:/@+][^\s"'=<>!~&|(),\[\]{};`^%$\#?*\\]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "empty", "null", "order", "by", "was", "changed"}
)
MAX_ORDER_FIELDS = 7
"""`orderBy` takes at most seven fields (the OpenAPI document, search/jql)."""


def parse(text: str) -> Query:
    """Read one query. Raises JqlError with Jira's words."""
    return _Parser(_tokens(text)).query()


def _where(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f"(line {line}, character {column})"


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKENS.match(text, at)
        if found is None:
            character = text[at]
            if character in "\"'":
                raise JqlError(
                    f"Error in the JQL Query: The quoted string '{text[at + 1 :].strip()}' has not "
                    f"been completed. {_where(text, at)}"
                )
            raise JqlError(
                f"Error in the JQL Query: The character '{character}' is a reserved JQL character. "
                f"You must enclose it in a string or use the escape '\\u{ord(character):04x}' "
                f"instead. {_where(text, at)}"
            )
        if found.lastgroup:
            tokens.append(_Token(found.lastgroup, found[0], at))
        at = found.end()
    return tokens


def _unquote(raw: str) -> str:
    return re.sub(
        r"\\u([0-9a-fA-F]{4})|\\(.)",
        lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPES.get(m[2], m[2]),
        raw[1:-1],
        flags=re.DOTALL,
    )


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    # -- looking ---------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> _Token | None:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def keyword(self, *words: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "word" and token.text.lower() in words

    def punct(self, *texts: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind in {"punct", "op"} and token.text in texts

    def take(self) -> _Token:
        token = self.peek()
        if token is None:
            self.fail_at_end()
        self.at += 1
        return token

    def fail_at_end(self) -> NoReturn:
        last = self.tokens[-1].text if self.tokens else ""
        raise JqlError(
            f"Error in the JQL Query: Expecting either a value, list or function after '{last}' "
            "but got the end of the query."
        )

    def fail(self, token: _Token, wanted: str) -> NoReturn:
        raise JqlError(
            f"Error in the JQL Query: Expecting {wanted} but got '{token.text}'. "
            f"(line 1, character {token.at + 1})"
        )

    # -- grammar ---------------------------------------------------------------------------

    def query(self) -> Query:
        where = None
        if self.peek() and not self._at_order():
            where = self.either()
        order: tuple[Order, ...] = ()
        if self._at_order():
            self.at += 2
            order = self.order()
        if (token := self.peek()) is not None:
            self.fail(token, "either 'OR' or 'AND'")
        return Query(where, order)

    def _at_order(self) -> bool:
        return self.keyword("order") and self.keyword("by", ahead=1)

    def order(self) -> tuple[Order, ...]:
        fields: list[Order] = []
        while True:
            token = self.take()
            if token.kind not in {"word", "string", "cf"}:
                self.fail(token, "a field name")
            name = _unquote(token.text) if token.kind == "string" else token.text
            descending = False
            if self.keyword("asc", "desc"):
                descending = self.take().text.lower() == "desc"
            fields.append(Order(name, descending))
            if not self.punct(","):
                break
            self.at += 1
        if len(fields) > MAX_ORDER_FIELDS:
            raise JqlError(
                f"The ORDER BY clause has {len(fields)} fields; at most {MAX_ORDER_FIELDS} are "
                "allowed."
            )
        return tuple(fields)

    def either(self) -> Node:
        parts = [self.all()]
        while self.keyword("or") or self.punct("||"):
            self.at += 1
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self) -> Node:
        parts = [self.term()]
        while self.keyword("and") or self.punct("&&"):
            self.at += 1
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def term(self) -> Node:
        if self.keyword("not") or self.punct("!"):
            self.at += 1
            return Not(self.term())
        if self.punct("("):
            self.at += 1
            inner = self.either()
            token = self.take() if self.peek() else None
            if token is None or token.text != ")":
                raise JqlError("Error in the JQL Query: Expecting ')' before the end of the query.")
            return inner
        return self.clause()

    def clause(self) -> Node:
        token = self.take()
        if token.kind not in {"word", "string", "cf"} or token.text.lower() in _RESERVED:
            self.fail(token, "a field name")
        name = _unquote(token.text) if token.kind == "string" else token.text
        operator = self.operator()
        if operator is None:
            return self.words(name)
        if operator in {"in", "not in"}:
            return Clause(name, operator, self.values())
        return Clause(name, operator, (self.operand(),))

    def operator(self) -> str | None:
        token = self.peek()
        if token is None:
            return None
        if token.kind == "op" and token.text in {"=", "!=", "<", "<=", ">", ">=", "~", "!~"}:
            self.at += 1
            return token.text
        if self.keyword("in"):
            self.at += 1
            return "in"
        if self.keyword("not") and self.keyword("in", ahead=1):
            self.at += 2
            return "not in"
        if self.keyword("is"):
            self.at += 1
            if self.keyword("not"):
                self.at += 1
                return "is not"
            return "is"
        if self.keyword("was", "changed"):
            raise JqlError(
                f"Error in the JQL Query: The sandbox does not know the operator "
                f"'{token.text.upper()}'."
            )
        return None

    def words(self, first: str) -> Node:
        found = [first]
        while (token := self.peek()) and token.kind in {"word", "string"}:
            if self._at_order() or self.keyword("and", "or"):
                break
            found.append(_unquote(token.text) if token.kind == "string" else token.text)
            self.at += 1
            if self.operator() is not None:
                self.fail(token, "either 'OR' or 'AND'")
        return Words(" ".join(found))

    def values(self) -> tuple[Operand, ...]:
        if not self.punct("("):
            operand = self.operand()
            if isinstance(operand, Call):
                return (operand,)
            raise JqlError("Error in the JQL Query: Expecting '(' after 'in'.")
        self.at += 1
        found: list[Operand] = [self.operand()]
        while self.punct(","):
            self.at += 1
            found.append(self.operand())
        token = self.take()
        if token.text != ")":
            self.fail(token, "',' or ')'")
        return tuple(found)

    def operand(self) -> Operand:
        token = self.take()
        if token.kind == "string":
            return Literal(_unquote(token.text), quoted=True)
        if token.kind != "word":
            self.fail(token, "either a value, list or function")
        if token.text.lower() in {"empty", "null"}:
            return Empty()
        if self.punct("("):
            self.at += 1
            args: list[str] = []
            while not self.punct(")"):
                part = self.take()
                if part.text != ",":
                    args.append(_unquote(part.text) if part.kind == "string" else part.text)
            self.at += 1
            return Call(token.text.lower(), tuple(args))
        return Literal(token.text)
