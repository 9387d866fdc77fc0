"""Finds translations: of what is written into a tracker, and of what `init` and `demo` say.

English is what stands in the source. A test says which texts a catalogue (.po) lacks. After a
change, make the .mo out of it: `pybabel compile -D readygate -d config/readygate_config/locales`;
`-D init` and `-D demo` for the others.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from pathlib import Path

DOMAIN = "readygate"
INIT = "init"
DEMO = "demo"
LOCALES = Path(__file__).parent / "locales"
SOURCE = "en"


def texts(language: str, domain: str = DOMAIN) -> Callable[[str], str]:
    """The function that translates a whole text into a language; raises KeyError for a language
    without a catalogue. A text that a catalogue lacks stays English.
    """
    if language == SOURCE:
        return str
    try:
        return gettext.translation(domain, LOCALES, [language]).gettext
    except FileNotFoundError:
        raise KeyError(language) from None


def languages() -> tuple[str, ...]:
    """Every language that `texts` knows."""
    found = {path.parts[-3] for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")}
    return (SOURCE, *sorted(found))
