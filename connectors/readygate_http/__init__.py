"""One policy for all traffic to trackers: patience, limits, retries, errors, secrets.

Connectors send everything through `Http`; the libraries they use do not retry and do not judge.
"""

from readygate_http.client import Answer, Http, Observer
from readygate_http.errors import Conflict, Forbidden, Missing, Unauthorized
from readygate_http.looks import Looks
from readygate_http.outcomes import Watch, failed
from readygate_http.pacing import Pace
from readygate_http.redact import Redactor
from readygate_http.settings import HttpSettings

__all__ = [
    "Answer",
    "Conflict",
    "Forbidden",
    "Http",
    "HttpSettings",
    "Looks",
    "Missing",
    "Observer",
    "Pace",
    "Redactor",
    "Unauthorized",
    "Watch",
    "failed",
]
