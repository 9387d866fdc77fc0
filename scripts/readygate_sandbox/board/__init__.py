"""The board in the browser: routes that the sandbox serves beside the Jira side, from `/` on.

A handler gets `(control, request, **path values)` and returns a `web.Answer`.
"""

from readygate_sandbox.board import api, pages
from readygate_sandbox.web import Routes

ROUTES = Routes([*pages.ROUTES.rules, *api.ROUTES.rules])
