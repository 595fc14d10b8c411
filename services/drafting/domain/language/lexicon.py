# SPDX-License-Identifier: EUPL-1.2
"""The words of one language, read once from the TOML file beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("sv", "da", "nb", "en")
WORDS = (
    "negations", "yes", "no", "counters", "fillers", "pleasantries", "compliments", "speech_verbs",
    "reporting_verbs", "question_words", "first_person", "second_person", "third_person", "pointers",
    "reservations", "stopwords", "counted", "vague_counts", "abbreviations",
)  # fmt: skip
TIMES = ("seasons", "time_units", "relative")
SLIPS = ("s", "ar", "arna")
PHRASES = ("according_to", "caseworker_notes", "asks_leave", "needs", "disagreements", "off_the_record")


@dataclass(frozen=True, eq=False)
class Lexicon:
    """`numbers` maps a word to its value as text, an ordinal's with a full stop; `times` maps a word to the thing it
    names, so that `veckorna` and `vecka` are one. `speakers` maps a way of naming somebody ("the daughter") to a
    participant's role.
    """

    language: str
    negations: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    fillers: frozenset[str]
    pleasantries: frozenset[str]
    compliments: frozenset[str]
    speech_verbs: frozenset[str]
    reporting_verbs: frozenset[str]
    according_to: tuple[str, ...]
    question_words: frozenset[str]
    caseworker_notes: tuple[str, ...]
    counters: frozenset[str]
    asks_leave: tuple[str, ...]
    needs: tuple[str, ...]
    disagreements: tuple[str, ...]
    off_the_record: tuple[str, ...]
    first_person: frozenset[str]
    second_person: frozenset[str]
    third_person: frozenset[str]
    pointers: frozenset[str]
    reservations: frozenset[str]
    stopwords: frozenset[str]
    counted: frozenset[str]
    vague_counts: frozenset[str]
    abbreviations: frozenset[str]
    endings: tuple[str, ...]
    numbers: Mapping[str, str]
    unsure_ordinals: frozenset[str]
    singular: frozenset[str]
    times: Mapping[str, str]
    month_numbers: Mapping[str, int]
    points_in_time: frozenset[str]
    speakers: Mapping[str, str]


@cache
def lexicon_of(language: str) -> Lexicon:
    """The language's words, or the English ones for a language that is not kept."""
    known = language if language in LANGUAGES else "en"
    raw = tomllib.loads((files(__package__) / f"{known}.toml").read_text("utf-8"))
    listed: dict[str, Any] = {key: frozenset(raw[key]) for key in WORDS}
    listed |= {key: tuple(raw[key]) for key in PHRASES}
    return Lexicon(
        language=known,
        **listed,
        endings=tuple(sorted(set(raw["endings"]), key=len, reverse=True)),
        numbers=dict(_numbers(raw["numbers"])),
        unsure_ordinals=frozenset(raw["numbers"]["unsure_ordinals"]),
        singular=frozenset(raw["numbers"]["singular"]),
        times=dict(_times(raw)),
        month_numbers={month: at for at, month in enumerate(raw["months"], 1)},
        points_in_time=frozenset([*raw["months"], *raw["weekdays"], *raw["seasons"]]),
        speakers={said: role for role, ways in raw["speakers"].items() for said in ways},
    )


def _numbers(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every number word with its value, ordinals with a full stop; tens and units are joined as the language joins
    them.
    """
    units, tens, ordinals = raw["units"], raw["tens"], {**raw["ordinals"], **raw["unsure_ordinals"]}
    joiner, unit_first = raw["and"], raw["join"] == "unit-tens"
    for ten, tens_value in tens.items():
        for unit, value in units.items():
            if 0 < value < 10:
                yield (f"{unit}{joiner}{ten}" if unit_first else f"{ten}{joiner}{unit}"), str(tens_value + value)
        for ending, value in ordinals.items():
            if value < 10 and not unit_first:
                yield f"{ten}{joiner}{ending}", f"{tens_value + value}."
    if unit_first:
        tens_ordinals = {ordinal: value for ordinal, value in ordinals.items() if value >= 20}
        for unit, value in units.items():
            yield from ((f"{unit}{joiner}{o}", f"{v + value}.") for o, v in tens_ordinals.items() if 0 < value < 10)
    for table in (units, raw["words"], tens, raw["special"]):
        yield from ((word, str(value)) for word, value in table.items())
    yield from ((word, f"{value}.") for word, value in ordinals.items())


def _times(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every form with what it names. Also with an ending it should not have: a slip of the pen names the same time."""
    named = {form: name for table in TIMES for name, forms in raw[table].items() for form in forms}
    named |= {month: month for month in raw["months"]}
    named |= {day + ending: day for day in raw["weekdays"] for ending in raw["weekday_endings"]}
    yield from ((form + ending, name) for form, name in named.items() for ending in SLIPS if len(form) > len(ending))
    yield from named.items()
