# SPDX-License-Identifier: EUPL-1.2
"""What a human handles without the machine, and how to tell that a sentence touches it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_WORD = re.compile(r"[^\W\d_]+")
# Endings that make a noun of a verb in Swedish, Danish and Norwegian: städ-ning, rengør-ing, plej-else.
_NOUN_ENDING = re.compile(r"(ning(ar|er)?|ing(ar|er)?|else|ande|ende)$")
_SHORTEST_STEM = 4


@dataclass(frozen=True)
class HandOver:
    """A caseworker has taken something from the machine, and said why."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class RequestedSupport:
    """One thing that is applied for. `label` is the applicant's or the municipality's word for it."""

    key: str
    label: str
    handed_over: HandOver | None = None

    @property
    def handling(self) -> str:
        return "manual" if self.handed_over else "assisted"

    @property
    def is_manual(self) -> bool:
        return self.handed_over is not None


def touches(text: str, support: RequestedSupport) -> bool:
    """Whether a sentence speaks of the support: one of its words holds the stem of the label's longest word.

    Meant to err towards yes: a sentence left out by mistake costs the caseworker a line to write, one kept by mistake
    is a machine's word about what a human is expected to refuse. `städning` is thus found in `städa` and `storstädet`.
    """
    words = _WORD.findall(support.label.casefold())
    if not words:
        return False
    longest = max(words, key=len)
    without_ending = _NOUN_ENDING.sub("", longest)
    stem = without_ending if len(without_ending) >= _SHORTEST_STEM else longest
    return any(stem in word for word in _WORD.findall(text.casefold()))
