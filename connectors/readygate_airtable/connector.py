"""The connector of kind `airtable`: one base behind the core's `Tracker` protocol."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from readygate.action import Outcome, TrackerAction
from readygate.checkup import Checkup, Examinable, Inquiry
from readygate.contract import Person
from readygate.deal import History, Identity, Look, Page
from readygate.errors import ConfigError, Finding, Problem
from readygate.pipeline import Pipeline
from readygate.ports import Binding, Clock, Conditions, Preparable, Preparation, Tracker
from readygate_airtable.base import TOKENS_PAGE, URL, Base
from readygate_airtable.names import Resolution
from readygate_airtable.people import find_people
from readygate_airtable.place import Place
from readygate_airtable.reading import Reader
from readygate_airtable.schema import read_schema
from readygate_airtable.stages import Stages
from readygate_airtable.writing import LOOKED_AT, Writer


def connect(
    key: str,
    options: Mapping[str, str],
    secrets: Mapping[str, str],
    clock: Clock,
    observe: Callable[[Mapping[str, Any]], None] | None = None,
) -> AirtableTracker:
    """Prepare to speak to a base; nothing is sent yet.

    `options`: `base`, its id; `url` of another API host, for tests. `secrets`: `token`. `observe`
    is told about every request. Raises ConfigError for what is missing.
    """
    ref = options.get("base", "").strip()
    token = secrets.get("token", "").strip()
    problems: list[Problem] = []
    if not ref.startswith("app"):
        hint = "It begins with app and stands in the address of the base."
        where = ("trackers", key, "base")
        problems.append(Problem(where, f"{ref!r} is not the id of an Airtable base", hint))
    if not token:
        hint = f"Set READYGATE_TRACKERS__{key.upper()}__TOKEN; tokens are made at {TOKENS_PAGE}."
        problems.append(Problem(("trackers", key), "the access token is missing", hint))
    if problems:
        raise ConfigError(problems)
    url = (options.get("url") or URL).strip().rstrip("/")
    base = Base(key=key, base=ref, token=token, clock=clock, url=url, observe=observe)
    return AirtableTracker(base, clock)


def surveyor() -> AirtableSurveyor:
    """What `readygate init` looks for beside `connect`."""
    from readygate_airtable.survey import AirtableSurveyor  # noqa: PLC0415 - no run needs it

    return AirtableSurveyor()


class AirtableTracker:
    """One base. Call `identify`, then `use` a binding, then anything else."""

    def __init__(self, base: Base, clock: Clock) -> None:
        self.base = base
        self._clock = clock
        self._places: Mapping[str, Place] = {}
        self._account = ""
        self._readers: dict[str, Reader] = {}
        self._writers: dict[str, Writer] = {}

    @property
    def moves_at_once(self) -> int:
        """Five requests of ten records, after one look at all of them."""
        return LOOKED_AT

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each kind of request was sent."""
        return self.base.http.counts

    def close(self) -> None:
        """Give the connections back."""
        self.base.close()

    def identify(self) -> Identity:
        """Ask nobody: every request proves the token, or is refused with 401 or 403.

        The time is ours until a page tells the base's own (`Page.at`).
        """
        return Identity(self._account, "", self.base.now or self._clock.now())

    def resolve(
        self,
        pipelines: Sequence[Pipeline],
        people: Sequence[Person],
        fields: Mapping[str, Collection[str]],
        previous: Binding | None,
    ) -> Binding:
        """Look up every name: two requests, once a day. See `Tracker.resolve`."""
        account = self.base.whoami()
        tables = read_schema(self.base)
        old = _places(previous)
        places: dict[str, Place] = {}
        stages: dict[str, Mapping[str, str]] = {}
        problems: list[Problem] = []
        findings: list[Finding] = []
        for pipeline in pipelines:
            one = Resolution(
                pipeline,
                tables,
                fields.get(pipeline.key, ()),
                old.get(pipeline.key),
                previous.stages.get(pipeline.key, {}) if previous else {},
            )
            place = one.run()
            problems += one.problems
            findings += one.findings
            if place:
                places[pipeline.key] = place
                stages[pipeline.key] = one.stages
        if problems:
            raise ConfigError(problems)
        accounts, unknown = find_people(people, self.base.ref)
        return Binding(
            stages=stages,
            people=accounts,
            data={
                "v": 1,
                "account": account,
                "pipelines": {key: place.to_json() for key, place in places.items()},
            },
            findings=(*findings, *unknown),
            unnamed={
                key: tuple(ref for ref in place.choices if ref not in set(stages[key].values()))
                for key, place in places.items()
            },
        )

    def use(self, binding: Binding) -> None:
        """Work with this binding from now on."""
        self._places = _places(binding)
        self._account = str(binding.data.get("account", ""))
        for key, place in self._places.items():
            stages = Stages(place, partial(self._choices, place))
            self._readers[key] = Reader(self.base, place, stages)
            self._writers[key] = Writer(self.base, place, stages, self._readers[key], self._account)

    def read(self, pipeline: Pipeline, since: datetime | None) -> Iterator[Page]:
        """List what changed: a request per hundred deals, and per hundred checklist rows."""
        return self._readers[pipeline.key].changed(since)

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        """List deals by their ids, then the rows they link: a request per hundred of each."""
        with self.base.looks.looking(deals):
            return self._readers[pipeline.key].look(deals)

    def history(
        self, pipeline: Pipeline, deals: Sequence[str], items: Sequence[str]
    ) -> History | None:
        """Airtable tells no past."""
        del pipeline, deals, items
        return None

    def apply(self, pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        """Carry out actions; see `Tracker.apply`."""
        return self._writers[pipeline.key].apply(actions)

    def find_explanation(self, pipeline: Pipeline, deal: str, attempt: str) -> str | None:
        """Find our comment by the code of the attempt in its text."""
        return self._writers[pipeline.key].find_explanation(deal, attempt)

    def prepare(self, pipelines: Sequence[Pipeline], conditions: Conditions) -> Preparation:
        """What is missing in the base and what people must do by hand; see `Preparable`."""
        return self._preparing(pipelines, conditions).look()

    def carry_out(self, pipelines: Sequence[Pipeline], conditions: Conditions) -> Iterator[str]:
        """Create what is missing, telling each thing once it is there; see `Preparable`."""
        return self._preparing(pipelines, conditions).create()

    def examine(
        self, inquiries: Sequence[Inquiry], people: Sequence[Person], previous: Binding | None
    ) -> Iterator[Checkup]:
        """Look at everything a run needs: three requests, two more a pipeline; `Examinable`."""
        from readygate_airtable.examining import Examination  # noqa: PLC0415 - no run needs it

        return Examination(
            self.base, self._clock, inquiries, people, previous, _places(previous)
        ).run()

    def _preparing(self, pipelines: Sequence[Pipeline], conditions: Conditions) -> Preparing:
        from readygate_airtable.preparing import Preparing  # noqa: PLC0415 - no run needs it

        return Preparing(self.base, pipelines, conditions)

    def _choices(self, place: Place) -> Mapping[str, str]:
        for table in read_schema(self.base):
            field = table.field(place.stage) if table.ref == place.deals else None
            if field:
                return field.choices
        return place.choices


if TYPE_CHECKING:
    from readygate_airtable.preparing import Preparing
    from readygate_airtable.survey import AirtableSurveyor

    def _conforms(tracker: AirtableTracker) -> tuple[Tracker, Preparable, Examinable]:
        return tracker, tracker, tracker  # checked by mypy: the shape is all that the core asks for


def _places(binding: Binding | None) -> dict[str, Place]:
    if binding is None:
        return {}
    known = binding.data.get("pipelines", {})
    return {key: Place.from_json(data) for key, data in known.items()}


__all__ = ["AirtableTracker", "connect", "surveyor"]
