# SPDX-License-Identifier: EUPL-1.2
"""Every reason for silence can be told in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.texts import LANGUAGES, Texts
from services.retrieval import domain
from services.retrieval.adapters.yaml_languages import YamlLanguages
from services.retrieval.domain.answering import Because

TEXTS = Texts.load(Path(domain.__file__).parents[1] / "texts")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("because", list(Because))
def test_a_reason_is_told_in_the_readers_language(because: Because, language: str) -> None:
    told = TEXTS.say(f"not_answered.{because}", language, words="”lön”", day="2025-01-01")

    assert told.endswith((".", "”lön”."))
    assert "{" not in told


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_of_a_language_are_written_as_they_are_compared(code: str) -> None:
    language = YamlLanguages.load().of(code)

    every = (
        language.abbreviations | language.function_words | language.quantity_words | set(language.quantity_questions)
    )
    assert all(each == each.lower().strip() and not each.endswith(".") for each in every)
    assert language.closing_abbreviations <= language.abbreviations
    assert "False" not in every
    assert "true" not in every
