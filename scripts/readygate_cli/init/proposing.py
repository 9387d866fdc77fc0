"""Proposes what an admin would otherwise have to think up: processes for stages, and short keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from readygate.survey import FoundStage

MARKETING, SALES, DELIVERY = "marketing", "sales", "delivery"

_KINDS: Mapping[str, tuple[str, ...]] = {
    MARKETING: ("lead", "inbound", "inquir", "new", "лид", "заяв", "обращ", "нов"),
    SALES: (
        "negotiat", "propos", "offer", "quot", "contract", "qualif", "demo", "sale", "talk",
        "перегов", "предлож", "догов", "счет", "счёт", "продаж", "квалиф", "кп",
    ),
    DELIVERY: (
        "production", "progress", "deliver", "implement", "onboard", "work", "project",
        "работ", "произв", "реализ", "внедр", "исполн", "проект",
    ),
}  # fmt: skip
_TITLES = {
    "en": {MARKETING: "Marketing", SALES: "Sales", DELIVERY: "Delivery"},
    "ru": {MARKETING: "Маркетинг", SALES: "Продажи", DELIVERY: "Производство"},
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    MARKETING: ("marketing", "маркетинг", "leads"),
    SALES: ("sales", "продаж"),
    DELIVERY: ("delivery", "production", "производств", "проект", "реализац"),
}
_LETTERS = {
    **dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)),
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ю": "yu",
    "я": "ya",
    "ъ": "",
    "ь": "",
}
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What becomes of one stage: a process works there, or deals leave; else it is unnamed."""

    name: str
    process: str = ""
    exit: bool = False


def propose(stages: Sequence[FoundStage], language: str) -> tuple[StagePlan, ...]:
    """A process for every stage, in order: by the words in its name, else one of its own.

    A stage in which deals are finished stays with the process before it.
    """
    plans: list[StagePlan] = []
    used: list[str] = []
    for stage in stages:
        if stage.exit:
            plans.append(StagePlan(stage.name, exit=True))
            continue
        if stage.done and used:
            title = used[-1]
        else:
            kind = _kind(stage.name, _KINDS)
            title = _TITLES[language].get(kind, stage.name)
            if title in used[:-1]:  # one process has one run of stages
                title = stage.name
        used.append(title)
        plans.append(StagePlan(stage.name, title))
    return tuple(plans)


def kind_of_process(title: str) -> str:
    """Which process of the example this one is, by its title; "" for another."""
    return _kind(title, _WORDS)


def _kind(name: str, words: Mapping[str, tuple[str, ...]]) -> str:
    folded = name.casefold()
    return next((kind for kind, known in words.items() if any(w in folded for w in known)), "")


def slug(text: str, taken: Collection[str], *, otherwise: str) -> str:
    """A short key out of Latin letters, digits and `_` that is not taken yet."""
    letters = "".join(_LETTERS.get(char, char) for char in text.casefold()).replace("-", "_")
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word]
    key = ""
    for word in words:
        if key and len(key) + len(word) >= _LONGEST:
            break
        key = f"{key}_{word}" if key else word[:_LONGEST]
    if not key or not key[0].isalpha():
        key = f"{otherwise}_{key}".rstrip("_")
    return unused(key, taken)


def unused(key: str, taken: Collection[str]) -> str:
    """The key, or the key with the first number that nobody has."""
    folded = {one.casefold() for one in taken}
    found, number = key, 1
    while found.casefold() in folded:
        number += 1
        found = f"{key}_{number}"
    return found
