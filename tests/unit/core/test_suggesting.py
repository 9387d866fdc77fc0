"""What is suggested for a name that a tracker does not have."""

from __future__ import annotations

from readygate.suggesting import nearest, suggestion


def test_suggestions_are_bounded() -> None:
    names = [f"Status {n}" for n in range(20)]
    text = suggestion("statsu 7", names)
    assert text.startswith("Did you mean 'Status 7'? There are: 'Status 0', ")
    assert text.endswith("'Status 11' and 8 more.")
    assert suggestion("x", []) == "There is none."


def test_a_name_like_no_other_is_no_guess() -> None:
    assert suggestion("x", ["Lead", "Won", "Lead"]) == "There are: 'Lead', 'Won'."


def test_the_nearest_is_found_in_any_case_and_of_two_alike_the_first() -> None:
    assert nearest("LEADS", ["Won", "Lead", "lead"]) == "Lead"
    assert nearest("x", ["Lead", "Won"]) == ""
