"""Reads and changes workflows through the bulk workflow API: checked first, never blindly twice.

Every change is made from a fresh reading and carries its version, so that repeating one whose
answer was lost is safe: what was done already is no change any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from readygate.errors import OutcomeUnknown, TrackerDenied, TrackerRejected, TrackerUnavailable
from readygate.ports import Clock
from readygate_jira.guard.cleaning import same
from readygate_jira.guard.document import Workflow, read_workflows
from readygate_jira.site import Site
from readygate_jira.workflow import ask_workflow

TRIES = 5
PAUSE = 1.0
"""Seconds between two tries after somebody else was faster."""

NOT_ALLOWED = (401, 403)
"""How Jira says "no permission" for workflows."""


class Workflows:
    """The workflow of one issue type in one project."""

    def __init__(self, site: Site, clock: Clock, *, project: str, deal_type: str) -> None:
        self._site = site
        self.clock = clock
        self._project = project
        self._deal_type = deal_type

    def read(self) -> Workflow | None:
        """The workflow with every rule; None where our account may not read it."""
        doing = "reading the workflow of deals"
        answer = ask_workflow(self._site, self._project, self._deal_type, doing)
        if answer.status != 200:
            return None
        with self._site.understanding(doing):
            found = read_workflows(answer.body)
            return found[0] if found else None

    def offered_rules(self) -> frozenset[str]:
        """The keys of the system rules that Jira offers for this workflow."""
        doing = "asking which workflow rules there are"
        answer = self._site.ask(
            "GET",
            "/workflows/capabilities",
            name="workflow rules",
            doing=doing,
            params={"projectId": self._project, "issueTypeId": self._deal_type},
            allow=(400, *NOT_ALLOWED),
        )
        if answer.status != 200:
            return frozenset()
        with self._site.understanding(doing):
            return frozenset(str(rule["ruleKey"]) for rule in answer.body["systemRules"])

    def change(
        self, edit: Callable[[Workflow], Workflow], *, before: Callable[[Workflow], None]
    ) -> Workflow:
        """Make a change and give the workflow as it is then, read back.

        `edit` is applied to a fresh reading each time; `before` is told the workflow before it is
        changed. Raises TrackerDenied without the right, TrackerRejected with what Jira has against
        the change, TrackerUnavailable when others are faster all the time.
        """
        for attempt in range(TRIES + 1):
            workflow = self.read()
            if workflow is None:
                raise self._denied()
            wanted = edit(workflow)
            if same(workflow, wanted):
                return workflow
            if attempt == TRIES:
                break
            payload = wanted.payload()
            self._validate(payload)
            before(workflow)
            if not self._sent(payload):
                self.clock.sleep(PAUSE)
        text = f"Jira at {self._site.host}: the workflow of deals is being changed by somebody else"
        raise TrackerUnavailable(f"{text} again and again. Try again when they have finished.")

    def _validate(self, payload: dict[str, Any]) -> None:
        doing = "checking the change of the workflow"
        answer = self._site.ask(
            "POST",
            "/workflows/update/validation",
            name="check workflow",
            doing=doing,
            json={"payload": payload, "validationOptions": {"levels": ["ERROR"]}},
            allow=NOT_ALLOWED,
        )
        if answer.status in NOT_ALLOWED:
            raise self._denied()
        with self._site.understanding(doing):
            errors: Sequence[Any] = answer.body.get("errors") or ()
            texts = [str(one.get("message") or one.get("code")) for one in errors]
        if texts:
            text = f"Jira at {self._site.host} would refuse the change of the workflow:"
            raise TrackerRejected(f"{text} {'; '.join(texts)} Nothing was changed.")

    def _sent(self, payload: dict[str, Any]) -> bool:
        """Send a change; False if somebody was faster. What became of it is read afterwards."""
        try:
            answer = self._site.change(
                "POST",
                "/workflows/update",
                name="change workflow",
                doing="changing the workflow of deals",
                json=payload,
                allow=(409, *NOT_ALLOWED),
            )
        except OutcomeUnknown:
            return True
        if answer.status in NOT_ALLOWED:
            raise self._denied()
        return answer.status != 409

    def _denied(self) -> TrackerDenied:
        return TrackerDenied(
            f"Jira at {self._site.host} does not let our account change this workflow. It takes the"
            " right 'Administer Jira' ('Administer projects' in a team-managed project). Give it"
            " for the time of the installation, or let an admin do by hand what `readygate guard"
            " status` says."
        )
