"""What `init` and `demo` say exists in every language, whole and with the same gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import readygate_cli.commands.demo
import readygate_cli.demo.story
import readygate_cli.init
from readygate_airtable.survey import PLAN
from readygate_cli.init.connecting import TRACKER, surveyors
from readygate_config.catalogues import DEMO, INIT, LOCALES, languages

CODE = Path(readygate_cli.init.__file__).parent
GAP = re.compile(r"\{[^}]*\}")
TRANSLATED = [
    (language, domain) for language in languages() if language != "en" for domain in (INIT, DEMO)
]


def texts_in(modules: Iterable[Path]) -> set[str]:
    """Every text in the source: the first argument of what translates."""
    return {
        str(message)
        for module in modules
        for _, message, _, _ in extract_from_file(
            "python", module, keywords={"_": None, "say_in": None, "_in": None}
        )
    }


def wanted(domain: str) -> set[str]:
    """Every text of a program, and what our connectors have `init` ask."""
    if domain == DEMO:
        modules = (readygate_cli.commands.demo, readygate_cli.demo.story)
        return texts_in(Path(module.__file__) for module in modules)
    found = texts_in(CODE.glob("*.py"))
    for surveyor in surveyors().values():
        found |= {asked.text for asked in surveyor.asks if not asked.optional}
        found |= set(surveyor.chooses.values())
    return found | {TRACKER, PLAN}


def catalogue(language: str, domain: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize(("language", "domain"), TRANSLATED)
def test_complete_and_nothing_left_over(language: str, domain: str) -> None:
    assert {str(message.id) for message in catalogue(language, domain) if message.id} == wanted(
        domain
    )


@pytest.mark.parametrize(("language", "domain"), TRANSLATED)
def test_every_text_is_translated_with_its_gaps(language: str, domain: str) -> None:
    for message in catalogue(language, domain):
        if message.id:
            assert message.string, message.id
            assert not message.fuzzy, message.id
            gaps = sorted(GAP.findall(str(message.id)))
            assert sorted(GAP.findall(str(message.string))) == gaps, message.id


@pytest.mark.parametrize(("language", "domain"), TRANSLATED)
def test_the_compiled_file_is_current(language: str, domain: str) -> None:
    """If not: `pybabel compile -D DOMAIN -d config/readygate_config/locales`."""
    with (LOCALES / language / "LC_MESSAGES" / f"{domain}.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file)}
    source = {message.id: message.string for message in catalogue(language, domain)}
    del compiled[""], source[""]  # the head names the version of the tool
    assert compiled == source
