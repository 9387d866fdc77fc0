"""The Airtable side of the sandbox."""
