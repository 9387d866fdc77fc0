"""Operations of the Web API, by path below `/v0`."""

from readygate_sandbox.airtable.rest import comments, meta, records

GROUPS = (records.ROUTES, comments.ROUTES, meta.ROUTES)
