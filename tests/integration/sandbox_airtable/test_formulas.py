"""Formulas in filterByFormula: what they compute, what is an error, what cannot be read."""

from datetime import UTC, datetime

import pyairtable
import pytest
from pyairtable import formulas

from readygate_sandbox import Sandbox

from .conftest import BASE, Web, said

INVALID = "The formula for filtering records is invalid: "


def holds(web: Web, formula: str) -> bool:
    """Whether a formula is true, whatever the record."""
    names = web.names(formula)
    assert names in ([], ["два", "один", "три"])
    return bool(names)


@pytest.mark.parametrize(
    "formula",
    [
        "1 + 2 * 3 = 7", "(1 + 2) * 3 = 9", "-2 + 3 = 1", "10 / 4 = 2.5", "--1 = 1",
        "'a' & 1 & 'b' = 'a1b'", "1 < 2", "2 >= 2", "'a' < 'b'", "1 != 2", "1 <> 2",
        "'it\\'s' = \"it's\"", "'строка' = \"строка\"",
        "AND(1, 'x', TRUE())", "OR(0, '', 1)", "NOT(0)", "XOR(1, 0)", "NOT(XOR(1, 1))",
        "IF(1, 2, 3) = 2", "IF(0, 2) = BLANK()", "SWITCH(2, 1, 'a', 2, 'b', 'c') = 'b'",
        "SWITCH(9, 1, 'a', 'c') = 'c'", "BLANK() = ''", "BLANK() = 0", "ISERROR(1 / 0)",
        "ISERROR(ERROR())", "NOT(ISERROR(1))",
        "FIND('b', 'abc') = 2", "FIND('z', 'abc') = 0", "FIND('B', 'abc') = 0",
        "SEARCH('B', 'abc') = 2", "SEARCH('z', 'abc') = BLANK()",
        "LOWER('АБ') = 'аб'", "UPPER('аб') = 'АБ'", "TRIM('  a ') = 'a'", "LEN('абв') = 3",
        "LEFT('abc', 2) = 'ab'", "RIGHT('abc', 2) = 'bc'", "MID('abcd', 2, 2) = 'bc'",
        "CONCATENATE('a', 1) = 'a1'", "SUBSTITUTE('a-b-c', '-', '+') = 'a+b+c'",
        "SUBSTITUTE('a-b-c', '-', '+', 2) = 'a-b+c'", "REPLACE('abcd', 2, 2, 'x') = 'axd'",
        "REPT('ab', 2) = 'abab'", "VALUE('$1,200.5') = 1200.5",
        "REGEX_MATCH('abc', '^a.c$')", "REGEX_EXTRACT('a12', '[0-9]+') = '12'",
        "REGEX_REPLACE('a1', '[0-9]', 'x') = 'ax'", "ROUND(2.345, 2) = 2.35", "INT(2.7) = 2",
        "MOD(7, 3) = 1", "MAX(1, 5, 3) = 5", "SUM(1, 2) = 3", "ABS(-3) = 3", "CEILING(2.1) = 3",
        "IS_BEFORE('2026-01-01', '2026-01-02')", "IS_AFTER('2026-01-02', '2026-01-01')",
        "NOT(IS_BEFORE('2026-01-01', '2026-01-01'))",
        "IS_SAME('2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z', 'day')",
        "IS_SAME(DATETIME_PARSE('31.12.2026', 'DD.MM.YYYY'), '2026-12-31')",
        "DATETIME_DIFF('2026-01-03', '2026-01-01', 'days') = 2",
        "DATETIME_DIFF('2026-03-01', '2026-01-31', 'months') = 1",
        "IS_SAME(DATEADD('2026-01-31', 1, 'month'), '2026-02-28')",
        "DATETIME_FORMAT('2026-01-02T03:04:05Z', 'DD.MM.YYYY HH:mm') = '02.01.2026 03:04'",
        "YEAR(NOW()) > 2000", "IS_BEFORE(TODAY(), NOW())", "LEN(RECORD_ID()) = 17",
        "IS_BEFORE(CREATED_TIME(), NOW())",
        "ARRAYJOIN(BLANK(), '-') = ''", "{Name} != 'нет'", "Name != 'нет'",
    ],
)  # fmt: skip
def test_true_for_everything(web: Web, formula: str) -> None:
    assert holds(web, formula)


