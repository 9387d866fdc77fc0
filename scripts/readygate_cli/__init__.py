"""The command line: commands, wiring, exit codes. The only importer of click."""
