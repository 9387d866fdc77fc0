"""The Airtable side of the sandbox: a stateful look-alike of the Web API under `/v0/`."""
