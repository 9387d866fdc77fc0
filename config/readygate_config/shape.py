"""The shape of a config, as pydantic models: what may stand where. The JSON Schema comes from here.

Names, the chain and the order of stages are checked later; here everything is judged alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from readygate_config.fields import (
    UNREADABLE,
    AirtableGuardName,
    Base,
    Email,
    GuardName,
    Length,
    Name,
    OneOrMore,
    Owner,
    Project,
    Site,
    Text,
    Title,
    wrong,
)

_ONE_OR_MANY = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
)


class Shape(BaseModel):
    """A table of a config: nothing is converted, unknown keys are errors.

    `stand_ins` are what a required value is taken for, and `elements` what an entry of a list is
    taken for, once it was reported as wrong, so that everything else can still be checked.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )
    stand_ins: ClassVar[Mapping[str, Any]] = {}
    elements: ClassVar[Mapping[str, Any]] = {}
    example: ClassVar[str] = ""


Guards = Literal["return", "advise", "locked"]
JiraGuards = Literal["return", "advise", "native", "locked"]


class DueShape(Shape):
    """When an item is due."""

    example: ClassVar[str] = "{ days: 3 }"
    days: int = Field(
        gt=0, le=3650, description="Days from the day the item is opened until it is due."
    )


class WhenShape(Shape):
    """The deals that an item is meant for."""

    example: ClassVar[str] = "{ field: Service, in: [Site, Design] }"
    field: Text = Field(description="The name of a field of the deal in the tracker.")
    values: list[Text] = Field(
        alias="in",
        min_length=1,
        description="The item exists only for deals whose field holds one of these values.",
    )


class PersonShape(Shape):
    """Somebody who owns a process."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": False})
    __pydantic_extra__: dict[str, Text] = Field(init=False)
    stand_ins: ClassVar[Mapping[str, Any]] = {"name": UNREADABLE}
    example: ClassVar[str] = "{ name: Anna Kotova, email: anna@example.com }"
    name: Title = Field(description="The name as the tracker shows it.")
    email: Email | None = Field(
        None, description="The e-mail address by which the tracker's account is found."
    )
    jira: Text | None = Field(
        None, description="The Jira account id; needed only where the e-mail is not unique."
    )
    airtable: Text | None = Field(None, description="The Airtable user id (usr…).")


class ItemShape(Shape):
    """One thing that changes hands."""

    stand_ins: ClassVar[Mapping[str, Any]] = {"title": UNREADABLE}
    example: ClassVar[str] = "{ title: Signed contract }"
    title: Title = Field(description="What it is called in the checklist.")
    help: str = Field(
        "", max_length=10_000, description="What exactly is expected; several lines are fine."
    )
    required: bool = Field(
        default=True,
        description="false: shown in the checklist, but the deal does not wait for it.",
    )
    external: bool = Field(
        default=False,
        description="true: no process makes it; the owner of the receiving process fetches it.",
    )
    when: WhenShape | None = Field(None, description="Only for deals that match.")
    due: DueShape | None = Field(None, description="When it is due; overrides the pipeline's.")
    formerly: Annotated[list[Name], OneOrMore, _ONE_OR_MANY] = Field(
        default_factory=list,
        description="Keys that this item had before: its ticks are kept when it is renamed.",
    )


class ProcessShape(Shape):
    """A step of the business."""

    stand_ins: ClassVar[Mapping[str, Any]] = {"title": UNREADABLE, "owner": UNREADABLE}
    example: ClassVar[str] = "{ title: Sales, owner: boris, inputs: [lead_checklist] }"
    title: Title = Field(description="What people call it.")
    owner: Owner = Field(
        description="The key of the one person who answers for the result. Exactly one."
    )
    inputs: list[Name] = Field(
        default_factory=list, description="Items that must have arrived before the work may start."
    )
    outputs: list[Name] = Field(default_factory=list, description="Items that are handed on.")


class StageShape(Shape):
    """One stage of a pipeline."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["process"], "properties": {"exit": {"const": False}}},
                {
                    "required": ["exit"],
                    "properties": {"exit": {"const": True}},
                    "not": {"required": ["process"]},
                },
            ],
        }
    )
    example: ClassVar[str] = "{ stage: Negotiation, process: sales }"
    stage: Title = Field(description="The status (Jira) or option (Airtable), by its name.")
    process: Name | None = Field(None, description="The process that works on deals here.")
    exit: bool = Field(
        default=False, description="true: deals leave here (lost, cancelled); no gate."
    )

    @model_validator(mode="after")
    def _process_or_exit(self) -> StageShape:
        if self.exit and self.process is not None:
            message = "an exit stage has no process"
            raise wrong(message, "Remove `exit: true` or `process`.")
        if not self.exit and self.process is None:
            message = "a stage needs a process, or `exit: true`"
            raise wrong(message, "Write { stage: …, process: … } or { stage: …, exit: true }.")
        return self


