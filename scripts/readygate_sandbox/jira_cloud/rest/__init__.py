"""The REST operations, grouped as the OpenAPI document groups them."""

from readygate_sandbox.jira_cloud.rest import (
    aside,
    comments,
    createmeta,
    custom_fields,
    issues,
    project_properties,
    projects,
    properties,
    schema,
    search,
    server,
    transitions,
    users,
    workflow_updates,
    workflow_usages,
    workflows,
)

GROUPS = (
    aside.ROUTES,
    comments.ROUTES,
    createmeta.ROUTES,
    custom_fields.ROUTES,
    issues.ROUTES,
    project_properties.ROUTES,
    projects.ROUTES,
    properties.ROUTES,
    schema.ROUTES,
    search.ROUTES,
    server.ROUTES,
    transitions.ROUTES,
    users.ROUTES,
    workflow_updates.ROUTES,
    workflow_usages.ROUTES,
    workflows.ROUTES,
)
