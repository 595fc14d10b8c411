# SPDX-License-Identifier: EUPL-1.2
"""What drafting says to people: the texts of the checks and the notices about cases, as one catalogue."""

from __future__ import annotations

from collections import ChainMap
from pathlib import Path

from kernel.texts import LANGUAGES, Texts

HERE = Path(__file__).parents[1]
FOLDERS = (HERE / "texts", HERE / "texts_cases")


def load_phrases() -> Texts:
    """Raise `TextMissing` when a language lacks a key. No two folders have a key in common."""
    loaded = [Texts.load(folder) for folder in FOLDERS]
    every = {language: [each.by_language[language] for each in loaded] for language in LANGUAGES}
    return Texts({language: dict(ChainMap(*map(dict, texts))) for language, texts in every.items()})