class LimitsShape(Shape):
    """How much one run may do without a second consent."""

    example: ClassVar[str] = "{ returns: 10, opens: 500 }"
    returns: int = Field(10, ge=0, le=1_000_000, description="Deals moved back in one run.")
    opens: int = Field(500, ge=0, le=1_000_000, description="Items opened in one run.")


class AdoptShape(Shape):
    """Whose checklists are opened when a gate is switched on."""

    example: ClassVar[str] = "{ updated_within: 30d }"
    updated_within: Length = Field(
        description="Only deals that changed within this time (m, h, d, w) get their checklist at"
        " once; the others when they next change."
    )


class PipelineShape(Shape):
    """What every pipeline has, whatever the tracker."""

    stand_ins: ClassVar[Mapping[str, Any]] = {
        "tracker": UNREADABLE,
        "stages": [{"stage": UNREADABLE, "exit": True}],
    }
    elements: ClassVar[Mapping[str, Any]] = {"stages": {"stage": UNREADABLE, "exit": True}}
    tracker: Name = Field(description="The key of the tracker its deals live in.")
    guard: Annotated[Literal["return", "advise"], GuardName] = Field(
        "return",
        description="return: a deal that moved on too early is moved back by the next run;"
        " advise: only a comment.",
    )
    limits: LimitsShape = Field(
        default_factory=LimitsShape.model_construct,
        description="Above these numbers a run refuses and asks for --force.",
    )
    due: DueShape | None = Field(None, description="When items are due, if they do not say.")
    adopt: AdoptShape | None = Field(None, description="How deals are taken in that were there.")
    created_midway: Literal["first", "adopt"] = Field(
        "first",
        description="A deal created in a later stage after the start: first moves it to the first"
        " stage, adopt leaves it where it stands.",
    )
    stages: list[StageShape] = Field(min_length=1, description="The path of deals, in order.")


class WaivingShape(PipelineShape):
    """A pipeline whose tracker closes items with statuses or resolutions."""

    waived_as: list[Text] = Field(
        default_factory=list,
        description="Statuses or resolutions of a checklist item that mean: let go by the owner of"
        " the receiving process.",
    )


class JiraPipeline(WaivingShape):
    """A pipeline in Jira."""

    stand_ins: ClassVar[Mapping[str, Any]] = {
        **PipelineShape.stand_ins,
        "project": "UNREADABLE",
        "issue_type": UNREADABLE,
    }
    project: Project = Field(description="The key of the project, such as DEAL.")
    issue_type: Title = Field(description="The issue type of deals.")
    subtask_type: Title | None = Field(
        None, description="The subtask type of items; needed where the project has several."
    )
    guard: JiraGuards = Field(  # type: ignore[assignment]  # two more
        "return",
        description="return: a deal that moved on too early is moved back by the next run;"
        " advise: only a comment; native: Jira itself refuses the move; locked: people ask for a"
        " stage, and only our account moves the deal. The last two are installed by"
        " `readygate guard install`.",
    )
    by: Literal["subtasks", "field"] | None = Field(
        None,
        description="For guard: native. subtasks (the default): while a subtask is open; field:"
        " until a run has written into the deal that it may pass.",
    )

    @model_validator(mode="after")
    def _fits(self) -> JiraPipeline:
        if self.by is not None and self.guard != "native":
            message = f"`by` belongs to `guard: native`, and the guard here is {self.guard!r}"
            raise wrong(message, "Remove `by`, or write `guard: native`.")
        return self