@pytest.mark.parametrize(
    "formula",
    ["0", "''", "FALSE()", "BLANK()", "1 / 0", "ERROR()", "OR(1, 1 / 0)", "AND(1, ERROR())",
     "'a' = 'A'", "1 = '1'", "DATETIME_PARSE('завтра')", "IS_BEFORE(BLANK(), NOW())",
     "IF(1, 1 / 0, 1)", "LEFT('a', -1)"],
)  # fmt: skip
def test_false_or_an_error_for_everything(web: Web, formula: str) -> None:
    assert not holds(web, formula)


def test_fields_by_name_and_id(web: Web, sandbox: Sandbox) -> None:
    stage = sandbox.airtable.table("Deals").field("Stage")
    assert stage is not None
    assert web.names(f"{{{stage.id}}}='Talks'") == ["два", "три"]
    assert web.names("{VIP}") == ["два"]
    assert web.names("{VIP}=1") == ["два"]
    assert web.names("{Sum}>3") == ["один"]
    assert web.names("{Sum}=BLANK()") == ["три"]
    assert web.names("FIND('b', ARRAYJOIN({Tags}))") == ["один"]
    assert web.names("{Owner}='Анна'") == ["один"]
    assert web.names("IS_SAME({Start}, '2026-11-30')") == ["один"]
    assert web.names("{Loud}='ТРИ'") == ["три"]
    assert web.names("LEFT({Name}, 1)='о'") == ["один"]


def test_links_show_the_primary_text_and_not_the_id(web: Web) -> None:
    deal = web.one("один")
    web.make("Checklist", Item="скан", Deal=[deal, web.one("два")])
    path = f"/{BASE}/Checklist"
    for formula, count in [
        ("{Deal}='один, два'", 1), ("ARRAYJOIN({Deal}, '+')='один+два'", 1),
        (f"FIND('{deal}', ARRAYJOIN({{Deal}}))", 0), ("FIND('два', {Deal})", 1),
    ]:  # fmt: skip
        assert len(web.get(path, filterByFormula=formula).json()["records"]) == count, formula


def test_the_time_of_a_change_is_kept_per_field(web: Web, sandbox: Sandbox) -> None:
    clock = sandbox.airtable.clock
    clock.freeze()
    clock.advance(10)
    web.patch(f"/{BASE}/Deals/{web.one('один')}", {"fields": {"Stage": "Work"}})
    changed = clock.now_ms()
    at = datetime.fromtimestamp(changed / 1000, tz=UTC).isoformat(timespec="milliseconds")

    def since(what: str, when: str = at) -> list[str]:
        return web.names(f"NOT(IS_BEFORE({what}, DATETIME_PARSE('{when}')))")

    assert since("LAST_MODIFIED_TIME({Stage})") == ["один"]
    assert since("LAST_MODIFIED_TIME()") == ["один"]
    assert since("LAST_MODIFIED_TIME({Sum}, {Stage})") == ["один"]
    assert since("LAST_MODIFIED_TIME({Sum})") == []
    assert since("LAST_MODIFIED_TIME({Loud})") == []
    later = datetime.fromtimestamp((changed + 1) / 1000, tz=UTC).isoformat(timespec="milliseconds")
    assert since("LAST_MODIFIED_TIME({Stage})", later) == []
    assert web.names(f"IS_AFTER(LAST_MODIFIED_TIME({{Stage}}), '{at}')") == []


def test_the_same_value_again_is_no_change(web: Web, sandbox: Sandbox) -> None:
    ref = web.one("один")
    web.patch(f"/{BASE}/Deals/{ref}", {"fields": {"Stage": "Lead"}})
    assert sandbox.airtable.record(ref).modified == {}


def test_fields_that_were_never_edited_have_no_time(web: Web, sandbox: Sandbox) -> None:
    """An arm of OR that fails takes the whole with it: only IF looks at one branch."""
    long_ago = "DATETIME_PARSE('2000-01-01T00:00:00Z')"
    created = f"NOT(IS_BEFORE(CREATED_TIME(), {long_ago}))"
    edited = f"NOT(IS_BEFORE(LAST_MODIFIED_TIME({{Stage}}), {long_ago}))"
    assert web.names(created) == ["два", "один", "три"]
    assert web.names(edited) == []
    assert web.names(f"OR({created}, {edited})") == []
    guarded = f"OR({created}, IF(LAST_MODIFIED_TIME({{Stage}}), {edited}))"
    assert web.names(guarded) == ["два", "один", "три"]
    sandbox.airtable.set_quirks(unedited="created")
    assert web.names(f"OR({created}, {edited})") == ["два", "один", "три"]
    assert web.names(edited) == ["два", "один", "три"]


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("{Nope}=1", "Unknown field names: nope"),
        ("AND({A}, {B})", "Unknown field names: a, b"),
        ("NOPE(1)", "Unknown function names: NOPE"),
        ("1 +", "Invalid formula. Please check your formula text."),
        ("(1", "Invalid formula. Please check your formula text."),
        ("'a", "Invalid formula. Please check your formula text."),
        ("1 1", "Invalid formula. Please check your formula text."),
        ("IF(1)", "Invalid formula. Please check your formula text."),
        ("LEN()", "Invalid formula. Please check your formula text."),
        ("LAST_MODIFIED_TIME('Stage')", "Invalid formula. Please check your formula text."),
        ("(" * 500, "Invalid formula. Please check your formula text."),
        ("1" + "+1" * 500, "Invalid formula. Please check your formula text."),
    ],
)  # fmt: skip
def test_formulas_that_cannot_be_read(web: Web, formula: str, why: str) -> None:
    answer = web.post(f"/{BASE}/Deals/listRecords", {"filterByFormula": formula})
    assert said(answer) == (422, "INVALID_FILTER_BY_FORMULA", INVALID + why)


