# SPDX-License-Identifier: EUPL-1.2
"""What must be known of a language to cut and compare its text. The words themselves are data (`words/*.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """`abbreviations` do not end a sentence, unless they are among the closing ones and a capital follows ("m.m. Den").
    `function_words` carry no content of their own.

    `quantity_questions` begin a question that only an amount, a time or a share answers ("hur ofta"), and
    `quantity_words` are such answers beside digits. `page` and `piece` are said in anchors.
    """

    code: str
    abbreviations: frozenset[str]
    closing_abbreviations: frozenset[str]
    function_words: frozenset[str]
    quantity_questions: tuple[str, ...]
    quantity_words: frozenset[str]
    page: str
    piece: str
