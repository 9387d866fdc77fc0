"""A local tracker to try a config on: a look-alike of Jira Cloud, for people, demos and tests."""

from readygate_sandbox.control import Control
from readygate_sandbox.serving import Sandbox, run, running_sandbox
from readygate_sandbox.web import Refusal

__all__ = ["Control", "Refusal", "Sandbox", "run", "running_sandbox"]
