"""Both trackers of one sandbox, for the board that shows them together."""

from dataclasses import dataclass

from readygate_sandbox.airtable.control import AirtableControl
from readygate_sandbox.control import Control


@dataclass(frozen=True, slots=True)
class Sides:
    """The handles of the two sides."""

    jira: Control
    airtable: AirtableControl
