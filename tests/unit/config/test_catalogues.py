"""What is written into a tracker exists in every language, whole and with the same gaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import readygate.wording
from readygate_config.catalogues import DOMAIN, LOCALES, languages, texts

WORDING = Path(readygate.wording.__file__)
GAP = re.compile(r"\{[^}]*\}")
TRANSLATED = [language for language in languages() if language != "en"]


def wanted() -> set[str]:
    """Every text in the source: the first argument of `_`."""
    found = extract_from_file("python", WORDING, keywords={"_": None})
    return {str(message) for _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file)


def test_russian_is_there() -> None:
    assert languages() == ("en", "ru")
    assert len(wanted()) > 10


@pytest.mark.parametrize("language", TRANSLATED)
def test_complete_and_nothing_left_over(language: str) -> None:
    known = {str(message.id) for message in catalogue(language) if message.id}

    assert known == wanted()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_surely_and_with_its_gaps(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        assert message.string, message.id
        assert not message.fuzzy, message.id
        assert message.string != message.id
        gaps = sorted(GAP.findall(str(message.id)))
        assert sorted(GAP.findall(str(message.string))) == gaps, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_file_is_current(language: str) -> None:
    """If not: `pybabel compile -D readygate -d config/readygate_config/locales`."""
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file)}
    source = {message.id: message.string for message in catalogue(language)}

    del compiled[""], source[""]  # the head names the version of the tool
    assert compiled == source


@pytest.mark.parametrize("language", TRANSLATED)
def test_texts_translates_whole_texts(language: str) -> None:
    translate = texts(language)

    for text in wanted():
        assert translate(text) == catalogue(language)[text].string
    assert translate("no such text") == "no such text"


def test_english_is_what_stands_in_the_source() -> None:
    assert [texts("en")(text) for text in sorted(wanted())] == sorted(wanted())


def test_a_language_without_a_catalogue() -> None:
    with pytest.raises(KeyError, match="tlh"):
        texts("tlh")
