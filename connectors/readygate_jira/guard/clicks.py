"""What a person clicks to install the guard by hand, where our account may not."""

from __future__ import annotations

from collections.abc import Sequence

from readygate.pipeline import Gate, Guard, Pipeline

_OPEN = (
    "In Jira open Settings → Work items (Issues) → Workflows and edit the workflow of deals;"
    " in a team-managed project: Project settings → Work types → Deal → Edit workflow."
)
_CHILDREN = (
    "add a rule → Restrict → the condition about the status of subtasks (in the old editor:"
    " Conditions → Sub-Task Blocking Condition), with every status that means done. Then try it: an"
    " open subtask must hide the button, a closed one show it."
)
_PUBLISH = "Publish the workflow (Update workflow)."


def without_reading(pipeline: Pipeline, gates: Sequence[Gate]) -> tuple[str, ...]:
    """By the stages of the config, where our account may not read the workflow."""
    moves = []
    for gate in gates:
        earlier = ", ".join(repr(stage.name) for stage in pipeline.path[: gate.position])
        later = ", ".join(repr(stage.name) for stage in pipeline.path[gate.position :])
        moves.append(
            f"On every transition that leads from {earlier} to {later}, and from nowhere else:"
            f" {_rule(pipeline.guard)}"
        )
    return (_OPEN, *moves, _PUBLISH)


def _rule(guard: Guard) -> str:
    match guard:
        case Guard.BY_SUBTASKS:
            return _CHILDREN
        case Guard.LOCKED:
            return "add a rule → Restrict → hide from all users, so that only REST may use it."
        case _:
            return "add a rule → Validate details → the field of the gate is required."
