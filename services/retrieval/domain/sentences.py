# SPDX-License-Identifier: EUPL-1.2
"""Where a sentence ends in Swedish, Danish, Norwegian and English official text.

A full stop after "kap.", "t.ex." or a number before "§" ends nothing; general splitters get this wrong.
"""

from __future__ import annotations

import re

from services.retrieval.domain.language import Language

# A possible end: stop, question or exclamation mark, closing quotes or brackets, then space.
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)")
# What precedes the stop, without space: "t.ex", "kap", "14", "Kl".
_WORD_BEFORE = re.compile(r"[^\s(\[\"'”’»«]+$")
_SECTION_SIGN = re.compile(r"\s+(?:§|kap\b|st\b|stk\b|p\b)")
_INITIAL = re.compile(r"^[A-ZÅÄÖÆØ]$")


def sentences_of(text: str, language: Language) -> list[str]:
    """The sentences in order. Each occurs verbatim in `text`; only the white space between them is left out."""
    found: list[str] = []
    for line in re.split(r"\n\s*\n|\n(?=\s*(?:[-•*–]|\d+[.)]|[a-zåäö]\))\s)", text):
        begin = 0
        for end in _END.finditer(line):
            if line[begin : end.start()].strip().isdigit():
                continue  # "1. Ansökan görs": the number of a list item
            if _ends_here(line, end, language):
                found.append(line[begin : end.end()].strip())
                begin = end.end()
        found.append(line[begin:].strip())
    return [each for each in found if each]


def _ends_here(line: str, end: re.Match[str], language: Language) -> bool:
    if line[end.start()] in "!?…":
        return True
    after = line[end.end() :].lstrip()
    before = _WORD_BEFORE.search(line[: end.start()])
    word = before.group().lower() if before else ""
    if _SECTION_SIGN.match(line, end.end()):
        return False
    if word in language.abbreviations:
        return word in language.closing_abbreviations and after[:1].isupper()
    if before and _INITIAL.match(before.group()):
        return False
    # "den 5. december": in Danish and Norwegian a stop makes the number an ordinal, and months have no capital.
    return after[:1].isupper() if word.isdigit() else not after[:1].islower()
