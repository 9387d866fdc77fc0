"""Makes Jira itself refuse a premature move: rules on transitions, put in and taken out again.

Nothing here is used in an ordinary run, except for what `record` keeps in the project.
"""
