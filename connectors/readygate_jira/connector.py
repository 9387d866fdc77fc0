"""The connector of kind `jira`: one Jira Cloud site behind the core's `Tracker` protocol."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from readygate.action import Outcome, TrackerAction
from readygate.checkup import Checkup, Examinable, Inquiry
from readygate.contract import Person
from readygate.deal import History, Identity, Look, Page
from readygate.errors import ConfigError, Finding, Problem, TrackerDenied
from readygate.guarding import Guardable, GuardReport, Journal, Wish
from readygate.pipeline import Gate, Pipeline
from readygate.ports import Binding, Clock, Tracker
from readygate_jira.names import Catalogue, Resolution
from readygate_jira.past import history
from readygate_jira.people import find_people
from readygate_jira.place import Place
from readygate_jira.reading import look, search
from readygate_jira.site import Site
from readygate_jira.writing import Writer

SCOPED_API = "https://api.atlassian.com/ex/jira/"
"""Scoped tokens and service accounts are let in here only, followed by the site's cloud id."""


def connect(
    key: str,
    options: Mapping[str, str],
    secrets: Mapping[str, str],
    clock: Clock,
    observe: Callable[[Mapping[str, Any]], None] | None = None,
) -> JiraTracker:
    """Prepare to speak to a site; nothing is sent yet.

    `options`: `url` of the site; `email` of our account; `cloud_id` where the token is a scoped
    one. `secrets`: `token`, and `email` if it is not among the options. `observe` is told about
    every request. Raises ConfigError for what is missing.
    """
    url = options.get("url", "").strip().rstrip("/")
    email = (options.get("email") or secrets.get("email") or "").strip()
    token = secrets.get("token", "").strip()
    problems = _problems(key, url, email, token)
    if problems:
        raise ConfigError(problems)
    cloud_id = options.get("cloud_id", "").strip()
    base = f"{SCOPED_API}{cloud_id}" if cloud_id else url
    site = Site(key=key, url=url, base=base, email=email, token=token, clock=clock, observe=observe)
    return JiraTracker(site, clock)


def _problems(key: str, url: str, email: str, token: str) -> list[Problem]:
    problems = []
    prefix = f"READYGATE_TRACKERS__{key.upper()}__"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
        text = f"{url!r} is not the address of a Jira site"
        hint = "Write it like https://example.atlassian.net, without a name or a password in it."
        problems.append(Problem(("trackers", key, "url"), text, hint))
    if not email:
        hint = f"Set {prefix}EMAIL, or `email:` in the config: the account that the token is of."
        problems.append(
            Problem(("trackers", key), "the e-mail of our Jira account is missing", hint)
        )
    if not token:
        hint = f"Set {prefix}TOKEN; tokens are made at"
        hint += " https://id.atlassian.com/manage-profile/security/api-tokens."
        problems.append(Problem(("trackers", key), "the API token is missing", hint))
    return problems


def surveyor() -> JiraSurveyor:
    """What `readygate init` looks for beside `connect`."""
    from readygate_jira.survey import JiraSurveyor  # noqa: PLC0415 - no run needs it

    return JiraSurveyor()


