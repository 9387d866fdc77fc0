"""The rules of Readygate: contracts, gates and plans.

Pure: standard library only, no I/O, no clock, no logging.
"""
