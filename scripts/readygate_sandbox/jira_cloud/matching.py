"""What JQL means: a tree becomes a predicate over issues, a sort key, and a short list to try.

`NOT` is pushed down to the clauses, as Jira does, so an empty field matches neither `= x` nor
`!= x`. Dates without a zone are read in the caller's own (singer-io/tap-jira#15).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import total_ordering
from typing import Any
from zoneinfo import ZoneInfo

from readygate_sandbox.jira_cloud.jql import (
    All,
    Call,
    Clause,
    Either,
    Empty,
    JqlError,
    Literal,
    Node,
    Not,
    Operand,
    Order,
    Query,
    Words,
)
from readygate_sandbox.jira_cloud.model import CustomField, Issue, Right, User
from readygate_sandbox.jira_cloud.moments import absolute_ms, relative_ms
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.searchable import (
    SYSTEM,
    Getter,
    everything,
    has_terms,
    plain_text,
    terms_of,
)
from readygate_sandbox.jira_cloud.store import Store

Predicate = Callable[[Issue], bool]

_FLIPPED = {
    "=": "!=", "!=": "=", "in": "not in", "not in": "in", "is": "is not", "is not": "is",
    "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~": "!~", "!~": "~",
}  # fmt: skip
_ALIASES = {
    "type": "issuetype", "id": "issuekey", "key": "issuekey", "issue": "issuekey",
    "createddate": "created", "updateddate": "updated", "due": "duedate",
    "resolved": "resolutiondate", "statuscategory": "statuscategory",
}  # fmt: skip


@total_ordering
class Descending:
    """Turns an ordering round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and bool(self.value == other.value)

    def __lt__(self, other: "Descending") -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]  # never a key


SortKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query ready to run. `narrow` gives ids that hold every match, or None for all issues;
    `timeless` is false when the answer changes with the clock alone."""

    matches: Predicate
    sort_key: Callable[[Issue], SortKey]
    narrow: Callable[[], Iterable[int] | None]
    timeless: bool
    descending: tuple[bool, ...]


def compile_query(query: Query, store: Store, user: User | None) -> Compiled:
    """Make a query runnable for one user. Raises JqlError for unknown fields and values."""
    compiler = _Compiler(store, user)
    where = query.where
    matches = compiler.node(where, negated=False) if where else (lambda _: True)
    order = query.order or (Order("issuekey", descending=True),)
    getters = [compiler.order_getter(o) for o in order]
    flags = tuple(o.descending for o in order)

    def sort_key(issue: Issue) -> SortKey:
        parts: list[Any] = []
        for getter, descending in zip(getters, flags, strict=True):
            value = getter(issue)
            part = (value is not None, value if value is not None else 0)
            parts.append(Descending(part) if descending else part)
        parts.append(issue.id)
        return tuple(parts)

    conjuncts = where.parts if isinstance(where, All) else (where,) if where else ()
    narrowers = [n for part in conjuncts if (n := compiler.narrower(part))]
    narrowers.sort(key=lambda pair: pair[0])
    narrow = narrowers[0][1] if narrowers else (lambda: None)
    return Compiled(matches, sort_key, narrow, compiler.timeless, flags)


class _Compiler:
    def __init__(self, store: Store, user: User | None) -> None:
        self.store = store
        self.user = user
        self.timeless = True
        self.now = store.clock.now_ms()
        self.zone = ZoneInfo(user.time_zone) if user else UTC

    # -- the tree --------------------------------------------------------------------------

    def node(self, node: Node, *, negated: bool) -> Predicate:
        match node:
            case Not(inner):
                return self.node(inner, negated=not negated)
            case All(parts):
                made = [self.node(p, negated=negated) for p in parts]
                return _any(made) if negated else _all(made)
            case Either(parts):
                made = [self.node(p, negated=negated) for p in parts]
                return _all(made) if negated else _any(made)
            case Words(text):
                return self.text(everything, text, negated=negated)
            case Clause():
                return self.clause(node, _FLIPPED[node.operator] if negated else node.operator)

    def clause(self, clause: Clause, operator: str) -> Predicate:
        kind, getter, custom = self.field(clause.field)
        if operator in {"is", "is not"}:
            if not isinstance(clause.operands[0], Empty):
                raise JqlError(
                    f"The operator '{operator}' is not supported with this value for the field "
                    f"'{clause.field}'."
                )
            empty = operator == "is"
            return lambda issue: (getter(issue) in (None, "", ())) is empty
        if operator in {"~", "!~"}:
            if kind != "text":
                raise JqlError(
                    f"The operator '{operator}' is not supported by the '{clause.field}' field."
                )
            return self.text(getter, self.plain(clause), negated=operator == "!~")
        if kind == "text":
            raise JqlError(
                f"The operator '{operator}' is not supported by the '{clause.field}' field."
            )
        if operator in {"<", "<=", ">", ">="}:
            if kind not in {"date", "day", "number", "key"}:
                raise JqlError(
                    f"The operator '{operator}' is not supported by the '{clause.field}' field."
                )
            return self.ordered(kind, getter, operator, clause)
        return self.equal(kind, getter, operator, clause, custom)

    def equal(
        self, kind: str, getter: Getter, operator: str, clause: Clause, custom: CustomField | None
    ) -> Predicate:
        wanted: set[Any] = set()
        takes_empty = False
        for operand in clause.operands:
            if isinstance(operand, Empty):
                takes_empty = True
            else:
                wanted.update(self.values(kind, clause.field, operand, custom))
        many = kind in {"labels", "options"}
        positive = operator in {"=", "in"}
        if many:
            return _many(getter, wanted, takes_empty=takes_empty, positive=positive)
        if positive:
            if takes_empty:
                wanted.add(None)
            return lambda issue: getter(issue) in wanted
        if takes_empty:
            return lambda issue: (v := getter(issue)) is not None and v not in wanted
        return lambda issue: (v := getter(issue)) is not None and v not in wanted

    def ordered(self, kind: str, getter: Getter, operator: str, clause: Clause) -> Predicate:
        (bound,) = self.values(kind, clause.field, clause.operands[0], None)
        if kind == "key":
            target = self.store.issues.get(bound)
            if target is None:
                raise JqlError(
                    f"An issue with key '{bound}' does not exist for field '{clause.field}'."
                )
        match operator:
            case "<":
                return lambda issue: (v := getter(issue)) is not None and v < bound
            case "<=":
                return lambda issue: (v := getter(issue)) is not None and v <= bound
            case ">":
                return lambda issue: (v := getter(issue)) is not None and v > bound
            case _:
                return lambda issue: (v := getter(issue)) is not None and v >= bound

    def text(self, getter: Getter, wanted: str, *, negated: bool) -> Predicate:
        terms = terms_of(wanted)

        def found(issue: Issue) -> bool:
            return has_terms(getter(issue) or "", terms) is not negated

        return found

    # -- fields ----------------------------------------------------------------------------

    def field(self, name: str) -> tuple[str, Getter, CustomField | None]:
        lowered = name.lower()
        lowered = _ALIASES.get(lowered, lowered)
        if lowered in SYSTEM:
            kind, getter = SYSTEM[lowered]
            return kind, getter, None
        if lowered == "statuscategory":
            categories = {s.id: s.category for s in self.store.statuses.values()}
            return "category", lambda issue: categories[issue.status], None
        custom = self.custom(name)
        if custom is None:
            raise JqlError(
                f"Field '{name}' does not exist or you do not have permission to view it."
            )
        field_id = custom.id
        match custom.kind:
            case "text" | "textarea":
                return "text", lambda issue: plain_text(issue.custom.get(field_id)), custom
            case "number":
                return "number", lambda issue: issue.custom.get(field_id), custom
            case "select":
                return "option", lambda issue: issue.custom.get(field_id), custom
            case "multiselect" | "labels":
                kind = "options" if custom.kind == "multiselect" else "labels"
                return kind, lambda issue: tuple(issue.custom.get(field_id) or ()), custom
            case "user":
                return "user", lambda issue: issue.custom.get(field_id), custom
            case "date":
                return "day", lambda issue: issue.custom.get(field_id), custom
            case _:
                return "text", lambda issue: issue.custom.get(field_id), custom

    def custom(self, name: str) -> CustomField | None:
        wanted = name.casefold()
        for field in self.store.fields.values():
            names = (field.name.casefold(), f"cf[{field.number}]", field.id)
            if wanted in names:
                return field
        return None

    def order_getter(self, order: Order) -> Getter:
        lowered = _ALIASES.get(order.field.lower(), order.field.lower())
        store = self.store
        if lowered == "issuekey":
            return lambda issue: (store.projects[issue.project].key, _number(issue.key))
        if lowered == "status":
            return lambda issue: store.statuses[issue.status].name.casefold()
        if lowered == "statuscategory":
            ranks = {"new": 1, "indeterminate": 2, "done": 3}
            return lambda issue: ranks[store.statuses[issue.status].category]
        if lowered == "rank":
            return lambda issue: issue.id
        try:
            return self.field(order.field)[1]
        except JqlError:
            raise JqlError(f"Not able to sort using field '{order.field}'.") from None

    # -- values ----------------------------------------------------------------------------

    def plain(self, clause: Clause) -> str:
        operand = clause.operands[0]
        if not isinstance(operand, Literal):
            raise JqlError(f"A text is expected for the field '{clause.field}'.")
        return operand.text

    def values(
        self, kind: str, field: str, operand: Operand, custom: CustomField | None
    ) -> Iterable[Any]:
        if isinstance(operand, Call):
            return self.called(kind, operand)
        assert isinstance(operand, Literal)  # noqa: S101 - Empty is handled by every caller
        text = operand.text
        match kind:
            case "date":
                return (self.instant(operand, field),)
            case "day":
                at = self.instant(operand, field)
                return (datetime.fromtimestamp(at / 1000, tz=self.zone).date().isoformat(),)
            case "number":
                try:
                    return (float(text),)
                except ValueError:
                    raise JqlError(
                        f"'{text}' is an invalid number for the field '{field}'."
                    ) from None
            case "label" | "labels":
                return (text,)
            case "key":
                return (self.issue_ref(text, field),)
            case "user":
                return (self.user_ref(text, field),)
            case _:
                return self.named(kind, field, text, custom)

    def issue_ref(self, text: str, field: str) -> int:
        issue = self.store.issue(text)
        if issue is None:
            if text.isdigit():
                raise JqlError(f"A value with ID '{text}' does not exist for the field '{field}'.")
            raise JqlError(f"An issue with key '{text}' does not exist for field '{field}'.")
        return issue.id

    def user_ref(self, text: str, field: str) -> str:
        user = self.store.users.get(text) or self.store.find_user(text)
        if user is None:
            raise JqlError(f"The value '{text}' does not exist for the field '{field}'.")
        return user.account_id

    def named(self, kind: str, field: str, text: str, custom: CustomField | None) -> Iterable[str]:
        store = self.store
        wanted = text.casefold()
        match kind:
            case "project":
                named = [
                    p.id
                    for p in store.projects.values()
                    if wanted in {p.key.casefold(), p.name.casefold(), p.id}
                    and (self.user is None or may(self.user, Right.BROWSE, p))
                ]
            case "type":
                named = _by_name(store.issue_types.values(), wanted)
            case "status":
                named = _by_name(store.statuses.values(), wanted)
            case "priority":
                named = _by_name(store.priorities, wanted)
            case "resolution":
                if wanted == "unresolved":
                    return (None,)  # type: ignore[return-value]  # Unresolved means none
                named = _by_name(store.resolutions, wanted)
            case "category":
                names = {"new": {"new", "2", "to do"}, "done": {"done", "3"},
                         "indeterminate": {"indeterminate", "4", "in progress"}}  # fmt: skip
                named = [key for key, said in names.items() if wanted in said]
            case _:
                named = _by_name(custom.options if custom else (), wanted)
        if not named:
            raise JqlError(f"The value '{text}' does not exist for the field '{field}'.")
        return named

    def called(self, kind: str, call: Call) -> Iterable[Any]:
        match call.name:
            case "currentuser" if kind == "user":
                return (self.user.account_id,) if self.user else ()
            case "now" if kind in {"date", "day"}:
                self.timeless = False
                at = self.now
            case "startofday" | "endofday" if kind in {"date", "day"}:
                self.timeless = False
                day = datetime.fromtimestamp(self.now / 1000, tz=self.zone).replace(
                    hour=0, minute=0, second=0, microsecond=0
                )
                if call.name == "endofday":
                    day += timedelta(days=1, milliseconds=-1)
                at = int(day.timestamp() * 1000)
                if call.args:
                    at += relative_ms(call.args[0]) or 0
            case "subtaskissuetypes" if kind == "type":
                return [t.id for t in self.store.issue_types.values() if t.subtask]
            case "standardissuetypes" if kind == "type":
                return [t.id for t in self.store.issue_types.values() if not t.subtask]
            case _:
                raise JqlError(
                    f"Unable to find JQL function '{call.name}({', '.join(call.args)})'."
                )
        if kind == "day":
            return (datetime.fromtimestamp(at / 1000, tz=self.zone).date().isoformat(),)
        return (at,)

    def instant(self, operand: Literal, field: str) -> int:
        if (shift := relative_ms(operand.text)) is not None:
            self.timeless = False
            return self.now + shift
        return absolute_ms(operand.text, field, self.zone, quoted=operand.quoted)

    # -- short lists -----------------------------------------------------------------------

    def narrower(self, node: Node) -> tuple[int, Callable[[], Iterable[int]]] | None:
        """(rank, ids) for clauses that an index answers; the lowest rank is tried."""
        if not isinstance(node, Clause):
            return None
        name = _ALIASES.get(node.field.lower(), node.field.lower())
        if any(isinstance(o, Empty) for o in node.operands):
            return None
        if name == "issuekey" and node.operator in {"=", "in"}:
            ids = [v for o in node.operands for v in self.values("key", node.field, o, None)]
            return 0, lambda: ids
        if name == "parent" and node.operator in {"=", "in"}:
            parents = [v for o in node.operands for v in self.values("key", node.field, o, None)]
            issues = self.store.issues
            return 1, lambda: [s for p in parents if p in issues for s in issues[p].subtasks]
        if name == "updated" and node.operator in {">", ">=", "="}:
            (bound,) = self.values("date", node.field, node.operands[0], None)
            return 2, lambda: self.store.updated_since(bound)
        return None


def _all(parts: list[Predicate]) -> Predicate:
    match parts:
        case [one]:
            return one
        case [one, two]:
            return lambda issue: one(issue) and two(issue)
        case _:
            return lambda issue: all(part(issue) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda issue: any(part(issue) for part in parts)


def _many(getter: Getter, wanted: set[Any], *, takes_empty: bool, positive: bool) -> Predicate:
    def found(issue: Issue) -> bool:
        values = getter(issue)
        if not values:
            return takes_empty and positive
        return (not wanted.isdisjoint(values)) is positive

    return found


def _by_name(things: Iterable[Any], wanted: str) -> list[str]:
    return [t.id for t in things if t.name.casefold() == wanted or t.id == wanted]


def _number(key: str) -> int:
    return int(key.rsplit("-", 1)[1])
