"""What `readygate init` asks and writes exists in every language, whole and with the same gaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import readygate_cli.init
from readygate_cli.init.connecting import TRACKER, surveyors
from readygate_config.catalogues import INIT, LOCALES, languages

CODE = Path(readygate_cli.init.__file__).parent
GAP = re.compile(r"\{[^}]*\}")
TRANSLATED = [language for language in languages() if language != "en"]


def wanted() -> set[str]:
    """Every text in the source: the first argument of `_`, and what our connectors ask."""
    found = {
        str(message)
        for module in CODE.glob("*.py")
        for _, message, _, _ in extract_from_file(
            "python", module, keywords={"_": None, "say_in": None}
        )
    }
    for surveyor in surveyors().values():
        found |= {asked.text for asked in surveyor.asks if not asked.optional}
        found |= set(surveyor.chooses.values())
    return found | {TRACKER}


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / f"{INIT}.po").open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("language", TRANSLATED)
def test_complete_and_nothing_left_over(language: str) -> None:
    assert {str(message.id) for message in catalogue(language) if message.id} == wanted()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_its_gaps(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            assert message.string, message.id
            assert not message.fuzzy, message.id
            gaps = sorted(GAP.findall(str(message.id)))
            assert sorted(GAP.findall(str(message.string))) == gaps, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_file_is_current(language: str) -> None:
    """If not: `pybabel compile -D init -d config/readygate_config/locales`."""
    with (LOCALES / language / "LC_MESSAGES" / f"{INIT}.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file)}
    source = {message.id: message.string for message in catalogue(language)}
    del compiled[""], source[""]  # the head names the version of the tool
    assert compiled == source
