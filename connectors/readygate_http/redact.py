"""Foreign text may hold our secrets and have no end: it is cut and redacted before it travels."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import requests

LIMIT = 256
HIDDEN = "***"

_PATTERNS = (
    re.compile(r"(?i)\b(basic|bearer)\s+[a-z0-9+/=_.~\-]{16,}"),
    re.compile(r"(?im)(?<=authorization)(\"?\s*[:=]\s*\"?)[^\s\",;}][^\"\r\n,;}]*"),
    re.compile(r"(?im)(?<=cookie)(\"?\s*[:=]\s*\"?)[^\r\n\"}]+"),
    re.compile(r"(?i)((?:api[_-]?)?(?:token|secret|password|passwd)\"?\s*[:=]\s*\"?)[^\s\",;&}]+"),
    re.compile(r"(?<=://)()[^/\s:@]+:[^/\s@]+(?=@)"),
)
_ESCAPE = re.compile("%[0-9A-F]{2}")
_KEEPS_LABEL = (False, True, True, True, True)


class Redactor:
    """Removes secrets from text: the ones it was told, and whatever looks like credentials."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Learn more secrets; each is also hidden in its URL-encoded and base64 forms."""
        forms = set(self._secrets)
        for secret in secrets:
            if len(secret) < 4:  # would blot out half of every text and protect nothing
                continue
            encoded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
            forms |= {secret, *encoded, *(_ESCAPE.sub(_lower, text) for text in encoded)}
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                text = encode(secret.encode()).decode()
                forms |= {text, text.rstrip("=")}
        self._secrets = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def learn(self, session: requests.Session) -> None:
        """Learn what a session carries: basic credentials, secret headers, cookies."""
        auth = session.auth
        if isinstance(auth, tuple):
            user, password = (_text(part) for part in auth)
            self.add((password, f"{user}:{password}"))
        for name, value in session.headers.items():
            if name.lower() in {"authorization", "cookie", "x-api-key"}:
                text = _text(value)
                self.add((text, text.rpartition(" ")[2]))
        self.add(cookie.value or "" for cookie in session.cookies)

    def __call__(self, text: str, limit: int = LIMIT) -> str:
        """Give the text without secrets, on one line, cut at `limit` characters."""
        # Cut generously first: a page of megabytes must not be searched to its end.
        cut = len(text) > limit * 16
        text = text[: limit * 16]
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        if cut:
            text = self._without_half(text)
        for pattern, keeps in zip(_PATTERNS, _KEEPS_LABEL, strict=True):
            text = pattern.sub(rf"\g<1>{HIDDEN}" if keeps else rf"\g<1> {HIDDEN}", text)
        text = " ".join(text.split())
        return text if len(text) <= limit else text[: limit - 1] + "…"

    def _without_half(self, text: str) -> str:
        """The text without the beginning of a secret that the cut has left at its end."""
        for secret in self._secrets:
            for length in range(len(secret) - 1, 3, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + HIDDEN
        return text


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
