"""Makes the JSON Schema that editors use to complete and check a config while it is written.

`python -m readygate_config.schema > config/readygate.schema.json`; a test keeps the file current.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from readygate_config.document import HeadShape
from readygate_config.merging import SECTIONS
from readygate_config.shape import (
    AirtablePipeline,
    AirtableTracker,
    ItemShape,
    JiraPipeline,
    JiraTracker,
    PersonShape,
    ProcessShape,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_KEY = "^[^\\x00-@\\[-`{-\u00bf][^\\x00-,./:-@\\[-^`{-\u00bf]{0,63}$"
"""A letter, then letters, digits, _ and -; written so that Python and JavaScript agree on it."""

_Key = Annotated[str, StringConstraints(pattern=_KEY)]
_TrackerKey = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]


class ReadygateConfig(HeadShape):
    """Process contracts: who owns each process, what must come in, what is handed on."""

    trackers: dict[_TrackerKey, JiraTracker | AirtableTracker] = Field(
        min_length=1, description="The sites and bases that deals live in."
    )
    people: dict[_Key, PersonShape] = Field(
        min_length=1, description="Everybody who owns a process."
    )
    items: dict[_Key, ItemShape] = Field(min_length=1, description="Everything that changes hands.")
    processes: dict[_Key, ProcessShape] = Field(
        min_length=1, description="The steps of the business, each with its owner."
    )
    pipelines: dict[_Key, JiraPipeline | AirtablePipeline] = Field(
        min_length=1, description="The paths of deals through the stages of a tracker."
    )


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a config in one file."""
    made = ReadygateConfig.model_json_schema(by_alias=True)
    made = {key: _tidy(value) for key, value in made.items()}
    for section in SECTIONS:
        made["properties"][section]["additionalProperties"] = False
    made["required"] = ["version", *SECTIONS]
    made["title"] = "Readygate config"
    made["$schema"] = DRAFT
    made["patternProperties"] = {"^x-": {"description": "Left alone: a place for anchors."}}
    return dict(sorted(made.items()))


def _tidy(part: Any) -> Any:
    """Take out what only Python needs: titles made of names, and `null` for "not given"."""
    if isinstance(part, list):
        return [_tidy(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _tidy(value) for key, value in part.items() if key != "title"}
    if "title" in part and isinstance(part["title"], dict):  # a setting that is called title
        kept["title"] = _tidy(part["title"])
    if kept.get("default", "") is None:
        del kept["default"]
    choices = kept.get("anyOf", [])
    given = [one for one in choices if one != {"type": "null"}]
    if len(given) < len(choices):
        del kept["anyOf"]
        kept = {**given[0], **kept} if len(given) == 1 else {**kept, "anyOf": given}
    return kept


def text() -> str:
    """The schema as it stands in `config/readygate.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