def test_a_formula_of_itself_is_an_error(web: Web, sandbox: Sandbox) -> None:
    loud = sandbox.airtable.table("Deals").field("Loud")
    assert loud is not None
    loud.options["formula"] = "{Loud} & 'x'"
    assert web.fields(web.one("один"))["Loud"] == {"error": "#ERROR!"}


def test_what_pyairtable_writes(api: pyairtable.Api, web: Web) -> None:
    deals = api.table(BASE, "Deals")
    ref = web.one("один")
    web.patch(f"/{BASE}/Deals/{ref}", {"fields": {"Stage": "Work", "Name": "it's"}})

    def names(formula: formulas.Formula) -> list[str]:
        return sorted(r["fields"]["Name"] for r in deals.all(formula=formula))

    old = datetime(2026, 1, 1, tzinfo=UTC)
    assert names(formulas.match({"Name": "it's"})) == ["it's"]
    assert names(formulas.OR(formulas.Field("Name").eq("два"), formulas.Field("Sum").gt(5))) == [
        "it's",
        "два",
    ]
    assert names(
        formulas.NOT(formulas.IS_BEFORE(formulas.LAST_MODIFIED_TIME(formulas.Field("Stage")), old))
    ) == ["it's"]
    assert names(formulas.EQ(formulas.RECORD_ID(), ref)) == ["it's"]


# -- indexes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "{Key}='k7/2'", "'k7/2'={Key}", "LEFT({Key}, 3)='k7/'", "FIND('k7/', {Key})=1",
        "OR({Key}='k1/1', {Key}='k2/0', {Key}='нет')", "AND({Key}='k1/1', {Item}='1')",
        "IF({Done}, {Key}='k1/1', {Key}='k2/0')", "NOT({Key}='k1/1')", "{Key}=''",
        "AND({Key}='k1/1', FALSE())", "OR({Key}='k1/1', {Item}='2')", "{Key}!='k1/1'",
    ],
)  # fmt: skip
def test_indexes_find_what_a_scan_finds(
    web: Web, sandbox: Sandbox, formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.airtable.populate(
        deals=10,
        fields={"Name": "{n}"},
        rows=[{"Key": f"k{{n}}/{i}", "Item": str(i)} for i in range(3)],
    )
    asked = {"filterByFormula": formula}

    def found() -> set[str]:
        return {r["id"] for r in web.get(f"/{BASE}/Checklist", **asked).json()["records"]}

    found()  # the index is there before the changes
    refs = list(sandbox.airtable.table("Checklist").records)
    web.patch(f"/{BASE}/Checklist/{refs[0]}", {"fields": {"Key": "k7/2"}})
    web.patch(f"/{BASE}/Checklist/{refs[4]}", {"fields": {"Key": None}})
    web.delete(f"/{BASE}/Checklist/{refs[7]}")
    web.make("Checklist", Key="k7/9", Item="2")
    indexed = found()
    monkeypatch.setattr("readygate_sandbox.airtable.listing.narrow", lambda *_: None)
    assert found() == indexed
    assert indexed or "FALSE" in formula


def test_an_index_follows_renamed_choices(web: Web, sandbox: Sandbox) -> None:
    assert web.names("{Stage}='Talks'") == ["два", "три"]
    sandbox.airtable.act(
        "bot@example.com", "rename_choice", table="Deals", field="Stage", choice="Talks", to="Chat"
    )
    assert web.names("{Stage}='Talks'") == []
    assert web.names("{Stage}='Chat'") == ["два", "три"]
