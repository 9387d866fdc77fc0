"""Stages and gates of a pipeline, and everything that can be wrong with their order."""

from __future__ import annotations

from readygate.contract import ContractBook, Item, Person, Process
from readygate.errors import Severity
from readygate.pipeline import Gate, Pipeline, Stage, unreached
from unit.core.story import STAGES, book

ANNA = {"anna": Person("anna", "Anna")}


def told(*stages: Stage, of: ContractBook | None = None, complete: bool = True) -> list[str]:
    """Every problem on one line, warnings marked."""
    found = Pipeline("deals", "main", stages).problems(of or book(), complete=complete)
    return [
        f"{'warning: ' if one.severity is Severity.WARNING else ''}{one.dotted}: {one.message}"
        for one in found
    ]


def test_a_good_pipeline_has_no_problems() -> None:
    assert told(*STAGES) == []


def test_gates_stand_where_a_process_with_inputs_begins() -> None:
    assert Pipeline("deals", "main", STAGES).gates(book()) == (
        Gate("sales", 1, "Talks", {"checklist": "sales"}),
        Gate(
            "delivery",
            3,
            "Work",
            {"contract": "delivery", "brand": "delivery", "informal": "delivery"},
        ),
        Gate("support", 4, "Care", {"acceptance": "support", "contract": "support"}),
    )


def test_inputs_of_the_first_stage_count_at_the_next_gate() -> None:
    stages = (Stage("Lost", exit=True), Stage("Talks", "sales"), Stage("Work", "delivery"))

    (gate,) = Pipeline("deals", "main", stages).gates(book(delivery=("contract",)))

    assert gate == Gate("delivery", 1, "Work", {"checklist": "sales", "contract": "delivery"})


def test_a_process_without_inputs_has_no_gate() -> None:
    stages = (Stage("Talks", "sales"), Stage("Lead", "marketing"), Stage("Care", "support"))

    (gate,) = Pipeline("deals", "main", stages).gates(book())

    assert (gate.key, gate.position) == ("support", 2)


def test_refs_lead_to_positions() -> None:
    refs = {stage.name: f"id-{stage.name}" for stage in STAGES}
    pipeline = Pipeline("deals", "main", STAGES).bind(refs)

    assert [pipeline.position(ref) for ref in refs.values()] == [0, 1, 2, 3, 4, None]
    assert pipeline.position("id-unnamed") is None
    assert pipeline.named("id-Lost") == Stage("Lost", exit=True, ref="id-Lost")
    assert pipeline.named("id-unnamed") is None


def test_a_process_in_two_separate_runs() -> None:
    assert told(*STAGES[:4], Stage("Terms again", "sales"), *STAGES[4:]) == [
        "pipelines.deals.stages[4].process: 'sales' stands in two separate runs of stages"
    ]


def test_an_exit_stage_does_not_part_a_run() -> None:
    apart = (*STAGES[:2], STAGES[5], *STAGES[2:5])

    assert told(*apart) == []


def test_a_producer_after_its_consumer() -> None:
    assert told(Stage("Work", "delivery"), Stage("Talks", "sales")) == [
        f"pipelines.deals.stages[0].process: 'delivery' needs {item} before 'sales' makes it:"
        " 'sales' comes later in this pipeline"
        for item in ("'contract'", "'brand'", "'informal'")
    ]


def test_a_producer_without_a_stage_is_fine() -> None:
    assert told(Stage("Lead", "marketing"), Stage("Work", "delivery")) == []


def test_stages_of_the_same_and_nearly_the_same_name() -> None:
    doubled = (*STAGES, Stage("Talks", exit=True), Stage("work ", exit=True))

    assert told(*doubled) == [
        "pipelines.deals.stages[6].stage: the stage 'Talks' stands twice in this pipeline",
        (
            "warning: pipelines.deals.stages[7].stage: the stages 'work ' and 'Work' are nearly the"
            " same name"
        ),
    ]


def test_a_pipeline_without_a_gate() -> None:
    told_of = "warning: pipelines.deals.stages: this pipeline has no gate, so no deal of it is"
    assert told(Stage("Lead", "marketing"), Stage("Lost", exit=True)) == [f"{told_of} ever checked"]
    assert told(Stage("Talks", "sales"), Stage("Terms", "sales")) == [f"{told_of} ever checked"]


def test_a_pipeline_of_exits() -> None:
    assert told(Stage("Lost", exit=True)) == [
        "pipelines.deals.stages: every stage of this pipeline is an exit"
    ]


def test_nothing_is_concluded_from_what_could_not_be_read() -> None:
    assert told(Stage("Lost", exit=True), complete=False) == []
    assert told(Stage("Lead", "marketing"), complete=False) == []


def test_unknown_processes_are_passed_over() -> None:
    assert told(Stage("Lead", "marketing"), Stage("Odd", "unheard-of")) == []


def test_processes_that_no_deal_comes_to() -> None:
    processes = {
        "sales": Process("sales", "Sales", "anna", (), ("contract",)),
        "legal": Process("legal", "Legal", "anna", (), ("terms",)),
        "delivery": Process("delivery", "Delivery", "anna", ("contract", "terms"), ("report",)),
        "archive": Process("archive", "Archive", "anna", ("report",), ()),
        "idle": Process("idle", "Idle", "anna", (), ("nothing",)),
    }
    keys = ("contract", "terms", "report", "nothing")
    chain = ContractBook(ANNA, {key: Item(key, key) for key in keys}, processes)
    pipeline = Pipeline("deals", "main", (Stage("Talks", "sales"), Stage("Work", "delivery")))

    found = unreached(chain, (pipeline,))

    assert [(one.dotted, one.message, one.severity) for one in found] == [
        (
            "processes.archive",
            "no stage of any pipeline has the process 'archive', so nobody is asked for its inputs",
            Severity.WARNING,
        ),
        (
            "processes.idle",
            "no stage of any pipeline has the process 'idle'",
            Severity.WARNING,
        ),
    ]
