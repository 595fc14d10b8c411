# SPDX-License-Identifier: EUPL-1.2
"""Words compared by their letters: runs of four, weighted as in BM25.

Runs of letters meet inflections and parts of compounds without a dictionary ("tvättning", "sängtvätt"), which words
and stems do not; on the evaluation's questions they find most (evaluation/retrieval/README.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from unicodedata import normalize

LENGTH = 4
# BM25's usual constants (Robertson and Zaragoza, 2009). The average length is fixed, not taken from the tenant's
# texts, so that a passage's weights need not be written anew whenever another one is added.
K1 = 1.2
B = 0.75
AVERAGE_LENGTH = 120

_WORD = re.compile(r"[^\W_]+|§+")


def words_of(text: str) -> list[str]:
    """The words in lower case, composed (NFC): "å" is one letter however it was written."""
    return _WORD.findall(normalize("NFC", text).lower())


def grams_of(text: str) -> Counter[str]:
    """Runs of four letters within words, with the word's edges as spaces."""
    counted: Counter[str] = Counter()
    for word in words_of(text):
        edged = f" {word} "
        counted.update(edged[at : at + LENGTH] for at in range(max(1, len(edged) - LENGTH + 1)))
    return counted


def weights_in_text(grams: Mapping[str, int]) -> dict[str, float]:
    """What each run counts for in a text: often is more than once, and in a short text more than in a long one."""
    length = sum(grams.values())
    softened = K1 * (1 - B + B * length / AVERAGE_LENGTH)
    return {gram: often * (K1 + 1) / (often + softened) for gram, often in grams.items()}


def weights_in_query(grams: Iterable[str], held_by: Mapping[str, int], passages: int) -> dict[str, float]:
    """What each run of a query counts for: rare is more. `held_by` tells how many of `passages` hold a run.

    Scaled so that the product with a text lies from 0 to 1, about: the share of the query that the text holds.
    """
    rarity = {gram: log(1 + (passages - _in(held_by, gram) + 0.5) / (_in(held_by, gram) + 0.5)) for gram in set(grams)}
    reachable = sum(rarity.values()) * (K1 + 1)
    return {gram: rare / reachable for gram, rare in rarity.items()} if reachable else {}


def _in(held_by: Mapping[str, int], gram: str) -> int:
    return held_by.get(gram, 0)


def overlap(query: Mapping[str, float], text: Mapping[str, float]) -> float:
    """BM25 of a query and a text, as a share of what the query could reach."""
    return sum(weight * text[gram] for gram, weight in query.items() if gram in text)
