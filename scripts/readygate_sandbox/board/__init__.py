"""The board in the browser: routes that the sandbox serves beside the Jira side, from `/` on.

A handler gets `(control, request, **path values)` and returns a `web.Answer`; `control.act` lets a
named person move and tick under the workflow's rules.
"""

from readygate_sandbox.web import Routes

ROUTES = Routes()
