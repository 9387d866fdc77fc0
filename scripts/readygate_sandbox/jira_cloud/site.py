"""One Jira site being served: its store, its index, its renderers, and one call upon it."""

from dataclasses import dataclass, field
from functools import cached_property

from readygate_sandbox.jira_cloud.errors import invalid_payload, not_signed_in
from readygate_sandbox.jira_cloud.index import SearchIndex
from readygate_sandbox.jira_cloud.model import Issue, User
from readygate_sandbox.jira_cloud.render import Renderer
from readygate_sandbox.jira_cloud.rules import visible_issue
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import Actor
from readygate_sandbox.web import Json, Request


@dataclass
class Site:
    """What is served. `address` is where it listens; a seed may give the site another name."""

    store: Store
    address: str = "http://127.0.0.1"
    index: SearchIndex = field(init=False)

    def __post_init__(self) -> None:
        self.index = SearchIndex(self.store)
        self._renderers: dict[tuple[str, int], Renderer] = {}

    @property
    def base_url(self) -> str:
        """The site's own address, as `self` links and `baseUrl` tell it."""
        return self.store.info.url or self.address

    def renderer(self, version: int) -> Renderer:
        """The renderer of one API version."""
        key = (self.base_url, version)
        if key not in self._renderers:
            self._renderers[key] = Renderer(self.store, self.base_url, version=version)
        return self._renderers[key]


@dataclass
class Call:
    """One REST call: who asks, what, in which version. Handlers hold the store's lock."""

    site: Site
    request: Request
    user: User | None
    version: int

    @property
    def store(self) -> Store:
        """The site's store."""
        return self.site.store

    @cached_property
    def render(self) -> Renderer:
        """The renderer of this call's version."""
        return self.site.renderer(self.version)

    @property
    def actor(self) -> Actor:
        """Who acts; a refusal for nobody."""
        if self.user is None:
            raise not_signed_in()
        return Actor(self.user)

    def issue(self, ref: str) -> Issue:
        """An issue that the caller may see, or the 404."""
        return visible_issue(self.store, ref, Actor(self.user) if self.user else None)

    def body(self) -> dict[str, Json]:
        """The JSON object of the body, or the 400."""
        try:
            value = self.request.json()
        except ValueError:
            raise invalid_payload() from None
        if not isinstance(value, dict):
            raise invalid_payload()
        return value

    def arg(self, name: str, default: str = "") -> str:
        """One query parameter."""
        return self.request.arg(name) or default

    def flag(self, name: str) -> bool:
        """A boolean parameter; clients send `True` and `False` too."""
        return self.arg(name).lower() == "true"

    def number(self, name: str, default: int) -> int:
        """An integer parameter, or the 400."""
        raw = self.request.arg(name)
        if raw is None or raw == "":
            return default
        try:
            return int(raw)
        except ValueError:
            raise invalid_payload() from None

    def names(self, name: str) -> list[str]:
        """A list parameter: repeated, comma-separated, or both."""
        raw = self.request.query.get(name, [])
        return [part.strip() for value in raw for part in value.split(",") if part.strip()]

    def page(self, default: int, most: int) -> tuple[int, int]:
        """(startAt, maxResults) as they will be used."""
        start, size = self.number("startAt", 0), self.number("maxResults", default)
        return max(start, 0), min(max(size, 0), most)
