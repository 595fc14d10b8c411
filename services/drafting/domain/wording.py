# SPDX-License-Identifier: EUPL-1.2
"""The texts that the domain speaks with; the words themselves are kept per language outside the code."""

from __future__ import annotations

from typing import Protocol


class Texts(Protocol):
    def say(self, key: str, language: str, **values: object) -> str:
        """The text under `key` in the language, with `{name}` filled in from `values`."""
