"""Answers that fit no promise: what is known is told, what is not known is looked up later."""

from __future__ import annotations

import pytest

from integration.airtable.rig import ANNA
from integration.airtable.test_writing import comments, explain, statuses
from readygate.action import Status
from readygate.errors import TrackerUnavailable

REFUSED = {"error": {"type": "INVALID_REQUEST_UNKNOWN", "message": "Invalid request."}}
FORBIDDEN = {"error": {"type": "INVALID_PERMISSIONS", "message": "Not allowed."}}


def test_a_list_of_an_unknown_shape_ends_the_reading(rig):
    rig.control.faults.add("replace", path="listRecords", body={"records": [{"id": "recX"}]})
    with pytest.raises(TrackerUnavailable) as error:
        rig.deals()
    assert str(error.value).endswith("its answer has a shape that we do not know.")


def test_an_item_whose_answer_cannot_be_read_is_unknown_and_there(rig):
    rig.control.faults.add("replace", method="PATCH", body={}, count=1)
    (outcome,) = rig.open("Deal 1", "scan")
    assert outcome.status is Status.UNKNOWN
    assert outcome.message.endswith("its answer has a shape that we do not know.")
    assert set(rig.marks("Deal 1")) == {"scan"}


def test_a_mention_that_is_refused_becomes_a_name(rig):
    rig.pretend(422, REFUSED, method="POST", path=".*comments", count=1)
    (outcome,) = rig.apply(explain(rig))
    assert outcome.status is Status.DONE
    assert outcome.message.startswith("Nobody was mentioned, because Airtable refused it: ")
    assert comments(rig) == ["It was moved back.\n• Scan — owed by Анна Котова\n[readygate a1b2c3]"]


def test_an_edit_that_is_refused_is_written_anew(rig):
    (first,) = rig.apply(explain(rig))
    rig.pretend(422, REFUSED, method="PATCH", path=".*comments", count=1)
    (second,) = rig.apply(explain(rig, edit=first.ref))
    assert (second.status, second.ref == first.ref) == (Status.DONE, False)
    assert len(comments(rig)) == 2


def test_a_refused_row_is_not_sorted_out_where_the_rows_cannot_be_read(rig):
    rig.pretend(422, REFUSED, method="PATCH")
    rig.pretend(403, FORBIDDEN, path="listRecords")
    outcomes = rig.open("Deal 1", "scan", "kit")
    assert statuses(outcomes) == ["failed"] * 2
    assert "looking for rows with the same key: our token may not do this" in outcomes[0].message
    assert rig.records("Checklist") == {}


def test_an_item_without_its_owner_may_be_lost_on_the_way_too(rig):
    rig.pretend(422, REFUSED, method="PATCH", count=1)
    rig.control.faults.add("drop", method="PATCH", stored=True)
    (outcome,) = rig.open("Deal 1", "scan", assignee=ANNA)
    assert outcome.status is Status.UNKNOWN
    assert "Owner" not in rig.control.cells(rig.row("Deal 1", "scan"))
