"""The conformance suite: every promise of the `Tracker` protocol, kept or not.

A connector's tests subclass `TrackerConformance` and give it a `Playground`; pytest does the rest:

    class TestMyTracker(TrackerConformance):
        skips = {"test_…": "the reason"}

        @contextmanager
        def playground(self) -> Iterator[Playground]: ...

A test can be left out with a reason, never overridden. Asserts tell more when a conftest says
`pytest.register_assert_rewrite("readygate.testing.conformance")`.
"""

from readygate.testing.conformance.playground import Kept, Playground, Requests, Sent, Trouble
from readygate.testing.conformance.story import FIELD, PEOPLE, STAGES, UNNAMED, pipeline
from readygate.testing.conformance.suite import TrackerConformance

__all__ = [
    "FIELD",
    "PEOPLE",
    "STAGES",
    "UNNAMED",
    "Kept",
    "Playground",
    "Requests",
    "Sent",
    "TrackerConformance",
    "Trouble",
    "pipeline",
]
