# SPDX-License-Identifier: EUPL-1.2
"""The word lists of each language, from `words/<language>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from kernel.texts import LANGUAGES
from services.retrieval.domain.language import Language

WORDS = Path(__file__).parent.parent / "words"


@dataclass(frozen=True)
class YamlLanguages:
    by_code: Mapping[str, Language]

    @classmethod
    def load(cls, folder: Path = WORDS) -> YamlLanguages:
        return cls({code: _language(code, folder / f"{code}.yaml") for code in LANGUAGES})

    def of(self, code: str) -> Language:
        """The language, or English for one that has no list."""
        return self.by_code.get(code) or self.by_code["en"]


def _language(code: str, path: Path) -> Language:
    kept = yaml.safe_load(path.read_text("utf-8"))
    return Language(
        code=code,
        abbreviations=frozenset(map(str, kept["abbreviations"])),
        closing_abbreviations=frozenset(map(str, kept["closing_abbreviations"])),
        function_words=frozenset(kept["function_words"].split()),
        quantity_questions=tuple(kept["quantity_questions"]),
        quantity_words=frozenset(kept["quantity_words"].split()),
        page=kept["page"],
        piece=kept["piece"],
    )
