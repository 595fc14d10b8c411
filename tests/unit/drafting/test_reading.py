# SPDX-License-Identifier: EUPL-1.2
"""Numbers, times, names and sentences are read as the four languages write them."""

from __future__ import annotations

import pytest

from services.drafting.domain.language import lexicon_of, read, sentences_of
from services.drafting.domain.language.attribution import attributions_in
from services.drafting.domain.language.words import is_kin, stem


@pytest.mark.parametrize(
    ("language", "word", "value"),
    [
        ("sv", "trettiofem", "35"),
        ("sv", "tjugoandra", "22."),
        ("da", "femogtyve", "25"),
        ("da", "toogtyvende", "22."),
        ("da", "halvtreds", "50"),
        ("nb", "tjueto", "22"),
        ("en", "twenty-two", "22"),
        ("sv", "hälften", "1/2"),
    ],
)
def test_a_number_word_has_its_value(language: str, word: str, value: str) -> None:
    assert lexicon_of(language).numbers[word] == value


@pytest.mark.parametrize(("text", "value"), [("14 000 kr", "14000"), ("38.400 kroner", "38400"), ("2,5 timmar", "2.5")])
def test_digits_are_read_with_their_separators(text: str, value: str) -> None:
    assert value in read(text, "da").numbers


def test_forms_of_a_time_are_one() -> None:
    assert read("om tisdagarna", "sv").times == read("på tisdag", "sv").times == {"tisdag"}


def test_a_full_stop_after_an_abbreviation_ends_no_sentence() -> None:
    text = "Beslutet följer 11 kap. 1 § SoL. Det gäller t.ex. Städning."

    assert [text[start:end] for start, end in sentences_of(text, "sv")] == [
        "Beslutet följer 11 kap. 1 § SoL.",
        "Det gäller t.ex. Städning.",
    ]


def test_a_capital_that_opens_a_sentence_makes_no_name() -> None:
    assert read("Maten smakar bra. Karin lagar den med Gun-Britt.", "sv").names == {"gun-britt"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Aina Berggren uppger att det går bra.", ["Aina Berggren"]),
        ('På frågan "Går det?" uppger Aina Berggren: "Nej."', ["Aina Berggren"]),
        ("Enligt dottern går det bra.", ["dottern"]),
        ("Den enskilde säger att det går bra.", ["Den enskilde"]),
        ("Hon har ont, det sa Karin till mig.", []),
    ],
)
def test_only_a_saying_that_frames_the_sentence_is_an_attribution(text: str, named: list[str]) -> None:
    assert [each.named for each in attributions_in(read(text, "sv"))] == named


@pytest.mark.parametrize(
    ("one", "other"),
    [("trappan", "trappor"), ("duschat", "duscha"), ("källartrappan", "trappan"), ("städning", "städa")],
)
def test_forms_and_compounds_are_kin(one: str, other: str) -> None:
    assert is_kin(stem(one, "sv"), stem(other, "sv"))


def test_words_that_only_begin_alike_are_not_kin() -> None:
    assert not is_kin(stem("katten", "sv"), stem("kassan", "sv"))
