"""The REST operations, grouped as the OpenAPI document groups them."""

from readygate_sandbox.jira_cloud.rest import (
    aside,
    comments,
    createmeta,
    issues,
    projects,
    properties,
    schema,
    search,
    server,
    transitions,
    users,
    workflow_updates,
    workflows,
)

GROUPS = (
    aside.ROUTES,
    comments.ROUTES,
    createmeta.ROUTES,
    issues.ROUTES,
    projects.ROUTES,
    properties.ROUTES,
    schema.ROUTES,
    search.ROUTES,
    server.ROUTES,
    transitions.ROUTES,
    users.ROUTES,
    workflow_updates.ROUTES,
    workflows.ROUTES,
)
