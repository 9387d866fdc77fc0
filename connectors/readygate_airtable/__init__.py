"""Speaks to Airtable. The only importer of `pyairtable`."""