class JiraTracker:
    """One Jira Cloud site. Call `identify`, then `use` a binding, then anything else."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self.site = site
        self._clock = clock
        self._writer = Writer(site, clock)
        self._places: Mapping[str, Place] = {}

    @property
    def moves_at_once(self) -> int:
        """Jira moves one issue per request."""
        return 1

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each kind of request was sent."""
        return self.site.http.counts

    def close(self) -> None:
        """Give the connections back."""
        self.site.close()

    def identify(self) -> Identity:
        """Prove who we are: one request, after which every answer must name our account."""
        return self.site.identify()

    def resolve(
        self,
        pipelines: Sequence[Pipeline],
        people: Sequence[Person],
        fields: Mapping[str, Collection[str]],
        previous: Binding | None,
    ) -> Binding:
        """Look up every name; see `Tracker.resolve`. Raises TrackerDenied for missing rights."""
        catalogue = Catalogue(self.site)
        old_places = _places(previous)
        stages: dict[str, Mapping[str, str]] = {}
        places: dict[str, Place] = {}
        problems: list[Problem] = []
        findings: list[Finding] = []
        denied: list[str] = []
        for pipeline in pipelines:
            found = Resolution(
                self.site,
                catalogue,
                pipeline,
                fields.get(pipeline.key, ()),
                old_places.get(pipeline.key),
                previous.stages.get(pipeline.key, {}) if previous else {},
            ).run()
            problems += found.notes.problems
            findings += found.notes.findings
            denied += found.notes.denied
            if found.place:
                places[pipeline.key] = found.place
                stages[pipeline.key] = found.stages
        if problems:
            raise ConfigError(problems)
        if denied:
            rights = ", ".join(dict.fromkeys(denied))
            text = f"Jira at {self.site.host} does not give our account what it needs: {rights}."
            raise TrackerDenied(f"{text} An admin of the project can give it these rights.")
        accounts, unknown = find_people(self.site, people)
        return Binding(
            stages=stages,
            people=accounts,
            data={
                "v": 1,
                "pipelines": {key: place.to_json() for key, place in places.items()},
            },
            findings=(*findings, *unknown),
            guards={key: place.guard.mode for key, place in places.items()},
            unnamed={
                key: tuple(
                    ref for ref in place.deal_statuses if ref not in set(stages[key].values())
                )
                for key, place in places.items()
            },
        )

    def use(self, binding: Binding) -> None:
        """Work with this binding from now on."""
        self._places = _places(binding)

    def read(self, pipeline: Pipeline, since: datetime | None) -> Iterator[Page]:
        """Search for what changed: one request per hundred deals and items."""
        return search(self.site, self._places[pipeline.key], since)

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        """Bulk-fetch deals and their subtasks: one request per hundred of each."""
        with self.site.looks.looking(deals):
            return look(self.site, self._places[pipeline.key], deals)

    def history(self, pipeline: Pipeline, deals: Sequence[str], items: Sequence[str]) -> History:
        """Bulk-fetch changelogs: one request per thousand deals and items."""
        return history(self.site, self._places[pipeline.key], deals, items)

    def apply(self, pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        """Carry out actions; see `Tracker.apply`."""
        return self._writer.apply(pipeline, self._places[pipeline.key], actions)

    def find_explanation(self, pipeline: Pipeline, deal: str, attempt: str) -> str | None:
        """Find our comment by the attempt that it carries in a property."""
        return self._writer.find_explanation(pipeline.key, deal, attempt)

    def examine(
        self, inquiries: Sequence[Inquiry], people: Sequence[Person], previous: Binding | None
    ) -> Iterator[Checkup]:
        """Look at everything a run needs: some ten requests a pipeline; see `Examinable`."""
        from readygate_jira.examining import Examination  # noqa: PLC0415 - no run needs it

        return Examination(
            self.site, self._clock, inquiries, people, previous, _places(previous)
        ).run()

    def inspect_guard(self, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish) -> GuardReport:
        """Look at the workflow; see `Guardable.inspect_guard`."""
        return self._installer(pipeline).inspect(pipeline, gates, wish)

    def install_guard(
        self, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish, journal: Journal
    ) -> Iterator[str]:
        """Put rules into the workflow; see `Guardable.install_guard`."""
        return self._installer(pipeline).install(pipeline, gates, wish, journal)

    def remove_guard(
        self, pipeline: Pipeline, gates: Sequence[Gate], journal: Journal
    ) -> Iterator[str]:
        """Take our rules out of the workflow; see `Guardable.remove_guard`."""
        del gates
        return self._installer(pipeline).remove(pipeline, journal)

    def _installer(self, pipeline: Pipeline) -> Installer:
        from readygate_jira.guard.installer import Installer  # noqa: PLC0415 - no run needs it

        return Installer(self.site, self._clock, self._places[pipeline.key])


if TYPE_CHECKING:
    from readygate_jira.guard.installer import Installer
    from readygate_jira.survey import JiraSurveyor

    def _conforms(tracker: JiraTracker) -> tuple[Tracker, Examinable, Guardable]:
        return tracker, tracker, tracker  # checked by mypy: the shape is all that the core asks for


def _places(binding: Binding | None) -> dict[str, Place]:
    if binding is None:
        return {}
    known = binding.data.get("pipelines", {})
    return {key: Place.from_json(data) for key, data in known.items()}


__all__ = ["JiraTracker", "connect", "surveyor"]
