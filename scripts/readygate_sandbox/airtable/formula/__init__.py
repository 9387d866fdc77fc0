"""Airtable's formulas: read, made into functions of a record, and narrowed down by indexes."""
