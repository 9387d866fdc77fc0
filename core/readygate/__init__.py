"""The rules of Readygate: contracts, gates, plans. Pure: standard library only, no I/O, no clock."""
