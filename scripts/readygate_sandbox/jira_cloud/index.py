"""The search index: it may lag behind the store, forget issues, and show what is gone.

Reading issues by id is strongly consistent; searching is not
(developer.atlassian.com/cloud/jira/platform/search-and-reconcile). A search sees an
issue as it was `lag` ago, deleted ones included; forgotten issues are not seen at all.
"""

import base64
import binascii
import bisect
import hashlib
import json
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.jira_cloud.jql import JqlError, parse
from readygate_sandbox.jira_cloud.matching import Compiled, Descending, SortKey, compile_query
from readygate_sandbox.jira_cloud.model import Issue, User
from readygate_sandbox.jira_cloud.rights import sees
from readygate_sandbox.jira_cloud.store import Store

TOKEN_LIFE_MS = 7 * 86_400_000
"""`nextPageToken` expires in seven days (the OpenAPI document, search/jql)."""
CACHED_QUERIES = 16


class BadToken(ValueError):
    """The page token is unreadable, expired, or of another query."""


@dataclass(slots=True)
class Page:
    """One page of found issues as the index shows them; no token on the last page."""

    issues: list[Issue]
    token: str | None


@dataclass(slots=True)
class _Found:
    """An answer kept in order, brought up to date from the store's list of changes."""

    compiled: Compiled
    seen_changes: int
    schema: int
    entries: list[tuple[SortKey, int]]
    keys: dict[int, SortKey]


@dataclass
class SearchIndex:
    """Runs JQL over one store."""

    store: Store
    lag_ms: int = 0
    issue_lags: dict[int, int] = field(default_factory=dict)
    forgotten: dict[int, int | None] = field(default_factory=dict)
    """Issue id -> until when (None: until remembered)."""
    _cache: "OrderedDict[tuple[str, str], _Found]" = field(default_factory=OrderedDict)

    def set_lag(self, lag_ms: int, issue_lags: dict[int, int]) -> None:
        """Let searches see every issue as it was so long ago; changes before this are seen."""
        self.lag_ms = lag_ms
        self.issue_lags = issue_lags
        self.store.keep_pictures = bool(lag_ms or issue_lags)
        if not self.store.keep_pictures:
            self.store.pictures.clear()

    def reset(self) -> None:
        """No lag, nothing forgotten, nothing kept."""
        self.set_lag(0, {})
        self.forgotten.clear()
        self._cache.clear()

    # -- running ---------------------------------------------------------------------------

    def page(
        self, jql: str, user: User | None, *, size: int, token: str | None, strong: Collection[int]
    ) -> Page:
        """One page of a query. `strong` ids are read from the store, not from the index.

        Raises JqlError and BadToken.
        """
        start = self._read_token(token, jql) if token else None
        entries = self._entries(jql, user, strong)
        at = bisect.bisect_right(entries, start, key=lambda e: e[0]) if start else 0
        chosen = entries[at : at + size]
        issues = [i for _, number in chosen if (i := self._view(number, strong)) is not None]
        more = at + size < len(entries)
        return Page(issues, self._write_token(chosen[-1][0], jql) if more and chosen else None)

    def count(self, jql: str, user: User | None) -> int:
        """How many issues match."""
        return len(self._entries(jql, user, ()))

    def _entries(
        self, jql: str, user: User | None, strong: Collection[int]
    ) -> list[tuple[SortKey, int]]:
        steady = not (self.store.pictures or self._forgotten_now() or strong)
        key = (jql, user.account_id if user else "")
        found = self._cache.get(key) if steady else None
        if found is not None and self._refresh(found, user):
            self._cache.move_to_end(key)
            return found.entries
        compiled = compile_query(parse(jql), self.store, user)
        fresh = self._run(compiled, user, strong)
        if steady and compiled.timeless:
            self._cache[key] = fresh
            if len(self._cache) > CACHED_QUERIES:
                self._cache.popitem(last=False)
        return fresh.entries

    def _run(self, compiled: Compiled, user: User | None, strong: Collection[int]) -> _Found:
        store = self.store
        ids = compiled.narrow()
        candidates = set(store.issues if ids is None else ids)
        candidates.update(store.pictures, strong)
        keys: dict[int, SortKey] = {}
        for number in candidates:
            issue = self._view(number, strong)
            if issue is not None and compiled.matches(issue) and self._seen(issue, user):
                keys[number] = compiled.sort_key(issue)
        entries = sorted(((k, n) for n, k in keys.items()), key=lambda e: e[0])
        return _Found(compiled, len(store.changes), store.schema_version, entries, keys)

    def _refresh(self, found: _Found, user: User | None) -> bool:
        """Bring a kept answer up to date; False when running afresh is the better way."""
        store = self.store
        news = store.changes[found.seen_changes :]
        if found.schema != store.schema_version or len(news) > 2000:
            return False
        for number in set(news):
            old = found.keys.pop(number, None)
            if old is not None:
                at = bisect.bisect_left(found.entries, old, key=lambda e: e[0])
                del found.entries[at]
            issue = store.issues.get(number)
            if issue and found.compiled.matches(issue) and self._seen(issue, user):
                new = found.compiled.sort_key(issue)
                found.keys[number] = new
                bisect.insort(found.entries, (new, number), key=lambda e: e[0])
        found.seen_changes = len(store.changes)
        return True

    def _seen(self, issue: Issue, user: User | None) -> bool:
        project = self.store.projects.get(issue.project)
        return project is not None and sees(user, issue, project)

    def _view(self, number: int, strong: Collection[int]) -> Issue | None:
        """An issue as the index shows it now."""
        if number in strong:
            return self.store.issues.get(number)
        if self.forgotten and number in self._forgotten_now():
            return None
        pictures = self.store.pictures.get(number)
        if not pictures:
            return self.store.issues.get(number)
        horizon = self.store.clock.now_ms() - self.issue_lags.get(number, self.lag_ms)
        at = bisect.bisect_right(pictures, horizon, key=lambda p: p[0])
        if at == len(pictures):
            del self.store.pictures[number]
            return self.store.issues.get(number)
        del pictures[:at]
        return pictures[0][1]

    def _forgotten_now(self) -> dict[int, int | None]:
        if self.forgotten:
            now = self.store.clock.now_ms()
            over = [n for n, until in self.forgotten.items() if until is not None and until <= now]
            for number in over:
                del self.forgotten[number]
        return self.forgotten

    # -- tokens ----------------------------------------------------------------------------

    def _write_token(self, key: SortKey, jql: str) -> str:
        plain = [_plain(part) for part in key]
        payload = {"q": _digest(jql), "k": plain, "t": self.store.clock.now_ms()}
        raw = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def _read_token(self, token: str, jql: str) -> SortKey:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            payload: dict[str, Any] = json.loads(raw)
            key = tuple(_rich(part) for part in payload["k"])
            valid = payload["q"] == _digest(jql)
            fresh = payload["t"] + TOKEN_LIFE_MS >= self.store.clock.now_ms()
        except (binascii.Error, ValueError, KeyError, TypeError) as error:
            raise BadToken("unreadable") from error
        if not (valid and fresh):
            raise BadToken("of another query, or expired")
        return key


def _digest(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:16]


def _plain(part: Any) -> Any:
    if isinstance(part, Descending):
        return {"d": _plain(part.value)}
    return [_plain(p) for p in part] if isinstance(part, tuple) else part


def _rich(part: Any) -> Any:
    if isinstance(part, dict):
        return Descending(_rich(part["d"]))
    return tuple(_rich(p) for p in part) if isinstance(part, list) else part


__all__ = ["BadToken", "JqlError", "Page", "SearchIndex"]
