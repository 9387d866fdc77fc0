"""A look-alike of Jira Cloud: what it keeps, what it allows, what it answers."""