class ChecklistShape(Shape):
    """The table of checklist items and its fields, by their names."""

    example: ClassVar[str] = "{ table: Checklist, deal: Deal, key: Key, title: Item, done: Done }"
    table: Title = Field(description="The table of checklist items.")
    deal: Title = Field(description="Link to the deal.")
    key: Title = Field(description="Text field for the key by which items are found again.")
    title: Title = Field(description="Text field for the title.")
    done: Title = Field(description="Checkbox: handed over.")
    owner: Title | None = Field(None, description="User field: who owes it.")
    due: Title | None = Field(None, description="Date field: when it is due.")
    waived: Title | None = Field(None, description="Text field: why it was let go.")
    retired: Title = Field("Retired", description="Checkbox of ours: no longer asked for.")
    notes: Title | None = Field(None, description="Long text field: what exactly is expected.")


class AirtablePipeline(PipelineShape):
    """A pipeline in Airtable."""

    stand_ins: ClassVar[Mapping[str, Any]] = {
        **PipelineShape.stand_ins,
        "table": UNREADABLE,
        "stage_field": UNREADABLE,
        "checklist": dict.fromkeys(("table", "deal", "key", "title", "done"), UNREADABLE),
    }
    table: Title = Field(description="The table of deals.")
    stage_field: Title = Field(description="The select field that holds the stage.")
    checklist: ChecklistShape = Field(description="Where checklist items are kept.")
    guard: Annotated[Guards, AirtableGuardName] = Field(  # type: ignore[assignment]  # one more
        "return",
        description="return: a deal that moved on too early is moved back by the next run;"
        " advise: only a comment; locked: people ask for a stage in requested_field, and only our"
        " account edits the stage field.",
    )
    requested_field: Title | None = Field(
        None, description="The select field in which people ask for a stage; for guard: locked."
    )
    missing_field: Title | None = Field(
        None, description="A text field of the deal that is kept to say what is missing."
    )

    @model_validator(mode="after")
    def _fits(self) -> AirtablePipeline:
        if self.guard == "locked" and self.requested_field is None:
            message = "the guard 'locked' needs `requested_field`"
            raise wrong(
                message, "Add `requested_field: Requested stage`: there people ask for a stage."
            )
        if self.adopt is not None:
            message = "Airtable does not tell when a record last changed: `adopt` has no effect"
            raise wrong(
                message, "Remove it; `readygate sync --force` opens many checklists at once."
            )
        return self


class OtherPipeline(WaivingShape):
    """A pipeline of a kind from another package: its own settings are texts, numbers, booleans."""

    model_config = ConfigDict(extra="allow")


class TrackerShape(Shape):
    """What every tracker has."""

    kind: str = Field(description="The kind of tracker: which connector speaks to it.")


class JiraTracker(TrackerShape):
    """One Jira Cloud site. Its token stands in READYGATE_TRACKERS__<KEY>__TOKEN."""

    stand_ins: ClassVar[Mapping[str, Any]] = {"kind": "jira", "url": "https://unreadable.invalid"}
    example: ClassVar[str] = "{ kind: jira, url: https://example.atlassian.net }"
    kind: Literal["jira"] = Field(description="Jira Cloud.")
    url: Site = Field(description="The address of the site: https://example.atlassian.net.")
    email: Email | None = Field(
        None,
        description="The account whose token is used; or READYGATE_TRACKERS__<KEY>__EMAIL.",
    )
    cloud_id: Text | None = Field(
        None, description="The site's cloud id; only for scoped tokens and service accounts."
    )


class AirtableTracker(TrackerShape):
    """One Airtable base. Its token stands in READYGATE_TRACKERS__<KEY>__TOKEN."""

    stand_ins: ClassVar[Mapping[str, Any]] = {"kind": "airtable", "base": "appUNREADABLE0000"}
    example: ClassVar[str] = "{ kind: airtable, base: appXXXXXXXXXXXXXX }"
    kind: Literal["airtable"] = Field(description="Airtable.")
    base: Base = Field(description="The id of the base (app…).")
    url: Site | None = Field(None, description="Another address of the API; for tests only.")
    requests_per_month: int | None = Field(
        None, gt=0, description="The request budget of the workspace's plan."
    )


class OtherTracker(TrackerShape):
    """A tracker of a kind from another package: its own settings are texts, numbers, booleans."""

    model_config = ConfigDict(extra="allow")
    stand_ins: ClassVar[Mapping[str, Any]] = {"kind": UNREADABLE}
