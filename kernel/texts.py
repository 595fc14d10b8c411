# SPDX-License-Identifier: EUPL-1.2
"""Texts that people see, in their language: one YAML file per language, the same keys in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("sv", "da", "nb", "en")


class TextMissing(Exception):
    """A language lacks a key that another has: found at start, not by a reader."""


@dataclass(frozen=True)
class Texts:
    by_language: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, folder: Path) -> Texts:
        """Read `sv.yaml`, `da.yaml`, `nb.yaml` and `en.yaml`. Nested keys are joined by dots."""
        read = {
            language: dict(_flat(yaml.safe_load((folder / f"{language}.yaml").read_text("utf-8")) or {}))
            for language in LANGUAGES
        }
        every = set().union(*read.values())
        for language, texts in read.items():
            if lacking := sorted(every - texts.keys()):
                raise TextMissing(f"{folder.name}/{language}.yaml lacks {', '.join(lacking[:5])}")
        return cls(read)

    def say(self, key: str, language: str, **values: object) -> str:
        """The text in the language, or in English for a language that is not kept. `{name}` is filled in."""
        texts = self.by_language.get(language) or self.by_language["en"]
        return texts[key].format(**values)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
