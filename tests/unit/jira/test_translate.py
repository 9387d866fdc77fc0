"""Jira's JSON, read strictly: times, field values, marks, ownership."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from readygate.action import Block, Link, Mention, Text
from readygate.deal import Mark
from readygate_jira.adf import MOST_CHARACTERS, document, from_plain, to_plain
from readygate_jira.matching import Named, matches
from readygate_jira.opening import summary
from readygate_jira.place import Place, StatusName
from readygate_jira.translate import Links, child_ids, deal_of, field_texts, item_of, read_time

PLACE = Place(
    project="1",
    project_key="DEAL",
    deal_type="10",
    item_type="11",
    fields={"Услуга": "customfield_1", "Budget": "customfield_2"},
    waived_statuses=("33",),
    waived_resolutions=("7",),
    statuses={"31": StatusName("To Do", "new"), "32": StatusName("Done", "done")},
    deal_statuses=("31",),
)
LINKS = Links("https://acme.example")


def issue(**fields):
    base = {
        "summary": "Сделка",
        "issuetype": {"id": "10"},
        "project": {"id": "1"},
        "status": {"id": "31", "name": "To Do", "statusCategory": {"key": "new"}},
        "created": "2026-08-24T11:11:52.944+0300",
        "updated": "2026-08-24T08:11:52.944+0000",
    }
    return {"id": 5, "key": "DEAL-5", "fields": base | fields}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-08-24T11:11:52.944+0000", datetime(2026, 8, 24, 11, 11, 52, 944000, UTC)),
        ("2026-08-24T11:11:52.944+0300", datetime(2026, 8, 24, 8, 11, 52, 944000, UTC)),
        (1732877091005, datetime(2024, 11, 29, 10, 44, 51, 5000, UTC)),
        ("1732877091005", datetime(2024, 11, 29, 10, 44, 51, 5000, UTC)),
    ],
)
def test_times_are_read_in_all_their_forms(written, read):
    assert read_time(written) == read


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ()),
        ("", ()),
        ("  Сайт ", ("Сайт",)),
        ({"id": "1", "value": "Сайт"}, ("Сайт",)),
        ([{"value": "Сайт"}, {"value": "Дизайн"}, {"value": "Сайт"}], ("Сайт", "Дизайн")),
        ({"value": "Сайт", "child": {"value": "Лендинг"}}, ("Сайт", "Лендинг")),
        (5.0, ("5",)),
        (5.5, ("5.5",)),
        (7, ("7",)),
        (True, ("true",)),
        (["a", "b"], ("a", "b")),
        ({"accountId": "x", "displayName": "Анна"}, ("Анна",)),
        ([{"name": "Frontend"}], ("Frontend",)),
        (from_plain("one\n\ntwo"), ("one\ntwo",)),
        ({"strange": 1}, ()),
        ([], ()),
    ],
)
def test_field_values_become_texts(value, texts):
    assert field_texts(value) == texts


def test_a_deal_is_read_with_the_fields_that_are_set():
    deal = deal_of(issue(customfield_1={"value": "Сайт"}, customfield_2=None), PLACE, LINKS)
    assert deal is not None
    assert (deal.ref, deal.label, deal.stage, deal.stage_name) == ("5", "DEAL-5", "31", "To Do")
    assert deal.fields == {"Услуга": ("Сайт",)}
    assert deal.created == deal.updated == datetime(2026, 8, 24, 8, 11, 52, 944000, UTC)
    assert deal.url == "https://acme.example/browse/DEAL-5"


@pytest.mark.parametrize("changed", [{"issuetype": {"id": "12"}}, {"project": {"id": "2"}}])
def test_what_left_the_pipeline_is_not_a_deal(changed):
    assert deal_of(issue(**changed), PLACE, LINKS) is None


def item(properties, **fields):
    return {**issue(parent={"id": "9"}, **fields), "properties": properties}


@pytest.mark.parametrize(
    "properties",
    [
        None,
        {},
        {"readygate.item": "text"},
        {"readygate.item": {"v": 1}},
        {"readygate.item": {"v": 1, "key": 5}},
    ],
)
def test_a_subtask_without_our_key_is_not_ours(properties):
    assert item_of(item(properties), PLACE, LINKS) is None


def test_an_item_without_a_parent_is_not_an_item():
    assert (
        item_of({**issue(), "properties": {"readygate.item": {"key": "9/a"}}}, PLACE, LINKS) is None
    )


DONE = {"id": "32", "name": "Done", "statusCategory": {"key": "done"}}
WONT = {"id": "33", "name": "Won't do", "statusCategory": {"key": "done"}}
TODO = {"id": "31", "name": "To Do", "statusCategory": {"key": "new"}}
ODD = {"id": "33", "name": "Won't do", "statusCategory": {"key": "indeterminate"}}


@pytest.mark.parametrize(
    ("status", "resolution", "more", "mark", "closed"),
    [
        (TODO, None, {}, Mark.OPEN, False),
        (DONE, None, {}, Mark.TICKED, True),
        (DONE, {"id": "7"}, {}, Mark.WAIVED, True),
        (TODO, {"id": "7"}, {}, Mark.OPEN, False),
        (WONT, None, {}, Mark.WAIVED, True),
        (ODD, None, {}, Mark.OPEN, False),
        (DONE, None, {"retired": True, "stored": "ticked"}, Mark.RETIRED, True),
        (DONE, None, {"retired": "yes"}, Mark.TICKED, True),
    ],
)
def test_marks_come_from_category_waiver_and_property(status, resolution, more, mark, closed):
    known = {"readygate.item": {"v": 1, "key": "9/a", **more}}
    read = item_of(item(known, status=status, resolution=resolution), PLACE, LINKS)
    assert read is not None
    assert (read.mark, read.closed, read.deal, read.key) == (mark, closed, "9", "9/a")
    assert read.stored is (Mark.TICKED if "stored" in more else Mark.OPEN)


def test_a_stored_mark_that_we_do_not_know_counts_as_open():
    known = {"readygate.item": {"key": "9/a", "retired": True, "stored": "gone"}}
    read = item_of(item(known), PLACE, LINKS)
    assert read is not None
    assert read.stored is Mark.OPEN


def test_children_are_listed_once_in_order():
    issues = [
        {"fields": {"subtasks": [{"id": "3"}, {"id": "1"}]}},
        {"fields": {}},
        {"fields": {"subtasks": [{"id": "3"}, {"id": 2}]}},
    ]
    assert child_ids(issues) == ["3", "1", "2"]


def test_a_place_survives_json():
    assert Place.from_json(json.loads(json.dumps(PLACE.to_json()))) == PLACE


# -- documents ---------------------------------------------------------------------------------


def test_a_document_has_paragraphs_points_mentions_and_links():
    made = document(
        (
            Block((Text("Нет:\nсмотри "), Mention("Анна", "acc")), ((Link("X", "https://x/"),),)),
            Block((Mention("Борис"),)),
        )
    )
    assert made == {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "Нет:"},
                    {"type": "hardBreak"},
                    {"type": "text", "text": "смотри "},
                    {"type": "mention", "attrs": {"id": "acc", "text": "@Анна"}},
                ],
            },
            {
                "type": "bulletList",
                "content": [
                    {
                        "type": "listItem",
                        "content": [
                            {
                                "type": "paragraph",
                                "content": [
                                    {
                                        "type": "text",
                                        "text": "X",
                                        "marks": [
                                            {"type": "link", "attrs": {"href": "https://x/"}}
                                        ],
                                    }
                                ],
                            }
                        ],
                    }
                ],
            },
            {"type": "paragraph", "content": [{"type": "text", "text": "Борис"}]},
        ],
    }


def test_empty_texts_make_no_empty_nodes():
    made = document((Block((Text(""), Mention("", ""))),))
    assert made["content"] == [{"type": "paragraph", "content": []}]


def test_a_document_that_would_not_fit_is_cut_at_a_point():
    bullets = tuple((Text("x" * 1000),) for _ in range(100))
    made = document((Block((Text("head"),), bullets), Block((Text("tail"),))))
    points = made["content"][1]["content"]
    assert len(made["content"]) == 2
    assert to_plain(points[-1]) == "…"
    assert len(to_plain(made)) <= MOST_CHARACTERS + 100


def test_plain_text_makes_the_round_trip():
    text = "Первая строка\nвторая\n\nНовый абзац"
    assert to_plain(from_plain(text)) == "Первая строка\nвторая\nНовый абзац"
    assert from_plain(" \n\n ") is None
    assert to_plain(None) == ""


def test_a_summary_is_one_line_of_at_most_255_characters():
    assert summary("a\n b\tc") == "a b c"
    assert summary("я" * 300) == "я" * 254 + "…"


# -- names -------------------------------------------------------------------------------------

OFFERED = (Named("1", "Done"), Named("2", "done"), Named("3", "Готово", "Complete"))


@pytest.mark.parametrize(
    ("name", "refs"),
    [
        ("Done", ["1"]),
        ("DONE", ["1", "2"]),
        ("готово", ["3"]),
        ("complete", ["3"]),
        ("3", ["3"]),
        ("x", []),
        ("", []),
    ],
)
def test_names_match_exactly_then_loosely_then_untranslated_then_by_id(name, refs):
    assert [thing.ref for thing in matches(name, OFFERED)] == refs
