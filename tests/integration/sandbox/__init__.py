"""Tests of the sandbox over real HTTP; a package, for the shapes its modules share."""
