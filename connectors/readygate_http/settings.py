"""The numbers of the policy, each with its unit and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How patient we are. The defaults suit Jira Cloud."""

    connect_timeout: float = 5.0
    """Seconds to reach the host; a healthy one answers in a fraction of that."""

    read_timeout: float = 60.0
    """Seconds without a byte before an answer counts as lost; bulk creates take long."""

    delays: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    """Seconds before each repetition; as many repetitions as delays. Atlassian advises at most 4,
    doubling (rate limiting guide, August 2026)."""

    jitter: tuple[float, float] = (0.7, 1.3)
    """Every delay is multiplied by a number from this range, so that runs do not march in step."""

    patience: float = 60.0
    """Seconds all waiting for a tracker may take in one run. Longer waits are cron's business."""

    most: int = 90
    """Requests in any second. Jira takes 100 reads or POSTs per second and endpoint."""

    spacing: float = 0.0
    """Seconds between two requests at least."""

    strained_spacing: float = 0.25
    """The same while the tracker says that we come near its limit."""

    strained_for: float = 10.0
    """Seconds to go slowly after such a warning."""

    limited_wait: float | None = None
    """Seconds to wait after a 429 that names no time; None: as after any other failure."""

    spent: Mapping[str, str] = field(default_factory=dict)
    """Error types of a 429 that no waiting inside a run will mend -> what to tell people."""

    max_redirects: int = 3
    """Redirects within the same host that a GET follows."""
