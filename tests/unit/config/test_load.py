"""What loading gives: files merged, values built, warnings told, a stamp of what matters."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from readygate.contract import Condition, Item, Person, Process
from readygate.errors import ConfigError, Place
from readygate.pipeline import Guard, Limits, Midway, Stage
from readygate_config import TrackerConfig, bundled, example, load
from unit.config.samples import EXAMPLES, VALID, changed, complaint, loaded


@pytest.mark.parametrize("language", ["en", "ru"])
def test_each_example_loads_without_a_warning(language: str) -> None:
    config = load([EXAMPLES / f"handover.{language}.yaml"], kinds=["jira"])

    assert config.warnings == ()
    assert config.language == language
    (deals,) = config.pipelines
    gates = {gate.stage: gate for gate in deals.gates(config.book)}
    assert list(gates["Negotiation"].items) == ["lead_checklist"]
    handover = [config.book.items[key] for key in gates["In production"].items]
    assert len(handover) == 8
    assert [item.key for item in handover if not item.required] == ["informal"]
    assert [item.key for item in handover if item.external] == ["prepayment"]
    assert [item.key for item in handover if item.when] == ["brand_kit"]
    assert deals.waived_as == ("Won't do",)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_airtable_example_is_the_same_story(language: str) -> None:
    jira = load([EXAMPLES / f"handover.{language}.yaml"], kinds=["jira"])
    airtable = load([EXAMPLES / f"handover-airtable.{language}.yaml"], kinds=["airtable"])

    assert airtable.warnings == ()
    assert airtable.book == jira.book
    assert airtable.pipelines[0].stages == jira.pipelines[0].stages


def test_examples_differ_in_language_only() -> None:
    english = load([EXAMPLES / "handover.en.yaml"], kinds=["jira"])
    russian = load([EXAMPLES / "handover.ru.yaml"], kinds=["jira"])

    assert english.book.processes.keys() == russian.book.processes.keys()
    assert english.book.items.keys() == russian.book.items.keys()
    assert english.pipelines[0].stages == russian.pipelines[0].stages


def test_examples_come_with_the_package() -> None:
    folder = EXAMPLES / "handover.ru.yaml"
    assert example("handover.ru.yaml") == folder.read_text(encoding="utf-8")
    for name in ("nothing.yaml", "../readygate.schema.json", "."):
        with pytest.raises(KeyError):
            bundled.example(name)


FULL = """\
version: 1
language: ru
trackers:
  main: { kind: jira, url: HTTPS://Example.atlassian.net/, email: bot@example.com, cloud_id: abc-1 }
people:
  anna:  { name: Анна, email: anna@example.com, jira: "5b10" }
  boris: { name: Boris }
items:
  checklist: { title: ' Checklist ', help: "Why\\nand how", due: { days: 1 }, formerly: list }
  brand: { title: Brand, required: false, when: { field: Услуга, in: [Сайт, "10"] } }
  money: { title: Money, external: true, formerly: [cash, coins] }
processes:
  marketing: { title: Marketing, owner: anna, outputs: [checklist, brand] }
  sales: { title: Sales, owner: boris, inputs: [checklist, brand, money] }
pipelines:
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    subtask_type: Sub-task
    guard: advise
    limits: { returns: 3 }
    due: { days: 7 }
    adopt: { updated_within: 2w }
    created_midway: adopt
    waived_as: [Won't do]
    stages:
      - { stage: Lead, process: marketing }
      - { stage: Talks, process: sales, exit: false }
      - { stage: Lost, exit: true }
"""


def test_every_setting_arrives(tmp_path: Path) -> None:
    config = loaded(tmp_path, FULL)
    file = tmp_path / "readygate.yaml"

    assert config.files == (file,)
    assert config.trackers == {
        "main": TrackerConfig(
            "main",
            "jira",
            {
                "url": "https://example.atlassian.net",
                "email": "bot@example.com",
                "cloud_id": "abc-1",
            },
            Place(str(file), 4, 3),
        )
    }
    assert config.book.people == {
        "anna": Person("anna", "Анна", "anna@example.com", {"jira": "5b10"}),
        "boris": Person("boris", "Boris"),
    }
    assert config.book.items == {
        "checklist": Item(
            "checklist", "Checklist", help="Why\nand how", due_days=1, formerly=("list",)
        ),
        "brand": Item("brand", "Brand", required=False, when=Condition("Услуга", ("Сайт", "10"))),
        "money": Item("money", "Money", external=True, formerly=("cash", "coins")),
    }
    assert config.book.processes == {
        "marketing": Process("marketing", "Marketing", "anna", (), ("checklist", "brand")),
        "sales": Process("sales", "Sales", "boris", ("checklist", "brand", "money"), ()),
    }
    (deals,) = config.pipelines
    assert deals.stages == (
        Stage("Lead", "marketing"),
        Stage("Talks", "sales"),
        Stage("Lost", exit=True),
    )
    assert deals.guard is Guard.ADVISE
    assert deals.limits == Limits(3, 500)
    assert deals.due_days == 7
    assert deals.adopt_within == timedelta(weeks=2)
    assert deals.created_midway is Midway.ADOPT
    assert deals.waived_as == ("Won't do",)
    assert deals.language == "ru"
    assert deals.place == {"project": "DEAL", "issue_type": "Deal", "subtask_type": "Sub-task"}


def test_defaults(tmp_path: Path) -> None:
    (deals,) = loaded(tmp_path, VALID).pipelines

    assert deals.guard is Guard.RETURN
    assert deals.limits == Limits(10, 500)
    assert (deals.due_days, deals.adopt_within, deals.waived_as) == (None, None, ())
    assert deals.created_midway is Midway.FIRST
    assert deals.language == "en"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_lengths_of_time(tmp_path: Path, written: str, meant: timedelta) -> None:
    text = changed(
        ("issue_type: Deal", f"issue_type: Deal\n    adopt: {{updated_within: {written}}}")
    )

    assert loaded(tmp_path, text).pipelines[0].adopt_within == meant


@pytest.mark.parametrize("bad", ["0d", "30", "1.5d", "-3d", "30D", "d", "[30d]", "30d2h"])
def test_other_lengths_of_time_are_refused(tmp_path: Path, bad: str) -> None:
    text = changed(("issue_type: Deal", f"issue_type: Deal\n    adopt: {{updated_within: {bad}}}"))

    assert "is not a length of time" in complaint(tmp_path, text)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:8080",
        "https://jira.example.com:8443/",
    ],
)
def test_addresses_that_are_fine(tmp_path: Path, url: str) -> None:
    config = loaded(tmp_path, changed(("https://example.atlassian.net", f'"{url}"')))

    assert config.trackers["main"].options["url"] == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "https://",
        "https://exa mple.com",
        "https://example.com:port",
        "https://[::1",
        "https://example.com/jira",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://anna@example.com",
        "https://anna:hunter2@example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "https:\\\\\\\\example.com",
    ],
)
def test_addresses_that_are_refused(tmp_path: Path, url: str) -> None:
    told = complaint(tmp_path, changed(("https://example.atlassian.net", f'"{url}"')))

    assert "readygate.yaml:3:28 trackers.main.url: " in told
    assert "hunter2" not in told


class TestFiles:
    TOP, _, REST = VALID.partition("processes:")

    def write(self, folder: Path) -> tuple[Path, Path]:
        folder.mkdir(exist_ok=True)
        people, rest = folder / "10-people.yaml", folder / "20-processes.yml"
        people.write_text(self.TOP, encoding="utf-8")
        rest.write_text(f"processes:{self.REST}", encoding="utf-8")
        return people, rest

    def test_a_folder_is_one_config(self, tmp_path: Path) -> None:
        files = self.write(tmp_path)
        (tmp_path / "notes.txt").write_text("not yaml", encoding="utf-8")
        (tmp_path / ".hidden.yaml").write_text("hidden: true", encoding="utf-8")
        (tmp_path / "deeper").mkdir()
        (tmp_path / "deeper" / "more.yaml").write_text("more: true", encoding="utf-8")

        config = load([tmp_path], kinds=["jira"])

        assert config.files == files
        whole = loaded(tmp_path / "..", VALID)
        assert (config.book, config.stamp) == (whole.book, whole.stamp)

    def test_several_are_one_config_and_each_file_counts_once(self, tmp_path: Path) -> None:
        people, rest = self.write(tmp_path / "folder")
        link = tmp_path / "link.yaml"
        link.symlink_to(rest)

        config = load([rest, people, people.parent, link], kinds=["jira"])

        assert config.files == (rest, people)

    def test_a_name_defined_twice_is_told_with_both_places(self, tmp_path: Path) -> None:
        people, rest = self.write(tmp_path)
        rest.write_text(
            rest.read_text(encoding="utf-8") + "people:\n  anna: { name: Another }\nlanguage: ru\n",
            encoding="utf-8",
        )
        people.write_text(self.TOP + "language: en\n", encoding="utf-8")

        with pytest.raises(ConfigError) as caught:
            load([people, rest], kinds=["jira"])

        assert str(caught.value).replace(f"{tmp_path}/", "") == (
            "20-processes.yml:14:3 people.anna: 'anna' is defined twice"
            " (also 10-people.yaml:5:3)\n"
            "    Keep one of the two, or give one of them another name.\n"
            "20-processes.yml:15:11 language: two files disagree: the text 'ru' here, the text 'en'"
            " there (also 10-people.yaml:9:11)\n"
            "    Write `language` in one of them only."
        )

    def test_problems_of_all_files_are_told_at_once(self, tmp_path: Path) -> None:
        people, rest = self.write(tmp_path)
        people.write_text(self.TOP.replace("title:", "titel:"), encoding="utf-8")
        rest.write_text("processes: [", encoding="utf-8")
        missing = tmp_path / "missing.yaml"

        with pytest.raises(ConfigError) as caught:
            load([missing, rest, people], kinds=["jira"])

        told = str(caught.value).replace(f"{tmp_path}/", "")
        assert told == (
            "missing.yaml: there is no such file\n"
            "    Give the config with --config FILE or READYGATE_CONFIG.\n"
            "20-processes.yml:1:13: a value is missing here\n"
            "    Write it; close a bracket that is open; quote a text that holds , [ ] { or }.\n"
            "10-people.yaml:8:14 items.checklist: 'title' is missing\n"
            "    Add `title: …`. What it is called in the checklist.\n"
            "10-people.yaml:8:16 items.checklist.titel: there is no setting 'titel'\n"
            "    Did you mean 'title'? Known are: title, help, required, external, when, due,"
            " formerly."
        )

    def test_a_folder_without_yaml(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            load([tmp_path], kinds=["jira"])

        assert str(caught.value) == (
            f"{tmp_path}: no file of this folder ends in .yaml or .yml\n"
            "    Name another folder, or a file."
        )

    @pytest.mark.parametrize(
        ("number", "told"),
        [
            (errno.EACCES, "we may not read this file\n    Change its permissions."),
            (
                errno.EIO,
                (
                    "the file cannot be read: Input/output error\n"
                    "    Give the config with --config FILE or READYGATE_CONFIG."
                ),
            ),
        ],
    )
    def test_a_file_that_cannot_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(Path, "open", refuse)

        with pytest.raises(ConfigError) as caught:
            load([tmp_path / "readygate.yaml"], kinds=["jira"])

        assert str(caught.value) == f"{tmp_path / 'readygate.yaml'}: {told}"

    def test_a_huge_file_is_not_read(self, tmp_path: Path) -> None:
        told = complaint(tmp_path, VALID + "#" * 4_000_000)

        assert told == (
            "readygate.yaml:1:1: the file is larger than 4 MB\n"
            "    Is this the right file? A config can be split into several files in one folder."
        )


class TestYaml:
    @pytest.mark.parametrize("change", [("\n", "\r\n"), ("\n", "\r"), ("version", "\ufeffversion")])
    def test_line_ends_and_a_byte_order_mark_change_nothing(
        self, tmp_path: Path, change: tuple[str, str]
    ) -> None:
        plain = loaded(tmp_path, VALID)

        other = loaded(tmp_path, changed(change))

        assert (other.book, other.stamp) == (plain.book, plain.stamp)

    def test_places_are_right_with_windows_line_ends(self, tmp_path: Path) -> None:
        text = changed(("owner: boris", "owner: borris"), ("\n", "\r\n"))

        assert complaint(tmp_path, text).startswith("readygate.yaml:11:37 processes.sales.owner: ")

    def test_anchors_and_merge_keys(self, tmp_path: Path) -> None:
        text = changed(
            ("version: 1", "version: 1\nx-common: &common { required: false, help: Common }"),
            ("{ title: Checklist }", "{ <<: *common, title: Checklist, help: Own }"),
            ("inputs: [checklist]", "inputs: &all [checklist]"),
        )

        item = loaded(tmp_path, text).book.items["checklist"]

        assert (item.required, item.help) == (False, "Own")

    def test_json_is_yaml(self, tmp_path: Path) -> None:
        text = changed(("title: Checklist", '"title": "Checklist", "required": true'))

        assert loaded(tmp_path, text).book.items["checklist"].required

    @pytest.mark.parametrize("word", ["yes", "on", "2026-11-24", "12:30", "1_000", "0b1", "1.2.3"])
    def test_what_yaml_1_2_reads_as_text_is_text(self, tmp_path: Path, word: str) -> None:
        text = changed(("title: Checklist", f"title: {word}"))

        assert loaded(tmp_path, text).book.items["checklist"].title == word

    @pytest.mark.parametrize("word", ["true", "12", "0x1F", "0o17", "1.5", "-3", "1e3", ".5", "~"])
    def test_what_is_no_text_must_be_quoted(self, tmp_path: Path, word: str) -> None:
        told = complaint(tmp_path, changed(("title: Checklist", f"title: {word}")))
        assert "expected a text" in told
        if word != "~":
            assert f'Put it in quotes: "{word}".' in told

        quoted = changed(("title: Checklist", f'title: "{word}"'))
        assert loaded(tmp_path, quoted).book.items["checklist"].title == word

    def test_escapes_of_json(self, tmp_path: Path) -> None:
        text = changed(("title: Checklist", r'title: "\ud83d\ude00 \u0427\u0435\u043a"'))

        assert loaded(tmp_path, text).book.items["checklist"].title == "\U0001f600 Чек"

    @pytest.mark.parametrize(
        ("escape", "code"),
        [(r"\0", "0000"), (r"\u0085", "0085"), (r"\ud800", "D800"), (r"\L", "2028")],
    )
    def test_escapes_of_what_no_text_holds(self, tmp_path: Path, escape: str, code: str) -> None:
        told = complaint(tmp_path, changed(("title: Checklist", f'title: "List{escape}"')))

        assert told == (
            f"readygate.yaml:8:23: an escape stands for the character U+{code}, which no text"
            " holds\n    Remove the escape."
        )

    def test_a_number_of_many_digits_is_no_trouble(self, tmp_path: Path) -> None:
        told = complaint(tmp_path, changed(("version: 1", f"version: {'1' * 6000}")))

        assert "only 1 is known" in told

    def test_decomposed_letters_are_the_same_name(self, tmp_path: Path) -> None:
        text = changed(("checklist:", "чек\u0438\u0306:"), ("[checklist]", "[че\u043a\u0439]"))

        assert list(loaded(tmp_path, text).book.items) == ["чек\u0439"]


class TestStamp:
    def test_what_planning_depends_on_changes_it(self, tmp_path: Path) -> None:
        stamps = {
            loaded(tmp_path, changed(change)).stamp
            for change in [
                ("version: 1", "version: 1"),
                ("title: Checklist", "title: List"),
                ("title: Checklist", "title: Checklist, required: false"),
                ("owner: boris", "owner: anna"),
                ("name: Boris", "name: Boris L"),
                ("project: DEAL", "project: OTHER"),
                ("stage: Talks", "stage: Talk"),
                ("issue_type: Deal", "issue_type: Deal\n    guard: advise"),
                ("version: 1", "version: 1\nlanguage: ru"),
                ("example.atlassian", "other.atlassian"),
            ]
        }

        assert len(stamps) == 10

    def test_order_comments_and_spelling_do_not(self, tmp_path: Path) -> None:
        top, _, rest = VALID.partition("people:")
        people, _, rest = rest.partition("items:")
        swapped = f"# a comment\n{top}items:{rest}people:{people}"

        assert loaded(tmp_path, swapped).stamp == loaded(tmp_path, VALID).stamp


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    text = changed(
        ("items:", "  vera: { name: Vera }\nitems:\n  spare: { title: checklist }"),
        ("people:", "  other: { kind: jira, url: https://other.atlassian.net }\npeople:"),
        ("processes:", "processes:\n  idle: { title: Idle, owner: anna }"),
        ("outputs: [checklist]", "outputs: [checklist, spare]"),
        ("stage: Lost", "stage: talks"),
    )

    told = "\n".join(str(warning) for warning in loaded(tmp_path, text).warnings)

    assert told.replace(f"{tmp_path}/", "") == (
        "readygate.yaml:4:3 trackers.other: no pipeline uses the tracker 'other'\n"
        "    Remove it, or add a pipeline.\n"
        "readygate.yaml:8:3 people.vera: 'vera' owns no process\n"
        "    Make them the owner of one, or remove them.\n"
        "readygate.yaml:11:23 items.checklist.title: 'checklist' has the same title as 'spare'\n"
        "    Give it a title of its own: people see only titles.\n"
        "readygate.yaml:13:3 processes.idle: 'idle' receives nothing and hands on nothing\n"
        "    Give it inputs or outputs: without them there is no handover to watch.\n"
        "readygate.yaml:13:3 processes.idle: no stage of any pipeline has the process 'idle'\n"
        "    Give it a stage, or remove it.\n"
        "readygate.yaml:14:68 processes.marketing.outputs[1]: nobody needs 'spare', which"
        " 'marketing' hands on\n"
        "    Add it to the inputs of the process that receives it, or remove it.\n"
        "readygate.yaml:24:18 pipelines.deals.stages[2].stage: the stages 'talks' and 'Talks' are"
        " nearly the same name\n"
        "    Are they really two stages? Otherwise remove one."
    )


class TestForeignKinds:
    TEXT = changed(
        ("kind: jira, url: https://example.atlassian.net", "kind: notion, space: abc, pages: 5"),
        ("project: DEAL", "database: Deals\n    fields: { done: Done, archived: false }"),
        ("    issue_type: Deal\n", ""),
        ("name: Boris", "name: Boris, notion: u-1"),
    )

    def test_settings_of_another_package_are_passed_on_as_texts(self, tmp_path: Path) -> None:
        config = loaded(tmp_path, self.TEXT, kinds=("jira", "notion"))

        assert config.trackers["main"].options == {"space": "abc", "pages": "5"}
        assert config.pipelines[0].place == {
            "database": "Deals",
            "fields.done": "Done",
            "fields.archived": "false",
        }
        assert config.book.people["boris"].accounts == {"notion": "u-1"}

    def test_they_are_single_values(self, tmp_path: Path) -> None:
        text = self.TEXT.replace("space: abc", "space: [a]").replace("done: Done", "done: [a]")

        assert complaint(tmp_path, text, kinds=("jira", "notion")) == (
            "readygate.yaml:3:32 trackers.main.space: expected a single value, found a list\n"
            "    Write a text, a number, true or false.\n"
            "readygate.yaml:16:21 pipelines.deals.fields.done: expected a single value,"
            " found a list\n"
            "    Write a text, a number, true or false."
        )

    def test_without_its_connector_the_kind_and_the_account_are_unknown(
        self, tmp_path: Path
    ) -> None:
        told = complaint(tmp_path, self.TEXT)

        assert "no connector for trackers of the kind 'notion' is installed" in told
        assert "people.boris.notion: there is no setting 'notion'" in told

    AIRTABLE = changed(
        (
            "kind: jira, url: https://example.atlassian.net",
            "kind: airtable, base: appXXXXXXXXXXXXXX",
        ),
        (
            "project: DEAL\n    issue_type: Deal",
            """table: Deals
    stage_field: Stage
    checklist: { table: Checklist, deal: Deal, key: Key, title: Item, done: Done }""",
        ),
    )

    def test_airtable_has_its_shape(self, tmp_path: Path) -> None:
        config = loaded(tmp_path, self.AIRTABLE, kinds=("airtable",))

        assert config.trackers["main"].options == {"base": "appXXXXXXXXXXXXXX"}
        assert config.pipelines[0].place == {
            "table": "Deals",
            "stage_field": "Stage",
            "checklist.table": "Checklist",
            "checklist.deal": "Deal",
            "checklist.key": "Key",
            "checklist.title": "Item",
            "checklist.done": "Done",
            "checklist.retired": "Retired",
        }

    def test_airtable_mistakes_are_told(self, tmp_path: Path) -> None:
        text = self.AIRTABLE.replace("appXX", "XX").replace("done: Done", "finished: Done")

        assert complaint(tmp_path, text, kinds=("airtable",)) == (
            "readygate.yaml:3:33 trackers.main.base: 'XXXXXXXXXXXXXX' is not the id of an Airtable"
            " base\n"
            "    It begins with app and stands in the address of the base.\n"
            "readygate.yaml:17:16 pipelines.deals.checklist: 'done' is missing\n"
            "    Add `done: …`. Checkbox: handed over.\n"
            "readygate.yaml:17:71 pipelines.deals.checklist.finished: there is no setting"
            " 'finished'\n"
            "    Known are: table, deal, key, title, done, owner, due, waived, retired, notes."
        )
