"""Promises about who we are and what the names of the config mean."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta

from readygate.errors import TrackerDenied, TrackerUnavailable
from readygate.pipeline import Pipeline, Stage
from readygate.ports import Binding
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import FIELDS, PEOPLE, UNNAMED, Scene, refused


def _misnamed(pipeline: Pipeline, *wrong: str) -> Pipeline:
    """The pipeline with stages added that the tracker does not have."""
    return replace(
        pipeline, stages=(*pipeline.stages, *(Stage(name, "delivery") for name in wrong))
    )


class NamePromises(Promises):
    """`identify`, `resolve` and `use`."""

    def test_identity_is_told_by_the_tracker_itself(self) -> None:
        with self.playground() as play:
            identity = play.connect().identify()
            assert identity.now.utcoffset() == timedelta(0), "times are in UTC and say so"
            asked = play.sent()
            assert asked.writes == 0
            assert bool(identity.account) == bool(identity.name) == bool(asked.reads), (
                "who has not asked does not claim to know"
            )

    def test_time_is_the_tracker_s_own(self) -> None:
        with self.scene() as s:
            before = s.now()
            s.play.advance(3600)
            assert timedelta(minutes=59) < s.now() - before < timedelta(minutes=61)
            deal = s.play.create("A deal", "Lead")
            apart = abs(s.now() - s.deal(deal).created)
            assert apart < timedelta(minutes=1), "deals are created by the same clock"

    def test_who_is_not_known_is_denied(self) -> None:
        with self.playground() as play:
            play.trouble(Trouble.DENIED, Requests.READS)
            error = refused(TrackerDenied, lambda: Scene(play))
            assert str(error)
            assert not any(secret in f"{error} {error.detail}" for secret in play.secrets)

    def test_a_tracker_out_of_order_is_unavailable(self) -> None:
        with self.playground() as play:
            for kind in (Trouble.UNAVAILABLE, Trouble.DROPPED, Trouble.LOST):
                play.trouble(kind, Requests.READS)
                assert str(refused(TrackerUnavailable, lambda: Scene(play)))
                play.calm()
            assert Scene(play).binding.stages, "and it recovers"

    def test_every_stage_and_person_gets_an_id(self) -> None:
        with self.scene() as s:
            stages = s.binding.stages["deals"]
            assert set(stages) == {stage.name for stage in s.pipeline.stages}
            assert len(set(stages.values())) == len(stages)
            assert set(s.binding.people) == {person.key for person in PEOPLE}
            assert len(set(s.binding.people.values())) == len(PEOPLE)
            assert s.binding.findings == ()

    def test_stages_that_the_config_does_not_name_are_listed(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", UNNAMED)
            assert s.binding.unnamed["deals"] == (s.deal(deal).stage,)

    def test_resolving_writes_nothing(self) -> None:
        with self.playground() as play:
            Scene(play)
            tracker = play.connect()
            play.sent()
            tracker.identify()
            tracker.resolve([play.pipeline], PEOPLE, FIELDS, None)
            assert play.sent().writes == 0

    def test_all_unknown_names_are_told_at_once(self) -> None:
        with self.scene() as s:
            path = _misnamed(s.play.pipeline, "Leed", "Wrk")
            fields = {"deals": ("Service", "Serwice")}
            text = str(s.misnamed(path, fields))
            for name in ("Leed", "Wrk", "Serwice"):
                assert name in text, f"{name} is not told in: {text}"

    def test_problems_lead_to_their_place_in_the_config(self) -> None:
        with self.scene() as s:
            path = _misnamed(s.play.pipeline, "Leed")
            (problem,) = s.misnamed(path).problems
            assert problem.path[:3] == ("pipelines", "deals", "stages")
            assert problem.message

    def test_a_binding_is_json_and_serves_a_later_run(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead", "Site")
            s.opened(deal, "one")
            kept = json.loads(json.dumps(asdict(replace(s.binding, findings=()))))
            binding = Binding(kept["stages"], kept["people"], kept["data"], unnamed=kept["unnamed"])
            later = s.play.connect()
            later.identify()
            s.play.sent()
            later.use(binding)
            look = later.look(s.pipeline, [deal])
            assert [one.ref for one in look.deals] == [deal]
            assert look.deals[0].fields == {"Service": ("Site",)}
            assert len(look.items) == 1

    def test_using_a_binding_asks_nothing(self) -> None:
        with self.scene() as s:
            later = s.play.connect()
            later.identify()
            s.play.sent()
            later.use(s.binding)
            sent = s.play.sent()
            assert (sent.reads, sent.writes) == (0, 0)

    def test_resolving_again_changes_nothing(self) -> None:
        with self.scene() as s:
            again = s.resolve()
            assert (again.stages, again.people) == (s.binding.stages, s.binding.people)
            assert again.unnamed == s.binding.unnamed
            assert again.findings == ()

    def test_a_renamed_stage_is_followed_and_reported(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Talks")
            s.play.rename_stage("Talks", "Negotiation")
            again = s.resolve()
            assert again.stages["deals"]["Talks"] == s.stage("Talks")
            (finding,) = again.findings
            assert finding.code == "stage-renamed"
            assert "Talks" in finding.text
            assert "Negotiation" in finding.text
            s.tracker.use(again)
            found = s.deal(deal)
            assert (found.stage, found.stage_name) == (s.stage("Talks"), "Negotiation")

    def test_a_renamed_stage_is_unknown_without_a_previous_binding(self) -> None:
        with self.scene() as s:
            s.play.rename_stage("Talks", "Negotiation")
            assert "Talks" in str(s.misnamed(s.play.pipeline))

    def test_a_deleted_stage_is_an_error_of_the_config(self) -> None:
        with self.scene() as s:
            s.play.delete_stage("Work")
            assert "Work" in str(s.misnamed(s.play.pipeline, previous=s.binding))

    def test_resolving_fails_when_the_tracker_does(self) -> None:
        for kind, error in (
            (Trouble.UNAVAILABLE, TrackerUnavailable),
            (Trouble.DENIED, TrackerDenied),
        ):
            with self.scene() as s:
                s.play.trouble(kind, Requests.READS)
                assert isinstance(s.fails(s.resolve), error)
