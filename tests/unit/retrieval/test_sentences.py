# SPDX-License-Identifier: EUPL-1.2
"""Where sentences end, in four languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.retrieval.adapters.yaml_languages import YamlLanguages
from services.retrieval.domain.sentences import sentences_of

LANGUAGES = YamlLanguages.load()


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("sv", ["Bistånd ges enligt 11 kap. 1 § socialtjänstlagen.", "Beslutet gäller t.ex. hemtjänst."]),
        ("sv", ["Stöd ges bl.a. vid sjukdom, jfr. 4 st. samma paragraf.", "Det gäller fr.o.m. den 1 juli."]),
        ("sv", ["Kl. 22 kommer nattpatrullen.", "Den går kl. 07."]),
        ("sv", ["Hjälp ges med städning, tvätt m.m. Den enskilde betalar en avgift."]),
        ("sv", ["Taxan är 2 125 kr.", "Avgiften tas ut per månad."]),
        ("sv", ["Det gäller från 2025.", "Därefter prövas det på nytt."]),
        ("sv", ["Vem beslutar?", "Nämnden!", "Så är det."]),
        ("sv", ["Enligt 16 kap. 3 § första st. 2 p. får beslutet ändras."]),
        (
            "da",
            [
                "Efter § 87, stk. 2, i barnets lov gives støtte, f.eks. ved kap. 11.",
                "Det gælder fra den 1. januar 2024.",
            ],
        ),
        ("da", ["Borgeren søger om hjælp, jf. lovens § 83, stk. 1, nr. 2.", "Afgørelsen træffes af kommunen."]),
        ("nb", ["Etter kap. 3 kan bl.a. avlastning gis, jf. § 3-2 nr. 6.", "Fristen er den 3. mars."]),
        ("sv", ["1. Ansökan görs muntligt eller skriftligt.", "Ombud visar fullmakt."]),
        ("en", ["Under s. 5 and para. 2, e.g. for care, help is given.", "Mr. Lind applied."]),
    ],
)
def test_an_abbreviation_ends_no_sentence(code: str, parts: list[str]) -> None:
    expected = (
        ["Hjälp ges med städning, tvätt m.m.", "Den enskilde betalar en avgift."] if "m.m. Den" in parts[0] else parts
    )

    assert sentences_of(" ".join(parts), LANGUAGES.of(code)) == expected


def test_list_items_and_paragraphs_are_sentences_of_their_own() -> None:
    text = "Insatser:\n- städning\n- tvätt\n\nAnsökan görs\nskriftligt."

    assert sentences_of(text, LANGUAGES.of("sv")) == ["Insatser:", "- städning", "- tvätt", "Ansökan görs\nskriftligt."]


@given(some.text(alphabet="Ab1 .!?\n-§å", max_size=80), some.sampled_from(["sv", "da", "nb", "en"]))
def test_sentences_are_the_texts_own_words_and_all_of_them(text: str, code: str) -> None:
    found = sentences_of(text, LANGUAGES.of(code))

    at = 0
    for sentence in found:
        assert sentence
        at = text.index(sentence, at) + len(sentence)
    assert "".join("".join(found).split()) == "".join(text.split())
